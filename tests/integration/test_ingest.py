"""Ingest, `alerts publish` and the sample wire on a broker that speaks real Kafka protocol."""

import asyncio
import contextlib
import gzip
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from aiokafka import TopicPartition
from aiokafka.structs import ConsumerRecord

from alerts.article import Article, InvalidArticle
from consumers.backends.embedded import EmbeddedKafka, free_port
from consumers.backends.kafka import Cluster
from consumers.ingest import server
from consumers.settings import Settings, load

ONE = {"uri": "urn:x:1", "headline": "H", "source": "s", "published": "2026-01-01T00:00:00Z"}


def settings_of(kafka: str, prefix: str) -> Settings:
    return load({}, env_file=None, kafka=kafka, prefix=prefix, ingest_bind=f"127.0.0.1:{free_port()}")


@contextlib.asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """Ingest runs while the block does."""
    stop = asyncio.Event()
    running = asyncio.create_task(server.run(settings, stop))
    async with httpx.AsyncClient(base_url=f"http://{settings.ingest_bind}") as client:
        try:
            await until(client, 200, running)
            yield client
        finally:
            stop.set()
            await running


async def until(client: httpx.AsyncClient, status: int, running: "asyncio.Task[None] | None" = None) -> None:
    """Wait until /readyz answers so; a server that ended meanwhile raises what ended it."""
    async with asyncio.timeout(30):
        while running is None or not running.done():
            with contextlib.suppress(httpx.TransportError):
                if (await client.get("/readyz")).status_code == status:
                    return
            await asyncio.sleep(0.02)
    await running


async def values(settings: Settings, count: int) -> list[bytes]:
    """The records on `articles`, of all partitions, by time of append; waits until there are `count`."""
    cluster = await Cluster.connect(settings)
    topic = settings.topic("articles")
    consumer = cluster.consumer()
    await consumer.start()
    try:
        partitions = consumer.partitions_for_topic(topic) or await _partitions(cluster, topic)
        consumer.assign([TopicPartition(topic, number) for number in partitions])
        await consumer.seek_to_beginning()
        records: list[ConsumerRecord[bytes, bytes]] = []
        async with asyncio.timeout(15):
            while len(records) < count:
                for part in (await consumer.getmany(timeout_ms=100)).values():
                    records += part
        return [record.value or b"" for record in sorted(records, key=lambda record: record.timestamp)]
    finally:
        await consumer.stop()


async def _partitions(cluster: Cluster, topic: str) -> set[int]:
    producer = cluster.producer()
    await producer.start()
    try:
        found: set[int] = await producer.partitions_for(topic)
        return found
    finally:
        await producer.stop()


async def command(*args: str, kafka: str, prefix: str, stdin: bytes = b"") -> tuple[int, str, str]:
    """Run `alerts ARGS` (or `-m MODULE`) as a user would."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("ALERTS_")}
    argv = args if args[0] == "-m" else ("-m", "consumers", *args)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *argv,
        env={**inherited, "ALERTS_KAFKA": kafka, "ALERTS_PREFIX": prefix},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(stdin), 60)
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


async def test_what_was_answered_202_is_on_the_topic(embedded_kafka: str, prefix: str) -> None:
    """Keyed by its uri, stamped, in our names."""
    settings = settings_of(embedded_kafka, prefix)
    async with serving(settings) as client:
        answer = await client.post("/v1/articles", json=[ONE, {"uri": "urn:x:2"}, {**ONE, "uri": "urn:x:3"}])
    assert (answer.status_code, answer.json()["accepted"]) == (202, 2)
    articles = [Article.from_json(value) for value in await values(settings, 2)]
    assert sorted(article.uri for article in articles) == ["urn:x:1", "urn:x:3"]
    assert all(article.received for article in articles)


async def test_a_large_batch_is_taken_whole(embedded_kafka: str, prefix: str) -> None:
    """Thousands of lines in one request, each acknowledged."""
    settings = settings_of(embedded_kafka, prefix)
    lines = "\n".join(json.dumps({**ONE, "uri": f"urn:x:{number}"}) for number in range(2000))
    async with serving(settings) as client:
        answer = await client.post(
            "/v1/articles", content=lines, headers={"content-type": "application/x-ndjson"}, timeout=20
        )
    assert answer.json() == {"accepted": 2000, "rejected": []}
    assert len(await values(settings, 2000)) == 2000


async def test_kafka_may_go_and_come_back(prefix: str) -> None:
    """503 while it does not answer, and health says so; 202 again when it does, without a restart of ingest."""
    with EmbeddedKafka() as broker:
        settings = settings_of(broker.address, prefix)
        async with serving(settings) as client:
            assert (await client.post("/v1/articles", json=ONE)).status_code == 202
            pid = broker.server.pid
            assert pid is not None
            os.kill(pid, signal.SIGSTOP)
            away = await client.post("/v1/articles", json=ONE, timeout=20)
            assert away.status_code == 503
            assert away.headers["retry-after"]
            await until(client, 503)
            assert (await client.get("/healthz")).json() == {"ok": True, "kafka": "away"}
            os.kill(pid, signal.SIGCONT)
            await until(client, 200)
            assert (await client.post("/v1/articles", json=ONE, timeout=20)).status_code == 202


async def test_ingest_says_in_one_line_why_it_does_not_start(prefix: str) -> None:
    """A network without tokens: the setting, and what to do; no traceback."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("ALERTS_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "consumers", "ingest"),
        env={**inherited, "ALERTS_KAFKA": "127.0.0.1:1", "ALERTS_INGEST_BIND": "0.0.0.0:0"},
        stderr=asyncio.subprocess.PIPE,
    )
    _, err = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 2
    assert err.decode().startswith("alerts: ALERTS_INGEST_BIND=0.0.0.0:0: ")
    assert err.count(b"\n") == 1


async def test_a_port_that_is_taken_is_named(embedded_kafka: str, prefix: str) -> None:
    """The operator's fault, in one line."""
    settings = settings_of(embedded_kafka, prefix)
    async with serving(settings):
        with pytest.raises(ValueError, match=f"ALERTS_INGEST_BIND={settings.ingest_bind}: cannot listen there"):
            await server.run(settings, asyncio.Event())


async def test_publish_sends_the_good_and_names_the_bad(embedded_kafka: str, prefix: str, tmp_path: Path) -> None:
    """Exit status 2, each bad one with file and line; the others are on the topic."""
    path = tmp_path / "wire.jsonl.gz"
    path.write_bytes(gzip.compress(f'{json.dumps(ONE)}\n{{"uri": "urn:x:2"}}\n{json.dumps(ONE)}\n'.encode()))
    status, out, err = await command("publish", str(path), kafka=embedded_kafka, prefix=prefix)
    assert status == 2
    assert out.startswith("published 2, rejected 1 in ")
    assert f"{path}:2: headline is missing; source is missing (urn:x:2)" in err
    assert len(await values(settings_of(embedded_kafka, prefix), 2)) == 2


async def test_publish_as_live_ends_now(embedded_kafka: str, prefix: str) -> None:
    """Dates and embargoes move by the same time; standard input is read too."""
    later = {**ONE, "uri": "urn:x:2", "published": "2026-01-01T01:00:00Z", "embargoed": "2026-01-01T02:00:00Z"}
    status, _, err = await command(
        "publish", "--as-live", "-", kafka=embedded_kafka, prefix=prefix, stdin=json.dumps([ONE, later]).encode()
    )
    assert status == 0, err
    found = [Article.from_json(value) for value in await values(settings_of(embedded_kafka, prefix), 2)]
    first, second = sorted(found, key=lambda article: article.uri)
    assert first.published is not None
    assert second.published is not None
    assert second.published - first.published == timedelta(hours=1)
    assert abs(datetime.now(UTC) - second.published) < timedelta(seconds=60)
    assert second.embargoed == second.published + timedelta(hours=1)


async def test_publish_at_speed_dates_each_when_it_is_sent(embedded_kafka: str, prefix: str) -> None:
    """The second article, an hour later, comes a second later at speed 3600."""
    later = {**ONE, "uri": "urn:x:2", "published": "2026-01-01T01:00:00Z"}
    status, _, err = await command(
        *("publish", "--as-live", "--speed", "3600", "-"),
        kafka=embedded_kafka,
        prefix=prefix,
        stdin=f"{json.dumps(ONE)}\n{json.dumps(later)}\n".encode(),
    )
    assert status == 0, err
    first, second = sorted(
        (Article.from_json(value) for value in await values(settings_of(embedded_kafka, prefix), 2)),
        key=lambda article: article.uri,
    )
    assert first.published is not None
    assert second.published is not None
    assert second.received is not None
    assert timedelta(seconds=0.9) < second.published - first.published < timedelta(seconds=5)
    assert abs(second.received - second.published) < timedelta(seconds=1)


async def test_the_sample_wire_is_played(embedded_kafka: str, prefix: str) -> None:
    """All of it is on the topic, the broken item too."""
    status, _, err = await command("-m", "consumers.sample", "--speed", "60", kafka=embedded_kafka, prefix=prefix)
    assert status == 0, err
    found = await values(settings_of(embedded_kafka, prefix), 60)
    assert sum(not is_article(value) for value in found) == 1


def is_article(value: bytes) -> bool:
    try:
        Article.from_json(value)
    except InvalidArticle:
        return False
    return True


async def test_a_sender_of_too_large_a_body_reads_why(embedded_kafka: str, prefix: str) -> None:
    """The rest of the body is taken in and thrown away, or the answer would be lost with the connection."""
    body = b'{"uri":"u","source":"s","headline":"h","body_text":"' + b"x" * 5_000_000 + b'"}'
    async with serving(settings_of(embedded_kafka, prefix)) as client:
        answer = await client.post("/v1/articles", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 413
    assert "larger than 1000000 bytes" in answer.json()["error"]


GARBAGE = (
    b"POST /v1/articles HTTP/1.1\r\nHost: %b\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"GET /healthz HTTP/1.1\r\nHost: %b\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
    b"\x16\x03\x01 %b",
)


async def test_what_is_no_http_leaves_no_traceback(
    embedded_kafka: str, prefix: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Any stranger can send it, also in the middle of what began well; and the next one is served."""
    settings = settings_of(embedded_kafka, prefix)
    host, _, port = settings.ingest_bind.rpartition(":")
    async with serving(settings) as client:
        for some in GARBAGE:
            reader, writer = await asyncio.open_connection(host, int(port))
            writer.write(some.replace(b"%b", settings.ingest_bind.encode()))
            async with asyncio.timeout(10):
                assert (await reader.read()).startswith(b"HTTP/1.1 400 ")
            writer.close()
        assert (await client.post("/v1/articles", json=ONE)).status_code == 202
    assert [record for record in caplog.records if record.exc_info] == []


async def test_a_request_that_never_ends_is_cut(
    embedded_kafka: str, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a thousand of them would take all the places there are."""
    monkeypatch.setattr("consumers.asked.REQUEST_WITHIN", 0.3)
    settings = settings_of(embedded_kafka, prefix)
    host, _, port = settings.ingest_bind.rpartition(":")
    async with serving(settings):
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"POST /v1/articles HTTP/1.1\r\nHost: ")
        async with asyncio.timeout(10):
            assert await reader.read() == b""
        writer.close()
