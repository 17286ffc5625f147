"""A role that kills itself at a named point: `python -m support.saboteur POINT:N ROLE`.

The N-th time it comes to POINT it ends by SIGKILL, as if the machine had lost its power there; with POINT:N:stop it
falls asleep by SIGSTOP, until a test wakes it. This program wraps what the role calls; nothing of it is in the code
that is shipped, so nothing can switch it on there. The points are described where they are set. `support.naive` breaks
the same roles' promises, to show that the tests notice.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from alerts.desk import Outputs
from consumers.__main__ import main
from consumers.backends.kafka import Cluster, Sender
from consumers.commands import classify
from consumers.gateway.server import Gateway
from consumers.office import Office

# So soon a killed member's partitions go to another, where a test has many to kill: the group waits for its session.
HASTY = {"session_timeout_ms": 2_000, "heartbeat_interval_ms": 500, "rebalance_timeout_ms": 10_000}

Method = Callable[..., Awaitable[Any]]


class Fuse:
    """Sends this process a signal when it is come to for the n-th time."""

    def __init__(self, times: int, number: signal.Signals) -> None:
        self._left, self._signal = times, number

    def burn(self) -> None:
        """One time more."""
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), self._signal)


def _if(something: Any, fuse: Fuse) -> None:
    """Only calls that have something to do count."""
    if something:
        fuse.burn()


def before(owner: type, name: str, then: Callable[..., None]) -> None:
    """Call `then` with the arguments of each call of a method, before it."""
    inner: Method = getattr(owner, name)

    async def outer(self: Any, *args: Any, **kwargs: Any) -> Any:
        then(self, *args, **kwargs)
        return await inner(self, *args, **kwargs)

    setattr(owner, name, outer)


def after(owner: type, name: str, then: Callable[..., None]) -> None:
    """Call `then` with the arguments of each call of a method that returned, before its caller learns that it did."""
    inner: Method = getattr(owner, name)

    async def outer(self: Any, *args: Any, **kwargs: Any) -> Any:
        answer = await inner(self, *args, **kwargs)
        then(self, *args, **kwargs)
        return answer

    setattr(owner, name, outer)


def _claims() -> type:
    """The dedup store that the classifier uses; `support.naive` has put another in its place."""
    store: type = vars(classify)["Claims"]
    return store


def _after_claim(fuse: Fuse) -> None:
    """Redis knows of a batch, Kafka does not."""
    after(_claims(), "check", lambda _, asked, __: _if(asked, fuse))


def _after_append(fuse: Fuse) -> None:
    """A record of a batch is on a topic, the next are not, and the role has not heard of it."""
    inner = Sender.send

    async def outer(self: Sender, topic: str, **kwargs: Any) -> "asyncio.Future[Any]":
        future = await inner(self, topic, **kwargs)
        await asyncio.wait({future})
        fuse.burn()
        return future

    Sender.send = outer  # type: ignore[method-assign]


def _after_acknowledgement(fuse: Fuse) -> None:
    """All of a batch is acknowledged, Redis has not been told."""
    before(_claims(), "confirm", lambda _, done, __: _if(done, fuse))


def _before_commit(fuse: Fuse) -> None:
    """Redis has been told, the offsets are not committed."""
    before(AIOKafkaConsumer, "commit", lambda *_: fuse.burn())


def _after_commit(fuse: Fuse) -> None:
    """The offsets are committed, the role does not know."""
    after(AIOKafkaConsumer, "commit", lambda *_: fuse.burn())


def _while_loading(fuse: Fuse) -> None:
    """The desk has fenced its predecessor and not read a thing."""
    before(Office, "_load", lambda _: fuse.burn())


def _in_transaction(fuse: Fuse) -> None:
    """Alerts of a transaction stand on the topic, the state that says so does not."""
    inner = AIOKafkaProducer.send
    open_ones: list[Outputs] = []
    before(Office, "_send_all", lambda _self, _producer, outputs, *_: open_ones.append(outputs))

    async def outer(self: AIOKafkaProducer, topic: str, **kwargs: Any) -> "asyncio.Future[Any]":
        if topic.endswith("desk.state") and open_ones and open_ones.pop().alerts:
            await self.flush()
            fuse.burn()
        future: asyncio.Future[Any] = await inner(self, topic, **kwargs)
        return future

    AIOKafkaProducer.send = outer


def _before_end(fuse: Fuse) -> None:
    """All of a transaction is acknowledged, but it is not committed."""
    after(Office, "_send_all", lambda _self, _producer, outputs, *_: _if(outputs.alerts, fuse))


def _after_end(fuse: Fuse) -> None:
    """A transaction is committed, the desk has not gone on."""
    after(Office, "write", lambda _self, outputs, *_: _if(outputs.alerts, fuse))


def _while_serving(fuse: Fuse) -> None:
    """The gateway has an alert that no subscriber has."""
    before(Gateway, "publish", lambda *_: fuse.burn())


POINTS: dict[str, dict[str, Callable[[Fuse], None]]] = {
    "ingest": {"after_append": _after_append},
    "classify": {
        "after_claim": _after_claim,
        "after_append": _after_append,
        "after_acknowledgement": _after_acknowledgement,
        "before_commit": _before_commit,
        "after_commit": _after_commit,
    },
    "desk": {
        "while_loading": _while_loading,
        "in_transaction": _in_transaction,
        "before_end": _before_end,
        "after_end": _after_end,
    },
    "gateway": {"while_serving": _while_serving},
}


def hasten() -> None:
    """Let groups notice sooner that a member is dead."""
    inner = Cluster.consumer

    def consumer(self: Cluster, *names: str, group: str | None = None, **options: Any) -> AIOKafkaConsumer:
        return inner(self, *names, group=group, **{**options, **(HASTY if group else {})})

    Cluster.consumer = consumer  # type: ignore[method-assign]


def sabotage(role: str, order: str) -> None:
    """Set what `order` lists, with commas: POINT:N, POINT:N:stop, `none`; `hasty` shortens sessions."""
    for each in order.split(","):
        if each == "hasty":
            hasten()
        elif each != "none":
            point, times, how, *_ = [*each.split(":"), "", ""]
            number = signal.SIGSTOP if how == "stop" else signal.SIGKILL
            POINTS[role][point](Fuse(int(times or 1), number))


if __name__ == "__main__":
    order, name = sys.argv[1:3]
    sabotage(name, order)
    main(sys.argv[2:])
