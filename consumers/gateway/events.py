"""Server-sent events: the same delivery as on a websocket, for networks that break those.

An event's data is the very JSON of the websocket's frame; its id is the cursor, so that a browser's `Last-Event-ID`
resumes by itself (https://html.spec.whatwg.org/multipage/server-sent-events.html).
"""

import asyncio
import logging
import random
import secrets
import time
from collections.abc import Callable, Sequence

from starlette.types import Receive, Send

from alerts.cursor import Cursor
from alerts.feed import Entry
from alerts.wire import Bye, CloseCode
from consumers.gateway import metrics
from consumers.gateway.access import Grant
from consumers.gateway.desk import EditorsDesk
from consumers.gateway.house import House
from consumers.gateway.reader import Reader

log = logging.getLogger(__name__)

HIGH_WATER = 64 * 1024  # bytes handed to nobody yet at which the stream counts as paused; uvicorn holds as many again
CLOSE_GRACE = 5.0
RETRY_MS = (1_000, 5_000)  # drawn from, so that clients of one gateway do not all come back at once

HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store, no-transform"),
    (b"x-accel-buffering", b"no"),  # nginx would hold events back
    (b"connection", b"close"),
]
COMMENT = b":\n\n"


class EventStream(Reader):
    """One subscriber on an HTTP response that does not end."""

    def __init__(self, house: House, grant: Grant, address: str, abort: Callable[[], None]) -> None:
        self.house = house
        self.loop = asyncio.get_running_loop()
        self.patience = house.patience
        self.begin(house.hub)
        self.paused = False
        self.session = secrets.token_hex(6)
        self.grant = self.allowed = grant
        self.address = address
        self.closed: CloseCode | None = None
        self.desk = EditorsDesk(house.newsdesk, self)
        self._abort = abort
        self._began = time.monotonic()
        self._chunks: list[bytes] = []
        self._size = 0
        self._wake = asyncio.Event()
        self._gone = False
        self._timers: list[asyncio.TimerHandle] = []

    # -- as a reader

    @property
    def open(self) -> bool:
        """Whether events can be written."""
        return self.closed is None and not self._gone

    def deliver(self, entries: Sequence[Entry]) -> None:
        """Write alerts, each with its cursor."""
        self.delivered += len(entries)
        for entry in entries:
            self._write(_event(Cursor(self.hub.epoch, entry.seq), entry.payload))

    def say(self, payload: bytes) -> None:
        """Write a message; its id is how far this subscriber has got."""
        if self.open:
            self._write(_event(self._cursor, payload))

    @property
    def _cursor(self) -> Cursor | None:
        """Everything up to here was sent; None before delivery has begun."""
        if not self._joined:
            return None
        return Cursor(self.hub.epoch, max(self.cursor, self.hub.settled) if self.live else self.cursor)

    def _write(self, chunk: bytes) -> None:
        self._chunks.append(chunk)
        self._size += len(chunk)
        self._wake.set()
        if self._size > HIGH_WATER and not self.paused:
            self.paused = True
            self.paused_now()

    def beat(self, heartbeat: bytes, now: float, silence: float) -> None:  # noqa: ARG002 - they cannot be heard
        """Say how far all is sent; a peer that is gone shows in what it does not acknowledge."""
        if not self.open:
            return
        if self.hopeless(now):
            self.shut(CloseCode.TOO_SLOW, "too slow", retry_ms=(1000, 10_000))
        elif self.live:
            self.say(heartbeat)
        elif not self.paused:
            self._write(COMMENT)

    def shut(self, code: CloseCode, why: str, retry_ms: tuple[int, int] | None = None) -> None:
        """Say bye, with the close code that a websocket would have got, and end."""
        if not self.open:
            return
        self.leave()
        if retry_ms is not None:
            self._write(_retry(retry_ms))
        self._write(_event(None, Bye(code=code, why=why, retry_ms=retry_ms).to_json()))
        self.closed = code
        self._timers.append(self.loop.call_later(CLOSE_GRACE, lambda: self.drop("close timeout")))

    def drop(self, why: str) -> None:
        """Cut the connection."""
        self.aborted = self.aborted or why
        self._abort()

    # -- as a response

    def watch_expiry(self) -> None:
        """End with the token."""
        if self.allowed.expires is not None:
            left = self.allowed.expires - time.time()
            self._timers.append(
                self.loop.call_later(left, self.shut, CloseCode.TOKEN_EXPIRED, "token expired", (0, 1000))
            )

    async def serve(self, receive: Receive, send: Send, headers: Sequence[tuple[bytes, bytes]]) -> None:
        """Write until either end has had enough."""
        spoke = self.house.wheel.add(self)
        listening = asyncio.create_task(self._listen(receive), name="peer of an event stream")
        try:
            await send({"type": "http.response.start", "status": 200, "headers": [*HEADERS, *headers]})
            self._write(_retry(RETRY_MS))
            await self._pump(send)
            if not self._gone:
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            listening.cancel()
            self.house.wheel.remove(self, spoke)
            await self._ended()

    async def _pump(self, send: Send) -> None:
        while not self._gone:
            await self._wake.wait()
            self._wake.clear()
            chunks, self._chunks, self._size = b"".join(self._chunks), [], 0
            if chunks:
                await send({"type": "http.response.body", "body": chunks, "more_body": True})
            if self.closed is not None and not self._chunks:
                return
            if self.paused and self._size <= HIGH_WATER // 4:
                self.paused = False
                self.drained_now()

    async def _listen(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self._gone = True
        self._wake.set()

    async def _ended(self) -> None:
        self.leave()
        await self.desk.close()
        for timer in self._timers:
            timer.cancel()
        code = self.closed or CloseCode.ABNORMAL
        metrics.ended(code)
        log.info(
            "closed events session=%s user=%r address=%s code=%d why=%r seconds=%.1f delivered=%d",
            self.session,
            self.allowed.user,
            self.address,
            code,
            self.aborted or "",
            time.monotonic() - self._began,
            self.delivered,
        )


def _event(cursor: Cursor | None, payload: bytes) -> bytes:
    return b"data: %b\n\n" % payload if cursor is None else b"id: %b\ndata: %b\n\n" % (str(cursor).encode(), payload)


def _retry(between: tuple[int, int]) -> bytes:
    return b"retry: %d\n\n" % random.randint(*between)  # noqa: S311 - spreads load, guards nothing
