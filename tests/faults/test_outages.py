"""Servers that go away and come back: everything waits or flows on, says so, and nothing is lost."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from urllib.error import HTTPError

import pytest
from support.feed import made_feed
from support.stack import Role, fetch, stack
from support.subscriber import Subscriber
from support.topics import settings_for, settled, told, until

from alerts.rules import load
from consumers.backends.apache import ApacheKafka
from consumers.backends.kafka import Cluster, Sender
from consumers.backends.redis_server import RedisServer

pytestmark = [pytest.mark.kafka, pytest.mark.redis]

RULES = Path(__file__).parents[1] / "support" / "feed.yaml"


@pytest.fixture
async def kafka(jars_folder: Path, tmp_path: Path) -> AsyncIterator[ApacheKafka]:
    """A broker of this test's own, to be killed."""
    with ApacheKafka(data=tmp_path / "kafka", libs=jars_folder) as broker:
        yield broker


async def _ready(role: Role) -> dict[str, object]:
    """What a role's readiness says, whatever its status."""
    try:
        answer: dict[str, object] = json.loads(await asyncio.to_thread(fetch, role.ready_url))
    except HTTPError as exc:
        with exc:
            answer = json.load(exc)
    return answer


async def _says(role: Role, name: str, value: object) -> bool:
    return (await _ready(role)).get(name) == value


async def test_a_broker_and_redis_killed_and_started_again_cost_time_and_nothing_else(
    kafka: ApacheKafka, tmp_path: Path
) -> None:
    """Health tells; after both are back every event is in exactly one alert, and the subscriber saw the topic."""
    feed = made_feed(600, seed=3, now=datetime.now(UTC))
    with (
        RedisServer(log=tmp_path / "redis.log") as redis,
        stack(tmp_path, kafka.bootstrap, redis.url, "o.", ALERTS_RULES=str(RULES), ALERTS_QUIET_SECONDS="1") as running,
    ):
        cluster = await Cluster.connect(settings_for(kafka.bootstrap, redis.url, "o."))
        classifier, desk, gateway = (running.start(name) for name in ("classify", "desk", "gateway"))
        subscriber = Subscriber(gateway.ready_url.replace("http", "ws").replace("/readyz", "/v1/stream"))
        following = asyncio.create_task(subscriber.follow())
        sender = Sender(cluster)
        await sender.start()
        waiting = []
        for number, article in enumerate(feed.articles):
            if number == 200:
                await subscriber.until(1)
                await asyncio.to_thread(kafka.kill, 1)
                await until(partial(_says, classifier, "kafka", False))
                await until(partial(_says, desk, "kafka", False))
                await asyncio.to_thread(kafka.restart, 1)
            if number == 400:
                await asyncio.to_thread(redis.kill)
            topic = cluster.settings.topic("articles")
            waiting.append(await sender.send(topic, key=article.uri.encode(), value=article.to_json()))
        await asyncio.gather(*waiting)
        await until(partial(_says, classifier, "redis", False))
        await asyncio.to_thread(redis.start)
        await sender.stop()
        await settled(cluster, subscriber.log)
        following.cancel()
        said = await told(cluster, "o.")
    rules = load(RULES.read_text(encoding="utf-8"))
    breaking = {
        (a.source, a.uri, a.version) for a in feed.articles if a.published and rules.judge(a, a.published).fires
    }
    assert breaking - said.versions == set()
    assert said.faults() == []
    assert said.shared() == set()
    assert {alert.dedup for alert in said.alerts} == {"ok", "unavailable"}
    assert [(i, r) for _, i, r in subscriber.log] == [(a.id, a.revision) for a in said.alerts]
