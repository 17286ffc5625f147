"""A whole line under test: roles as processes, a feed with known truth, a subscriber that comes back, a verdict."""

import asyncio
import contextlib
import http.client
import json
import signal
import urllib.request
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from redis.asyncio import Redis

from alerts.alert import Action
from consumers.backends.kafka import Cluster, Sender
from support.invariants import Evidence, breaches, gather
from support.stack import Role, Stack, stack
from support.subscriber import Subscriber
from support.topics import drained, partitions, records, settings_for, until
from support.truth import RULES, Record, Truth

SABOTEUR = ("support.saboteur",)
NAIVE = ("support.naive",)
DRAIN_SECONDS = 120.0


@dataclass(frozen=True)
class Kafka:
    """A cluster, and how many copies it keeps of each record."""

    bootstrap: str
    replication: int


@dataclass
class Line:
    """What a fault test works with.

    Attributes:
        running: starts and kills roles.
        cluster: the Kafka that tests themselves use (never through a proxy).
        truth: what is sent and what must come of it.
        subscriber: follows the gateway that `watch` started; None before.
    """

    running: Stack
    cluster: Cluster
    truth: Truth
    subscriber: Subscriber | None = None
    _gateway: Role | None = None
    _following: list["asyncio.Task[None]"] = field(default_factory=list)
    _asked: set[int] = field(default_factory=set)

    async def begin(self, name: str, by: Sequence[str]) -> Role:
        """Start a role that may be gone before it is ready."""
        return await asyncio.to_thread(partial(self.running.start, name, by=by, ready=False))

    async def start(self, *names: str, by: Sequence[str] = ("consumers",), **settings: str) -> list[Role]:
        """Start roles at the same time; ready when this returns."""
        return list(
            await asyncio.gather(
                *(asyncio.to_thread(partial(self.running.start, by=by, extra=settings), name) for name in names)
            )
        )

    async def watch(self, by: Sequence[str] = ("consumers",)) -> Subscriber:
        """Start a gateway and a subscriber that follows it through everything."""
        [self._gateway] = await self.start("gateway", by=by)
        stream = self.gateway.ready_url.replace("http", "ws").replace("/readyz", "/v1/stream")
        self.subscriber = Subscriber(stream)
        self._following.append(asyncio.create_task(self.subscriber.follow()))
        return self.subscriber

    @property
    def gateway(self) -> Role:
        """The gateway that `watch` started."""
        assert self._gateway is not None
        return self._gateway

    async def publish(self, some: Iterable[Record], *, pause: float = 0.0) -> None:
        """Put records onto `articles`, `pause` seconds after every tenth; all acknowledged when this returns."""
        sender = Sender(self.cluster)
        await until(partial(_connects, sender), 120)  # Kafka may be away
        topic, waiting = self.cluster.settings.topic("articles"), []
        for number, record in enumerate(some):
            waiting.append(await sender.send(topic, key=record.key, value=record.value, partition=record.partition))
            if pause and number % 10 == 9:
                await asyncio.sleep(pause)
        await asyncio.gather(*waiting)
        await sender.stop()

    async def post(self, ingest: Role, some: Sequence[Record]) -> None:
        """Send articles through `ingest`, ten at a time, each again until it is accepted, as a publisher would."""
        for start in range(0, len(some), 10):
            body = b"[" + b",".join(record.value for record in some[start : start + 10]) + b"]"
            url = ingest.ready_url.replace("/readyz", "/v1/articles")
            await until(partial(asyncio.to_thread, _accepted, url, body), 120)

    async def claim(self, alert: Mapping[str, Any]) -> None:
        """An editor claims an alert as it was shown."""
        number = f"claim-{len(self.truth.actions)}"
        self.truth.actions.append(number)
        action = Action(
            id=number,
            alert=alert["id"],
            revision=alert["revision"],
            do="claim",
            by="ann",
            role="editor",
            at=datetime.now(UTC),
        )
        sender = Sender(self.cluster)
        await sender.start()
        topic = self.cluster.settings.topic("desk")
        await (await sender.send(topic, key=action.alert.encode(), value=action.to_json(), partition=0))
        await sender.stop()

    async def leave(self, role: Role) -> None:
        """Ask a role to end, as in a deployment, and wait until it has."""
        role.process.send_signal(signal.SIGTERM)
        assert await self.ended(role) == 0

    async def judge_all_again(self, classifiers: Sequence[Role], **settings: str) -> None:
        """End these classifiers, the only ones; set offsets to the beginning, empty Redis, and start one.

        Dead letters come a second time; nothing else may.
        """
        for role in classifiers:
            await self.leave(role)
        name = self.cluster.settings.topic("articles")
        group = self.cluster.consumer(group=self.cluster.settings.topic("classifier"))
        await group.start()
        beginning = {TopicPartition(name, p): 0 for p in await partitions(group, name)}
        group.assign(list(beginning))  # what is not assigned cannot be committed
        await group.commit(beginning)
        await group.stop()
        async with Redis.from_url(self.running.redis) as admin:
            async for key in admin.scan_iter(f"{self.running.prefix}*"):
                await admin.delete(key)
        self.truth.poison *= 2
        await self.start("classify", **settings)

    async def drain(self, seconds: float = DRAIN_SECONDS, *, complete: bool = True) -> None:
        """Until every article is judged, every candidate handled, every embargo over, and the subscriber up to date.

        Where something is known to be lost, what waited for its time may not be `complete`.
        """
        if self.truth.last_embargo is not None:
            await asyncio.sleep(max(0.0, (self.truth.last_embargo - datetime.now(UTC)).total_seconds()))
        await until(partial(drained, self.cluster), seconds)
        if complete:
            await until(self._released, seconds)
        if self.subscriber is not None:
            await until(self._caught_up, seconds)

    async def _released(self) -> bool:
        """Whether what waited for its time is out: it comes by the clock, not with a record."""
        waiting = [story for story in self.truth.stories if story.not_before]
        if not waiting:
            return True
        said = {record.key for record in await records(self.cluster, self.cluster.settings.topic("alerts"))}
        return all(any(i.encode() in said for i in story.ids) for story in waiting)

    async def _caught_up(self) -> bool:
        assert self.subscriber is not None
        said = await records(self.cluster, self.cluster.settings.topic("alerts"))
        return not said or bool(self.subscriber.log and self.subscriber.log[-1][0] >= said[-1].offset)

    async def evidence(self) -> Evidence:
        """What was said so far."""
        return await gather(self.cluster, self.subscriber)

    async def breaches(self) -> list[str]:
        """What is wrong with it. A role that ended by itself is wrong, too, though it would be started again."""
        ended = [role for role in self.running.roles if role.process.poll() not in {None, 0, -signal.SIGKILL}]
        ended = [role for role in ended if not self._left_as_asked(role)]
        return [
            *(f"crashed: {role.name} with {role.process.returncode}: {role.tail()}" for role in ended),
            *breaches(self.truth, await self.evidence()),
        ]

    def ask_to_end(self, role: Role) -> None:
        """SIGTERM."""
        self._asked.add(role.process.pid)
        role.process.send_signal(signal.SIGTERM)

    def _left_as_asked(self, role: Role) -> bool:
        """Whether it ended because it was asked to: before it could hear that, or late, as Kafka was away."""
        if role.process.pid not in self._asked:
            return False
        return role.process.returncode == -signal.SIGTERM or "left what was in hand" in role.tail(1)

    def kill(self, role: Role) -> None:
        """SIGKILL."""
        self.running.kill9(role)

    async def restart(self, role: Role, *, ready: bool = True) -> Role:
        """The same role again, at the same address."""
        again = await asyncio.to_thread(partial(self.running.restart, role, ready=ready))
        if role is self._gateway:
            self._gateway = again
        return again

    async def ended(self, role: Role, seconds: float = 120.0) -> int:
        """Wait until a role has ended; its status."""
        return await asyncio.to_thread(role.process.wait, seconds)

    def close(self) -> None:
        """Stop following."""
        for task in self._following:
            task.cancel()


async def _connects(sender: Sender) -> bool:
    try:
        await sender.start()
    except KafkaError:
        await sender.stop()
        return False
    return True


def _accepted(url: str, body: bytes) -> bool:
    request = urllib.request.Request(url, data=body, headers={"Content-Type": "application/json"})  # noqa: S310 - ours
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            said: dict[str, Any] = json.load(answer)
    except (OSError, http.client.HTTPException):
        return False
    assert not said["rejected"]
    return True


def asleep(role: Role) -> bool:
    """Whether a process has been stopped (state T in proc(5))."""
    return Path(f"/proc/{role.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"


MakeLine = Callable[..., contextlib.AbstractAsyncContextManager[Line]]


@contextlib.asynccontextmanager
async def line(
    folder: Path, kafka: str, redis: str, prefix: str, truth: Truth, *, replication: int = 1, **settings: str
) -> AsyncIterator[Line]:
    """A line on these servers, with nothing running yet. Quiet updates wait for nothing: truth is then exact."""
    own = settings_for(kafka, redis, prefix).model_copy(update={"replication": replication})
    cluster = await Cluster.connect(own, patience=60.0)
    common = {
        "ALERTS_QUIET_SECONDS": "0",
        "ALERTS_RULES": str(RULES),
        "ALERTS_REPLICATION": str(replication),
        **settings,
    }
    with stack(folder, kafka, redis, prefix, **common) as running:
        made = Line(running, cluster, truth)
        try:
            yield made
        finally:
            made.close()
