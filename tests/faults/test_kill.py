"""kill -9 of each role in the middle of a feed with known truth, on real Kafka and real Redis."""

import asyncio
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.feed import Feed, made_feed
from support.stack import Role, Stack, stack
from support.subscriber import Subscriber
from support.topics import settings_for, settled, told

from alerts.article import Article
from alerts.rules import load
from consumers.backends.kafka import Cluster, Sender
from consumers.commands.options import articles

pytestmark = [pytest.mark.kafka, pytest.mark.redis]

RULES = Path(__file__).parents[1] / "support" / "feed.yaml"
ARTICLES = 3000
KILLS = 6


def _feed() -> tuple[Feed, Path]:
    """The made feed; or, for a longer run by hand, the articles and rules that two variables name."""
    if path := os.environ.get("ALERTS_TEST_FEED"):
        return Feed([a for _, a in articles([path]) if isinstance(a, Article)]), Path(os.environ["ALERTS_TEST_RULES"])
    return made_feed(ARTICLES, seed=7, now=datetime.now(UTC)), RULES


async def _publish(cluster: Cluster, feed: Feed, part: slice) -> None:
    sender = Sender(cluster)
    await sender.start()
    topic = cluster.settings.topic("articles")
    waiting = [
        await sender.send(topic, key=article.uri.encode(), value=article.to_json()) for article in feed.articles[part]
    ]
    await asyncio.gather(*waiting)
    await sender.stop()


async def _working(role: Role) -> None:
    """Until a role that was restarted has its partition again, and has done something."""
    metric = {"classify": "alerts_articles_judged_total", "desk": "alerts_desk_active"}.get(role.name)
    async with asyncio.timeout(60):
        while metric and not role.metric(metric):  # noqa: ASYNC110 - another process can only be asked
            await asyncio.sleep(0.2)


async def _run(running: Stack, cluster: Cluster, feed: Feed) -> Subscriber:
    roles = {name: running.start(name) for name in ("classify", "desk", "gateway")}
    subscriber = Subscriber(roles["gateway"].ready_url.replace("http", "ws").replace("/readyz", "/v1/stream"))
    following = asyncio.create_task(subscriber.follow())
    size = len(feed.articles) // KILLS
    for n in range(KILLS):
        publishing = asyncio.create_task(_publish(cluster, feed, slice(n * size, (n + 1) * size)))
        for role in roles.values():
            await _working(role)
        # While this part flows: each role in turn, at another moment every time.
        await asyncio.sleep(0.07 * n)
        victim = ("classify", "desk", "gateway")[n % 3]
        running.kill9(roles[victim])
        roles[victim] = await asyncio.to_thread(running.restart, roles[victim])
        await publishing
    await settled(cluster, subscriber.log)
    following.cancel()
    return subscriber


async def test_kill_9_of_each_role_loses_and_doubles_nothing(
    apache_kafka: str, redis_url: str, prefix: str, tmp_path: Path
) -> None:
    """Every breaking version is in exactly one alert or listed as suppressed; the resumed subscriber saw the topic."""
    feed, rules_file = _feed()
    cluster = await Cluster.connect(settings_for(apache_kafka, redis_url, prefix))
    with stack(
        tmp_path, apache_kafka, redis_url, prefix, ALERTS_QUIET_SECONDS="1", ALERTS_RULES=str(rules_file)
    ) as running:
        subscriber = await _run(running, cluster, feed)
    said = await told(cluster, prefix)
    rules = load(rules_file.read_text(encoding="utf-8"))
    breaking = {
        (a.source, a.uri, a.version) for a in feed.articles if a.published and rules.judge(a, a.published).fires
    }
    assert len(breaking) > len(feed.articles) // 50
    assert breaking - said.versions == set()
    assert said.faults() == []
    assert said.shared() == set()
    assert [(i, r) for _, i, r in subscriber.log] == [(a.id, a.revision) for a in said.alerts]
    assert subscriber.gaps == []
    assert subscriber.connections > 1
