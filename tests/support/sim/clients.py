"""Kafka's clients as our roles use them, over `log` and `group`: with delays, lost replies and refused records.

Every answer takes time, drawn from the seed. What is modelled was measured on aiokafka and real brokers
(findings/kafka-redis.md): `getmany` that fails has drained records all the same; a producer one of whose records was
refused fails every later one; a transaction one of whose sends failed commits all the same; what was sent before a
kill may still arrive.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from random import Random
from types import SimpleNamespace
from typing import Any

from aiokafka.errors import KafkaConnectionError, KafkaError, OffsetOutOfRangeError, RequestTimedOutError
from aiokafka.structs import OffsetAndMetadata, RecordMetadata, TopicPartition

from support.sim.clock import SimLoop
from support.sim.group import Group, Member
from support.sim.log import Log, Record, Transaction
from support.sim.process import Process

IDLE_POLL_MS = 200
IDLE_SECONDS = 1.0


@dataclass
class Weather:
    """How bad the network is: chances of a fault for each request, and seconds that an answer takes on average."""

    read_fails: float = 0.0
    send_fails: float = 0.0
    commit_fails: float = 0.0
    delay: float = 0.003


class SimCluster:
    """Makes the clients of one process. Stands in for `consumers.backends.kafka.Cluster`."""

    embedded = False
    bootstrap = "simulated:9092"

    def __init__(self, log: Log, groups: dict[str, Group], process: Process, rnd: Random, weather: Weather) -> None:
        self.log = log
        self.groups = groups
        self.process = process
        self.rnd = rnd
        self.weather = weather
        self.consumer_class = SimConsumer

    def consumer(self, *_: str, group: str | None = None, **options: Any) -> "SimConsumer":
        """As `Cluster.consumer`."""
        return self.consumer_class(self, self.groups[group] if group else None, options)

    def producer(self, **options: Any) -> "SimProducer":
        """As `Cluster.producer`."""
        return SimProducer(self, options.get("transactional_id"), options.get("transaction_timeout_ms", 60_000) / 1000)

    async def travel(self) -> None:
        """The way to the broker or back; a stopped process waits at its end, a dead one gets no further."""
        await asyncio.sleep(self.rnd.expovariate(1 / self.weather.delay))
        await self.process.gate()

    def process_time(self) -> float:
        """Epoch seconds on the simulated clock."""
        loop = asyncio.get_running_loop()
        assert isinstance(loop, SimLoop)
        return loop.now().timestamp()

    def strikes(self, chance: float) -> bool:
        """Whether a fault of this chance happens now."""
        return chance > 0 and self.rnd.random() < chance


class SimProducer:
    """An idempotent, maybe transactional producer."""

    def __init__(self, cluster: SimCluster, transactional_id: str | None, timeout: float) -> None:
        self._cluster = cluster
        self._id = transactional_id
        self._timeout = timeout
        self._epoch = -1
        self._arrives = 0.0
        self._pending: set[asyncio.Future[RecordMetadata]] = set()
        self._broken: KafkaError | None = None
        self._lost_at: int | None = None
        self._sent = 0

    async def start(self) -> None:
        """Connect; with a `transactional.id`, fence its earlier producers."""
        await self._cluster.travel()
        if self._id is not None:
            self._epoch = self._cluster.log.begin_epoch(self._id)
        await self._cluster.travel()

    async def stop(self) -> None:
        """Let go; an open transaction stays open until it is fenced or too old."""
        if self._pending and self._cluster.process.alive:
            await asyncio.wait(self._pending)

    async def begin_transaction(self) -> None:
        """Nothing reaches the broker before the first record does."""

    async def send(
        self,
        topic: str,
        *,
        value: bytes | None = None,
        key: bytes | None = None,
        headers: Iterable[tuple[str, bytes]] = (),
        partition: int | None = None,
        timestamp_ms: int | None = None,
    ) -> "asyncio.Future[RecordMetadata]":
        """Hand a record over; records of one producer arrive in order."""
        cluster, loop = self._cluster, asyncio.get_running_loop()
        await cluster.process.gate()
        future: asyncio.Future[RecordMetadata] = loop.create_future()
        self._pending.add(future)
        future.add_done_callback(self._pending.discard)
        self._arrives = max(self._arrives, loop.time()) + cluster.rnd.expovariate(1 / cluster.weather.delay)
        tp = TopicPartition(topic, partition or 0)
        self._sent += 1
        loop.call_at(self._arrives, self._arrive, self._sent, tp, key, value, list(headers), future)
        return future

    def _arrive(
        self,
        number: int,
        tp: TopicPartition,
        key: bytes | None,
        value: bytes | None,
        headers: list[tuple[str, bytes]],
        future: "asyncio.Future[RecordMetadata]",
    ) -> None:
        cluster = self._cluster
        if self._is_lost(number):
            return
        try:
            if self._broken is not None:
                raise self._broken
            refused = cluster.strikes(cluster.weather.send_fails)
            if refused and cluster.rnd.random() < 0.5:
                raise KafkaConnectionError
            stamp = int(cluster.process_time() * 1000)
            offset = cluster.log.append(tp, key, value, headers, stamp, self._transaction())
            if refused:  # it is there, but its sender is never told
                raise RequestTimedOutError
        except KafkaError as exc:
            self._broken = error = exc
            self._reply(lambda: future.set_exception(error), future)
        else:
            self._reply(
                lambda: future.set_result(RecordMetadata(tp.topic, tp.partition, tp, offset, stamp, 1, 0)), future
            )

    def _is_lost(self, number: int) -> bool:
        """Of what was under way when its process was killed, a part still arrives: the earlier records."""
        if self._cluster.process.alive:
            return False
        if self._lost_at is None:
            self._lost_at = number + self._cluster.rnd.randrange(self._sent - number + 2)
        return number >= self._lost_at

    def _transaction(self) -> Transaction | None:
        if self._id is None:
            return None
        log, name = self._cluster.log, self._id
        transaction = log.transaction(name, self._epoch)
        if not transaction.first:
            asyncio.get_running_loop().call_later(self._timeout, log.expire, name, transaction)
        return transaction

    def _reply(self, settle: Callable[[], None], future: "asyncio.Future[RecordMetadata]") -> None:
        async def back() -> None:
            await self._cluster.travel()
            if not future.done():
                settle()
                if future.exception() is not None:
                    future.exception()

        if self._cluster.process.alive:
            self._cluster.process.spawn(back())

    async def commit_transaction(self) -> None:
        """Commit, whatever became of the sends. The reply may get lost after it is done."""
        cluster = self._cluster
        assert self._id is not None
        if self._pending:
            await asyncio.wait(self._pending)
        lost = cluster.strikes(cluster.weather.commit_fails)
        if lost and cluster.rnd.random() < 0.5:
            await cluster.travel()
            raise KafkaConnectionError
        await asyncio.sleep(cluster.rnd.expovariate(1 / cluster.weather.delay))
        if not cluster.process.alive and cluster.rnd.random() < 0.5:
            raise asyncio.CancelledError
        cluster.log.commit(self._id, self._epoch)
        await cluster.travel()
        if lost:
            raise RequestTimedOutError


class SimConsumer:
    """A read-committed consumer, with or without a group."""

    def __init__(self, cluster: SimCluster, group: Group | None, options: dict[str, Any]) -> None:
        self._cluster = cluster
        self.group = group
        self._reset = options.get("auto_offset_reset", "earliest")
        self._beat = options.get("heartbeat_interval_ms", 2_500) / 1000
        self._member = Member(
            session=options.get("session_timeout_ms", 10_000) / 1000,
            patience=options.get("rebalance_timeout_ms", 30_000) / 1000,
        )
        self._listener: Any = None
        self._assigned: set[TopicPartition] = set()
        self._paused: set[TopicPartition] = set()
        self._positions: dict[TopicPartition, int] = {}
        self._coordinator = SimpleNamespace(generation=0, fetch_committed_offsets=self._committed)

    async def start(self) -> None:
        """Connect; a member of a group joins it in the background."""
        await self._cluster.travel()
        if self.group is not None:
            self._cluster.process.spawn(self._membership(self.group))

    async def stop(self) -> None:
        """Leave the group, if the process is still there to say so."""
        if self.group is not None and self._cluster.process.alive and not self._cluster.process.stopped:
            await self._revoke()
            self.group.leave(self._member)
        self._assigned = set()

    def subscribe(self, _: Iterable[str], listener: Any = None) -> None:
        """The group knows its topic."""
        self._listener = listener

    async def _membership(self, group: Group) -> None:
        while True:
            await self._cluster.process.gate()
            share = await self._joined(group)
            self._coordinator.generation = self._member.generation
            self._positions, self._paused = {}, set()
            self._assigned = set(share)
            await self._listener.on_partitions_assigned(set(share))
            while not group.must_rejoin(self._member):
                await asyncio.sleep(self._beat)
                await self._cluster.process.gate()
            await self._revoke()

    async def _joined(self, group: Group) -> set[TopicPartition]:
        while True:
            try:
                return await group.join(self._member)
            except asyncio.CancelledError:
                # The coordinator dropped us while we waited; a dead process gets no further.
                if not self._cluster.process.alive or asyncio.current_task().cancelling():  # type: ignore[union-attr]
                    raise

    async def _revoke(self) -> None:
        taken, self._assigned = self._assigned, set()
        # As in aiokafka the partitions are still assigned while the listener is asked.
        self._assigned = taken
        await self._listener.on_partitions_revoked(set(taken))
        self._assigned = set()

    def assign(self, partitions: Iterable[TopicPartition]) -> None:
        """Read these, without a group."""
        self._assigned = set(partitions)

    def assignment(self) -> set[TopicPartition]:
        """What it reads."""
        return set(self._assigned)

    def pause(self, *partitions: TopicPartition) -> None:
        """Read nothing of these."""
        self._paused |= set(partitions)

    def seek(self, tp: TopicPartition, offset: int) -> None:
        """Go on from there."""
        self._positions[tp] = offset

    async def seek_to_beginning(self, *partitions: TopicPartition) -> None:
        """Go on from the oldest record."""
        await self._cluster.travel()
        self._positions.update(dict.fromkeys(partitions or self._assigned, 0))

    async def committed(self, tp: TopicPartition) -> int | None:
        """What the group has committed."""
        assert self.group is not None
        await self._cluster.travel()
        return self.group.offsets.get(tp)

    async def _committed(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, OffsetAndMetadata]:
        """As aiokafka's coordinator answers, with the notes."""
        assert self.group is not None
        await self._cluster.travel()
        group = self.group
        done = {tp: OffsetAndMetadata(group.offsets[tp], group.notes[tp]) for tp in partitions if tp in group.offsets}
        await self._cluster.travel()
        return done

    async def seek_to_committed(self, *partitions: TopicPartition) -> None:
        """Go on from what the group has committed; where that is nothing, or 0, stay where we are, as aiokafka does."""
        for tp in partitions:
            if offset := await self.committed(tp):
                self.seek(tp, offset)

    async def position(self, tp: TopicPartition) -> int:
        """The next offset to read."""
        return self._position(tp)

    def _position(self, tp: TopicPartition) -> int:
        if tp not in self._positions:
            offsets = self.group.offsets if self.group is not None else {}
            if tp not in offsets and self._reset == "none":
                raise OffsetOutOfRangeError
            self._positions[tp] = offsets.get(tp, self._cluster.log.stable_end(tp) if self._reset == "latest" else 0)
        return self._positions[tp]

    def highwater(self, tp: TopicPartition) -> int:
        """The end of the partition."""
        return self._cluster.log.stable_end(tp)

    async def end_offsets(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        """The last stable offsets."""
        await self._cluster.travel()
        return {tp: self._cluster.log.stable_end(tp) for tp in partitions}

    async def beginning_offsets(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        """Nothing is ever deleted here."""
        return dict.fromkeys(partitions, 0)

    async def getmany(self, *, timeout_ms: int, max_records: int | None = None) -> dict[TopicPartition, list[Record]]:
        """The next records, as soon as there are any; what is drained when the call fails is lost to the caller."""
        cluster, loop = self._cluster, asyncio.get_running_loop()
        # Polls in vain are most of what a schedule costs, and a slow client looks no different.
        deadline = loop.time() + (timeout_ms / 1000 if timeout_ms < IDLE_POLL_MS else IDLE_SECONDS)
        await cluster.travel()
        if not self._assigned - self._paused:
            await asyncio.sleep(deadline - loop.time())
            await cluster.process.gate()
            return {}
        while True:
            drained = self._drain(max_records or 1_000)
            if cluster.strikes(cluster.weather.read_fails):
                raise KafkaConnectionError
            if drained:
                cluster.process.has_work()
            if drained or loop.time() >= deadline:
                return drained
            try:
                async with asyncio.timeout_at(deadline):
                    await cluster.log.changed()
            except TimeoutError:
                pass
            await cluster.travel()

    def _drain(self, most: int) -> dict[TopicPartition, list[Record]]:
        drained: defaultdict[TopicPartition, list[Record]] = defaultdict(list)
        for tp in sorted(self._assigned - self._paused):
            start, end = self._position(tp), self._cluster.log.stable_end(tp)
            taken = 0
            for record in self._cluster.log.committed(tp, start):
                if taken == most:
                    end = record.offset
                    break
                drained[tp].append(record)
                taken += 1
            self._positions[tp] = end
            most -= taken
            if most <= 0:
                break
        return dict(drained)

    async def commit(self, offsets: Mapping[TopicPartition, int | tuple[int, str]]) -> None:
        """Commit for the group.

        Raises:
            CommitFailedError: the group has moved on.
        """
        assert self.group is not None
        await self._cluster.travel()
        self.group.commit(self._member, offsets)
        await self._cluster.travel()
