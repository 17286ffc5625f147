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
from consumers.gateway.burst import Burst, OneByOne

if TYPE_CHECKING:
    from consumers.gateway.reader import Reader

FRAME = b"f" * 1000


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
def both(request: pytest.FixtureRequest, tmp_path: Path) -> Burst:
    return helper(tmp_path) if request.param == "helper" else OneByOne()


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
    both: Burst, pairs: list[tuple[socket.socket, socket.socket]]
) -> None:
    """Each once; by his frame, or by the entry where there is no socket to write to."""
    ours = pairs[0][0]
    plain, deflating, without = Told(ours), Inheriting(ours, deflates=True), Told(None)
    lagging, had, ahead = Told(ours, live=False), Told(ours, cursor=7), Inheriting(ours, cursor=8)
    everyone = readers(plain, lagging, deflating, had, without, ahead)
    assert both.sift(everyone, 7) == (readers(plain), readers(deflating), readers(without))
    assert [told.cursor for told in (plain, deflating, without, lagging, had, ahead)] == [7, 7, 7, 6, 7, 8]
    assert [told.delivered for told in (plain, deflating)] == [1_000_001] * 2
    assert {told.delivered for told in (without, lagging, had, ahead)} == {1_000_000}
    assert both.sift(everyone, 7) == ([], [], [])
    assert both.sift([], 8) == ([], [], [])


def test_each_socket_gets_the_frame_and_what_is_not_taken_is_told(
    both: Burst, pairs: list[tuple[socket.socket, socket.socket]]
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
    (full, taken), *others = both.send(readers(*told), FRAME)
    assert full is readers(told[1])[0]
    assert taken < len(FRAME)
    assert others == left((told[3], 0))
    assert [pairs[n][1].recv(2000) for n in (0, 2, 4)] == [FRAME] * 3
    assert both.send(readers(told[0], told[2]), FRAME) == []  # all took all


def test_a_number_that_is_no_socket_any_more_takes_nothing(
    tmp_path: Path, pairs: list[tuple[socket.socket, socket.socket]]
) -> None:
    """As between the end of a connection and what asyncio tells of it."""
    gone = Told(pairs[0][0])
    gone.handle = os.dup(gone.handle)
    os.close(gone.handle)
    assert helper(tmp_path).send(readers(gone), FRAME) == left((gone, 0))


def test_what_is_no_reader_is_refused(tmp_path: Path) -> None:
    """An error of ours, not a crash."""
    native = helper(tmp_path)
    unset = Told(None)
    del unset.cursor
    with pytest.raises(AttributeError, match="cursor"):
        native.sift(readers(unset), 1)
    with pytest.raises(AttributeError, match="live"):
        native.sift(readers(object()), 1)
    with pytest.raises(TypeError, match=r"Loose\.live is no slot"):
        native.sift(readers(type("Loose", (), {"live": True})()), 1)
    with pytest.raises(TypeError):
        native.sift(cast("list[Reader]", ()), 1)
    unset.cursor, unset.handle = 0, 2**80
    with pytest.raises(OverflowError):
        native.send(readers(unset), FRAME)


def test_references_are_kept_in_order(tmp_path: Path, pairs: list[tuple[socket.socket, socket.socket]]) -> None:
    """Nothing is forgotten or let go of twice, however often it runs."""
    native = helper(tmp_path)
    told = [Told(ours) for ours, _ in pairs]
    before = [sys.getrefcount(each) for each in told]
    pairs[4][1].close()
    for seq in range(10**6, 10**6 + 100):
        assert native.send(native.sift(readers(*told), seq)[0], b"x") == left((told[4], 0))
    assert [each.delivered for each in told] == [1_000_100] * 5
    assert [sys.getrefcount(each) for each in told] == before


def test_it_is_optional(tmp_path: Path) -> None:
    """Where it was not built there is none."""
    assert burst.load(tmp_path / "none.so") is None
