import asyncio
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosedError, InvalidStatus
from websockets.frames import Close
from websockets.http11 import Response

from alerts.client import Stopped
from alerts.client.backoff import LONGEST, STEADY, Backoff
from alerts.client.ends import FULL, LONGEST_TOLD, End, end_of
from alerts.client.inbox import ROOM, ROOM_WHILE_ASKING, Inbox, Item


def most(least: float, bound: float) -> float:
    """A draw that is always the longest."""
    assert least <= bound
    return bound


def alert(seq: int) -> Item:
    frame: dict[str, Any] = {"type": "alert", "seq": seq}
    return Item(f"k7:{seq}", frame)


def test_the_bound_doubles_up_to_its_limit() -> None:
    """Each failure doubles what is drawn from; full jitter draws from zero."""
    backoff = Backoff(draw=most)
    assert [backoff.wait(0.0) for _ in range(8)] == [0.5, 1, 2, 4, 8, 16, LONGEST, LONGEST]
    assert Backoff(draw=lambda least, _: least).wait(0.0) == 0.0


@settings(deadline=None)
@given(st.integers(0, 40), st.floats(0.01, 5), st.floats(5, 60))
def test_full_jitter_is_drawn_from_zero_to_the_bound(failures: int, first: float, longest: float) -> None:
    """After n failures: uniform between nothing and first * 2^n, at most the longest; never a fixed wait."""
    drawn: list[tuple[float, float]] = []

    def middle(least: float, bound: float) -> float:
        drawn.append((least, bound))
        return (least + bound) / 2

    backoff = Backoff(first=first, longest=longest, draw=middle)
    waits = [backoff.wait(0.0) for _ in range(failures + 1)]
    assert drawn == [(0.0, min(longest, first * 2**n)) for n in range(failures + 1)]
    assert waits == [bound / 2 for _, bound in drawn]


def test_only_a_steady_connection_forgets_failures() -> None:
    """A gateway that accepts and drops at once is not hammered."""
    backoff = Backoff(draw=most)
    for _ in range(3):
        backoff.connected(10.0)
        backoff.wait(11.0)
    assert backoff.failures == 3
    backoff.connected(20.0)
    assert backoff.wait(20.0 + STEADY) == 0.5


@given(st.integers(0, 60_000), st.integers(0, 60_000), st.floats(0, 60))
def test_what_the_server_asks_for_is_heeded(first: int, more: int, at_least: float) -> None:
    """A span from `bye` replaces our own; Retry-After is a lower bound of either."""
    wait = Backoff().wait(0.0, (first, first + more), at_least)
    assert first / 1000 <= wait <= max((first + more) / 1000, at_least)
    assert Backoff().wait(0.0, None, at_least) >= at_least


async def test_the_inbox_is_in_order_and_of_signs_keeps_the_newest() -> None:
    """Heartbeats without alerts between them take no room."""
    inbox = Inbox()
    for item in (Item("k7:0"), Item("k7:1"), alert(2), Item("k7:3"), Item("k7:4"), alert(5)):
        inbox.put(item)
    assert [(await inbox.get()).cursor for _ in range(4)] == ["k7:1", "k7:2", "k7:4", "k7:5"]


async def test_a_full_inbox_stops_the_reading() -> None:
    """Memory is bounded; while an answer is waited for there is more room, and an end to it too."""
    inbox = Inbox()
    for seq in range(ROOM):
        await asyncio.wait_for(inbox.room(), 1)
        inbox.put(alert(seq))
    assert not inbox._room.is_set()
    inbox.ask(1)
    for seq in range(ROOM, ROOM_WHILE_ASKING):
        assert inbox._room.is_set()
        inbox.put(alert(seq))
    assert not inbox._room.is_set()
    inbox.ask(-1)
    while len(inbox) >= ROOM:
        assert not inbox._room.is_set()
        await inbox.get()
    assert inbox._room.is_set()


async def test_what_came_before_the_end_is_still_handed_out() -> None:
    """The error comes after the last alert, and again whenever one asks."""
    inbox = Inbox()
    inbox.put(alert(0))
    inbox.close(ConnectionError("over"))
    assert (await inbox.get()).cursor == "k7:0"
    for _ in range(2):
        with pytest.raises(ConnectionError, match="over"):
            await inbox.get()


def refused(status: int, *headers: tuple[str, str]) -> InvalidStatus:
    return InvalidStatus(Response(status, "", Headers(headers), b"why"))


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_a_handshake_refused_for_now_is_tried_again_when_told(status: int) -> None:
    """Whoever stands between us and the gateway may be busy; a Retry-After is heeded, up to a minute."""
    for said, at_least in (("7", 7.0), ("86400", LONGEST_TOLD), ("soon", 0.0)):
        end = end_of("ws://x", refused(status, ("Retry-After", said)), "", renewable=False)
        assert end == End(f"HTTP {status}", at_least)
    assert end_of("ws://x", refused(status), "", renewable=False).at_least == 0.0


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 410, 426])
def test_a_handshake_refused_for_good_stops(status: int) -> None:
    """Coming back would not help."""
    with pytest.raises(Stopped, match=f"{status} why") as stopped:
        end_of("ws://x", refused(status, ("Retry-After", "7")), "", renewable=False)
    assert stopped.value.code == status


def test_a_gateway_that_is_full_is_left_alone_for_a_while() -> None:
    """1013 is 5 s or more, as the protocol says; of other codes none is a lower bound."""
    for code, at_least in ((1013, FULL), (1012, 0.0), (4001, 0.0)):
        closed = ConnectionClosedError(Close(code, "full"), None)
        assert end_of("ws://x", closed, "", renewable=False) == End("full", at_least)
    with pytest.raises(Stopped, match="revoked"):
        end_of("ws://x", ConnectionClosedError(Close(4503, "revoked"), None), "", renewable=True)
