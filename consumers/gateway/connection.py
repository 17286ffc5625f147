"""One connection: LIVE, pushed by the hub, or LAGGING, owning only a cursor and pulling from the ring.

Uses parts of `websockets` that are only semi-public (the transport, `pause_writing`, `resume_writing`); a contract
test holds them. Why not the library's own way: it never drops a reader that stalls, and `close()` hangs on it
(findings/push.md, 0.1).
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from websockets.asyncio.server import ServerConnection
from websockets.protocol import State

from alerts.cursor import Cursor, GapReason
from alerts.feed import Entry
from alerts.index import Interest
from alerts.wire import Bye, CloseCode, Gap, Lag, Live, ServerMessage, text_frame
from consumers.gateway import metrics
from consumers.gateway.door import Bucket, Door
from consumers.gateway.visit import Visit

if TYPE_CHECKING:
    from consumers.gateway.hub import Hub

HIGH_WATER = 64 * 1024  # bytes buffered in this process at which a connection stops being pushed
LOW_WATER = 16 * 1024
FLOOD = 1024 * 1024  # bytes buffered that only a client can cause who provokes answers and reads none
CHUNK = 32 * 1024  # frames are joined up to this size when pulled
INBOUND_BURST = 128 * 1024  # bytes a client may send at once, and a second: also bounds floods of control frames
INBOUND_RATE = 16 * 1024
BATCH = 256  # ring entries looked at before other connections have their turn
REPLAY_ENTRIES = 5_000
REPLAY_BYTES = 8 * 1024 * 1024
CONFLATE_BEHIND = 1_000
LAG_EVERY = 10.0
CLOSE_GRACE = 5.0

PING = b"\x89\x00"  # an empty ping frame (RFC 6455, 5.5.2)


def _nothing() -> None:
    """No welcome was said yet."""


class Patience:
    """Seconds a connection is given before it is dropped; a test may shorten them."""

    stall = 10.0
    hopeless = 60.0
    hopeless_behind = 10_000
    hopeless_rate = 5.0


class Connection(ServerConnection):
    """What one subscriber's transport knows. Its conversation is in `session`."""

    def __init__(self, hub: "Hub", door: Door, patience: Patience, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.hub = hub
        self.door = door
        self.patience = patience
        self.interests: frozenset[Interest] = frozenset()
        self.cursor = -1
        """LAGGING: everything up to here was sent if wanted. LIVE: newest seq sent (see also `Hub.settled`)."""
        self.live = False
        self.heard = self.loop.time()
        self.address = ""
        self.visit = Visit()
        self.welcome_again: Callable[[], None] = _nothing
        """Called when the first alert ever has told the epoch: cursors made from now on should carry it."""
        self._inbound = Bucket(INBOUND_BURST, INBOUND_RATE, self.heard)
        self.delivered = 0
        self.conflated = 0
        self.aborted: str | None = None
        """Why we cut the connection, if we did."""
        self._joined = False
        self._replay: tuple[int, int] | None = None  # entries and bytes that the replay may still send
        self._caught_up = False  # a `live` was sent, and no `lag` or `gap` since
        self._lag_told = 0.0
        self._lag_since: tuple[float, int] | None = None  # when it fell behind, and its cursor then
        self._buffered = 0
        self._progress = 0.0
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._pulling = False

    # -- the feed

    def join(self, cursor: int) -> None:
        """Start delivery after `cursor`: replay first, then live."""
        self.cursor = cursor
        self._joined = True
        self._replay = (REPLAY_ENTRIES, REPLAY_BYTES)
        self.hub.join(self)
        self.pull()

    def push(self, entry: Entry) -> None:
        """Give a LIVE connection the newest entry; others will pull it."""
        if self.live and self.cursor < entry.seq and self.protocol.state is State.OPEN:
            self.cursor = entry.seq  # before the write, which may pause us
            self.delivered += 1
            metrics.deliveries.inc()
            self.transport.write(entry.raw)

    @property
    def position(self) -> int:
        """Everything up to this seq that matched was sent; interests set now hold for what comes after it."""
        return max(self.cursor, self.hub.feed.head) if self.live else self.cursor

    def settle(self) -> None:
        """Before interests change: a LIVE connection gets what a fan-out in progress had not yet given it."""
        if not self.live:
            return
        for entry in self.hub.feed.after(max(self.cursor, self.hub.settled), BATCH):
            if self.live and self._wants(entry):
                self.push(entry)

    def pull(self) -> None:
        """Send what the cursor has not passed; LIVE when there is no more. Replay and slow clients alike."""
        self._pulling = False
        if not self._joined or self.paused or self.protocol.state is not State.OPEN:
            return
        feed = self.hub.feed
        if self.cursor < feed.floor:
            self.gap("expired", feed.floor)
        entries = feed.after(self.cursor, BATCH)
        self._send_wanted(entries)
        if self.paused or self.protocol.state is not State.OPEN:
            return
        if self.cursor < feed.head and len(entries) == BATCH:
            self._pull_soon()
        else:
            self._go_live()

    def _pull_soon(self) -> None:
        if not self._pulling:
            self._pulling = True
            self.loop.call_soon(self.pull)

    def _send_wanted(self, entries: Sequence[Entry]) -> None:
        frames: list[bytes] = []
        size = 0
        sparing = self._replay is None and self._tell_lag()
        for entry in entries:
            if not self._wants(entry):
                self.cursor = entry.seq
                continue
            if sparing and self.hub.feed.superseded(entry):
                self.cursor = entry.seq
                self.conflated += 1
                metrics.conflated.inc()
                continue
            if not self._within_replay(len(entry.raw)):
                self._flush(frames)
                self.gap("limit", self.hub.feed.head)
                return
            self.cursor = entry.seq
            frames.append(entry.raw)
            size += len(entry.raw)
            if size >= CHUNK:
                self._flush(frames)
                frames, size = [], 0
                if self.paused:
                    return
        self._flush(frames)

    def _wants(self, entry: Entry) -> bool:
        return any(interest.matches(entry.view) for interest in self.interests)

    def _within_replay(self, size: int) -> bool:
        if self._replay is None:
            return True
        entries, left = self._replay
        self._replay = entries - 1, left - size
        return entries > 0 and left > 0

    def _flush(self, frames: list[bytes]) -> None:
        if frames:
            self.delivered += len(frames)
            metrics.deliveries.inc(len(frames))
            self.transport.write(b"".join(frames))

    def _go_live(self) -> None:
        self.cursor = max(self.cursor, self.hub.feed.head)
        self._replay = self._lag_since = None
        if not self._caught_up:
            self._caught_up = True
            self.tell(Live(seq=self.cursor))
        self.live = not self.paused  # the frame just written may have paused us

    def gap(self, why: GapReason, to: int) -> None:
        """Say what may have been missed, and go on after `to`."""
        after, self.cursor = self.cursor, to
        self.tell_gap(Cursor(self.hub.epoch, after), to, why)

    def tell_gap(self, after: Cursor, to: int, why: GapReason) -> None:
        """Say that alerts after the cursor and up to `to` may have been missed."""
        metrics.gaps.labels(why).inc()
        self._caught_up = False
        self.tell(Gap(after=after.seq, next=to + 1, why=why, url=f"/v1/alerts?after={after}"))

    def _tell_lag(self) -> bool:
        """Whether the client is so far behind that it is spared superseded updates; it is told at times."""
        behind = self.hub.feed.behind(self.cursor)
        if behind < CONFLATE_BEHIND:
            return False
        now = self.loop.time()
        if now - self._lag_told >= LAG_EVERY or not self._lag_told:
            self._lag_told, self._caught_up = now, False
            self.tell(Lag(behind=behind, conflated=self.conflated))
            self.conflated = 0
        return True

    # -- frames for this connection alone

    def tell(self, message: ServerMessage) -> None:
        """Send a frame that is not an alert."""
        self.write(text_frame(message.to_json()))

    def write(self, frame: bytes) -> None:
        """Send bytes that are whole frames."""
        if self.protocol.state is State.OPEN:
            self.transport.write(frame)

    def beat(self, heartbeat: bytes, now: float, silence: float) -> None:
        """The wheel's turn: drop who was not heard for `silence` seconds, else heartbeat and ping."""
        if self.protocol.state is not State.OPEN:
            return
        if now - self.heard > silence:
            metrics.silent.inc()
            self.drop("silent")
        elif self._hopeless(now):
            self.shut(CloseCode.TOO_SLOW, "too slow", retry_ms=(1000, 10_000))
        elif self.live:
            self.transport.write(heartbeat + PING)
        elif not self.paused:
            self.transport.write(PING)

    def _hopeless(self, now: float) -> bool:
        """Long and far behind, and not getting nearer."""
        if self.live or self._lag_since is None:
            return False
        since, cursor = self._lag_since
        limits = self.patience
        if now - since < limits.hopeless or self.hub.feed.behind(self.cursor) < limits.hopeless_behind:
            return False
        return self.cursor - cursor < limits.hopeless_rate * (now - since)

    # -- the end

    def shut(self, code: CloseCode, why: str, retry_ms: tuple[int, int] | None = None) -> None:
        """Close without waiting for anybody; what is not closed in time is cut.

        With `retry_ms` a `bye` goes before, that tells when to come back.
        """
        if self.protocol.state is not State.OPEN:
            return
        self.live = self._joined = False
        self.hub.leave(self)
        if retry_ms is not None:
            self.tell(Bye(code=code, why=why, retry_ms=retry_ms))
        self.protocol.send_close(code, why[:100])
        self.send_data()
        self.later("close", CLOSE_GRACE, lambda: self.drop("close timeout"))

    def drop(self, why: str) -> None:
        """Cut the connection; the client sees 1006 and resumes."""
        self.aborted = self.aborted or why
        self.transport.abort()

    # -- callbacks of the transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Somebody has connected; nothing was asked yet."""
        super().connection_made(transport)
        peer = transport.get_extra_info("peername")
        self.address = str(peer[0]) if peer else ""
        if not self.door.enter(self.address):
            self.drop("overload")

    def pause_writing(self) -> None:
        """The buffer is over the high-water mark: stop being pushed, keep only a cursor, watch for a stall."""
        super().pause_writing()
        if self.live:
            # All up to `settled` was written if wanted; without this jump a selective client would later be told
            # of a gap that there is not.
            self.cursor = max(self.cursor, self.hub.settled)
            self.live = False
        now = self.loop.time()
        self._lag_since = self._lag_since or (now, self.cursor)
        self._buffered, self._progress = self.transport.get_write_buffer_size(), now
        self.later("stall", self.patience.stall / 4, self._check_stall)

    def _check_stall(self) -> None:
        buffered, now = self.transport.get_write_buffer_size(), self.loop.time()
        if buffered < self._buffered:
            self._progress = now
        self._buffered = buffered
        if now - self._progress >= self.patience.stall * 0.99:
            metrics.stalled.inc()
            self.drop("stalled")
        else:
            self.later("stall", self.patience.stall / 4, self._check_stall)

    def resume_writing(self) -> None:
        """The buffer has drained: pull what was missed."""
        self._cancel("stall")
        super().resume_writing()
        self._pull_soon()

    def data_received(self, data: bytes) -> None:
        """Anything heard is a sign of life."""
        self.heard = self.loop.time()
        if not self._inbound.take(len(data), self.heard) and self._inbound.exhausted:
            self.shut(CloseCode.RATE_LIMITED, "rate", retry_ms=(5000, 15_000))
        super().data_received(data)
        if self.transport.get_write_buffer_size() > FLOOD:
            self.drop("flood")  # pongs are written by the library whatever is buffered

    def connection_lost(self, exc: Exception | None) -> None:
        """The transport is gone."""
        for name in list(self._timers):
            self._cancel(name)
        self.live = self._joined = False
        self.hub.leave(self)
        self.door.leave(self.address)
        super().connection_lost(exc)

    def later(self, name: str, seconds: float, act: Callable[[], object]) -> None:
        """Do something later, unless the connection is gone by then or the name is used again."""
        self._cancel(name)
        self._timers[name] = self.loop.call_later(seconds, act)

    def _cancel(self, name: str) -> None:
        if timer := self._timers.pop(name, None):
            timer.cancel()
