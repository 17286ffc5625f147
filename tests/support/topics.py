"""What stands on our topics, read to the end as a downstream service would: read committed, no group."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sized
from dataclasses import dataclass
from typing import TypeVar

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.structs import ConsumerRecord
from confluent_kafka.admin import AdminClient

from alerts.alert import Alert, Audit
from consumers.backends.kafka import Cluster
from consumers.settings import Settings, load


def settings_for(kafka: str, redis: str, prefix: str) -> Settings:
    """Settings that depend on nothing around."""
    return load({}, env_file=None, kafka=kafka, redis=redis, prefix=prefix)


async def records(cluster: Cluster, topic: str) -> list["ConsumerRecord[bytes, bytes]"]:
    """Every record of partition 0 of a topic (its name in the cluster)."""
    consumer = cluster.consumer()
    await consumer.start()
    try:
        tp = TopicPartition(topic, 0)
        consumer.assign([tp])
        await consumer.seek_to_beginning(tp)
        end = (await consumer.end_offsets([tp]))[tp]
        found: list[ConsumerRecord[bytes, bytes]] = []
        while await consumer.position(tp) < end:
            for part in (await consumer.getmany(timeout_ms=200)).values():
                found += part
        return found
    finally:
        await consumer.stop()


async def count(cluster: Cluster, topic: str) -> int:
    """Records ever appended to all partitions of a topic, transaction markers included."""
    consumer = cluster.consumer()
    await consumer.start()
    try:
        every = [TopicPartition(topic, p) for p in await partitions(consumer, topic)]
        return sum((await consumer.end_offsets(every)).values())
    finally:
        await consumer.stop()


T = TypeVar("T")


@dataclass
class Told:
    """What the desk said: every revision on `alerts`, every record of `desk.audit`."""

    alerts: list[Alert]
    audits: list[Audit]

    @property
    def versions(self) -> set[tuple[str, str, str | None]]:
        """(source, uri, version) found in some alert's sources or in a `suppress` record."""
        shown = {(s.source, s.uri, s.version) for alert in self.alerts for s in alert.sources}
        kept = {(a.article.source, a.article.uri, a.article.version) for a in self.audits if a.article}
        return shown | kept

    def faults(self) -> list[str]:
        """Breaches of invariant 3, in words: revisions that repeat, or do not run 1..n."""
        found = []
        last: dict[str, int] = {}
        for alert in self.alerts:
            if alert.revision != last.get(alert.id, 0) + 1:
                found.append(f"{alert.id}: revision {alert.revision} follows {last.get(alert.id, 0)}")
            last[alert.id] = alert.revision
        return found

    def shared(self) -> set[tuple[str, str]]:
        """Items (source, uri) that stand in more than one alert."""
        homes: dict[tuple[str, str], set[str]] = {}
        for alert in self.alerts:
            for source in alert.sources:
                homes.setdefault((source.source, source.uri), set()).add(alert.id)
        return {item for item, ids in homes.items() if len(ids) > 1}


async def told(cluster: Cluster, prefix: str) -> Told:
    """Read `alerts` and `desk.audit`."""
    alerts = [Alert.from_json(r.value) for r in await records(cluster, prefix + "alerts")]
    audits = [Audit.from_json(r.value) for r in await records(cluster, prefix + "desk.audit")]
    return Told(alerts, audits)


async def behind(cluster: Cluster) -> int:
    """How much is still to be done: articles no classifier has committed, and records of `desk` no desk has handled."""
    settings = cluster.settings
    group = cluster.consumer(group=settings.topic("classifier"))
    await group.start()
    try:
        name = settings.topic("articles")
        every = [TopicPartition(name, p) for p in await partitions(group, name)]
        ends = await group.end_offsets(every)
        done = sum([await group.committed(tp) or 0 for tp in every])
        desk = TopicPartition(settings.topic("desk"), 0)
        desk_end: int = (await group.end_offsets([desk]))[desk]
    finally:
        await group.stop()
    states = await records(cluster, settings.topic("desk.state"))
    positions = [json.loads(r.value)["offset"] for r in states if r.key == b"position" and r.value]
    handled: int = positions[-1] if positions else 0
    return int(sum(ends.values())) - done + desk_end - handled


async def drained(cluster: Cluster) -> bool:
    """Whether nothing is left to be done."""
    return await behind(cluster) == 0


async def whole(bootstrap: str, copies: int) -> bool:
    """Whether every partition has all its copies, so that a node may die."""

    def ask() -> bool:
        found = AdminClient({"bootstrap.servers": bootstrap, "log_level": 0}).list_topics(timeout=10)
        return all(len(p.isrs) == copies for topic in found.topics.values() for p in topic.partitions.values())

    return await asyncio.to_thread(ask)


async def until(ask: Callable[[], Awaitable[T]], seconds: float = 60.0) -> T:
    """Ask another process until it says something true."""
    async with asyncio.timeout(seconds):
        while not (answer := await ask()):  # noqa: ASYNC110 - another process can only be asked
            await asyncio.sleep(0.2)
    return answer


async def settled(cluster: Cluster, log: Sized, seconds: float = 300.0) -> None:
    """Until every record is handled, quiet updates (of 1 s) have come out, and a subscriber's log has them."""
    async with asyncio.timeout(seconds):
        seen = -1
        while await behind(cluster) or len(log) != seen:
            seen = len(log)
            await asyncio.sleep(4)  # much longer than a quiet update waits, also where the machine is busy


async def partitions(consumer: AIOKafkaConsumer, topic: str) -> set[int]:
    """The topic's partitions; a client that has not heard of the topic asks."""
    consumer._client.add_topic(topic)
    await consumer._client.force_metadata_update()
    return consumer.partitions_for_topic(topic) or set()
