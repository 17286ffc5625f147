"""One term of the desk in office: its transactional producer, its state as read back, its place in topic `desk`.

A term begins with InitProducerId, which fences every earlier one, and only then reads `desk.state`; nothing is ever
re-sent across it. It ends at the first doubt, and whatever it had in memory ends with it.
"""

import asyncio
import logging
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import NoOffsetForPartitionError, OffsetOutOfRangeError
from aiokafka.structs import ConsumerRecord
from pydantic import BaseModel

from alerts.desk import Desk, Outputs
from consumers.backends.kafka import FAULTS, Cluster, close
from consumers.settings import Settings

log = logging.getLogger(__name__)

POSITION_KEY = b"position"
TRANSACTION_TIMEOUT_MS = 10_000
LOAD_SECONDS = 60.0


class TermFailed(RuntimeError):
    """A write of this term did not get through; its state is void."""


class Position(BaseModel):
    """The record `position` of `desk.state`: how far the desk has come.

    `offset` is the next record of `desk` to handle; `epoch` names this incarnation of `alerts`; `alerts_end` is an
    offset that `alerts` is known to have reached, so that a topic made anew is noticed.
    """

    offset: int = 0
    epoch: str = ""
    alerts_end: int = 0


@dataclass(slots=True)
class DeadRecord:
    """A record of `desk` that cannot be handled, for `articles.dead`."""

    record: "ConsumerRecord[bytes, bytes]"
    headers: list[tuple[str, bytes]]


class Office:
    """What the desk in office works with."""

    def __init__(self, settings: Settings, cluster: Cluster, desk: Desk) -> None:
        self._settings = settings
        self._cluster = cluster
        self._input = TopicPartition(settings.topic("desk"), 0)
        self._state = TopicPartition(settings.topic("desk.state"), 0)
        self._alerts = TopicPartition(settings.topic("alerts"), 0)
        self._producer: AIOKafkaProducer | None = None
        self._reader: AIOKafkaConsumer | None = None
        self.desk = desk
        self.position = Position()

    async def open(self, *, from_oldest: bool = False) -> None:
        """Fence earlier terms, read the state back, and stand where it says.

        With `from_oldest`, stand at the oldest record there is; what was handled before changes nothing again.

        Raises:
            TermFailed: Kafka did not let us; the term never began.
        """
        try:
            await self._open(from_oldest=from_oldest)
        except FAULTS as exc:
            raise TermFailed(f"{type(exc).__name__}: {exc}") from exc

    async def _open(self, *, from_oldest: bool) -> None:
        # The embedded broker has no transactions (findings, section 8): there the same writes go out without.
        transactional = (
            {}
            if self._cluster.embedded
            else {
                "transactional_id": self._settings.topic("desk"),
                "transaction_timeout_ms": TRANSACTION_TIMEOUT_MS,
            }
        )
        self._producer = self._cluster.producer(**transactional)
        await self._producer.start()
        found, alerts_end = await self._load()
        await self._choose_epoch(found=found, alerts_end=alerts_end)
        self._reader = self._cluster.consumer(auto_offset_reset="none")
        await self._reader.start()
        self._reader.assign([self._input])
        if found and not from_oldest:
            self._reader.seek(self._input, self.position.offset)
        else:
            await self._reader.seek_to_beginning(self._input)

    async def close(self) -> None:
        """Let go of the clients; an open transaction is aborted by the next InitProducerId or its timeout."""
        for client in (self._reader, self._producer):
            if client is not None:
                await close(client)

    async def read(self, timeout_ms: int, max_records: int) -> list["ConsumerRecord[bytes, bytes]"]:
        """The next records of `desk`; empty after `timeout_ms` without any.

        Raises:
            OffsetOutOfRangeError, NoOffsetForPartitionError: the position in the state is not on the topic: our state
                is broken.
            TermFailed: Kafka cannot be read.
        """
        assert self._reader is not None  # noqa: S101 - open() made it
        try:
            fetched = await self._reader.getmany(timeout_ms=timeout_ms, max_records=max_records)
        except (OffsetOutOfRangeError, NoOffsetForPartitionError):
            raise
        except FAULTS as exc:
            raise TermFailed(f"{type(exc).__name__}: {exc}") from exc
        return [record for records in fetched.values() for record in records]

    @property
    def lag(self) -> int:
        """Records of `desk` not yet read."""
        if self._reader is None:
            return 0
        return max(0, (self._reader.highwater(self._input) or 0) - self.position.offset)

    async def span(self) -> tuple[int, int, int]:
        """Where the state stands on topic `desk`, and the topic's oldest and next offset; for `alerts doctor`."""
        await self._load()
        consumer = self._cluster.consumer()
        await consumer.start()
        try:
            oldest = (await consumer.beginning_offsets([self._input]))[self._input]
            following = (await consumer.end_offsets([self._input]))[self._input]
        finally:
            await close(consumer)
        return self.position.offset, oldest, following

    async def _load(self) -> tuple[bool, int]:
        """Read `desk.state` to its end, which may be a transaction marker.

        Returns whether there was a position, and the end of `alerts`. A consumer of its own, asked for offsets before
        it has anything to fetch: behind a fetch that waits for news an answer would wait too.
        """
        consumer, tp, found = self._cluster.consumer(), self._state, False
        await consumer.start()
        try:
            ends = await consumer.end_offsets([tp, self._alerts])
            consumer.assign([tp])
            await consumer.seek_to_beginning(tp)
            async with asyncio.timeout(LOAD_SECONDS):
                while await consumer.position(tp) < ends[tp]:
                    for records in (await consumer.getmany(timeout_ms=200)).values():
                        for record in records:
                            found |= self._restore(record)
            # Reads what was restored; 100,000 stories take seconds, in which heartbeats must go on.
            await asyncio.to_thread(self.desk.next_due)
        finally:
            await close(consumer)
        return found, ends[self._alerts]

    def _restore(self, record: "ConsumerRecord[bytes, bytes]") -> bool:
        if record.key == POSITION_KEY:
            self.position = Position.model_validate_json(record.value or b"{}")
            return True
        self.desk.restore((record.key or b"").decode(), record.value)
        return False

    async def _choose_epoch(self, *, found: bool, alerts_end: int) -> None:
        if not found and await self._has_alerts(alerts_end):
            log.error("desk.state is empty but alerts is not: the desk has lost its memory and begins a new epoch")
        if not self.position.epoch or alerts_end < self.position.alerts_end:
            self.position.epoch = secrets.token_hex(4)
            log.info("epoch %s", self.position.epoch)

    async def _has_alerts(self, end: int) -> bool:
        """Whether there is an alert before `end`.

        The offset alone does not say: a desk that died in its very first transaction leaves only what nobody sees.
        """
        if end == 0:
            return False
        consumer = self._cluster.consumer()
        await consumer.start()
        try:
            consumer.assign([self._alerts])
            await consumer.seek_to_beginning(self._alerts)
            async with asyncio.timeout(LOAD_SECONDS):
                while await consumer.position(self._alerts) < end:
                    if await consumer.getmany(timeout_ms=200, max_records=1):
                        return True
        finally:
            await close(consumer)
        return False

    async def write(self, outputs: Outputs, offset: int, dead: Sequence[DeadRecord] = ()) -> None:
        """Everything that follows from the records before `offset`, in one transaction.

        Raises:
            TermFailed: it is not certain that all of it is written; this term is over.
        """
        producer = self._producer
        assert producer is not None  # noqa: S101
        position = self.position.model_copy(update={"offset": offset})
        try:
            # The embedded broker has no transactions (findings, section 8): there the same writes go out without.
            if self._cluster.embedded:
                written = await self._send_all(producer, outputs, position, dead)
            else:
                await producer.begin_transaction()
                written = await self._send_all(producer, outputs, position, dead)
                await producer.commit_transaction()
        except (*FAULTS, ValueError) as exc:
            raise TermFailed(f"{type(exc).__name__}: {exc}") from exc
        self.position = position
        if written is not None:
            self.position.alerts_end = written + 1

    async def _send_all(
        self, producer: AIOKafkaProducer, outputs: Outputs, position: Position, dead: Sequence[DeadRecord]
    ) -> int | None:
        """Send and wait for every record: aiokafka would commit a transaction one of whose sends failed (measured).

        Returns the offset of the last alert, None without alerts.
        """
        waiting: list[asyncio.Future[Any]] = []
        for topic, key, value, headers in self._records(outputs, position, dead):
            future = await producer.send(topic, key=key, value=value, headers=headers, partition=0)
            # All fail together, and the first error ends the term: the others must not be reported as unheard.
            future.add_done_callback(_heard)
            waiting.append(future)
        written = await asyncio.gather(*waiting)
        return int(written[len(outputs.alerts) - 1].offset) if outputs.alerts else None

    def _records(
        self, outputs: Outputs, position: Position, dead: Sequence[DeadRecord]
    ) -> Iterator[tuple[str, bytes | None, bytes | None, list[tuple[str, bytes]]]]:
        """What goes out, as topic, key, value, headers; alerts come first."""
        for alert in outputs.alerts:
            yield self._alerts.topic, alert.id.encode(), alert.to_json(), alert.headers(position.epoch)
        for audit in outputs.audit:
            yield self._settings.topic("desk.audit"), audit.alert.encode(), audit.to_json(), []
        for one in dead:
            yield self._settings.topic("articles.dead"), one.record.key, one.record.value or b"", one.headers
        for key, value in outputs.state.items():
            yield self._state.topic, key.encode(), value, []
        yield self._state.topic, POSITION_KEY, position.model_dump_json().encode(), []


def _heard(future: "asyncio.Future[Any]") -> None:
    if not future.cancelled():
        future.exception()
