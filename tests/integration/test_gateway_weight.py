"""What a connection weighs, and that it is gone with its last reference."""

import asyncio
import contextlib
import gc
import weakref
from collections.abc import Iterator

import pytest
from support.newsroom import Newsroom, eventually, make_alert, newsroom

from consumers.gateway.connection import Connection

ALL = {"all": {"topics": ["conflict"]}}


@contextlib.contextmanager
def no_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


async def well(room: Newsroom) -> "weakref.ref[Connection]":
    """A connection that was served and closed by the client."""
    async with room.subscriber(subscriptions=ALL) as client:
        await client.until("live")
        await room.publish(make_alert(f"a{room.next}"))
        await client.until("alert")
        return weakref.ref(room.connection)


async def lost(room: Newsroom) -> "weakref.ref[Connection]":
    """A connection whose client vanished."""
    async with room.subscriber(subscriptions=ALL) as client:
        await client.until("live")
        gone = weakref.ref(room.connection)
        client.socket.transport.abort()
    return gone


async def dropped(room: Newsroom) -> "weakref.ref[Connection]":
    """A connection that we cut."""
    async with room.subscriber(subscriptions=ALL) as client:
        await client.until("live")
        gone = weakref.ref(room.connection)
        room.connection.drop("test")
        await client.closed()
    return gone


async def broken(room: Newsroom) -> "weakref.ref[Connection]":
    """A connection whose client broke the protocol."""
    async with room.subscriber(subscriptions=ALL) as client:
        await client.until("live")
        gone = weakref.ref(room.connection)
        client.socket.transport.write(b"\xff\xff\xff\xff")
        await client.closed()
    return gone


@pytest.mark.parametrize("end", [well, lost, dropped, broken])
async def test_a_connection_is_gone_with_its_last_reference(end: object) -> None:
    """Nothing in it goes in circles, so that it needs no collector, which would hold up everybody else."""
    async with newsroom() as room:
        with no_collector():
            gone = await end(room)  # type: ignore[operator]
            await eventually(lambda: gone() is None)
            assert not room.gateway.hub.members


async def test_an_open_connection_keeps_nothing_of_its_opening() -> None:
    """Request, response, and what chose the subprotocol are let go of once it is open, and it works on."""
    async with newsroom() as room, room.subscriber(subscriptions=ALL) as client:
        await client.until("live")
        connection = room.connection
        assert connection.request is not None
        assert not list(connection.request.headers.raw_items())
        assert "select_subprotocol" not in vars(connection.protocol)
        await client.send(type="ping", req=1)
        assert (await client.until("pong"))["req"] == 1
        await client.socket.ping()
        last = await room.publish(make_alert("after"))
        assert await client.seqs(last) == [last]


async def test_our_own_state_of_a_connection_is_in_slots() -> None:
    """A dictionary of more than 30 names is one for each connection, and takes two KiB."""
    async with newsroom() as room, room.subscriber(subscriptions=ALL) as client:
        await client.until("live")
        assert len(vars(room.connection)) <= 30
        assert "cursor" not in vars(room.connection)
        await asyncio.sleep(0)
