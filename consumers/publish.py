"""Articles straight onto the topic: fast, with bounded memory, every record acknowledged.

This is the one place that sends with librdkafka instead of aiokafka: files are sent in bulk, and there it costs a
fifth of the time (5 against 27 us a record on one machine). Its partitioner is set to the one that aiokafka and Java
use, so that all versions of an article stay in one partition whoever sends them.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from confluent_kafka import KafkaError, Producer

from alerts.article import Article, InvalidArticle
from consumers.backends.kafka import MAX_ARTICLE_BYTES, MAX_RECORD_BYTES, Cluster, Unreachable
from consumers.backends.login import for_librdkafka
from consumers.retime import moved
from consumers.settings import Settings

log = logging.getLogger(__name__)

MOST_BYTES = MAX_ARTICLE_BYTES - 32_768
"""An article so large fits into a record of `articles`, with its key."""
_MOST_PENDING = 20_000
_MOST_PENDING_KIB = 65_536
_BREATHE_EVERY = 128


class Publisher:
    """Sends records and counts those that Kafka has acknowledged."""

    def __init__(self, bootstrap: str, topic: str, stop: asyncio.Event, login: Mapping[str, Any] | None = None) -> None:
        self._topic = topic
        self._stop = stop
        self._error: str | None = None
        self._producer = Producer(
            {
                "bootstrap.servers": bootstrap,
                "enable.idempotence": True,
                "partitioner": "murmur2_random",
                "message.timeout.ms": 0,  # as with aiokafka: wait for Kafka as long as it takes
                "message.max.bytes": MAX_RECORD_BYTES,
                "linger.ms": 20,
                "queue.buffering.max.messages": _MOST_PENDING,
                "queue.buffering.max.kbytes": _MOST_PENDING_KIB,
                "log_level": 2,  # what it has to say, we say
                **(login or {}),
            }
        )
        self.sent = 0
        self.acknowledged = 0

    async def article(self, article: Article, by: timedelta = timedelta(0)) -> None:
        """Send an article with its dates moved, received now; waits while too much is on its way.

        Raises:
            InvalidArticle: it is larger than the topic takes.
            Unreachable: Kafka refused an earlier record, or a signal ended the wait for room.
        """
        value = moved(article, by, received=datetime.now(UTC)).to_json()
        if len(value) > MOST_BYTES:
            raise InvalidArticle(f"larger than {MOST_BYTES} bytes", uri=article.uri)
        await self.record(article.uri.encode(), value)

    async def record(self, key: bytes, value: bytes) -> None:
        """Send bytes as they are.

        Raises:
            Unreachable: Kafka refused an earlier record, or a signal ended the wait for room.
        """
        while True:
            try:
                self._producer.produce(self._topic, value, key, on_delivery=self._settled)
                break
            except BufferError:
                await self._wait()
        self.sent += 1
        if self.sent % _BREATHE_EVERY == 0:
            self._producer.poll(0)
            await asyncio.sleep(0)  # signals are seen here
            self._check()

    async def flush(self) -> None:
        """Wait until everything sent is acknowledged.

        Raises:
            Unreachable: Kafka refused a record, or a signal ended the wait.
        """
        while self.acknowledged < self.sent:
            await self._wait()

    async def _wait(self) -> None:
        # Blocks the loop for a moment; nothing else runs in this program.
        self._producer.poll(0.05)
        await asyncio.sleep(0)
        self._check()
        if self._stop.is_set() and self._producer.flush(5.0):
            raise Unreachable(f"{self.sent - self.acknowledged} records were not acknowledged; they may still arrive")

    def _check(self) -> None:
        if self._error is not None:
            raise Unreachable(f"Kafka refused a record: {self._error}")

    def _settled(self, error: KafkaError | None, _message: Any) -> None:
        if error is None:
            self.acknowledged += 1
        else:
            self._error = str(error)


@asynccontextmanager
async def publisher(settings: Settings, stop: asyncio.Event) -> AsyncIterator[Publisher]:
    """A publisher to the topic `articles`; on leaving, everything sent is acknowledged.

    Raises:
        Unreachable: Kafka does not answer, or refused a record.
    """
    cluster = await Cluster.connect(settings)
    publishing = Publisher(cluster.bootstrap, settings.topic("articles"), stop, for_librdkafka(settings))
    yield publishing
    await publishing.flush()
