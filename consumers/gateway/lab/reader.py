"""The newest articles from Kafka: the end of every partition at start, then all that comes. Nothing is committed.

The tail has no holes: where one partition's part begins later than the others', that is where the tail begins.
"""

import asyncio
import logging
import math
import time
from collections.abc import Sequence
from datetime import UTC, datetime

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.structs import ConsumerRecord

from alerts.article import Article, InvalidArticle
from alerts.lab import Tail
from consumers.backends.kafka import FAULTS, Cluster, Unreachable, close
from consumers.backends.leniency import read
from consumers.settings import InvalidSetting, Settings

log = logging.getLogger(__name__)

BATCH = 500
LOAD_BATCH = 5_000
SLICE = 100
"""Articles taken in between two looks at what is asked (some 80 us each)."""
PROBE_EVERY = 5.0
ANSWER_WITHIN = 5.0
RETRY_AFTER = 2.0
MARGIN = 2
"""Partitions are not filled evenly: so many times their share is read of each."""


class Moved(Exception):
    """The topic has other partitions, or was made anew: it is read again."""


class Reader:
    """Keeps a tail.

    Attributes:
        tail: the newest articles; another object after the topic was read again.
        state: `loading`, `following`, or `away` while Kafka is.
        fresh: set whenever something came in.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.tail = self._empty()
        self.state = "loading"
        self.fresh = asyncio.Event()

    def _empty(self) -> Tail:
        return Tail(self._settings.lab_articles, self._settings.lab_mib * 2**20)

    async def run(self) -> None:
        """Read until cancelled, whatever becomes of Kafka."""
        while True:
            try:
                await self._read(await Cluster.connect(self._settings, create_topics=False))
            except Moved as exc:
                log.info("articles are read again: %s", exc)
                continue
            except (*FAULTS, Unreachable, InvalidSetting) as exc:
                if self.state != "away":
                    log.warning("the lab cannot read articles (%s); trying again", str(exc).splitlines()[0])
                self.state = "away"
            await asyncio.sleep(RETRY_AFTER)

    async def _read(self, cluster: Cluster) -> None:
        topic = self._settings.topic("articles")
        consumer = cluster.consumer(topic)  # subscribed to learn which partitions there are
        try:
            await consumer.start()
            partitions = sorted(consumer.assignment())
            consumer.unsubscribe()
            consumer.assign(partitions)
            await self._load(consumer, partitions)
            await self._follow(consumer, partitions)
        finally:
            await close(consumer)

    # -- at start

    async def _load(self, consumer: AIOKafkaConsumer, partitions: Sequence[TopicPartition]) -> None:
        begins, ends = await _bounds(consumer, partitions)
        most = self._settings.lab_articles
        share = most if len(partitions) == 1 else math.ceil(MARGIN * most / len(partitions))
        starts = {tp: max(begins[tp], ends[tp] - share) for tp in partitions}
        for tp, start in starts.items():
            consumer.seek(tp, start)
        heap = _Heap(self._settings.lab_mib * 2**20)
        cut = [tp for tp in partitions if starts[tp] > begins[tp]]
        while any([await consumer.position(tp) < ends[tp] for tp in partitions]):
            fetched = await read(consumer, timeout_ms=1000, max_records=LOAD_BATCH)
            for tp, records in fetched.items():
                if tp in cut and records[0].offset <= starts[tp]:
                    heap.since = max(heap.since, records[0].timestamp)
                heap.add(records)
        tail = self._empty()
        await self._take(tail, heap.newest(most))
        self.tail, self.state = tail, "following"
        log.info("lab: %d articles, %.0f MiB", len(tail), tail.bytes / 2**20)

    # -- then

    async def _follow(self, consumer: AIOKafkaConsumer, partitions: Sequence[TopicPartition]) -> None:
        probed = time.monotonic()
        while True:
            fetched = await read(consumer, timeout_ms=500, max_records=BATCH)
            records = sorted((r for part in fetched.values() for r in part), key=lambda record: record.timestamp)
            await self._take(self.tail, records)
            if records:
                self.state = "following"
            if time.monotonic() - probed > PROBE_EVERY:
                probed = time.monotonic()
                await self._probe(consumer, partitions)

    async def _probe(self, consumer: AIOKafkaConsumer, partitions: Sequence[TopicPartition]) -> None:
        """The client waits for Kafka in silence, so only asking tells whether it is there, and still the same."""
        try:
            _, ends = await _bounds(consumer, partitions)
        except FAULTS:
            self.state = "away"
            return
        self.state = "following"
        if any([await consumer.position(tp) > ends[tp] for tp in partitions]):
            raise Moved("the topic was made anew")
        if len(consumer.partitions_for_topic(self._settings.topic("articles")) or partitions) != len(partitions):
            raise Moved("it has other partitions now")

    async def _take(self, tail: Tail, records: "Sequence[ConsumerRecord[bytes, bytes]]") -> None:
        for number, record in enumerate(records):
            try:
                article = Article.from_json(record.value or b"")
            except InvalidArticle:
                continue  # a dead letter, which is the classifier's affair
            tail.add(article, received(article, record))
            if number % SLICE == 0:
                await asyncio.sleep(0)
        if records:
            self.fresh.set()


class _Heap:
    """Records of all partitions while they are read, in any order; of more than fit, the newest."""

    def __init__(self, most_bytes: int) -> None:
        self.since = 0
        self._most = most_bytes
        self._bytes = 0
        self._records: list[ConsumerRecord[bytes, bytes]] = []

    def add(self, records: "Sequence[ConsumerRecord[bytes, bytes]]") -> None:
        self._records += records
        self._bytes += sum(len(record.value or b"") for record in records)
        if self._bytes > 2 * self._most:
            self._shrink()

    def _shrink(self) -> None:
        self._records.sort(key=lambda record: record.timestamp, reverse=True)
        kept = 0
        for number, record in enumerate(self._records):
            kept += len(record.value or b"")
            if kept > self._most:
                self.since = max(self.since, record.timestamp)
                del self._records[number:]
                break
        self._bytes = min(kept, self._most)

    def newest(self, most: int) -> "list[ConsumerRecord[bytes, bytes]]":
        """The newest of them without holes, oldest first."""
        whole = [record for record in self._records if record.timestamp >= self.since]
        return sorted(whole, key=lambda record: record.timestamp)[-most:]


async def _bounds(
    consumer: AIOKafkaConsumer, partitions: Sequence[TopicPartition]
) -> tuple[dict[TopicPartition, int], dict[TopicPartition, int]]:
    async with asyncio.timeout(ANSWER_WITHIN):
        return await consumer.beginning_offsets(partitions), await consumer.end_offsets(partitions)


def received(article: Article, record: "ConsumerRecord[bytes, bytes]") -> datetime:
    """When the article reached us, as the classifier has it: the moment as of which it is judged."""
    return article.received or datetime.fromtimestamp(record.timestamp / 1000, UTC)
