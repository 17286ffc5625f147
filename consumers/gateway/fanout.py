"""One alert to all who get it: the same bytes, straight to each socket, in slices between which others have a turn.

What makes it fast is what it does not do (measured in docs/performance.md): no frame, no task and no check of a
protocol's state for each connection. `Reader.live` says all, since events keep it true: whoever is LIVE is open, and
nothing waits in this process to be written to it, so that the socket may be written to past its transport. What the
socket does not take at once the transport takes over, and from then on the reader is LAGGING and pulls from the ring.
"""

import asyncio
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from alerts.feed import Entry
from alerts.index import Index
from consumers.gateway import metrics
from consumers.gateway.burst import Burst, OneByOne, load

if TYPE_CHECKING:
    from consumers.gateway.reader import Reader

SLICE = 64  # readers served before the clock is asked, in a millisecond or less
LOOKS = 32  # interests looked at before it is: each may be asked for words
GLANCE = 8  # and after so many, if those have taken a turn already
TURN = 0.001  # seconds after which others have a turn; all at once would block the loop for 50 ms and more at 10,000

helper: Burst = load() or OneByOne()
"""The optional one in C, if it was built."""


async def push(entry: Entry, index: "Index[Reader]", began: float) -> float:
    """Give the newest entry to all who are LIVE; the others will pull it.

    `began` is when others last had a turn, by `time.perf_counter`, also if that was during the entry before; answers
    the same.
    """
    matching = delivered = 0.0
    receivers = slices(entry, index)
    while True:
        asked = time.perf_counter()
        readers = next(receivers, None)
        now = time.perf_counter()
        matching += now - asked
        if readers is None:
            break
        delivered += write(entry, readers)
        if now - began >= TURN:
            await asyncio.sleep(0)
            began = time.perf_counter()
    metrics.match_seconds.observe(matching)
    metrics.deliveries.inc(delivered)
    return began


def slices(entry: Entry, index: "Index[Reader]") -> Iterator["list[Reader]"]:
    """Those whom the alert concerns, a few at a time."""
    waiting: list[Reader] = []
    looked_at = 0
    began = time.perf_counter()
    for members in index.matching(entry.view):
        waiting += members
        looked_at += 1
        if looked_at % GLANCE:
            continue
        if len(waiting) >= SLICE or looked_at >= LOOKS or time.perf_counter() - began >= TURN:
            yield from _cut(waiting)
            waiting, looked_at, began = [], 0, time.perf_counter()
    yield from _cut(waiting)


def _cut(readers: "list[Reader]") -> Iterator["list[Reader]"]:
    for start in range(0, len(readers) or 1, SLICE):
        yield readers[start : start + SLICE]


def write(entry: Entry, readers: "list[Reader]") -> int:
    """Give an entry to those of the readers that are LIVE and have not had it; answers how many."""
    plain, deflating, others = helper.sift(readers, entry.seq)
    for reader in others:
        reader.deliver((entry,))
    if plain:
        _send(plain, entry.raw)
    if deflating:
        _send(deflating, compressed(entry))
    return len(plain) + len(deflating) + len(others)


def _send(readers: "Sequence[Reader]", frame: bytes) -> None:
    # No code of ours runs between two sockets, so none is closed whose turn is still to come.
    for reader, sent in helper.send(readers, frame):
        reader.overflow(frame[sent:])


def compressed(entry: Entry) -> bytes:
    """The compressed frame, made once for all who share it."""
    if not entry.is_deflated:
        metrics.encodes.labels("deflated").inc()
    return entry.deflated
