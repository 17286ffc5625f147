"""The beginning of a conversation: hear hello, find where to start."""

import asyncio

from alerts import cursor as cursors
from alerts.cursor import Ago, Cursor, Oldest, OnGap, Resume, Start, Window
from alerts.wire import VERSION, CloseCode, ErrorCode, Hello, InvalidFrame, parse_command
from consumers.gateway import metrics
from consumers.gateway.connection import Connection
from consumers.gateway.house import House
from consumers.gateway.hub import Hub
from consumers.gateway.visit import Visit

HELLO_WITHIN = 5.0  # seconds
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
        raise Farewell(CloseCode.BAD_REQUEST, exc.code, str(exc)) from None
    if not isinstance(said, Hello):
        raise Farewell(CloseCode.BAD_REQUEST, "bad_request", "the first frame must be hello")
    if said.version != VERSION:
        raise Farewell(CloseCode.VERSION, "bad_request", f"version {said.version}; this is {VERSION}")
    metrics.commands.labels("hello").inc()
    return said


def text(frame: str | bytes) -> str:
    """A frame's text.

    Raises:
        Farewell: it is binary.
    """
    if isinstance(frame, bytes):
        raise Farewell(CloseCode.UNSUPPORTED_DATA, "bad_request", "frames are text")
    return frame


async def wait_for(house: House, asked: Cursor) -> int | None:
    """If the cursor is ahead of this instance but within the log, wait; answers the log's end if it was asked."""
    hub = house.hub
    if not cursors.ahead(asked, hub.window()):
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
            since, dropped = hub.clock() - ms, hub.feed.dropped_ms
            if dropped is None or dropped < since:
                return Resume(hub.feed.since(since))
            # The ring does not reach back so far.
            return cursors.resume(Cursor(window.epoch, window.floor - 1), window, on_gap)
        case Cursor():
            found = cursors.resume(asked, window, on_gap)
            metrics.resumes.labels(found.gap or "ok").inc()
            return found
