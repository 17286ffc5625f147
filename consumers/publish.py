"""Articles straight onto the topic: fast, with bounded memory, every record acknowledged."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from alerts.article import Article
from consumers.backends.kafka import Cluster, Sender
from consumers.settings import Settings

_MOST_PENDING = 8192
_BREATHE_EVERY = 128


class Publisher:
    """Sends records and counts those that Kafka has acknowledged."""

    def __init__(self, sender: Sender, topic: str) -> None:
        self._sender = sender
        self._topic = topic
        self._pending: deque[asyncio.Future[object]] = deque()
        self.sent = 0

    async def article(self, article: Article) -> None:
        """Send an article, received now; waits while too much is on its way.

        Raises:
            KafkaError: Kafka refused an earlier record.
        """
        stamped = article.model_copy(update={"received": datetime.now(UTC)})
        await self.record(article.uri.encode(), stamped.to_json())

    async def record(self, key: bytes, value: bytes) -> None:
        """Send bytes as they are.

        Raises:
            KafkaError: Kafka refused an earlier record.
        """
        self._pending.append(await self._sender.send(self._topic, key=key, value=value))
        self.sent += 1
        if self.sent % _BREATHE_EVERY == 0:
            await asyncio.sleep(0)  # sending does not wait by itself, and the network needs its turn
            while self._pending and self._pending[0].done():
                self._pending.popleft().result()
        if len(self._pending) >= _MOST_PENDING:
            await self._settle(_MOST_PENDING // 2)

    async def flush(self) -> None:
        """Wait until everything sent is acknowledged.

        Raises:
            KafkaError: Kafka refused a record.
        """
        await self._settle(0)

    async def _settle(self, left: int) -> None:
        while len(self._pending) > left:
            await self._pending.popleft()


@asynccontextmanager
async def publisher(settings: Settings) -> AsyncIterator[Publisher]:
    """A publisher to the topic `articles`; on leaving, everything sent is acknowledged.

    Raises:
        Unreachable: Kafka does not answer.
        KafkaError: Kafka refused a record.
    """
    sender = Sender(await Cluster.connect(settings))
    await sender.start()
    try:
        publishing = Publisher(sender, settings.topic("articles"))
        yield publishing
        await publishing.flush()
    finally:
        await sender.stop()
