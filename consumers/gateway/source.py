"""Reads the topic `alerts` for the gateway: all of it at start, then for ever; and older parts on demand.

Each gateway reads by itself (no group) and read-committed, so the offset is a cursor that any instance understands.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Sequence

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError, OffsetOutOfRangeError
from aiokafka.structs import ConsumerRecord

from alerts.cursor import NO_EPOCH
from consumers.backends.kafka import Cluster, close
from consumers.gateway import metrics
from consumers.gateway.filling import Filling
from consumers.gateway.history import Record, Unavailable
from consumers.gateway.house import LogEnd
from consumers.gateway.loading import assigned, insisted
from consumers.gateway.server import Gateway
from consumers.settings import Settings

log = logging.getLogger(__name__)

BATCH = 500
LOAD_BATCH = 5_000
PROBE_EVERY = 5.0  # seconds; aiokafka retries silently, so only asking tells whether Kafka is there
ANSWER_WITHIN = 3.0  # seconds in which something must come
PAGE_WITHIN = 20.0  # seconds for a part of the archive, waiting for a turn included
RETRY_AFTER = 1.0
OLDEST_FOR = 60.0  # seconds for which the topic's first offset is taken to stand


async def _let_go(consumer: AIOKafkaConsumer) -> None:
    """Stop a consumer in a task of its own: with the broker away, its `stop()` raises a CancelledError of its own."""
    await asyncio.wait({asyncio.create_task(close(consumer))})


def _epoch(record: ConsumerRecord) -> str:
    epoch: bytes = dict(record.headers).get("epoch", b"0")
    return epoch.decode("ascii", "replace")


def _renew(patience: asyncio.Timeout) -> None:
    patience.reschedule(asyncio.get_running_loop().time() + ANSWER_WITHIN)


class Source(LogEnd):
    """Feeds one gateway from Kafka; `archive` is told when the topic is another than it may remember."""

    def __init__(self, settings: Settings, cluster: Cluster, archive: "KafkaArchive | None" = None) -> None:
        self._cluster = cluster
        self._archive = archive
        self._partition = TopicPartition(settings.topic("alerts"), 0)
        self._consumer: AIOKafkaConsumer | None = None
        self._void = False  # the ring is no longer what the topic holds

    async def load(self, gateway: Gateway) -> None:
        """Read the whole topic, so that the ring is full and earlier revisions are known before anybody connects.

        Kafka away, or its leaders being elected: waits for it.
        """
        self._consumer = await assigned(self._cluster, self._partition)
        await insisted(lambda: self._reload(gateway, LOAD_BATCH), "alerts")

    async def _reload(self, gateway: Gateway, most: int) -> None:
        """Fill a fresh ring, beside the one that is served, up to where the topic ends; then serve from it.

        `most` records are taken at a time, during which nobody else has a turn.
        """
        consumer = self._started
        begin, end = await self._ends()
        consumer.seek(self._partition, begin)
        filling = Filling(gateway.hub, floor=begin - 1)
        with gateway.hub.renewal():
            while await consumer.position(self._partition) < end:
                records = await self._fetch(timeout_ms=1000, most=most)
                for record in records:
                    await filling.take(record.offset, _epoch(record), record.value or b"", record.timestamp)
                if not records:  # is Kafka still there, and the topic still so long?
                    _, end = await self._ends()
            filling.done(end - 1)
        self._void = False
        if self._archive is not None:
            self._archive.forget()
        log.info("alerts: %d in the ring, offsets %d to %d", len(gateway.hub.feed), begin, end - 1)

    async def run(self, gateway: Gateway) -> None:
        """Follow the topic until cancelled. Kafka away: keep trying, and say so in health."""
        probed = time.monotonic()
        while True:
            try:
                if self._void:
                    await self._reload(gateway, BATCH)
                records = await self._fetch(timeout_ms=1000, most=BATCH)
                await self._take(gateway, records)
                if not records and time.monotonic() - probed >= PROBE_EVERY:
                    await self._probe(gateway)
                    probed = time.monotonic()
                elif records:
                    self._reachable(gateway, lag=0)
            except OffsetOutOfRangeError:
                self._start_over("its offset is no longer in the topic")
            except (KafkaError, TimeoutError, OSError) as exc:
                self._unreachable(gateway, exc)
                await asyncio.sleep(RETRY_AFTER)

    async def _fetch(self, *, timeout_ms: int, most: int) -> Sequence[ConsumerRecord]:
        fetched = await self._started.getmany(self._partition, timeout_ms=timeout_ms, max_records=most)
        records: Sequence[ConsumerRecord] = fetched.get(self._partition, ())
        return records

    async def _take(self, gateway: Gateway, records: Sequence[ConsumerRecord]) -> None:
        """Push what came. Of another epoch it may be a topic made anew, of which we have not read the beginning."""
        for record in records:
            epoch = _epoch(record)
            if gateway.hub.epoch not in {epoch, NO_EPOCH}:
                self._start_over(f"epoch {gateway.hub.epoch} became {epoch} at offset {record.offset}")
                return
            await gateway.publish(record.offset, epoch, record.value or b"", record.timestamp)

    async def _probe(self, gateway: Gateway) -> None:
        """Ask where the topic ends: Kafka is there; all was read up to our position; or the topic was made anew."""
        _, end = await self._ends()
        position = await self._started.position(self._partition)
        if position > end:
            self._start_over("the topic ends before our position: it was made anew")
            return
        if position == end:
            gateway.hub.advance(position - 1)
        self._reachable(gateway, lag=end - position)

    def _start_over(self, why: str) -> None:
        """The next round reads the topic anew, and the rounds after it until that is done."""
        log.warning("alerts is read again from its start: %s", why)
        self._void = True

    async def _ends(self) -> tuple[int, int]:
        async with asyncio.timeout(ANSWER_WITHIN):
            begin = await self._started.beginning_offsets([self._partition])
            end = await self._started.end_offsets([self._partition])
        return begin[self._partition], end[self._partition]

    @property
    def _started(self) -> AIOKafkaConsumer:
        assert self._consumer is not None, "load() comes first"  # noqa: S101
        return self._consumer

    def _reachable(self, gateway: Gateway, lag: int) -> None:
        if not gateway.kafka["reachable"]:
            log.info("Kafka is back")
        gateway.kafka = {"reachable": True, "lag": lag}
        metrics.kafka_lag.set(lag)
        metrics.kafka_up.set(1)

    def _unreachable(self, gateway: Gateway, exc: Exception) -> None:
        if gateway.kafka["reachable"]:
            log.warning("Kafka does not answer (%s): serving what the ring holds, retrying", exc or type(exc).__name__)
            gateway.kafka = {"reachable": False, "since": int(time.time())}
        metrics.kafka_up.set(0)

    async def stop(self) -> None:
        """Disconnect."""
        if self._consumer is not None:
            await _let_go(self._consumer)

    async def __call__(self) -> int | None:
        """First offset past the end of `alerts`; None if Kafka cannot tell now."""
        try:
            return (await self._ends())[1]
        except (KafkaError, TimeoutError, OSError):
            return None


class KafkaArchive:
    """Reads old parts of the topic, one request at a time: who scrolls far back must not slow the live feed."""

    def __init__(self, settings: Settings, cluster: Cluster) -> None:
        self._cluster = cluster
        self._partition = TopicPartition(settings.topic("alerts"), 0)
        self._consumer: AIOKafkaConsumer | None = None
        self._turn = asyncio.Lock()
        self._oldest: tuple[float, int] | None = None

    async def oldest(self) -> int:
        """The first offset in the topic; asked at most once a minute.

        Raises:
            Unavailable: Kafka does not answer in time.
        """
        now = time.monotonic()
        if self._oldest is None or now - self._oldest[0] > OLDEST_FOR:
            async with self._reader() as (consumer, _):
                begin = await consumer.beginning_offsets([self._partition])
            self._oldest = now, begin[self._partition]
        return self._oldest[1]

    def forget(self) -> None:
        """The topic may begin elsewhere now: ask again."""
        self._oldest = None

    async def read(self, first: int, last: int) -> Sequence[Record]:
        """The records with `first <= offset < last`, ascending.

        Raises:
            Unavailable: Kafka does not answer in time.
        """
        records: list[Record] = []
        async with self._reader() as (consumer, patience):
            consumer.seek(self._partition, first)
            while (at := await consumer.position(self._partition)) < last:
                fetched = await consumer.getmany(self._partition, timeout_ms=500, max_records=last - first)
                for record in fetched.get(self._partition, ()):
                    if record.offset >= last:
                        return records
                    records.append(Record(record.offset, record.timestamp, record.value or b""))
                if await consumer.position(self._partition) > at:
                    _renew(patience)
        return records

    @contextlib.asynccontextmanager
    async def _reader(self) -> AsyncIterator[tuple[AIOKafkaConsumer, asyncio.Timeout]]:
        """The consumer, and the patience with it, to be renewed when it answers.

        A page may be many answers (the embedded broker gives a batch each, which are the desk's writes), so that a slow
        machine is not taken for a Kafka that is away.
        """
        try:
            async with asyncio.timeout(PAGE_WITHIN), self._turn, asyncio.timeout(ANSWER_WITHIN) as patience:
                yield await self._started(), patience
        except (KafkaError, TimeoutError, OSError) as exc:
            self.forget()  # what was asked for may just have left the topic
            raise Unavailable("older alerts are in Kafka, which does not answer now") from exc

    async def _started(self) -> AIOKafkaConsumer:
        if self._consumer is None:
            consumer = self._cluster.consumer(auto_offset_reset="none")
            try:
                await consumer.start()
            except BaseException:
                await _let_go(consumer)
                raise
            consumer.assign([self._partition])
            self._consumer = consumer
        return self._consumer

    async def stop(self) -> None:
        """Disconnect."""
        if self._consumer is not None:
            await _let_go(self._consumer)
