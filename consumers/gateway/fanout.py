"""One alert to all who get it: the same bytes, straight to each socket, in slices between which others have a turn.

What makes it fast is what it does not do (measured in docs/performance.md): no frame, no task and no check of a
protocol's state for each connection. `Reader.live` says all, since events keep it true: whoever is LIVE is open, and
nothing waits in this process to be written to it, so that the socket may be written to past its transport. What the
socket does not take at once the transport takes over, and from then on the reader is LAGGING and pulls from the ring.
"""

import asyncio
import time
from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from alerts.feed import Entry
from alerts.index import Index
from consumers.gateway import burst, metrics
from consumers.gateway.burst import Give, load

if TYPE_CHECKING:
    from consumers.gateway.reader import Reader

LOOKS = 32  # interests looked at before the clock is asked: each may be asked for words
GLANCE = 8  # and after so many, if those have taken a turn already
MANY = 64  # readers who share an interest, from which on they are served by themselves
TURN = 0.0025  # seconds after which others have a turn; all at once would block the loop for 50 ms and more at 10,000

give: Give = load() or burst.give
"""By the optional helper in C, if it was built."""


async def push(entry: Entry, index: "Index[Reader]", began: float) -> float:
    """Give the newest entry to all who are LIVE; the others will pull it.

    `began` is when others last had a turn, by `time.perf_counter`, also if that was during the entry before; answers
    the same.
    """
    matching = delivered = 0.0
    receivers = batches(entry, index)
    while True:
        asked = time.perf_counter()
        readers = next(receivers, None)
        now = time.perf_counter()
        matching += now - asked
        if readers is None:
            break
        at = 0
        while True:
            if now - began >= TURN:
                await asyncio.sleep(0)
                began = now = time.perf_counter()
            at, written = write(entry, readers, at, began + TURN - now)
            delivered += written
            if at == len(readers):
                break
            now = time.perf_counter()
    metrics.match_seconds.observe(matching)
    metrics.deliveries.inc(delivered)
    return began


def batches(entry: Entry, index: "Index[Reader]") -> Iterator[Sequence["Reader"]]:
    """Those whom the alert concerns, a few interests at a time."""
    waiting: list[Reader] = []
    looked_at = 0
    began = time.perf_counter()
    for members in index.matching(entry.view):
        if len(members) >= MANY:
            yield tuple(members)  # not kept from alert to alert: the collector would look at all in it
            began = time.perf_counter()
            continue
        waiting += members
        looked_at += 1
        if looked_at % GLANCE:
            continue
        if len(waiting) >= MANY or looked_at >= LOOKS or time.perf_counter() - began >= TURN:
            yield waiting
            waiting, looked_at, began = [], 0, time.perf_counter()
    yield waiting


def write(entry: Entry, readers: Sequence["Reader"], at: int, seconds: float) -> tuple[int, int]:
    """Give an entry to those of the readers that are LIVE and have not had it, from `at` on, for so many seconds.

    At least one is looked at. Answers who is next, and how many had it.
    """
    at, written, short, others = give(readers, at, entry.seq, entry.raw, partial(compressed, entry), seconds)
    for reader, sent in short:
        reader.overflow((entry.deflated if reader.deflates else entry.raw)[sent:])
    for reader in others:
        reader.deliver((entry,))
    return at, written + len(others)


def compressed(entry: Entry) -> bytes:
    """The compressed frame, made once for all who share it."""
    if not entry.is_deflated:
        metrics.encodes.labels("deflated").inc()
    return entry.deflated
