"""Which of several desks writes: a consumer group of one partition, used for nothing but membership.

The group's consumer never reads (its partition is paused); the desk in office reads with a consumer of its own, from
the position in its state. So a rebalance can never move the desk's position, and a standby costs nothing.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.coordinator.assignors.sticky.sticky_assignor import StickyPartitionAssignor

from consumers.backends.kafka import FAULTS, Cluster, close

log = logging.getLogger(__name__)

# A standby takes over within 10 s of kill -9: the session must end well before (the broker's own minimum is 6 s).
SESSION_MS = 6_000
HEARTBEAT_MS = 2_000


class Election:
    """Membership of the desk's group.

    Attributes:
        elected: set while this process may write.
        term: counts the times it was elected; a new number means that everything before is void.
    """

    def __init__(self, cluster: Cluster, topic: str, group: str) -> None:
        self._tp = TopicPartition(topic, 0)
        self._consumer: AIOKafkaConsumer = cluster.consumer(
            group=group,
            session_timeout_ms=SESSION_MS,
            heartbeat_interval_ms=HEARTBEAT_MS,
            rebalance_timeout_ms=SESSION_MS,
            auto_offset_reset="latest",
            partition_assignment_strategy=(_Steady,),
        )
        self.elected = asyncio.Event()
        self.term = 0
        self.resign: Callable[[], Awaitable[None]] | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Stay a member until `stop`; a member that does not poll never takes over (findings, X9)."""
        self._consumer.subscribe([self._tp.topic], listener=_Listener(self))
        try:
            await self._consumer.start()
            while not stop.is_set():
                try:
                    await self._consumer.getmany(timeout_ms=200)
                except FAULTS as exc:
                    log.warning("the desk's group cannot be reached (%s)", exc)
                    await asyncio.sleep(0.5)
        finally:
            self.elected.clear()
            await close(self._consumer)

    async def confirm(self, position: int) -> bool:
        """Whether the group still counts us in: only a member of its present generation may commit.

        The committed offset itself serves lag tools only.
        """
        try:
            await self._consumer.commit({self._tp: position})
        except FAULTS as exc:
            log.info("not (or no longer) the desk in office: %s", type(exc).__name__)
            return False
        return True

    async def assigned(self, partitions: set[TopicPartition]) -> None:
        """The group gave us these partitions."""
        _Steady.on_generation_assignment(self._consumer._coordinator.generation)  # noqa: SLF001 - see _Steady
        if self._tp in partitions:
            self._consumer.pause(*partitions)
            self.term += 1
            self.elected.set()
            log.info("in office (term %d)", self.term)
        else:
            log.info("standby")

    async def revoked(self, partitions: set[TopicPartition]) -> None:
        """The group takes these partitions away; it waits until this returns."""
        if self._tp in partitions:
            self.elected.clear()
            if self.resign is not None:
                await self.resign()


class _Steady(StickyPartitionAssignor):  # type: ignore[misc]  # aiokafka is not typed
    """Moves nothing when a standby joins, nor when one comes back that slept through its replacement.

    The sleeper claims what it had, and only the group's generation tells that its claim is the older one. aiokafka's
    assignor carries the generation but never learns it (0.14: nothing calls `on_generation_assignment`), so that the
    sleeper would win as often as not; `Election` tells it.
    """


class _Listener(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka is not typed
    def __init__(self, election: Election) -> None:
        self._election = election

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        await self._election.revoked(revoked)

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        await self._election.assigned(assigned)
