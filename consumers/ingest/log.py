"""Where ingest writes: a small protocol, and Kafka behind it."""

from collections.abc import Awaitable
from typing import Protocol

from aiokafka.errors import KafkaError

from consumers.backends.kafka import Sender


class Away(ConnectionError):
    """The log does not take records at the moment."""


class Log(Protocol):
    """An append-only log of articles."""

    @property
    def healthy(self) -> bool:
        """Whether it takes records now, as far as is known."""

    async def append(self, key: bytes, value: bytes) -> Awaitable[object]:
        """Hand a record over; what is returned is done once the record is durable.

        Raises:
            Away: it does not take records; the returned awaitable raises KafkaError if it failed later.
        """


class KafkaLog:
    """The topic `articles`."""

    def __init__(self, sender: Sender, topic: str) -> None:
        self._sender = sender
        self._topic = topic

    @property
    def healthy(self) -> bool:
        """False while sends fail or nothing is acknowledged."""
        return self._sender.healthy

    async def append(self, key: bytes, value: bytes) -> Awaitable[object]:
        """Hand a record to the producer.

        Raises:
            Away: the producer cannot take it.
        """
        try:
            return await self._sender.send(self._topic, key=key, value=value)
        except (KafkaError, OSError) as exc:
            raise Away(str(exc) or type(exc).__name__) from None
