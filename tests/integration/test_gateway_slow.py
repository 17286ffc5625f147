"""Clients that read slowly or not at all, and the end of the gateway."""

import asyncio
import base64
import contextlib
import os
import socket
import struct
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.native import helper
from support.newsroom import EPOCH, PATIENCE, Newsroom, eventually, make_alert, newsroom
from support.raw import CLOSE, frame, raw, request

from consumers.gateway import burst, fanout
from consumers.gateway.connection import Connection
from consumers.gateway.history import Record
from consumers.gateway.patience import Patience

ALL: dict[str, Any] = {"all": {}}
LONG = "x" * 4000


@pytest.fixture(autouse=True, params=["python", "helper"])
def _writing(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Both ways in which an alert gets to its sockets."""
    monkeypatch.setattr(fanout, "give", helper(tmp_path) if request.param == "helper" else burst.give)


class Hasty(Patience):
    stall = 0.4


class Hopeless(Patience):
    stall = 30.0
    hopeless = 0.0
    hopeless_behind = 50
    hopeless_rate = 1e9


@contextlib.contextmanager
def raw_socket(room: Newsroom, buffer: int = 4096) -> Iterator[socket.socket]:
    """A websocket by hand that reads nothing of what comes after hello."""
    peer = socket.create_connection(("127.0.0.1", room.gateway.port))
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    key = base64.b64encode(os.urandom(16)).decode()
    peer.sendall(
        f"GET /v1/stream?auto=1 HTTP/1.1\r\nHost: 127.0.0.1:{room.gateway.port}\r\nUpgrade: websocket\r\n"
        f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    try:
        yield peer
    finally:
        peer.close()


async def stalled(room: Newsroom) -> Connection:
    """Publish until the only member's transport is paused."""
    await eventually(lambda: bool(room.gateway.hub.members))
    connection = room.connection
    while not connection.paused:
        await room.publish(make_alert(f"p{room.next}", summary="s" * 400, headline=LONG))
        await asyncio.sleep(0)
    return connection


async def test_a_peer_that_closes_and_is_gone_leaves_no_traceback(caplog: pytest.LogCaptureFixture) -> None:
    """Whoever closes while something waits for him, and does not stay for it, is a line in the log and no more."""
    caplog.set_level("INFO", "consumers.gateway")
    async with newsroom() as room:
        with raw_socket(room, buffer=64 * 1024) as peer:
            await stalled(room)
            peer.sendall(frame(CLOSE, struct.pack("!H", 1000)))
            peer.settimeout(0.1)
            with contextlib.suppress(TimeoutError):
                while peer.recv(65536):  # the gateway, which waits for this very test, sends nothing more
                    pass
        await eventually(lambda: not room.gateway.reception.open)
    assert len([record for record in caplog.records if record.getMessage().startswith("closed session")]) == 1
    assert [record.getMessage() for record in caplog.records if record.exc_info] == []


async def test_a_stalled_reader_is_dropped_and_holds_up_nobody() -> None:
    """Who reads nothing is cut off after the stall time; others get everything meanwhile, at once."""
    async with newsroom(patience=Hasty()) as room:
        with raw_socket(room):
            connection = await stalled(room)
            async with room.subscriber(subscriptions=ALL) as healthy:
                await healthy.until("live")
                first = room.next
                last = await room.publish(*(make_alert(f"q{n}", headline=LONG) for n in range(200)))
                assert await healthy.seqs(last) == list(range(first, last + 1))
                assert connection.transport.get_write_buffer_size() < 256 * 1024
                await eventually(lambda: len(room.gateway.hub.members) == 1)
            assert connection.aborted == "stalled"


async def test_a_slow_reader_gets_everything_in_order() -> None:
    """Who pauses and reads on misses nothing: he pulls from the ring what he was not pushed."""
    async with newsroom() as room, room.subscriber(subscriptions=ALL, cursor="oldest") as client:
        await client.until("live")
        client.socket.transport.pause_reading()
        connection = await stalled(room)
        last = await room.publish(*(make_alert(f"q{n}", headline=LONG) for n in range(100)))
        assert not connection.live
        client.socket.transport.resume_reading()
        assert await client.seqs(last) == list(range(last + 1))
        assert connection.live
        assert all(frame["type"] != "gap" for frame in client.seen)


async def test_a_slow_selective_reader_is_told_of_no_false_gap() -> None:
    """Alerts that did not match, and left the ring, are no gap for a client that was given all it wanted."""
    async with (
        newsroom(gateway_ring_entries=100) as room,
        room.subscriber(subscriptions={"f": {"topics": ["fire"]}}) as client,
    ):
        await client.until("live")
        connection = room.connection
        await room.publish(*(make_alert(f"n{n}") for n in range(300)))
        client.socket.transport.pause_reading()
        while not connection.paused:
            await room.publish(make_alert(f"f{room.next}", topics=["fire"], headline=LONG))
            await asyncio.sleep(0)
        client.socket.transport.resume_reading()
        last = await room.publish(make_alert("last", topics=["fire"]))
        assert await client.seqs(last) == list(range(300, last + 1))
        assert all(frame["type"] != "gap" for frame in client.seen)


async def test_a_cursor_that_falls_off_the_ring_is_told() -> None:
    """What a slow client could not be given is named in a gap, and everything after it comes."""
    async with newsroom(gateway_ring_entries=20) as room, room.subscriber(subscriptions=ALL) as client:
        await client.until("live")
        client.socket.transport.pause_reading()
        await stalled(room)
        last = await room.publish(*(make_alert(f"q{n}", headline=LONG) for n in range(100)))
        client.socket.transport.resume_reading()
        gap = await client.until("gap")
        before = [frame["seq"] for frame in client.seen if frame["type"] == "alert"]
        assert before == list(range(gap["after"] + 1))
        assert gap["why"] == "expired"
        assert await client.seqs(last) == list(range(gap["next"], last + 1))


async def test_a_lagging_reader_is_spared_superseded_quiet_updates_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Far behind, a client still gets every alert, everything that interrupts, and the last of each; and is told."""
    monkeypatch.setattr("consumers.gateway.reader.CONFLATE_BEHIND", 50)
    async with newsroom() as room, room.subscriber(subscriptions=ALL) as client:
        await client.until("live")
        client.socket.transport.pause_reading()
        await stalled(room)
        stories = [make_alert("story", revision, interrupt=revision in {1, 40}) for revision in range(1, 81)]
        last = await room.publish(*stories, make_alert("end"))
        client.socket.transport.resume_reading()
        await client.seqs(last)
        revisions = [
            f["alert"]["revision"] for f in client.seen if f["type"] == "alert" and f["alert"]["id"] == "story"
        ]
        assert {1, 40, 80} <= set(revisions)
        assert revisions == sorted(revisions)
        assert len(revisions) < 80
        assert [frame for frame in client.seen if frame["type"] == "lag"]


async def test_a_replay_is_never_conflated(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who resumes gets every revision, however far behind."""
    monkeypatch.setattr("consumers.gateway.reader.CONFLATE_BEHIND", 5)
    async with newsroom() as room:
        last = await room.publish(*(make_alert("story", revision) for revision in range(1, 101)))
        async with room.subscriber(subscriptions=ALL, cursor="oldest") as client:
            assert await client.seqs(last) == list(range(100))


async def test_the_hopeless_are_sent_away() -> None:
    """Long and far behind and not getting nearer: bye, and 4001."""
    async with (
        newsroom(patience=Hopeless(), gateway_heartbeat=0.2) as room,
        room.subscriber(subscriptions=ALL) as client,
    ):
        await client.until("live")
        client.socket.transport.pause_reading()
        await stalled(room)
        await room.publish(*(make_alert(f"q{n}", headline=LONG) for n in range(100)))
        await eventually(lambda: not room.gateway.hub.members)
        client.socket.transport.resume_reading()
        await client.until("bye", code=4001)
        assert await client.closed() == 4001


async def test_the_silent_are_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    """A peer that answers no ping is gone, though its connection looks open."""
    monkeypatch.setattr("consumers.gateway.wheel.GRACE", 0.1)
    async with newsroom(gateway_heartbeat=0.2) as room:
        with raw_socket(room):
            await eventually(lambda: bool(room.gateway.hub.members))
            connection = room.connection
            await eventually(lambda: not room.gateway.hub.members)
            assert connection.aborted == "silent"


@pytest.mark.parametrize("last", [frame(CLOSE, struct.pack("!H", 1000)), frame(3, b"no such frame")])
async def test_who_closes_and_does_not_go_is_cut(last: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a close, or what breaks the protocol, a peer may not keep the connection, nor by sending on and on."""
    monkeypatch.setattr("consumers.gateway.transport.CLOSE_GRACE", 0.2)
    async with newsroom() as room, raw(room.gateway.port) as peer:
        await peer.upgrade()
        await peer.until("live")
        peer.send(last)

        def cut() -> bool:
            peer.send(frame(9, b"still here"))
            return not room.gateway.door.inside

        await eventually(cut)


async def test_the_quiet_but_alive_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    """A peer that only answers pings stays connected."""
    monkeypatch.setattr("consumers.gateway.wheel.GRACE", 0.1)
    async with newsroom(gateway_heartbeat=0.1) as room, room.subscriber(subscriptions=ALL) as client:
        for _ in range(8):
            await client.until("heartbeat")
        assert len(room.gateway.hub.members) == 1


async def test_drain_says_bye_and_ends_in_time_with_stalled_clients() -> None:
    """SIGTERM's drain: bye and 1012 with a spread, and no stalled or silent client can hold it up."""
    async with newsroom() as room:
        with raw_socket(room), socket.create_connection(("127.0.0.1", room.gateway.port)):
            await stalled(room)
            async with room.subscriber(subscriptions=ALL) as client, room.subscriber() as unsaid:
                await client.until("live")
                began = time.monotonic()
                draining = asyncio.create_task(room.gateway.drain())
                bye = await client.until("bye")
                assert (bye["code"], bye["why"], bye["retry_ms"]) == (1012, "drain", [500, 15_000])
                assert await client.closed() == 1012
                assert await unsaid.closed() in {1006, 1012}
                await draining
        assert time.monotonic() - began < 15
        assert room.gateway.status()["status"] == "draining"


class Stuck:
    """An archive that does not answer."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()

    async def oldest(self) -> int:
        return 0

    async def read(self, first: int, last: int) -> list[Record]:
        self.asked.set()
        await asyncio.Event().wait()
        raise AssertionError(first, last)


async def test_drain_does_not_wait_for_an_archive(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page of history that Kafka does not give holds up no end."""
    for name, seconds in (("server.DRAIN_SPREAD", 0.1), ("server.DRAIN_WITHIN", 0.3), ("reception.LAST_WORDS", 0.1)):
        monkeypatch.setattr(f"consumers.gateway.{name}", seconds)
    archive = Stuck()
    async with newsroom(gateway_ring_entries=1, archive=archive) as room:
        await room.publish(*(make_alert(f"a{n}") for n in range(3)))
        async with room.subscriber(subscriptions={}) as client:
            await client.send(type="history", req=1, before=2)
            await archive.asked.wait()
            async with asyncio.timeout(PATIENCE):
                await room.gateway.drain()


async def test_an_archive_that_is_slow_is_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asks for older alerts by plain HTTP hears that there are none now, not nothing."""
    monkeypatch.setattr("consumers.gateway.reception.ANSWER_WITHIN", 0.1)
    async with newsroom(gateway_ring_entries=1, archive=Stuck()) as room, raw(room.gateway.port) as peer:
        await room.publish(*(make_alert(f"a{n}") for n in range(3)))
        peer.send(request("/v1/alerts?before=2", Upgrade=None, Connection=None))
        head = await peer.head()
        assert head is not None
        assert (head.status, head.headers["retry-after"]) == (503, "5")


async def test_a_flood_of_pings_is_ended() -> None:
    """Control frames count: who floods is closed, and memory stays bounded."""
    async with newsroom() as room, room.subscriber(subscriptions=ALL) as client:
        await client.until("live")
        connection = room.connection
        with contextlib.suppress(Exception):
            for _ in range(5000):
                await client.socket.ping(os.urandom(100))
        assert await client.closed() in {4003, 1006}
        assert connection.transport.get_write_buffer_size() < 2 * 1024 * 1024


async def test_kernel_buffers_do_not_hide_slowness() -> None:
    """The send buffer of accepted sockets is small, else megabytes of stale alerts look delivered."""
    async with newsroom() as room, room.subscriber(subscriptions=ALL, cursor=f"{EPOCH}:-1") as client:
        await client.until("live")
        connection = room.connection
        size = connection.transport.get_extra_info("socket").getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF)
        assert size <= 256 * 1024


async def test_a_peer_that_is_gone_is_written_to_no_more(caplog: pytest.LogCaptureFixture) -> None:
    """Many alerts at once for a socket that was reset: one failed write, and no complaints of the event loop."""
    async with newsroom() as room, room.subscriber(subscriptions=ALL) as client:
        await client.until("live")
        connection = room.connection
        peer = client.socket.transport.get_extra_info("socket")
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.socket.transport.abort()
        await client.socket.wait_closed()
        for number in range(20):
            await room.publish(make_alert(f"a{number}"))
        await eventually(lambda: not room.gateway.hub.members)
        assert connection.delivered <= 2
        connection.drop("too late")
        connection.say(b"{}")
    assert [record.message for record in caplog.records if record.name == "asyncio"] == []


async def test_a_connection_closed_with_a_full_buffer_ends_without_a_traceback(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The peer says goodbye while it reads slowly, and reads the rest; asyncio's transport then cannot be aborted."""
    async with newsroom() as room:
        with raw_socket(room) as peer:
            connection = await stalled(room)
            peer.sendall(bytes([0x88, 0x82, 0, 0, 0, 0]) + (1000).to_bytes(2, "big"))
            peer.shutdown(socket.SHUT_WR)
            await eventually(lambda: not connection.open)
            peer.setblocking(False)
            with contextlib.suppress(ConnectionError):
                while await asyncio.get_running_loop().sock_recv(peer, 65536):
                    pass
            await eventually(lambda: room.gateway.door.ended == 1)
            connection.drop("too late")
        await eventually(lambda: not room.gateway.reception.open)
    assert not any(record.exc_info for record in caplog.records)
