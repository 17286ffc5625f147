"""kill -9 of each role in the middle of a feed with known truth, on real Kafka and real Redis."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.feed import Feed, made_feed
from support.stack import Role, Stack, stack
from support.subscriber import Subscriber
from support.topics import settings_for, told

from alerts.rules import default_rules
from consumers.backends.kafka import Cluster, Sender

pytestmark = [pytest.mark.kafka, pytest.mark.redis]

ARTICLES = 3000
PARTS = 8


async def _publish(cluster: Cluster, feed: Feed, part: slice) -> None:
    sender = Sender(cluster)
    await sender.start()
    topic = cluster.settings.topic("articles")
    waiting = [
        await sender.send(topic, key=article.uri.encode(), value=article.to_json()) for article in feed.articles[part]
    ]
    await asyncio.gather(*waiting)
    await sender.stop()


async def _settled(roles: Sequence[Role], subscriber: Subscriber) -> None:
    """Until nothing is waiting anywhere and nothing has changed for a while."""
    async with asyncio.timeout(120):
        same = 0
        last: tuple[float, ...] = ()
        while same < 8:
            now = (
                *(role.metric("alerts_classifier_lag_records") for role in roles if role.name == "classify"),
                *(role.metric("alerts_desk_lag_records") for role in roles if role.name == "desk"),
                float(len(subscriber.log)),
            )
            same = same + 1 if now == last and not any(now[:-1]) else 0
            last = now
            await asyncio.sleep(0.5)


async def _run(running: Stack, cluster: Cluster, feed: Feed, *, kill: bool) -> Subscriber:
    classifier, desk, gateway = (running.start(name) for name in ("classify", "desk", "gateway"))
    subscriber = Subscriber(gateway.ready_url.replace("http", "ws").replace("/readyz", "/v1/stream"))
    following = asyncio.create_task(subscriber.follow())
    size = len(feed.articles) // PARTS
    for n in range(PARTS):
        publishing = asyncio.create_task(_publish(cluster, feed, slice(n * size, (n + 1) * size)))
        if kill:
            # While this part flows in: each role in turn, twice and more over the whole run.
            victim = (classifier, desk, gateway)[n % 3]
            await asyncio.sleep(0.15 * (n % 4))
            running.kill9(victim)
            again = await asyncio.to_thread(running.restart, victim)
            classifier, desk, gateway = (again if role is victim else role for role in (classifier, desk, gateway))
        await publishing
    await _settled((classifier, desk), subscriber)
    following.cancel()
    return subscriber


async def test_kill_9_of_each_role_loses_and_doubles_nothing(
    apache_kafka: str, redis_url: str, prefix: str, tmp_path: Path
):
    """Every breaking version is in exactly one alert or listed as suppressed; the resumed subscriber saw the topic."""
    feed = made_feed(ARTICLES, seed=7, now=datetime.now(UTC))
    cluster = await Cluster.connect(settings_for(apache_kafka, redis_url, prefix))
    with stack(tmp_path, apache_kafka, redis_url, prefix, ALERTS_QUIET_SECONDS="1") as running:
        subscriber = await _run(running, cluster, feed, kill=True)
    said = await told(cluster, prefix)
    rules = default_rules()
    breaking = {
        (a.source, a.uri, a.version) for a in feed.articles if rules.judge(a, a.published or a.received).fires
    }
    assert len(breaking) > ARTICLES // 10
    assert breaking - said.versions == set()
    assert said.faults() == []
    assert said.shared() == set()
    assert [(i, r) for _, i, r in subscriber.log] == [(a.id, a.revision) for a in said.alerts]
    assert subscriber.gaps == []
    assert subscriber.connections > 1
