"""Kafka as we use it: one place for addresses, topics, and the settings that findings showed to matter.

Bytes in, bytes out: clients get no (de)serializers, because aiokafka drops good records next to one that a
deserializer refuses. `Cluster` makes clients; `Sender` is a producer that survives what would poison a plain one.
"""

import asyncio
import logging
import time
from collections.abc import Collection, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Self

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import ConsumerStoppedError, IllegalOperation, KafkaError, TopicAlreadyExistsError, for_code
from aiokafka.structs import OffsetAndMetadata

from consumers.backends.addresses import kafka_address
from consumers.backends.login import for_aiokafka
from consumers.settings import Settings

log = logging.getLogger(__name__)

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
# An article, and what must hold one with more around it: its candidate, or its dead letter with the reason.
MAX_ARTICLE_BYTES = 2 * 1024 * 1024
MAX_RECORD_BYTES = 4 * 1024 * 1024

# librdkafka's in-process cluster names itself so; it has no transactions, no topic creation and one member a group.
EMBEDDED_CLUSTER_ID = "mockCluster"

# What a client call raises when it did not get through. A producer that is fenced between two sends answers the second
# with IllegalOperation or an assertion of its own state machine, neither of which is a KafkaError (measured).
FAULTS = (KafkaError, IllegalOperation, ConsumerStoppedError, AssertionError, OSError, TimeoutError)


class Unreachable(ConnectionError):
    """Kafka cannot be reached; the text says which setting, what was tried and what to do."""


class WrongTopic(RuntimeError):
    """A topic exists with another number of partitions than it must have."""


@dataclass(frozen=True)
class Topic:
    """How a topic is created: partitions, and Kafka's own topic settings."""

    partitions: int
    config: Mapping[str, str] = field(default_factory=dict)


def topics(settings: Settings) -> dict[str, Topic]:
    """Every topic by its name in the cluster, with the settings of the design."""
    append_time = {"message.timestamp.type": "LogAppendTime"}
    article = {"max.message.bytes": str(MAX_ARTICLE_BYTES)}
    large = {"max.message.bytes": str(MAX_RECORD_BYTES)}
    compacted = {
        "cleanup.policy": "compact",
        "segment.ms": str(600_000),
        "segment.bytes": str(64 * 1024 * 1024),
        "min.cleanable.dirty.ratio": "0.1",
    }
    specs = {
        "articles": Topic(settings.articles_partitions, {"retention.ms": str(2 * DAY_MS), **article}),
        "articles.dead": Topic(1, {"retention.ms": str(14 * DAY_MS), **large}),
        "desk": Topic(1, {"retention.ms": str(2 * DAY_MS), **append_time, **large}),
        "desk.state": Topic(1, {**compacted, **large}),
        "desk.audit": Topic(1, {"retention.ms": str(30 * DAY_MS), **append_time}),
        "alerts": Topic(1, {"retention.ms": str(7 * DAY_MS), **append_time}),
    }
    return {settings.topic(name): spec for name, spec in specs.items()}


class Cluster:
    """A reachable Kafka cluster. Makes consumers and producers with the settings that were measured to be right."""

    def __init__(self, settings: Settings, bootstrap: str, *, embedded: bool) -> None:
        self.settings = settings
        self.bootstrap = bootstrap
        self.embedded = embedded
        self._login = for_aiokafka(settings)  # once: a file of certificates may be gone for a moment later

    @classmethod
    async def connect(cls, settings: Settings, *, patience: float = 15.0, create_topics: bool = True) -> Self:
        """Reach the cluster, create missing topics, check the others.

        Args:
            settings: the process's settings.
            patience: seconds to keep trying.
            create_topics: False leaves topics alone.

        Raises:
            Unreachable: nothing answered in time.
            WrongTopic: a topic has another partition count than it must have.
            InvalidSetting: the address, or the file of certificates, cannot be used.
        """
        bootstrap = kafka_address(settings)
        cluster = cls(settings, bootstrap, embedded=False)
        deadline = time.monotonic() + patience
        while True:
            try:
                cluster.embedded = await _prepare(cluster, create_topics=create_topics)
            except (*FAULTS, ValueError) as exc:
                # The broker that answered first may be gone by the next question: then all is asked again.
                if time.monotonic() >= deadline or isinstance(exc, ValueError):
                    reason = str(exc).split("\n", 1)[0] or type(exc).__name__
                    raise Unreachable(
                        f"ALERTS_KAFKA={bootstrap}: no broker answered within {patience:.0f} s ({reason}). "
                        "Start Kafka there, correct the setting, or run `alerts up` for an embedded one."
                    ) from None
            else:
                return cluster
            await asyncio.sleep(0.5)

    def consumer(self, *names: str, group: str | None = None, **options: Any) -> AIOKafkaConsumer:
        """A consumer of bytes, not yet started; it commits only what it is told to.

        `names` are names in the cluster (see `Settings.topic`); without them, assign partitions yourself.
        """
        defaults: dict[str, Any] = {
            "bootstrap_servers": self.bootstrap,
            "group_id": group,
            "enable_auto_commit": False,
            "auto_offset_reset": "earliest",
            "isolation_level": "read_committed",
            # A real broker answers as soon as there is data; the embedded one always waits this long.
            "fetch_max_wait_ms": 10 if self.embedded else 500,
            "fetch_min_bytes": 1,
            "metadata_max_age_ms": 30_000,
            "session_timeout_ms": 10_000,
            "heartbeat_interval_ms": 2_500,
            "rebalance_timeout_ms": 30_000,
            "request_timeout_ms": 40_000,
            "max_poll_interval_ms": 60_000,
        }
        return AIOKafkaConsumer(*names, **{**defaults, **self._login, **options})

    def producer(self, **options: Any) -> AIOKafkaProducer:
        """An idempotent producer, not yet started."""
        defaults: dict[str, Any] = {
            "bootstrap_servers": self.bootstrap,
            "acks": "all",
            "enable_idempotence": True,
            "linger_ms": 0,
            "max_batch_size": 262_144,
            "max_request_size": MAX_RECORD_BYTES,
            "request_timeout_ms": 10_000,
            "retry_backoff_ms": 50,
            "metadata_max_age_ms": 30_000,
        }
        return AIOKafkaProducer(**{**defaults, **self._login, **options})

    def admin(self, **options: Any) -> AIOKafkaAdminClient:
        """A client that asks about the cluster, not yet started."""
        return AIOKafkaAdminClient(bootstrap_servers=self.bootstrap, **self._login, **options)


async def _prepare(cluster: Cluster, *, create_topics: bool) -> bool:
    """Reach the cluster and see to its topics; answers whether it is the embedded one."""
    settings, admin = cluster.settings, cluster.admin(request_timeout_ms=10_000)
    try:
        await asyncio.wait_for(admin.start(), timeout=10)
        described = await admin.describe_cluster()
        embedded = str(described.get("cluster_id") or "").startswith(EMBEDDED_CLUSTER_ID)
        if create_topics and not embedded:
            await _ensure(admin, topics(settings), settings)
        return embedded
    finally:
        await finish(admin.close())


async def _ensure(admin: AIOKafkaAdminClient, specs: Mapping[str, Topic], settings: Settings) -> None:
    """Create what is missing; refuse a wrong partition count (of `articles` any count is right)."""
    existing = set(await admin.list_topics())
    missing = [
        NewTopic(
            name=name,
            num_partitions=spec.partitions,
            replication_factor=settings.replication,
            topic_configs={**spec.config, **({"min.insync.replicas": "2"} if settings.replication > 2 else {})},
        )
        for name, spec in specs.items()
        if name not in existing
    ]
    if missing:
        answer = await admin.create_topics(missing)
        for name, code, *text in answer.topic_errors:
            # Another role, starting at the same moment, may have been first.
            if code in {0, TopicAlreadyExistsError.errno}:
                continue
            fault = for_code(code)
            if fault.retriable:  # the controller is being elected
                raise fault(f"creating topic {name}: {text}")
            raise WrongTopic(f"topic {name} could not be created: {fault.__name__} {text}")
    await _check_partitions(admin, specs, settings)


async def _check_partitions(admin: AIOKafkaAdminClient, specs: Mapping[str, Topic], settings: Settings) -> None:
    for _ in range(50):
        described = await admin.describe_topics(list(specs))
        counts = {t["topic"]: len(t["partitions"]) for t in described if not t["error_code"]}
        if len(counts) == len(specs) and all(counts.values()):
            break
        await asyncio.sleep(0.1)  # a topic just created is not at once known to every broker
    else:
        absent = sorted(set(specs) - set(counts))
        raise WrongTopic(f"topics {absent} were not created within 5 s; create them by hand or see the broker's log")
    for name, spec in specs.items():
        if name != settings.topic("articles") and counts[name] != spec.partitions:
            raise WrongTopic(
                f"topic {name} has {counts[name]} partitions and must have {spec.partitions}: "
                "delete it, or set ALERTS_PREFIX to use other topics"
            )


async def committed(
    consumer: AIOKafkaConsumer, partitions: Collection[TopicPartition]
) -> dict[TopicPartition, OffsetAndMetadata]:
    """The offsets that the consumer's group has committed, and the texts beside them.

    Raises:
        KafkaError: they cannot be had; one that may pass is asked again for ever, so set a time.
    """
    # The public question is for one partition, and leaves the text out.
    found: dict[TopicPartition, OffsetAndMetadata]
    found = await consumer._coordinator.fetch_committed_offsets(list(partitions))  # noqa: SLF001
    return found


class Sender:
    """An idempotent producer that is made anew after an error that would poison it.

    After one refused record aiokafka's idempotent producer fails every later send to that partition with
    OutOfOrderSequenceNumber (findings, X3). Callers send again what failed: whatever reads our topics drops repeats.
    """

    def __init__(self, cluster: Cluster, **options: Any) -> None:
        self._cluster = cluster
        self._options = options
        self._producer: AIOKafkaProducer | None = None
        self._broken = False
        self._lock = asyncio.Lock()
        self._pending = 0
        self._waiting_since = time.monotonic()

    @property
    def healthy(self) -> bool:
        """False while sends fail or nothing has been acknowledged for 5 s."""
        stalled = self._pending > 0 and time.monotonic() - self._waiting_since > 5.0
        return self._producer is not None and not self._broken and not stalled

    async def start(self) -> None:
        """Connect."""
        self._producer = self._cluster.producer(**self._options)
        self._pending = 0
        await self._producer.start()

    async def mend(self) -> None:
        """Make the producer anew if an error has broken it, without waiting for the next record.

        Else who is sent nothing while not ready would never be ready again.

        Raises:
            KafkaError: it cannot be made now.
        """
        if self._broken:
            await self._usable()

    async def stop(self) -> None:
        """Flush and disconnect; what cannot be flushed within 5 s is given up (its sender never saw an ack)."""
        producer, self._producer = self._producer, None
        if producer is not None:
            await close(producer)

    async def send(
        self,
        topic: str,
        *,
        value: bytes,
        key: bytes | None = None,
        headers: Sequence[tuple[str, bytes]] | None = None,
        partition: int | None = None,
        timestamp_ms: int | None = None,
    ) -> "asyncio.Future[Any]":
        """Hand a record over; the future is done when the broker has acknowledged it."""
        producer = await self._usable()
        future: asyncio.Future[Any] = await producer.send(
            topic, value=value, key=key, headers=headers or [], partition=partition, timestamp_ms=timestamp_ms
        )
        if producer is self._producer:
            if self._pending == 0:
                self._waiting_since = time.monotonic()
            self._pending += 1
        future.add_done_callback(partial(self._settled, producer))
        return future

    def _settled(self, producer: AIOKafkaProducer, future: "asyncio.Future[Any]") -> None:
        error = None if future.cancelled() else future.exception()
        if producer is not self._producer:
            return  # one made before: what becomes of its records says nothing of this one
        self._pending -= 1
        self._waiting_since = time.monotonic()
        if error is not None:
            self._broken = True
            log.warning("a record was not accepted by Kafka (%s); the producer is made anew", error)

    async def _usable(self) -> AIOKafkaProducer:
        async with self._lock:
            if self._broken or self._producer is None:
                old, self._producer = self._producer, None
                if old is not None:
                    await close(old)
                await self.start()
                self._broken = False
            assert self._producer is not None  # noqa: S101 - start() made it
            return self._producer


async def close(client: Any) -> None:
    """Stop a consumer or producer; see `finish`."""
    await finish(client.stop())


async def finish(ending: Coroutine[Any, Any, Any], seconds: float = 5.0) -> None:
    """Let a client end without ever hanging on it or dying of it.

    In a task of its own: `stop()` raises its own CancelledError when the broker is away.
    """
    stopping = asyncio.ensure_future(ending)
    await asyncio.wait({stopping}, timeout=seconds)
    if not stopping.done():
        stopping.cancel()
    elif not stopping.cancelled() and (error := stopping.exception()) is not None:
        log.debug("a client did not stop cleanly: %r", error)
