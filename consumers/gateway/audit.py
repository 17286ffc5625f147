"""The gateway's way to the desk and back: actions onto topic `desk`, answers and everybody's doings from `desk.audit`.

As with `alerts`, each gateway reads the whole topic by itself: no group, read committed.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Sequence

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError, OffsetOutOfRangeError
from aiokafka.structs import ConsumerRecord

from alerts.alert import Action, Audit, InvalidRecord
from consumers.backends.kafka import Cluster, Sender, finish
from consumers.gateway import metrics
from consumers.gateway.loading import assigned, insisted
from consumers.gateway.newsdesk import Away, Newsdesk
from consumers.settings import Settings

log = logging.getLogger(__name__)

MEMORY_MS = 8 * 86_400_000  # the desk remembers a story for so long after it ended
BATCH = 1000
PROBE_EVERY = 5.0
RETRY_AFTER = 1.0
ANSWER_WITHIN = 3.0


class KafkaOutbox:
    """Writes actions to topic `desk`."""

    def __init__(self, settings: Settings, cluster: Cluster) -> None:
        self._topic = settings.topic("desk")
        self._sender = Sender(cluster)

    async def send(self, action: Action) -> None:
        """Write and wait for the acknowledgement.

        Raises:
            Away: Kafka does not take it.
        """
        try:
            sent = await self._sender.send(self._topic, key=action.alert.encode(), value=action.to_json(), partition=0)
            await sent
        except (KafkaError, OSError) as exc:
            raise Away(f"Kafka does not take actions now ({type(exc).__name__})") from None

    async def stop(self) -> None:
        """Disconnect."""
        await self._sender.stop()


class AuditTrail:
    """Reads `desk.audit` for the newsdesk: what the desk still remembers at start, then for ever."""

    def __init__(self, settings: Settings, cluster: Cluster) -> None:
        self._cluster = cluster
        self._partition = TopicPartition(settings.topic("desk.audit"), 0)
        self._consumer: AIOKafkaConsumer | None = None

    async def load(self, newsdesk: Newsdesk) -> None:
        """Read what there is, before any editor connects. Kafka away: waits for it."""
        self._consumer = await assigned(self._cluster, self._partition)
        await insisted(lambda: self._reload(newsdesk), "desk.audit")

    async def _reload(self, newsdesk: Newsdesk) -> None:
        consumer = self._started
        begin, end = await self._ends()
        consumer.seek(self._partition, begin)
        newsdesk.restart()
        while await consumer.position(self._partition) < end:
            self._take(newsdesk, await self._fetch(timeout_ms=500))
        log.info("desk.audit: %d alerts in hand, offsets %d to %d", len(newsdesk.slate), begin, end - 1)

    async def _ends(self) -> tuple[int, int]:
        """The first record young enough, and the end. The embedded broker cannot look by time, and is young."""
        async with asyncio.timeout(ANSWER_WITHIN):
            end: int = (await self._started.end_offsets([self._partition]))[self._partition]
            begin: int = (await self._started.beginning_offsets([self._partition]))[self._partition]
            if not self._cluster.embedded:
                since = int(time.time() * 1000) - MEMORY_MS
                found = (await self._started.offsets_for_times({self._partition: since}))[self._partition]
                begin = end if found is None else found.offset
        return begin, end

    async def run(self, newsdesk: Newsdesk) -> None:
        """Follow the topic until cancelled. Kafka away: keep trying; the source of alerts says so in health."""
        probed = time.monotonic()
        while True:
            try:
                records = await self._fetch(timeout_ms=1000)
                self._take(newsdesk, records)
                if not records and time.monotonic() - probed >= PROBE_EVERY:
                    probed = time.monotonic()
                    await self._probe(newsdesk)
            except OffsetOutOfRangeError:
                await self._start_over(newsdesk)
            except (KafkaError, TimeoutError, OSError):
                await asyncio.sleep(RETRY_AFTER)

    async def _probe(self, newsdesk: Newsdesk) -> None:
        async with asyncio.timeout(ANSWER_WITHIN):
            end = (await self._started.end_offsets([self._partition]))[self._partition]
        if await self._started.position(self._partition) > end:
            await self._start_over(newsdesk)

    async def _start_over(self, newsdesk: Newsdesk) -> None:
        log.warning("desk.audit was made anew or cut: it is read again from its start")
        with contextlib.suppress(KafkaError, TimeoutError):  # the next round tries again
            await self._reload(newsdesk)

    async def _fetch(self, *, timeout_ms: int) -> "Sequence[ConsumerRecord[bytes, bytes]]":
        fetched = await self._started.getmany(self._partition, timeout_ms=timeout_ms, max_records=BATCH)
        records: Sequence[ConsumerRecord[bytes, bytes]] = fetched.get(self._partition, ())
        return records

    @staticmethod
    def _take(newsdesk: Newsdesk, records: "Sequence[ConsumerRecord[bytes, bytes]]") -> None:
        for record in records:
            try:
                audit = Audit.from_json(record.value or b"")
            except InvalidRecord as exc:
                metrics.unreadable.inc()
                log.error("desk.audit offset %d is left out: %s", record.offset, str(exc).splitlines()[0])  # noqa: TRY400 - one line, the record is at fault
                continue
            newsdesk.hear(record.offset, audit)

    @property
    def _started(self) -> AIOKafkaConsumer:
        assert self._consumer is not None, "load() comes first"  # noqa: S101
        return self._consumer

    async def stop(self) -> None:
        """Disconnect; in a task of its own, since with the broker away `stop()` raises a CancelledError of its own."""
        if self._consumer is not None:
            await asyncio.wait({asyncio.create_task(finish(self._consumer.stop()))})
