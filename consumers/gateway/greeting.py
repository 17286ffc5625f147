"""The beginning of a conversation: hear hello, find where to start."""

import asyncio

from alerts import cursor as cursors
from alerts.cursor import Ago, Cursor, CursorTooOld, InvalidCursor, Oldest, OnGap, Resume, Start, Window
from alerts.index import Interest
from alerts.wire import (
    MAX_FRAME,
    VERSION,
    CloseCode,
    ErrorCode,
    Hello,
    InvalidFrame,
    Limits,
    Resumed,
    Welcome,
    parse_command,
)
from consumers.gateway import metrics
from consumers.gateway.access import Grant
from consumers.gateway.connection import Connection
from consumers.gateway.house import House
from consumers.gateway.hub import Hub
from consumers.gateway.reader import Reader
from consumers.gateway.visit import Visit

HELLO_WITHIN = 5.0  # seconds
MAX_SUBSCRIPTIONS = 16
AHEAD_WAIT = 10.0  # seconds for this instance to read as far as the one that gave out the cursor


class Farewell(Exception):
    """The conversation is over: say why, then close."""

    def __init__(self, code: CloseCode, error: ErrorCode, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.error: ErrorCode = error


async def hello(house: House, connection: Connection, visit: Visit) -> Hello:
    """The client's hello, or the one that its query makes unnecessary.

    Raises:
        Farewell: it does not come in time, or is none.
    """
    if visit.auto and (visit.grant is not None or house.keeper.tokens is None):
        return Hello(type="hello", version=VERSION, cursor=visit.cursor, on_gap=visit.on_gap)
    try:
        async with asyncio.timeout(HELLO_WITHIN):
            frame = await connection.recv()
    except TimeoutError:
        raise Farewell(CloseCode.BAD_REQUEST, "bad_request", f"no hello within {HELLO_WITHIN:.0f} s") from None
    try:
        said = parse_command(text(frame))
    except InvalidFrame as exc:
        metrics.commands.labels("invalid").inc()
        if exc.version not in {None, VERSION}:  # its hello may well have fields that ours has not
            raise _foreign(exc.version) from None
        raise Farewell(CloseCode.BAD_REQUEST, exc.code, str(exc)) from None
    if not isinstance(said, Hello):
        raise Farewell(CloseCode.BAD_REQUEST, "bad_request", "the first frame must be hello")
    if said.version != VERSION:
        raise _foreign(said.version)
    metrics.commands.labels("hello").inc()
    return said


def _foreign(version: int | None) -> Farewell:
    return Farewell(CloseCode.VERSION, "bad_request", f"version {version}; this is {VERSION}")


def text(frame: str | bytes) -> str:
    """A frame's text.

    Raises:
        Farewell: it is binary.
    """
    if isinstance(frame, bytes):
        raise Farewell(CloseCode.UNSUPPORTED_DATA, "bad_request", "frames are text")
    return frame


async def wait_for(house: House, asked: Start | None) -> int | None:
    """Wait for a fresh ring, if one is being filled; then, if the cursor is ahead of us but in the log, for the rest.

    Answers the log's end if it was asked.
    """
    hub = house.hub
    await hub.renewed(AHEAD_WAIT)
    if not isinstance(asked, Cursor) or not cursors.ahead(asked, hub.window()):
        return None
    end = await house.log_end()
    if end is None or asked.seq < end:
        await hub.reached(asked.seq, AHEAD_WAIT)
    return end


def begin(hub: Hub, asked: Start | None, window: Window, on_gap: OnGap) -> Resume:
    """Where to start.

    Raises:
        CursorTooOld: there is a gap, and the client wants none.
    """
    match asked:
        case None:
            return Resume(window.head)
        case Oldest():
            return Resume(window.floor)
        case Ago(ms=ms):
            now = hub.clock()
            if hub.feed.holds(now - ms, now):
                return Resume(hub.feed.since(now - ms))
            return cursors.resume(Cursor(window.epoch, window.floor - 1), window, on_gap)
        case Cursor():
            found = cursors.resume(asked, window, on_gap)
            metrics.resumes.labels(found.gap or "ok").inc()
            return found


async def take_up(
    house: House,
    reader: Reader,
    text: str | None,
    on_gap: OnGap,
    interests: frozenset[Interest],
    grant: Grant,
    name: str,
) -> None:
    """Welcome a reader and begin its delivery where its cursor says; `name` is the session's.

    Raises:
        Farewell: the cursor is none, or too old for one who wants no gap.
    """
    try:
        asked = None if text is None else cursors.parse(text)
    except InvalidCursor as exc:
        raise Farewell(CloseCode.BAD_REQUEST, "bad_request", f"cursor: {exc}") from None
    end = await wait_for(house, asked)
    # No await from here on: what the welcome says is what the subscriber gets.
    hub = house.hub
    window = hub.window(end)
    try:
        start = begin(hub, asked, window, on_gap)
    except CursorTooOld as exc:
        metrics.resumes.labels("refused").inc()
        raise Farewell(CloseCode.CURSOR_TOO_OLD, "cursor_too_old", str(exc)) from None
    metrics.accepted.inc()
    reader.tell(welcome(house, grant, name, window, start))
    if start.gap is not None:
        missed = asked if isinstance(asked, Cursor) else Cursor(window.epoch, -1)
        reader.tell_gap(missed, start.seq, start.gap)
    hub.change(reader, interests)
    reader.join(start.seq)


def welcome(house: House, grant: Grant, name: str, window: Window, start: Resume) -> Welcome:
    """Who the client is taken for, and where it starts."""
    return Welcome(
        session=name,
        epoch=window.epoch,
        head=window.head,
        oldest=window.floor + 1,
        heartbeat=house.heartbeat,
        now=house.hub.clock(),
        expires=grant.expires,
        user=grant.user,
        role=grant.role,
        resume=Resumed(ok=start.gap is None, from_=start.seq),
        limits=Limits(subscriptions=MAX_SUBSCRIPTIONS, message=MAX_FRAME),
    )
