"""A websocket connection that neither hangs nor grows, whatever its peer does.

The library alone never drops a reader that stalls: its keepalive and its `close()` wait for the write buffer to drain
before their own clocks start (findings/push.md, 0.1). So closing here never waits, a stall is watched, and what a peer
can make us buffer is bounded. Uses parts of `websockets` that are only semi-public: the version is pinned, and the
integration tests of slow clients are their contract.
"""

import asyncio
import socket
from collections.abc import Callable
from typing import Any

from websockets.asyncio.server import ServerConnection
from websockets.protocol import State

from alerts.wire import Bye, CloseCode, text_frame
from consumers.gateway import metrics
from consumers.gateway.door import Door
from consumers.gateway.patience import Patience
from consumers.gateway.rates import Bucket
from consumers.gateway.reader import Reader
from consumers.gateway.thrift import untangle
from consumers.gateway.visit import Visit

# Bytes buffered in this process above which a connection counts as paused. None but what the kernel holds: then a
# connection that is not paused has nothing buffered, and a fan-out may write to its socket.
HIGH_WATER = 0
# TLS has records, and so buffers, of its own; its transport would be paused for ever at 0.
TLS_HIGH_WATER, TLS_LOW_WATER = 64 * 1024, 16 * 1024
FLOOD = 1024 * 1024  # bytes buffered that only a peer can cause who provokes answers and reads none
INBOUND_BURST = 128 * 1024  # bytes a peer may send at once, and a second: also bounds floods of control frames
INBOUND_RATE = 16 * 1024
CLOSE_GRACE = 5.0  # seconds a peer has to close its end


class _Gone(asyncio.Transport):
    """Stands for the transport once the socket is closed: whoever writes or aborts too late does nothing.

    That of asyncio fails, if it was closed with something buffered, when the library or we abort it after that.
    """

    def is_closing(self) -> bool:
        """It is closed."""
        return True

    def abort(self) -> None:
        """Nothing is left to cut."""

    def close(self) -> None:
        """Nothing is left to close."""

    def write(self, data: object) -> None:
        """Nobody reads it."""

    def get_write_buffer_size(self) -> int:
        """Nothing waits."""
        return 0


GONE = _Gone()


class Transport(Reader, ServerConnection):
    """A reader on a websocket: watches the socket of one peer, and sends and closes without ever waiting for it."""

    __slots__ = ("_buffered", "_inbound", "_progress", "_timers", "address", "door", "heard", "visit", "welcomed")

    def __init__(self, door: Door, patience: Patience, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.door = door
        self.patience = patience
        self.address = ""
        self.visit = Visit()
        self.welcomed = False
        self.heard = self.loop.time()
        self._inbound = Bucket(INBOUND_BURST, INBOUND_RATE, self.heard)
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._buffered = 0
        self._progress = 0.0

    # -- sending and closing

    @property
    def open(self) -> bool:
        """Whether frames can be sent."""
        return self.protocol.state is State.OPEN and not self.transport.is_closing()

    def say(self, payload: bytes) -> None:
        """Send a message."""
        self.write(text_frame(payload))

    def write(self, frame: bytes) -> None:
        """Send bytes that are whole frames."""
        if self.open:
            self.transport.write(frame)

    def shut(self, code: CloseCode, why: str, retry_ms: tuple[int, int] | None = None) -> None:
        """Close without waiting for anybody; what is not closed in time is cut.

        With `retry_ms` a `bye` goes before, that tells when to come back.
        """
        if not self.open:
            return
        self.leave()
        if retry_ms is not None:
            self.tell(Bye(code=code, why=why, retry_ms=retry_ms))
        # A close frame holds 123 bytes of reason (RFC 6455, 5.5.1); cut at a character, not within one.
        self.protocol.send_close(code, why.encode()[:120].decode(errors="ignore"))
        self.send_data()
        self._end_in_time()

    def _end_in_time(self) -> None:
        """Close frames went, or go: who leaves the connection open all the same is cut, however much it still says."""
        if "close" not in self._timers:
            self.later("close", CLOSE_GRACE, lambda: self.drop("close timeout"))

    def overflow(self, rest: bytes) -> None:
        """Let the transport write what the socket did not take; it finds out if the peer is gone."""
        self.transport.write(rest)
        if self.transport.is_closing():
            self.leave()

    def raw_socket(self) -> socket.socket | None:
        """The socket under the transport, None if frames must go through the transport (TLS, other event loops)."""
        if self.transport.get_extra_info("sslcontext") is not None:
            return None
        found = getattr(self.transport.get_extra_info("socket"), "_sock", None)
        return found if isinstance(found, socket.socket) and found.gettimeout() == 0 else None

    def drop(self, why: str) -> None:
        """Cut the connection; the client sees 1006 and resumes."""
        self.aborted = self.aborted or why
        self.leave()
        self.transport.abort()

    def later(self, name: str, seconds: float, act: Callable[[], object]) -> None:
        """Do something later, unless the connection is gone by then or the name is used again."""
        self._cancel(name)
        if self.transport is not GONE:  # it may have been lost while it was being greeted, or its token renewed
            self._timers[name] = self.loop.call_later(seconds, act)

    def _cancel(self, name: str) -> None:
        if timer := self._timers.pop(name, None):
            timer.cancel()

    # -- callbacks of asyncio

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Somebody has connected; nothing was asked yet."""
        super().connection_made(transport)
        metrics.opening.inc()
        if transport.get_extra_info("sslcontext") is None:
            self.transport.set_write_buffer_limits(HIGH_WATER)
        else:
            self.transport.set_write_buffer_limits(TLS_HIGH_WATER, TLS_LOW_WATER)
        peer = transport.get_extra_info("peername")
        self.address = str(peer[0]) if peer else ""
        if not self.door.enter(self.address):
            self.drop("overload")

    def came_by(self, address: str) -> None:
        """Count under another address: a proxy of ours said who is behind it."""
        if address != self.address:
            self.door.leave(self.address)
            self.door.enter(address)
            self.address = address

    def connection_lost(self, exc: Exception | None) -> None:
        """The socket is gone."""
        for name in list(self._timers):
            self._cancel(name)
        self.leave()
        self.socket = None
        self.handle = -1  # before the socket is closed, and its number another's
        self.door.leave(self.address)
        self.door.ended += 1
        if not self.welcomed:
            metrics.opening.dec()
        super().connection_lost(exc)
        untangle(self)
        self.transport = GONE

    def data_received(self, data: bytes) -> None:
        """Anything heard is a sign of life; too much of it is not welcome."""
        self.heard = self.loop.time()
        if not self._inbound.take(len(data), self.heard) and self._inbound.exhausted:
            if self.open:
                self.shut(CloseCode.RATE_LIMITED, "rate", retry_ms=(5000, 15_000))
            else:
                self.drop("flood")  # 128 headers of 8 KiB would be a megabyte held for a stranger
                return
        super().data_received(data)
        if not self.open and self.protocol.state is not State.CONNECTING:
            self.leave()  # the peer closes, or broke the protocol
            self._end_in_time()
        if self._unread() > FLOOD:
            self.drop("flood")  # pongs are written by the library whatever is buffered

    def eof_received(self) -> None:
        """The peer writes no more, so it has gone."""
        super().eof_received()
        self.leave()

    def pause_writing(self) -> None:
        """The peer reads more slowly than we write: from now on it must show progress."""
        super().pause_writing()
        self.paused_now()
        self._buffered, self._progress = self._unread(), self.loop.time()
        self.later("stall", self.patience.stall / 4, self._check_stall)

    def resume_writing(self) -> None:
        """The buffer has drained."""
        self._cancel("stall")
        super().resume_writing()
        self.drained_now()

    def _unread(self) -> int:
        """Bytes that wait for the peer. With TLS, asyncio's transport raises if it is asked once it is closed."""
        return 0 if self.transport.is_closing() else self.transport.get_write_buffer_size()

    def _check_stall(self) -> None:
        buffered, now = self._unread(), self.loop.time()
        if buffered < self._buffered:
            self._progress = now
        self._buffered = buffered
        if now - self._progress >= self.patience.stall * 0.99:  # timers may be early by the clock's resolution
            metrics.stalled.inc()
            self.drop("stalled")
        else:
            self.later("stall", self.patience.stall / 4, self._check_stall)
