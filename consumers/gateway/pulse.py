"""How the pipeline before us does, as far as Kafka tells: what waits for whom, what is dead, which rules judge.

Other roles have metrics of their own; editors see a corner of it all, and this is where the corner gets it from.
"""

import asyncio
import time
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from consumers.backends.kafka import Cluster, committed, finish
from consumers.rulenote import RuleNote, heard
from consumers.settings import Settings

EVERY = 5.0  # seconds between looks
ANSWER_WITHIN = 3.0
HOUR_MS = 3_600_000


class Pulse:
    """The newest figures; None stands for what is not known. Without Kafka (a test) nothing is."""

    def __init__(self) -> None:
        self.articles_waiting: int | None = None
        """Articles that the classifier has not finished."""
        self.desk_waiting: int | None = None
        """Candidates and actions that the desk has not taken in, by what it committed within the last second or so."""
        self.dead: int | None = None
        """Dead letters that are kept."""
        self.dead_last_hour: int | None = None
        self.rules: tuple[RuleNote, ...] | None = None
        """What the classifiers say of their rules, the newest first; empty if none has said anything."""
        self.looked: float | None = None
        """When, in Unix seconds."""

    def status(self) -> dict[str, Any]:
        """For the page."""
        return {
            "articles": {"waiting": self.articles_waiting},
            "desk": {"waiting": self.desk_waiting},
            "dead": {"kept": self.dead, "last_hour": self.dead_last_hour},
            "rules": None if self.rules is None else [note.public() for note in self.rules],
            "looked": self.looked,
        }


class KafkaPulse:
    """Looks every few seconds. What it cannot see it says it does not know; it never stops its gateway."""

    def __init__(self, settings: Settings, cluster: Cluster, pulse: Pulse) -> None:
        self._settings = settings
        self._cluster = cluster
        self._pulse = pulse

    async def run(self) -> None:
        """Look until cancelled."""
        groups = [("articles", "classifier"), ("desk", "desk")]
        watchers = [_Watcher(self._cluster, self._settings.topic(t), self._settings.topic(g)) for t, g in groups]
        dead = _Watcher(self._cluster, self._settings.topic("articles.dead"), None)
        try:
            while True:
                pulse = self._pulse
                pulse.articles_waiting, pulse.rules = await watchers[0].waiting()
                pulse.desk_waiting, _ = await watchers[1].waiting()
                pulse.dead, pulse.dead_last_hour = await dead.kept()
                pulse.looked = time.time()
                await asyncio.sleep(EVERY)
        finally:
            for watcher in (*watchers, dead):
                await watcher.stop()


class _Watcher:
    """Asks for the offsets of one topic, and for those that a group has committed, without joining it."""

    def __init__(self, cluster: Cluster, topic: str, group: str | None) -> None:
        self._cluster = cluster
        self._topic = topic
        self._group = group
        self._consumer: AIOKafkaConsumer | None = None

    async def waiting(self) -> tuple[int | None, tuple[RuleNote, ...] | None]:
        """Records that the group has not committed, and what it notes of its rules.

        None is not known; the first is None also where the group never commits (the embedded desk's does not).
        """
        try:
            async with asyncio.timeout(ANSWER_WITHIN):
                consumer, partitions = await self._started()
                begin, end = await consumer.beginning_offsets(partitions), await consumer.end_offsets(partitions)
                done = await committed(consumer, partitions)
        except (KafkaError, TimeoutError, OSError):
            return None, None
        rules = heard(each.metadata for each in done.values())
        if not any(each.offset > 0 for each in done.values()):
            return (None if any(end.values()) else 0), rules
        left: list[int] = [end[tp] - max(begin[tp], done[tp].offset if tp in done else 0) for tp in partitions]
        return sum(left), rules

    async def kept(self) -> tuple[int | None, int | None]:
        """Records in the topic, and those of the last hour."""
        try:
            async with asyncio.timeout(ANSWER_WITHIN):
                consumer, partitions = await self._started()
                begin, end = await consumer.beginning_offsets(partitions), await consumer.end_offsets(partitions)
                kept = sum(end[each] - begin[each] for each in partitions)
                if self._cluster.embedded:  # it cannot look by time, and is young
                    return kept, kept
                since = int(time.time() * 1000) - HOUR_MS
                found = await consumer.offsets_for_times(dict.fromkeys(partitions, since))
        except (KafkaError, TimeoutError, OSError):
            return None, None
        return kept, sum(end[each] - at.offset for each, at in found.items() if at is not None)

    async def _started(self) -> tuple[AIOKafkaConsumer, list[TopicPartition]]:
        if self._consumer is None:
            consumer = self._cluster.consumer(group=self._group)
            try:
                await consumer.start()
                numbers = await self._partitions(consumer)
                consumer.assign([TopicPartition(self._topic, number) for number in numbers])
            except BaseException:
                await asyncio.wait({asyncio.create_task(finish(consumer.stop()))})
                raise
            self._consumer = consumer
        return self._consumer, list(self._consumer.assignment())

    async def _partitions(self, consumer: AIOKafkaConsumer) -> set[int]:
        """Partitions of the topic; one of which nobody has heard yet is asked for, as any client would."""
        # The consumer's own, public question answers only for topics that it reads already.
        metadata = await consumer._client.fetch_all_metadata()  # noqa: SLF001
        return set(metadata.partitions_for_topic(self._topic) or {0})

    async def stop(self) -> None:
        """Disconnect."""
        if self._consumer is not None:
            await asyncio.wait({asyncio.create_task(finish(self._consumer.stop()))})
