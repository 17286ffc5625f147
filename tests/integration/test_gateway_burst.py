"""The gateway's optional helper in C and what it stands in for: the same answers.

`test_gateway_slow` runs with both.
"""

import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest
from support.native import helper

from consumers.gateway import burst
from consumers.gateway.burst import Give

if TYPE_CHECKING:
    from consumers.gateway.reader import Reader

FRAME = b"f" * 1000
SMALL = b"s" * 100


def small() -> bytes:
    return SMALL


class Told:
    """What a fan-out looks at of a reader."""

    __slots__ = ("cursor", "deflates", "delivered", "handle", "live", "socket")

    def __init__(
        self, ours: socket.socket | None, *, live: bool = True, cursor: int = 6, deflates: bool = False
    ) -> None:
        self.socket, self.live, self.cursor, self.deflates = ours, live, cursor, deflates
        self.handle = -1 if ours is None else ours.fileno()
        self.delivered = 1_000_000


class Inheriting(Told):
    """As connections inherit from a reader."""

    __slots__ = ("more",)


@pytest.fixture(params=["python", "helper"])
def give(request: pytest.FixtureRequest, tmp_path: Path) -> Give:
    return helper(tmp_path) if request.param == "helper" else burst.give


@pytest.fixture
def pairs() -> Iterator[list[tuple[socket.socket, socket.socket]]]:
    """Each one that is written to without waiting, and its peer."""
    made = [socket.socketpair() for _ in range(5)]
    for ours, _ in made:
        ours.setblocking(False)
    yield made
    for ours, theirs in made:
        ours.close()
        theirs.close()


def readers(*told: Any) -> "list[Reader]":
    return cast("list[Reader]", list(told))


def left(*told: tuple[Told, int]) -> "list[tuple[Reader, int]]":
    return cast("list[tuple[Reader, int]]", list(told))


def test_who_is_live_and_has_not_had_it_is_given_it(
    give: Give, pairs: list[tuple[socket.socket, socket.socket]]
) -> None:
    """Each once; by his frame, or by the caller where there is no socket to write to."""
    plain, deflating, without = Told(pairs[0][0]), Inheriting(pairs[1][0], deflates=True), Told(None)
    lagging, had, ahead = Told(pairs[2][0], live=False), Told(pairs[2][0], cursor=7), Inheriting(pairs[2][0], cursor=8)
    told = [plain, lagging, deflating, had, without, ahead]
    assert give(tuple(readers(*told)), 0, 7, FRAME, small, 1.0) == (6, 2, [], readers(without))
    assert (pairs[0][1].recv(2000), pairs[1][1].recv(2000)) == (FRAME, SMALL)
    assert [each.cursor for each in (plain, deflating, without, lagging, had, ahead)] == [7, 7, 7, 6, 7, 8]
    assert [each.delivered for each in told] == [1_000_001, 1_000_000, 1_000_001, *[1_000_000] * 3]
    assert give(readers(*told), 0, 7, FRAME, small, 1.0) == (6, 0, [], [])
    assert give([], 0, 8, FRAME, small, 1.0) == (0, 0, [], [])


def test_the_compressed_frame_is_asked_for_once_if_anybody_wants_it(
    give: Give, pairs: list[tuple[socket.socket, socket.socket]]
) -> None:
    """It is made when the first wants it."""
    asked: list[bytes] = []

    def deflated() -> bytes:
        asked.append(SMALL)
        return SMALL

    told = [Told(pairs[0][0]), Told(pairs[1][0], deflates=True), Told(pairs[2][0]), Told(pairs[3][0], deflates=True)]
    assert give(readers(told[0], told[2]), 0, 7, FRAME, deflated, 1.0)[1] == 2
    assert asked == []
    assert give(readers(*told), 0, 8, FRAME, deflated, 1.0) == (4, 4, [], [])
    assert asked == [SMALL]
    assert [pairs[n][1].recv(2000) for n in (1, 3)] == [SMALL] * 2


def test_each_socket_gets_the_frame_and_what_is_not_taken_is_told(
    give: Give, pairs: list[tuple[socket.socket, socket.socket]]
) -> None:
    """Full ones take part of it or nothing, closed ones nothing; the others are served all the same."""
    fill = pairs[1][0]
    try:
        while True:
            fill.send(b"x" * 4096)
    except BlockingIOError:
        pass
    pairs[3][1].close()
    told = [Told(ours) for ours, _ in pairs]
    at, written, ((full, taken), *short), others = give(readers(*told), 0, 7, FRAME, small, 1.0)
    assert (at, written, others) == (5, 5, [])
    assert full is readers(told[1])[0]
    assert taken < len(FRAME)
    assert short == left((told[3], 0))
    assert [pairs[n][1].recv(2000) for n in (0, 2, 4)] == [FRAME] * 3


def test_others_have_a_turn_in_time(give: Give, pairs: list[tuple[socket.socket, socket.socket]]) -> None:
    """After so many seconds, though one reader is served in any case; and soon, if many need more than a `send`."""
    told = readers(*[Told(pairs[0][0]) for _ in range(100)])
    assert give(told, 0, 7, b"x", small, 0.0) == (1, 1, [], [])
    assert give(told, 1, 7, b"x", small, -1.0) == (2, 1, [], [])
    assert give(told, 2, 7, b"x", small, 1e-9)[0] <= 2 + burst.SLICE
    assert give(told, 0, 7, b"x", small, 10.0)[0] == 100
    without = readers(*[Told(None) for _ in range(100)])
    at, written, _, others = give(without, 0, 7, b"x", small, 10.0)
    assert (written, len(others)) == (0, at)
    assert burst.FEW <= at <= burst.SLICE


def test_a_number_that_is_no_socket_any_more_takes_nothing(
    tmp_path: Path, pairs: list[tuple[socket.socket, socket.socket]]
) -> None:
    """As between the end of a connection and what asyncio tells of it."""
    gone = Told(pairs[0][0])
    gone.handle = os.dup(gone.handle)
    os.close(gone.handle)
    assert helper(tmp_path)(readers(gone), 0, 7, FRAME, small, 1.0) == (1, 1, left((gone, 0)), [])


def test_what_is_no_reader_is_refused(tmp_path: Path) -> None:
    """An error of ours, not a crash."""
    give = helper(tmp_path)
    unset = Told(None)
    del unset.cursor
    with pytest.raises(AttributeError, match="cursor"):
        give(readers(unset), 0, 1, FRAME, small, 1.0)
    with pytest.raises(AttributeError, match="live"):
        give(readers(object()), 0, 1, FRAME, small, 1.0)
    with pytest.raises(TypeError, match=r"Loose\.live is no slot"):
        give(readers(type("Loose", (), {"live": True})()), 0, 1, FRAME, small, 1.0)
    with pytest.raises(TypeError, match="no sequence"):
        give(cast("list[Reader]", 7), 0, 1, FRAME, small, 1.0)
    with pytest.raises(ValueError, match="at is below 0"):
        give(readers(Told(None)), -1, 1, FRAME, small, 1.0)
    with pytest.raises(OverflowError):
        give(readers(Told(None)), 0, 2**80, FRAME, small, 1.0)


def test_references_are_kept_in_order(tmp_path: Path, pairs: list[tuple[socket.socket, socket.socket]]) -> None:
    """Nothing is forgotten or let go of twice, however often it runs."""
    give = helper(tmp_path)
    told = [Told(ours) for ours, _ in pairs]
    told[3].socket = None
    frame = b"x" * 10
    before = [sys.getrefcount(each) for each in (*told, frame, FRAME)]
    pairs[4][1].close()
    for seq in range(10**6, 10**6 + 100):
        assert give(readers(*told), 0, seq, frame, lambda: FRAME, 1.0) == (5, 4, left((told[4], 0)), readers(told[3]))
    assert [each.delivered for each in told] == [1_000_100] * 3 + [1_000_000, 1_000_100]
    assert [sys.getrefcount(each) for each in (*told, frame, FRAME)] == before


def test_it_is_optional(tmp_path: Path) -> None:
    """Where it was not built there is none."""
    assert burst.load(tmp_path / "none.so") is None
