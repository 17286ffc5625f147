"""A second desk takes over, and one that slept through it neither writes nor fences its successor."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from support.feed import Feed, made_feed
from support.stack import Role, Stack, stack
from support.subscriber import Subscriber
from support.topics import drained, settings_for, settled, told, until

from consumers.backends.kafka import Cluster, Sender

pytestmark = [pytest.mark.kafka, pytest.mark.redis]

RULES = Path(__file__).parents[1] / "support" / "feed.yaml"
TAKEOVER_SECONDS = 10.0


class Desks:
    """A line with two desks, and a feed to put onto it piece by piece."""

    def __init__(self, running: Stack, cluster: Cluster, feed: Feed) -> None:
        self.running, self.cluster, self.feed = running, cluster, feed
        self.classifier = running.start("classify")
        self.office = running.start("desk")
        self.standby = running.start("desk")
        gateway = running.start("gateway")
        self.subscriber = Subscriber(gateway.ready_url.replace("http", "ws").replace("/readyz", "/v1/stream"))

    async def publish(self, part: slice) -> None:
        sender = Sender(self.cluster)
        await sender.start()
        for article in self.feed.articles[part]:
            topic = self.cluster.settings.topic("articles")
            await (await sender.send(topic, key=article.uri.encode(), value=article.to_json()))
        await sender.stop()

    async def in_office(self, desk: Role) -> bool:
        return bool(desk.metric("alerts_desk_active"))


@pytest.fixture
async def desks(apache_kafka: str, redis_url: str, prefix: str, tmp_path: Path) -> AsyncIterator[Desks]:
    cluster = await Cluster.connect(settings_for(apache_kafka, redis_url, prefix))
    feed = made_feed(600, seed=11, now=datetime.now(UTC))
    with stack(tmp_path, apache_kafka, redis_url, prefix, ALERTS_RULES=str(RULES), ALERTS_QUIET_SECONDS="1") as running:
        made = Desks(running, cluster, feed)
        await until(partial(made.in_office, made.office))
        following = asyncio.create_task(made.subscriber.follow())
        yield made
        following.cancel()


async def test_a_standby_takes_over_within_10_s_of_kill_9(desks: Desks) -> None:
    """The next revision after the kill comes from the standby, and revisions go on without a hole."""
    await desks.publish(slice(0, 200))
    await until(partial(drained, desks.cluster))
    desks.running.kill9(desks.office)
    killed = time.monotonic()
    seen = len(desks.subscriber.log)
    await desks.publish(slice(200, 400))
    await desks.subscriber.until(seen + 1)
    assert time.monotonic() - killed < TAKEOVER_SECONDS
    await until(partial(drained, desks.cluster))
    assert (await told(desks.cluster, desks.cluster.settings.prefix)).faults() == []


async def test_a_desk_that_slept_through_its_replacement_leaves_the_new_one_alone(desks: Desks) -> None:
    """Stopped for longer than its session, then woken in the middle of the feed: no revision twice, none lost."""
    await desks.publish(slice(0, 200))
    os.kill(desks.office.pid, signal.SIGSTOP)
    try:
        await desks.publish(slice(200, 400))
        await until(partial(desks.in_office, desks.standby))
        await until(partial(drained, desks.cluster))
    finally:
        os.kill(desks.office.pid, signal.SIGCONT)
    await desks.publish(slice(400, 600))
    await settled(desks.cluster, desks.subscriber.log)
    said = await told(desks.cluster, desks.cluster.settings.prefix)
    assert said.faults() == []
    assert said.shared() == set()
    assert await desks.in_office(desks.standby)
    assert not await desks.in_office(desks.office)
    assert desks.standby.metric("alerts_desk_aborts_total") == 0
    assert [(i, r) for _, i, r in desks.subscriber.log] == [(a.id, a.revision) for a in said.alerts]
