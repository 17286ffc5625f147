"""Where a subscriber stands in the feed, and how it takes up again from there.

A cursor is `epoch:seq`, opaque to users: the seq is the offset in `alerts`, the epoch this incarnation of the topic.
"""

import re
from dataclasses import dataclass
from typing import Literal

OnGap = Literal["replay", "live", "fail"]
GapReason = Literal["expired", "epoch", "limit", "future"]

MAX_SEQ = 2**53  # JavaScript's numbers are exact below it

_CURSOR = re.compile(r"([A-Za-z0-9._-]{1,64}):(-1|[0-9]{1,16})")
_AGO = re.compile(r"-([0-9]{1,9})([smhd])")
_UNIT_MS = {"s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}


class InvalidCursor(ValueError):
    """The subscriber's fault: this is no cursor."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """Everything up to `seq` was seen; -1 is before the first."""

    epoch: str
    seq: int

    def __str__(self) -> str:
        return f"{self.epoch}:{self.seq}"


@dataclass(frozen=True, slots=True)
class Oldest:
    """From the start of the window."""


@dataclass(frozen=True, slots=True)
class Ago:
    """From so many milliseconds before now."""

    ms: int


Start = Cursor | Oldest | Ago


def parse(text: str) -> Start:
    """Read `epoch:seq`, `oldest`, or a time such as `-15m` (s, m, h, d).

    Raises:
        InvalidCursor: anything else.
    """
    if text == "oldest":
        return Oldest()
    if found := _AGO.fullmatch(text):
        return Ago(int(found[1]) * _UNIT_MS[found[2]])
    if (found := _CURSOR.fullmatch(text)) and int(found[2]) < MAX_SEQ:
        return Cursor(found[1], int(found[2]))
    raise InvalidCursor("expected epoch:seq, 'oldest', or a time such as '-15m'")


NO_EPOCH = "0"
"""The epoch while the log is empty: the first alert brings its own."""


@dataclass(frozen=True, slots=True)
class Window:
    """What an instance holds: entries with `floor < seq <= head`, of `epoch`.

    `epoch` is `NO_EPOCH` while nothing is known of the log; `log_end` is the first offset past the end of the topic,
    None if it cannot be told now.
    """

    epoch: str
    floor: int
    head: int
    log_end: int | None = None


@dataclass(frozen=True, slots=True)
class Resume:
    """Take up after `seq`; if `gap` is set, something may have been missed and the subscriber must be told."""

    seq: int
    gap: GapReason | None = None


class CursorTooOld(LookupError):
    """The subscriber wants no gap and there is one."""


def ahead(cursor: Cursor, window: Window) -> bool:
    """Whether the cursor is of an instance that has read further than this one, which may have read nothing yet."""
    unread = window.epoch == NO_EPOCH != cursor.epoch
    return unread or (cursor.epoch == window.epoch and cursor.seq > window.head)


def resume(cursor: Cursor, window: Window, on_gap: OnGap = "replay") -> Resume:
    """Where to go on from.

    Raises:
        CursorTooOld: there is a gap and `on_gap` is `fail`.
    """
    gap = _gap(cursor, window)
    if gap is None:
        return Resume(cursor.seq)
    if on_gap == "fail":
        raise CursorTooOld(f"cursor {cursor}: {gap}; the window is {window.epoch}, from {window.floor + 1}")
    return Resume(window.floor if on_gap == "replay" else window.head, gap)


def _gap(cursor: Cursor, window: Window) -> GapReason | None:
    # Who was here while the log was empty has seen nothing, of whatever epoch.
    if cursor.epoch != window.epoch and cursor != Cursor(NO_EPOCH, -1):
        return "epoch"
    if cursor.seq < window.floor:
        return "expired"
    if cursor.seq > window.head and window.log_end is not None and cursor.seq >= window.log_end:
        return "future"
    return None
