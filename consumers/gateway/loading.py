"""Reading a topic at start, however long Kafka takes: a gateway that comes while a broker goes must not end over it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from consumers.backends.kafka import Cluster, close

log = logging.getLogger(__name__)

RETRY_AFTER = 0.5
_AWAY = (KafkaError, TimeoutError, OSError)


async def assigned(cluster: Cluster, partition: TopicPartition) -> AIOKafkaConsumer:
    """A started consumer of one partition, of no group, which reads from where it is told to."""
    while True:
        consumer = cluster.consumer(auto_offset_reset="none")
        try:
            await consumer.start()
        except _AWAY as exc:
            await close(consumer)
            await _wait(partition.topic, exc)
            continue
        consumer.assign([partition])
        return consumer


async def insisted(load: Callable[[], Awaitable[None]], what: str) -> None:
    """Load from the beginning, again and again, until it was done without Kafka failing in the middle."""
    while True:
        try:
            await load()
        except _AWAY as exc:
            await _wait(what, exc)
        else:
            return


async def _wait(what: str, exc: BaseException) -> None:
    log.warning("%s cannot be read yet (%s); asking again", what, str(exc).split("\n", 1)[0] or type(exc).__name__)
    await asyncio.sleep(RETRY_AFTER)
