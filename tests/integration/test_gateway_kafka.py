"""The gateway on Kafka: what it reads, how it resumes, what it does when Kafka is away; and as a process."""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiokafka.admin import AIOKafkaAdminClient
from support.newsroom import Newsroom, eventually, fed, make_alert
from support.topics import settings_for
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from alerts.alert import Alert
from consumers.backends.embedded import EmbeddedKafka, free_port
from consumers.backends.kafka import Cluster
from consumers.gateway import source as sources
from consumers.gateway.server import Gateway
from consumers.gateway.source import KafkaArchive, Source
from consumers.settings import Settings

ALL: dict[str, Any] = {"all": {}}


@pytest.fixture(params=["embedded_kafka", pytest.param("apache_kafka", marks=pytest.mark.kafka)])
def settings(request: pytest.FixtureRequest, prefix: str) -> Settings:
    """Settings of a gateway on the embedded broker, and on a real one."""
    return gateway_settings(request.getfixturevalue(request.param), prefix)


def gateway_settings(kafka: str, prefix: str, **changes: Any) -> Settings:
    changes = {"gateway_bind": "127.0.0.1:0", "gateway_http_bind": "127.0.0.1:0", "gateway_heartbeat": 1.0, **changes}
    return settings_for(kafka, "embedded", prefix).model_copy(update=changes)


class Topic:
    """Writes to `alerts`, in a transaction where the broker knows them, as the desk does."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.name = cluster.settings.topic("alerts")

    async def append(self, *alerts: Alert, epoch: str = "k7", abort: bool = False) -> int:
        """Append alerts; answers the last one's offset."""
        options = {} if self.cluster.embedded else {"transactional_id": f"{self.name}-desk"}
        producer = self.cluster.producer(**options)
        await producer.start()
        try:
            if not self.cluster.embedded:
                await producer.begin_transaction()
            offset = -1
            for alert in alerts:
                sent = await producer.send_and_wait(
                    self.name, alert.to_json(), key=alert.id.encode(), headers=alert.headers(epoch), partition=0
                )
                offset = sent.offset
            if not self.cluster.embedded:
                await (producer.abort_transaction() if abort else producer.commit_transaction())
            return offset
        finally:
            await producer.stop()


@contextlib.asynccontextmanager
async def following(settings: Settings, cluster: Cluster) -> AsyncIterator[Newsroom]:
    """A gateway that follows the topic."""
    archive = KafkaArchive(settings, cluster)
    source = Source(settings, cluster, archive)
    gateway = Gateway(settings, archive=archive, log_end=source)
    try:
        async with fed(gateway, source) as room:
            yield room
    finally:
        await source.stop()
        await archive.stop()


async def test_what_was_there_and_what_comes(settings: Settings) -> None:
    """The ring is full before anybody connects; what is appended later is pushed; a cursor resumes exactly."""
    cluster = await Cluster.connect(settings)
    topic = Topic(cluster)
    await topic.append(*(make_alert(f"n{n}") for n in range(3)))
    async with following(settings, cluster) as room:
        assert room.gateway.hub.epoch == "k7"
        async with room.subscriber(subscriptions=ALL, cursor="oldest") as client:
            await client.until("live")
            assert [f["alert"]["id"] for f in client.seen if f["type"] == "alert"] == ["n0", "n1", "n2"]
            last = await topic.append(make_alert("n3"))
            await client.until("alert", seq=last)
        assert not [frame for frame in client.seen if frame["type"] == "gap"]
        end = await topic.append(make_alert("n4"))
        async with room.subscriber(subscriptions=ALL, cursor=f"k7:{last}") as client:
            await client.until("alert", seq=end)
            assert len([frame for frame in client.seen if frame["type"] == "alert"]) == 1


@pytest.mark.kafka
async def test_an_aborted_transaction_is_never_shown(apache_kafka: str, prefix: str) -> None:
    """Read committed: what the desk took back reaches nobody, and its offsets are no gap."""
    settings = gateway_settings(apache_kafka, prefix)
    cluster = await Cluster.connect(settings)
    topic = Topic(cluster)
    async with following(settings, cluster) as room, room.subscriber(subscriptions=ALL) as client:
        await client.until("live")
        await topic.append(make_alert("taken back"), abort=True)
        last = await topic.append(make_alert("kept"))
        await client.until("alert", seq=last)
        assert [f["alert"]["id"] for f in client.seen if f["type"] == "alert"] == ["kept"]


@pytest.mark.kafka
async def test_the_end_of_the_log_is_a_cursor(apache_kafka: str, prefix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Control markers after the last alert are read past, so that heartbeats reach the end of the log."""
    monkeypatch.setattr(sources, "PROBE_EVERY", 0.1)
    settings = gateway_settings(apache_kafka, prefix)
    cluster = await Cluster.connect(settings)
    topic = Topic(cluster)
    async with following(settings, cluster) as room, room.subscriber(subscriptions=ALL) as client:
        await client.until("live")
        last = await topic.append(make_alert())
        await client.until("heartbeat", seq=last + 1)


async def test_below_the_ring_is_kafka(embedded_kafka: str, prefix: str) -> None:
    """History older than the ring is read from the topic, over HTTP and in the conversation."""
    settings = gateway_settings(embedded_kafka, prefix, gateway_ring_entries=10)
    cluster = await Cluster.connect(settings)
    await Topic(cluster).append(*(make_alert(f"n{n}") for n in range(700)))
    async with following(settings, cluster) as room, httpx.AsyncClient(base_url=room.gateway.url, timeout=30) as http:
        first = (await http.get("/v1/alerts", params={"after": -1, "limit": 500})).json()
        second = (await http.get("/v1/alerts", params={"after": first["next"], "limit": 500})).json()
        assert [item["seq"] for page in (first, second) for item in page["items"]] == list(range(700))
        assert (first["oldest"], first["head"], second["more"]) == (0, 699, False)
        async with room.subscriber(subscriptions={}, client="x") as client:
            await client.until("live")
            await client.send(type="history", req=1, before=692, limit=4)
            page = await client.until("history", req=1)
            assert [item["seq"] for item in page["items"]] == [691, 690, 689, 688]


async def test_another_epoch_in_the_log_voids_cursors_but_loses_nothing(embedded_kafka: str, prefix: str) -> None:
    """When the desk lost its state and began a new epoch, clients resync and get all that the log holds."""
    settings = gateway_settings(embedded_kafka, prefix)
    cluster = await Cluster.connect(settings)
    topic = Topic(cluster)
    last = await topic.append(make_alert("old"))
    async with following(settings, cluster) as room:
        async with room.subscriber(subscriptions=ALL) as client:
            await client.until("live")
            await topic.append(make_alert("fresh"), epoch="k8")
            assert await client.closed() == 4004
        async with room.subscriber(subscriptions=ALL, cursor=f"k7:{last}") as client:
            await client.until("live")
        assert [f["alert"]["id"] for f in client.seen if f["type"] == "alert"] == ["old", "fresh"]
        assert client.seen[0]["epoch"] == "k8"


@pytest.mark.kafka
@pytest.mark.parametrize("fresh", [2, 9])
async def test_a_topic_made_anew_is_read_from_its_start(
    apache_kafka: str, prefix: str, monkeypatch: pytest.MonkeyPatch, fresh: int
) -> None:
    """Shorter or longer than what was read of the old one: clients resync, and whoever resumes gets all of it."""
    monkeypatch.setattr(sources, "PROBE_EVERY", 0.1)
    settings = gateway_settings(apache_kafka, prefix)
    cluster = await Cluster.connect(settings)
    topic = Topic(cluster)
    for number in range(5):
        await topic.append(make_alert(f"old {number}"))
    async with following(settings, cluster) as room, room.subscriber(subscriptions=ALL) as before:
        await before.until("live")
        admin = AIOKafkaAdminClient(bootstrap_servers=apache_kafka)
        await admin.start()
        await admin.delete_topics([topic.name])
        async with asyncio.timeout(30):
            while topic.name in await admin.list_topics():  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.1)
        await admin.close()
        cluster = await Cluster.connect(settings)
        await Topic(cluster).append(*(make_alert(f"new {number}") for number in range(fresh)), epoch="k8")
        async with asyncio.timeout(60):
            assert await before.closed() == 4004
        await eventually(lambda: room.gateway.hub.epoch == "k8")
        async with room.subscriber(subscriptions=ALL, cursor="k7:3") as client:
            await client.until("live")
            assert [f["why"] for f in client.seen if f["type"] == "gap"] == ["epoch"]
            assert [f["alert"]["id"] for f in client.seen if f["type"] == "alert"] == [
                f"new {number}" for number in range(fresh)
            ]


async def test_kafka_away_leaves_the_ring_served(prefix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without Kafka the gateway serves what it has, says so in health, and does not stop."""
    monkeypatch.setattr(sources, "PROBE_EVERY", 0.1)
    monkeypatch.setattr(sources, "ANSWER_WITHIN", 0.5)
    with EmbeddedKafka() as broker:
        settings = gateway_settings(broker.address, prefix, gateway_ring_entries=2)
        cluster = await Cluster.connect(settings)
        await Topic(cluster).append(*(make_alert(f"n{n}") for n in range(5)))
        running = contextlib.AsyncExitStack()
        room = await running.enter_async_context(following(settings, cluster))
    async with running, httpx.AsyncClient(base_url=room.gateway.url) as http:
        await eventually(lambda: not room.gateway.kafka["reachable"])
        health = await http.get("/healthz")
        assert (health.status_code, health.json()["status"]) == (200, "degraded")
        assert (await http.get("/v1/alerts", params={"after": 0})).status_code == 503
        assert [i["seq"] for i in (await http.get("/v1/alerts", params={"after": 2})).json()["items"]] == [3, 4]
        async with room.subscriber(subscriptions=ALL, cursor="oldest") as client:
            assert await client.seqs(4) == [3, 4]


# -- as a process


@contextlib.contextmanager
def gateway_process(kafka: str, prefix: str, port: int, folder: Path) -> Any:
    environment = {
        **os.environ,
        "ALERTS_KAFKA": kafka,
        "ALERTS_PREFIX": prefix,
        "ALERTS_GATEWAY_BIND": f"127.0.0.1:{port}",
        "ALERTS_GATEWAY_HTTP_BIND": "127.0.0.1:0",
    }
    log = (folder / "gateway.log").open("w+")
    process = subprocess.Popen(
        [sys.executable, "-m", "consumers", "gateway"], env=environment, stderr=log, cwd=folder, text=True
    )
    try:
        yield process, environment
    finally:
        process.kill()
        process.wait()
        log.close()


async def ready(port: int) -> None:
    async with asyncio.timeout(30), httpx.AsyncClient() as http:
        while True:
            with contextlib.suppress(httpx.TransportError):
                if (await http.get(f"http://127.0.0.1:{port}/readyz")).status_code == 200:
                    return
            await asyncio.sleep(0.05)


async def test_the_role_watched_and_ended(embedded_kafka: str, prefix: str, tmp_path: Path) -> None:
    """`alerts gateway` serves `alerts watch`; SIGTERM ends it in time and well, though a client reads nothing."""
    cluster = await Cluster.connect(gateway_settings(embedded_kafka, prefix))
    topic = Topic(cluster)
    await topic.append(make_alert("first", headline="Before \x1b[31mthe watch"))
    port = free_port()
    with gateway_process(embedded_kafka, prefix, port, tmp_path) as (process, environment):
        await ready(port)
        watch = [sys.executable, "-m", "consumers", "watch", "--cursor", "oldest", "--count", "2"]
        watching = await asyncio.create_subprocess_exec(
            *watch, "--topics", "conflict", env=environment, cwd=tmp_path, stdout=subprocess.PIPE
        )
        await topic.append(
            make_alert("sport", topics=["sport"]),
            make_alert("first", 2, op="withdrawal", status="withdrawn", reason="Killed by the agency."),
        )
        output, _ = await asyncio.wait_for(watching.communicate(), 30)
        text = output.decode()
        assert "Before  [31mthe watch" in text
        assert "WITHDRAWN" in text
        assert "Killed by the agency." in text
        assert "sport" not in text
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /v1/stream?auto=1 HTTP/1.1\r\nHost: 127.0.0.1\r\n")
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(process.wait, 20) == 0
        assert time.monotonic() - began < 15
        writer.close()
        del reader
    assert "Traceback" not in (tmp_path / "gateway.log").read_text()


async def test_the_role_ends_in_time_with_stalled_clients(embedded_kafka: str, prefix: str, tmp_path: Path) -> None:
    """SIGTERM: whoever reads is told, whoever stalls is cut, and the process is gone within 15 s."""
    cluster = await Cluster.connect(gateway_settings(embedded_kafka, prefix))
    await Topic(cluster).append(*(make_alert(f"a{n}", headline="x" * 8000) for n in range(100)))
    port = free_port()
    with gateway_process(embedded_kafka, prefix, port, tmp_path) as (process, _), contextlib.ExitStack() as stack:
        await ready(port)
        for _ in range(5):
            stack.enter_context(stalled_reader(port))
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http, asyncio.timeout(30):
            while 'state="lagging"} 5.0' not in (await http.get("/metrics")).text:  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.1)
        async with connect(f"ws://127.0.0.1:{port}/v1/stream?auto=1") as reading:
            began = time.monotonic()
            process.send_signal(signal.SIGTERM)
            with contextlib.suppress(ConnectionClosed):
                async for _ in reading:
                    pass
            assert reading.close_code == 1012
        assert await asyncio.to_thread(process.wait, 20) == 0
        assert time.monotonic() - began < 15
    assert "Traceback" not in (tmp_path / "gateway.log").read_text()


@contextlib.contextmanager
def stalled_reader(port: int) -> Iterator[socket.socket]:
    """Asks for everything and reads nothing."""
    with socket.socket() as peer:
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        peer.connect(("127.0.0.1", port))
        peer.sendall(
            f"GET /v1/stream?auto=1&cursor=oldest HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            "Sec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        yield peer


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["watch", "--regions", "atlantis"], 2, "atlantis"),
        (["watch", "--url", "http://127.0.0.1:1"], 2, "ws://"),
        (["token", "--sub", "ann"], 2, "ALERTS_GATEWAY_SECRET"),
        (["token", "--sub", "ann", "--for", "soon"], 2, "12h"),
    ],
)
def test_wrong_usage_is_one_line(arguments: list[str], status: int, words: str, run_alerts: Callable[..., Any]) -> None:
    """A slip on the command line is told before anything is connected."""
    done = run_alerts(*arguments)
    assert done.returncode == status
    assert words in done.stderr


def test_a_token_is_made_and_taken(run_alerts: Callable[..., Any]) -> None:
    """What `alerts token` prints opens a gateway with the same secret."""
    from consumers.gateway.access import Tokens  # noqa: PLC0415 - one test needs it

    secret = "a secret of more than thirty-two bytes"
    done = run_alerts(
        "token", "--sub", "ann", "--role", "editor", "--for", "1h", "--regions", "KZ", ALERTS_GATEWAY_SECRET=secret
    )
    grant = Tokens(secret).grant(done.stdout.strip(), time.time())
    assert (grant.user, grant.role, grant.scope.regions) == ("ann", "editor", ("KZ",))


@pytest.fixture
def run_alerts(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run the command line in an empty folder."""

    def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "consumers", *arguments],
            env={**os.environ, **environment},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )

    return run
