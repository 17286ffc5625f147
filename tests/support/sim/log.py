"""The broker's log: partitions of records, transactions with markers, and what a committed reader may see of them."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from aiokafka.errors import ProducerFenced
from aiokafka.structs import ConsumerRecord, TopicPartition

Record: TypeAlias = "ConsumerRecord[bytes, bytes]"


@dataclass(eq=False, slots=True)
class Transaction:
    """What one producer wrote between begin and commit, and where it begins in each partition."""

    state: Literal["open", "committed", "aborted"] = "open"
    first: dict[TopicPartition, int] = field(default_factory=dict)


@dataclass(eq=False, slots=True)
class Entry:
    """One offset: a record, or the marker that ends a transaction."""

    record: "Record | None"
    transaction: Transaction | None = None


@dataclass(eq=False, slots=True)
class Identity:
    """A `transactional.id`: its newest epoch and its open transaction."""

    epoch: int = -1
    open: Transaction | None = None


class Log:
    """All partitions of the cluster. Appends are durable at once; who waits for news is woken."""

    def __init__(self) -> None:
        self._entries: defaultdict[TopicPartition, list[Entry]] = defaultdict(list)
        self._open: set[Transaction] = set()
        self._identities: defaultdict[str, Identity] = defaultdict(Identity)
        self._changed: asyncio.Future[None] | None = None

    def append(
        self,
        tp: TopicPartition,
        key: bytes | None,
        value: bytes | None,
        headers: list[tuple[str, bytes]],
        timestamp_ms: int,
        transaction: Transaction | None = None,
    ) -> int:
        """Write a record; answers its offset."""
        entries = self._entries[tp]
        offset = len(entries)
        record = ConsumerRecord(tp.topic, tp.partition, offset, timestamp_ms, 1, key, value, None, -1, -1, headers)
        entries.append(Entry(record, transaction))
        if transaction is not None:
            transaction.first.setdefault(tp, offset)
        self._wake()
        return offset

    def stable_end(self, tp: TopicPartition) -> int:
        """The last stable offset: before the first record of a transaction that is still open."""
        firsts = [t.first[tp] for t in self._open if tp in t.first]
        return min(firsts, default=len(self._entries[tp]))

    def committed(self, tp: TopicPartition, start: int = 0) -> Iterator[Record]:
        """What a read-committed consumer sees from `start`."""
        for entry in self._entries[tp][start : self.stable_end(tp)]:
            done = entry.transaction is None or entry.transaction.state == "committed"
            if entry.record is not None and done:
                yield entry.record

    def begin_epoch(self, name: str) -> int:
        """InitProducerId: fences whoever had this `transactional.id` and aborts what it left open."""
        identity = self._identities[name]
        identity.epoch += 1
        if identity.open is not None:
            self._end(identity, "aborted")
        return identity.epoch

    def transaction(self, name: str, epoch: int) -> Transaction:
        """The open transaction of a producer, begun if it has none.

        Raises:
            ProducerFenced: the id has a newer epoch.
        """
        identity = self._rightful(name, epoch)
        if identity.open is None:
            identity.open = Transaction()
            self._open.add(identity.open)
        return identity.open

    def commit(self, name: str, epoch: int) -> None:
        """Commit what is open, if anything is.

        Raises:
            ProducerFenced: the id has a newer epoch.
        """
        identity = self._rightful(name, epoch)
        if identity.open is not None:
            self._end(identity, "committed")

    def expire(self, name: str, transaction: Transaction) -> None:
        """The transaction took too long: the broker aborts it and fences its producer."""
        identity = self._identities[name]
        if identity.open is transaction:
            identity.epoch += 1
            self._end(identity, "aborted")

    def _rightful(self, name: str, epoch: int) -> Identity:
        identity = self._identities[name]
        if identity.epoch != epoch:
            raise ProducerFenced
        return identity

    def _end(self, identity: Identity, state: Literal["committed", "aborted"]) -> None:
        transaction, identity.open = identity.open, None
        assert transaction is not None
        transaction.state = state
        self._open.discard(transaction)
        for tp in transaction.first:
            self._entries[tp].append(Entry(None, transaction))
        self._wake()

    async def changed(self) -> None:
        """Wait for the next change anywhere."""
        if self._changed is None or self._changed.done():
            self._changed = asyncio.get_running_loop().create_future()
        await asyncio.shield(self._changed)

    def _wake(self) -> None:
        if self._changed is not None and not self._changed.done():
            self._changed.set_result(None)
