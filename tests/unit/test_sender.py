"""A sender's producer is made anew after an error, and says whether it takes records."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.errors import KafkaConnectionError, MessageSizeTooLargeError

from consumers.backends.kafka import Sender
from consumers.ingest import server


class Producer:
    """Stands in for aiokafka's: nothing is acknowledged before a test says so."""

    def __init__(self, *, away: bool = False) -> None:
        self.sent: list[asyncio.Future[None]] = []
        self.away = away
        self.stopped = False
        self.started = asyncio.Event()

    async def start(self) -> None:
        if self.away:
            raise KafkaConnectionError
        self.started.set()

    async def stop(self) -> None:
        self.stopped = True

    async def send(self, *_: Any, **__: Any) -> "asyncio.Future[None]":
        self.sent.append(asyncio.get_running_loop().create_future())
        return self.sent[-1]


async def make_sender(*producers: Producer) -> Sender:
    """A sender that has these producers, one after the other."""
    left = iter(producers)
    made = Sender(SimpleNamespace(producer=lambda: next(left)))  # type: ignore[arg-type]  # stands in for Cluster
    await made.start()
    return made


async def broken(sender: Sender, producer: Producer) -> None:
    """One record is sent and refused."""
    future = await sender.send("articles", value=b"x")
    producer.sent[-1].set_exception(MessageSizeTooLargeError())
    await asyncio.wait({future})


async def test_a_sender_to_whom_nothing_is_sent_becomes_ready_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """One refused record made ingest answer 503 on /readyz until another came, which a balancer never sends there."""
    monkeypatch.setattr(server, "MEND_SECONDS", 0.0)
    first, away, second = Producer(), Producer(away=True), Producer()
    sender = await make_sender(first, away, second)
    await broken(sender, first)
    assert not sender.healthy
    mending = asyncio.create_task(server._mend(sender))
    async with asyncio.timeout(5):
        await second.started.wait()
    mending.cancel()
    assert sender.healthy
    assert first.stopped
    assert away.stopped


async def test_what_an_earlier_producer_still_fails_breaks_no_later_one() -> None:
    """Nor do records of it that are never settled make a sender look stalled."""
    first, second = Producer(), Producer()
    sender = await make_sender(first, second)
    late, never = await sender.send("articles", value=b"x"), await sender.send("articles", value=b"x")
    await broken(sender, first)
    await sender.send("articles", value=b"x")
    second.sent[0].set_result(None)
    first.sent[0].set_exception(MessageSizeTooLargeError())
    await asyncio.wait({late})
    await asyncio.sleep(0)
    sender._waiting_since -= 60
    assert sender.healthy
    assert not never.done()
