"""How a classifier commits: each offset with a note of the rules it judges by and of how far its chain has come.

The note of the rules is for the editors' page, so it is told again while no article comes. That of the chain is for
whoever goes on from the offset (`consumers.chain`).
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterable, Mapping

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from consumers.backends.kafka import committed
from consumers.chain import NONE, Chain, noted, token_in
from consumers.rulenote import RuleNote

log = logging.getLogger(__name__)

AGAIN_AFTER = 30.0
"""Seconds after which what is committed is committed again: who has been silent for longer is not there."""
BUDGET_SECONDS = 5.0


class Commits:
    """Commits for one member of a group; without a `note`, nothing is said of rules, and nothing told again."""

    def __init__(self, note: Callable[[], RuleNote] | None, chain: Chain) -> None:
        self._note = note
        self._chain = chain
        self._noted: dict[TopicPartition, RuleNote] = {}

    async def learn(self, consumer: AIOKafkaConsumer, partitions: Iterable[TopicPartition]) -> None:
        """Go on with the chain of partitions that are new to us, by the notes beside their offsets.

        Only once it is known from where they are read: a token newer than the offset costs repeats at most, an older
        one would hide what lies between them. What cannot be read counts as none.
        """
        new = [tp for tp in partitions if tp.partition not in self._chain]
        if not new:
            return
        era, notes = self._chain.era, {}
        try:
            async with asyncio.timeout(BUDGET_SECONDS):
                notes = await committed(consumer, new)
        except (KafkaError, TimeoutError, OSError) as exc:
            log.warning("notes beside offsets cannot be read (%s); repeats are sent once more", exc or "no answer")
        if self._chain.era == era:
            for tp in new:
                self._chain.begin(tp.partition, token_in(notes[tp].metadata) if tp in notes else NONE)

    async def commit(self, consumer: AIOKafkaConsumer, offsets: Mapping[TopicPartition, int]) -> None:
        """Commit.

        Raises:
            CommitFailedError: the group has moved on.
        """
        note = self._note() if self._note else None
        text = note.text() if note else ""
        await consumer.commit(
            {tp: (offset, noted(text, self._chain.newest(tp.partition))) for tp, offset in offsets.items()}
        )
        if note:
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
                await self.learn(consumer, old)
                await self.commit(consumer, at)

    def _says(self, tp: TopicPartition, note: RuleNote) -> bool:
        before = self._noted.get(tp)
        return before is not None and before.says_the_same(note) and note.told - before.told < AGAIN_AFTER

    def forget(self, partitions: Iterable[TopicPartition]) -> None:
        """These are, or were, another member's."""
        self._chain.forget()
        for tp in partitions:
            self._noted.pop(tp, None)
