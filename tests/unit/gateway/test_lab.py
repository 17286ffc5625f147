"""The lab's plumbing: pieces on a pipe, and the newest records of partitions that are filled unevenly."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from consumers.gateway.lab.framing import ALIVE, END, MORE, Piece, asked, question, read
from consumers.gateway.lab.reader import _Heap


async def test_pieces_go_through_a_pipe_as_they_are() -> None:
    """Whatever is in them, line ends too; then the end is told."""
    pieces = [Piece(1, MORE, b'{"a":1}'), Piece(ALIVE, MORE, b""), Piece(2, END, b"x\ny 1 m 5\n" * 9000)]
    pipe = asyncio.StreamReader()
    pipe.feed_data(b"".join(piece.to_bytes() for piece in pieces))
    pipe.feed_eof()
    assert [await read(pipe) for _ in pieces] == pieces
    with pytest.raises(EOFError):
        await read(pipe)


@pytest.mark.parametrize("broken", [b"1 m 50\nshort", b"no head\n", b"x" * 100_000])
async def test_a_broken_pipe_is_an_ended_one(broken: bytes) -> None:
    """The lab died in the middle of a word."""
    pipe = asyncio.StreamReader()
    pipe.feed_data(broken)
    pipe.feed_eof()
    with pytest.raises(EOFError):
        await read(pipe)


def test_a_question_is_one_line() -> None:
    """Whatever its text."""
    line = question(7, "try", text="a\nb\u2028c")
    assert line.count(b"\n") == 1
    assert asked(line) == {"id": 7, "do": "try", "text": "a\nb\u2028c"}


def records(*times: int, size: int = 10) -> list[Any]:
    return [SimpleNamespace(timestamp=time, value=b"x" * size) for time in times]


def test_the_newest_of_all_partitions_are_kept_in_order_of_time() -> None:
    """Whichever partition they came from."""
    heap = _Heap(1000)
    heap.add(records(1, 4, 5))
    heap.add(records(2, 3, 6))
    assert [record.timestamp for record in heap.newest(4)] == [3, 4, 5, 6]


def test_a_partition_that_was_cut_cuts_the_tail() -> None:
    """Before its first record others may have some that it lacks: there would be a hole."""
    heap = _Heap(1000)
    heap.add(records(1, 2, 6))
    heap.since = 4
    heap.add(records(4, 5))
    assert [record.timestamp for record in heap.newest(10)] == [4, 5, 6]


def test_more_than_fits_is_let_go_while_it_is_read() -> None:
    """The oldest, whichever partition is read first; and the tail has no hole there either."""
    heap = _Heap(100)
    for first in (200, 100, 300):
        heap.add(records(*range(first, first + 15)))
    kept = [record.timestamp for record in heap.newest(1000)]
    assert kept == sorted(kept)
    assert kept[-1] == 314
    assert len(kept) <= 30
    assert all(time > 200 for time in kept)
