"""From article to screen: HTTP in, websocket and topic out, with every role as a process of its own."""

import asyncio
import json
import urllib.request
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from aiokafka.producer import message_accumulator
from aiokafka.producer import producer as aiokafka_producer
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy
from support.stack import Stack, fetch, stack
from support.subscriber import Subscriber
from support.topics import drained, records, settings_for, told, until

from consumers.backends.kafka import Cluster

RULES = Path(__file__).parents[1] / "support" / "feed.yaml"
EVENT = {
    "uri": "urn:test:1",
    "source": "agency.example",
    "version": "1",
    "language": "en",
    "headline": "Magnitude 7.1 earthquake strikes near Almaty, Kazakhstan",
    "description": "Buildings shook across the city, residents said.",
}


@dataclass
class Line:
    """A running line, and a subscriber who was there from the start."""

    running: Stack
    cluster: Cluster
    subscriber: Subscriber
    ingest: str
    gateway: str

    def post(self, *articles: dict[str, Any]) -> dict[str, Any]:
        request = urllib.request.Request(  # noqa: S310 - our own loopback address
            f"{self.ingest}/v1/articles",
            data=json.dumps(list(articles)).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            body: dict[str, Any] = json.load(answer)
            return body


@pytest.fixture(params=["embedded", pytest.param("apache", marks=pytest.mark.kafka)])
async def line(request: pytest.FixtureRequest, redis_url: str, prefix: str, tmp_path: Path) -> AsyncIterator[Line]:
    kafka: str = request.getfixturevalue(f"{request.param}_kafka")
    cluster = await Cluster.connect(settings_for(kafka, redis_url, prefix))
    with stack(tmp_path, kafka, redis_url, prefix, ALERTS_RULES=str(RULES), ALERTS_QUIET_SECONDS="1") as running:
        roles = await asyncio.gather(
            *(asyncio.to_thread(running.start, name) for name in ("ingest", "classify", "desk", "gateway"))
        )
        ingest, gateway = (role.ready_url.removesuffix("/readyz") for role in (roles[0], roles[3]))
        subscriber = Subscriber(gateway.replace("http", "ws") + "/v1/stream")
        following = asyncio.create_task(subscriber.follow())
        yield Line(running, cluster, subscriber, ingest, gateway)
        following.cancel()


async def test_an_article_becomes_an_alert_with_its_reasons(line: Line) -> None:
    """On the websocket, over HTTP and on the topic: the same alert, with matched words and regions."""
    assert line.post(EVENT) == {"accepted": 1, "rejected": []}
    await line.subscriber.until(1)
    alert = line.subscriber.alerts[0]
    assert (alert["op"], alert["revision"], alert["interrupt"], alert["priority"]) == ("new", 1, True, "bulletin")
    assert alert["regions"][0]["code"] == "KZ"
    assert ("earthquake", "headline") in {(why["text"], why["field"]) for why in alert["why"] if why["rule"]}
    page = json.loads(await asyncio.to_thread(fetch, f"{line.gateway}/v1/alerts?after=-1"))
    assert [item["alert"] for item in page["items"]] == [alert]
    (record,) = await records(line.cluster, line.cluster.settings.topic("alerts"))
    headers = dict(record.headers)
    assert json.loads(record.value) == alert
    assert headers["ce_id"].decode() == f"{alert['id']}:1"
    assert headers["ce_type"] == b"flashwire.alert.new.v1"
    assert headers["epoch"].decode() == page["epoch"]


async def test_the_same_article_a_hundred_times_is_one_alert(line: Line) -> None:
    """In one request or in many."""
    line.post(*[EVENT] * 50)
    for _ in range(5):
        line.post(*[EVENT] * 10)
    line.post({**EVENT, "uri": "urn:test:2", "headline": "Explosion in Herat, Afghanistan"})
    await line.subscriber.until(2)
    assert [alert["op"] for alert in line.subscriber.alerts] == ["new", "new"]


async def test_a_second_version_updates_and_a_cancellation_withdraws_also_for_who_was_away(line: Line) -> None:
    """The open websocket is told, and so is the one that comes back with its old cursor."""
    line.post(EVENT)
    await line.subscriber.until(1)
    away = Subscriber(line.subscriber.url, cursor=line.subscriber.cursor)
    line.post({**EVENT, "version": "2", "headline": "Magnitude 7.3 earthquake strikes near Almaty, Kazakhstan"})
    await line.subscriber.until(2)
    line.post({**EVENT, "version": "3", "pubstatus": "canceled"})
    await line.subscriber.until(3)
    assert [(a["op"], a["revision"], a["interrupt"]) for a in line.subscriber.alerts] == [
        ("new", 1, True),
        ("update", 2, False),
        ("withdrawal", 3, True),
    ]
    assert line.subscriber.alerts[2]["status"] == "withdrawn"
    assert line.subscriber.alerts[2]["delivery"] == "bulletin"
    returning = asyncio.create_task(away.follow())
    await away.until(2)
    returning.cancel()
    assert [a["revision"] for a in away.alerts] == [2, 3]
    assert away.gaps == []


async def test_bad_input_is_named_over_http_and_buried_byte_for_byte_from_kafka(line: Line) -> None:
    """Nothing stops, nothing is lost, and the good article beside it is alerted."""
    answer = line.post({"uri": "urn:bad"}, EVENT)
    assert answer["accepted"] == 1
    assert [(r["index"], r["uri"]) for r in answer["rejected"]] == [(0, "urn:bad")]
    producer = line.cluster.producer()
    await producer.start()
    poison = b'{"uri": "urn:poison", \xff' + b"x" * 1_900_000  # nearly as large as the topic takes
    sent = await producer.send_and_wait(line.cluster.settings.topic("articles"), value=poison, key=b"k")
    await producer.stop()
    await line.subscriber.until(1)
    dead = await until(partial(records, line.cluster, line.cluster.settings.topic("articles.dead")))
    headers = {name: value.decode() for name, value in dead[0].headers}
    assert (dead[0].value, dead[0].key) == (poison, b"k")
    assert headers["dead.reason"] == "json"
    assert (headers["dead.partition"], headers["dead.offset"]) == (str(sent.partition), str(sent.offset))
    assert (await told(line.cluster, line.cluster.settings.prefix)).faults() == []


class Odd(str):
    """A header key as no Python client would send it."""

    __slots__ = ()

    def encode(self, *_: str) -> bytes:
        return b"\xff" + super().encode()


async def test_header_keys_that_are_no_text_hold_nothing_up(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    """The client library refuses such a record; both it and what comes after it are read, the odd dead letter, too."""
    for module in (message_accumulator, aiokafka_producer):
        monkeypatch.setattr(module, "DefaultRecordBatchBuilder", _DefaultRecordBatchBuilderPy)
    producer, topic = line.cluster.producer(), line.cluster.settings.topic("articles")
    await producer.start()
    for value in (b"no article", json.dumps(EVENT).encode()):
        await producer.send_and_wait(topic, value=value, key=b"k", headers=[(Odd("trace"), b"1")])
    await producer.stop()
    line.post({**EVENT, "uri": "urn:test:2", "headline": "Explosion in Herat, Afghanistan"})
    await line.subscriber.until(2)
    (dead,) = await until(partial(records, line.cluster, line.cluster.settings.topic("articles.dead")))
    assert (dead.value, dead.key, dict(dead.headers)["\\xfftrace"]) == (b"no article", b"k", b"1")


@pytest.mark.parametrize("line", [pytest.param("apache", marks=pytest.mark.kafka)], indirect=True)
async def test_reset_group_offsets_make_no_new_alert(line: Line) -> None:
    """A person sets the classifiers back to the beginning, and Redis has forgotten everything: the desk knows."""
    line.post(EVENT, {**EVENT, "uri": "urn:test:2", "headline": "Explosion in Herat, Afghanistan"})
    await line.subscriber.until(2)
    settings = line.cluster.settings
    classifier = next(role for role in line.running.roles if role.name == "classify")
    line.running.kill9(classifier)
    again = line.running.start("classify", ALERTS_PREFIX=settings.prefix, ALERTS_REDIS="redis://127.0.0.1:1/0")
    producer = line.cluster.producer()
    await producer.start()
    for record in await _all(line.cluster, settings.topic("articles")):
        await producer.send_and_wait(settings.topic("articles"), value=record, key=b"other")
    await producer.stop()
    line.post({**EVENT, "uri": "urn:test:3", "headline": "Gunmen attack police post in Padang, Indonesia"})
    await line.subscriber.until(3)
    await until(partial(drained, line.cluster))
    assert [a["op"] for a in line.subscriber.alerts] == ["new", "new", "new"]
    assert line.subscriber.alerts[2]["dedup"] == "unavailable"
    assert again.metric("alerts_claims_failed_total") > 0


async def _all(cluster: Cluster, topic: str) -> list[bytes]:
    consumer = cluster.consumer(topic, group=f"{topic}.copy")
    await consumer.start()
    values: list[bytes] = []
    while not values:
        for part in (await consumer.getmany(timeout_ms=1000)).values():
            values += [record.value for record in part]
    await consumer.stop()
    return values
