"""The gateway's optional helper in C, by itself; `test_gateway_slow` runs with and without it."""

import os
import socket
from pathlib import Path

from support.native import helper

from consumers.gateway import burst

FRAME = b"f" * 1000


def pair() -> tuple[socket.socket, socket.socket]:
    """One that is written to without waiting, and its peer."""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    return ours, theirs


def test_each_socket_gets_the_frame_and_what_is_not_taken_is_told(tmp_path: Path) -> None:
    """Full ones take part of it or nothing, closed ones nothing; the others are served all the same."""
    send = helper(tmp_path).send
    pairs = [pair() for _ in range(5)]
    fill = pairs[1][0]
    try:
        while True:
            fill.send(b"x" * 4096)
    except BlockingIOError:
        pass
    pairs[3][1].close()
    handles = [ours.fileno() for ours, _ in pairs]
    taken = send(handles, FRAME)
    assert taken is not None
    assert [taken[0], taken[2], taken[4]] == [len(FRAME)] * 3
    assert taken[1] < len(FRAME)
    assert taken[3] == 0
    assert [pairs[n][1].recv(2000) for n in (0, 2, 4)] == [FRAME] * 3
    assert send([handles[0], handles[2]], FRAME) is None  # all took all
    gone = os.dup(handles[0])
    os.close(gone)
    assert list(send([gone], FRAME) or ()) == [0]
    for ours, theirs in pairs:
        ours.close()
        theirs.close()


def test_it_is_optional(tmp_path: Path) -> None:
    """Where it was not built there is none."""
    assert burst.load(tmp_path / "none.so") is None
