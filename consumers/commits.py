"""How a classifier commits: each offset with a note of the rules it judges by, and again while no article comes."""

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Mapping

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from consumers.rulenote import RuleNote

AGAIN_AFTER = 30.0
"""Seconds after which what is committed is committed again: who has been silent for longer is not there."""
BUDGET_SECONDS = 5.0


class Commits:
    """Commits for one member of a group; without a `note`, offsets and nothing else."""

    def __init__(self, note: Callable[[], RuleNote] | None) -> None:
        self._note = note
        self._noted: dict[TopicPartition, RuleNote] = {}

    async def commit(self, consumer: AIOKafkaConsumer, offsets: Mapping[TopicPartition, int]) -> None:
        """Commit.

        Raises:
            CommitFailedError: the group has moved on.
        """
        if self._note is None:
            await consumer.commit(offsets)
            return
        note = self._note()
        text = note.text()
        await consumer.commit({tp: (offset, text) for tp, offset in offsets.items()})
        self._noted.update(dict.fromkeys(offsets, note))

    async def tell(self, consumer: AIOKafkaConsumer, positions: Mapping[TopicPartition, int]) -> None:
        """Commit what is committed already, if its note has changed or grown old; `positions` are what we committed.

        Call it only while nothing is in hand. What fails is told with the next commit.
        """
        if self._note is None:
            return
        note = self._note()
        old = [tp for tp in consumer.assignment() if not self._says(tp, note)]
        if not old:
            return
        with contextlib.suppress(KafkaError, TimeoutError):
            async with asyncio.timeout(BUDGET_SECONDS):
                # Where we have committed nothing, nothing was read either: there the group's own place is the position.
                at = {tp: positions[tp] if tp in positions else await consumer.position(tp) for tp in old}
                await self.commit(consumer, at)

    def _says(self, tp: TopicPartition, note: RuleNote) -> bool:
        before = self._noted.get(tp)
        return before is not None and before.says_the_same(note) and note.told - before.told < AGAIN_AFTER

    def forget(self, revoked: Iterable[TopicPartition]) -> None:
        """These are another member's now."""
        for tp in revoked:
            self._noted.pop(tp, None)
