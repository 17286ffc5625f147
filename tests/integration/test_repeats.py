"""A classifier that is a process, with real offsets: what it takes for a repeat after it, Redis, or both were gone."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import pytest
from aiokafka import TopicPartition
from support.proxy import Proxy
from support.stack import Role, Stack, stack
from support.topics import partitions, records, settings_for, until

from alerts.alert import Candidate
from consumers.backends.kafka import Cluster
from consumers.backends.redis_server import RedisServer, find_redis

pytestmark = pytest.mark.redis

USABLE = {
    "uri": "urn:test:1",
    "source": "agency.example",
    "version": "1",
    "language": "en",
    "headline": "Magnitude 7.1 earthquake strikes near Almaty, Kazakhstan",
}
WITHHELD = {**USABLE, "pubstatus": "withheld"}
OTHER = {**USABLE, "uri": "urn:test:2", "headline": "Explosion in Herat, Afghanistan"}


@dataclass
class Line:
    """What classifiers read, and the wire between them and Redis."""

    running: Stack
    cluster: Cluster
    wire: Proxy
    sent: int = 0

    async def publish(self, *articles: dict[str, str]) -> None:
        """Articles, until they are committed."""
        producer = self.cluster.producer()
        await producer.start()
        for article in articles:
            value, key = json.dumps(article).encode(), article["uri"].encode()
            await producer.send_and_wait(self.cluster.settings.topic("articles"), value, key=key)
        await producer.stop()
        self.sent += len(articles)
        await until(self._committed)

    async def _committed(self) -> bool:
        group = self.cluster.consumer(group=self.cluster.settings.topic("classifier"))
        await group.start()
        try:
            name = self.cluster.settings.topic("articles")
            every = [TopicPartition(name, p) for p in await partitions(group, name)]
            return sum([await group.committed(tp) or 0 for tp in every]) == self.sent
        finally:
            await group.stop()

    async def heard(self) -> list[tuple[str, str]]:
        """What the desk hears: of which article, and how it stands."""
        found = await records(self.cluster, self.cluster.settings.topic("desk"))
        articles = [Candidate.from_json(record.value).article for record in found]
        return [(article.uri, article.pubstatus) for article in articles]


async def classifier(running: Stack, *, hasty: bool = False) -> Role:
    """A hasty one's partitions are soon another's when it is killed."""
    by = ("support.saboteur", "hasty") if hasty else ("consumers",)
    return await asyncio.to_thread(running.start, "classify", by=by)


@pytest.fixture(params=["embedded", pytest.param("apache", marks=pytest.mark.kafka)])
async def line(request: pytest.FixtureRequest, prefix: str, tmp_path: Path) -> AsyncIterator[Line]:
    kafka: str = request.getfixturevalue(f"{request.param}_kafka")
    if find_redis() is None:
        pytest.skip("no redis-server or valkey-server here")
    with RedisServer(log=tmp_path / "redis.log") as redis:
        async with Proxy(redis.port) as wire:
            cluster = await Cluster.connect(settings_for(kafka, redis.url, prefix))
            with stack(tmp_path, kafka, f"redis://127.0.0.1:{wire.port}/0", prefix) as running:
                yield Line(running, cluster, wire)


async def test_after_a_restart_an_exact_repeat_is_a_repeat(line: Line) -> None:
    """The chain goes on with what was committed, also where a partition has had no article since."""
    for articles in ([USABLE], [OTHER, USABLE], [USABLE]):
        role = await classifier(line.running)
        await line.publish(*articles)
        role.process.terminate()
        await asyncio.to_thread(role.process.wait, 20)
    assert await line.heard() == [("urn:test:1", "usable"), ("urn:test:2", "usable")]


async def test_what_only_a_killed_classifier_knew_is_not_forgotten(line: Line) -> None:
    """Usable; withheld, while Redis is away; usable again, when the classifier is another and Redis is back."""
    role = await classifier(line.running, hasty=True)
    await line.publish(USABLE)
    line.wire.hears = False
    await line.publish(WITHHELD)
    line.running.kill9(role)
    line.wire.hears = True
    await classifier(line.running)
    await line.publish(USABLE)
    # Where the machine is slow, the group may have moved on, and some of it is heard twice.
    assert [status for status, _ in groupby(status for _, status in await line.heard())] == [
        "usable",
        "withheld",
        "usable",
    ]
