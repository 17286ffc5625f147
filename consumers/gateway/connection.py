"""One connection: LIVE, pushed by the hub, or LAGGING, owning only a cursor and pulling from the ring.

Replay after hello, a slow client that catches up and the live edge are one code path: `pull` until there is no more.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from alerts.cursor import Cursor, GapReason
from alerts.feed import Entry
from alerts.index import Interest
from alerts.wire import CloseCode, Gap, Lag, Live
from consumers.gateway import metrics
from consumers.gateway.door import Door
from consumers.gateway.transport import Patience, Transport

if TYPE_CHECKING:
    from consumers.gateway.hub import Hub

CHUNK = 32 * 1024  # frames are joined up to this size when pulled
BATCH = 256  # ring entries looked at before other connections have their turn
REPLAY_ENTRIES = 5_000
REPLAY_BYTES = 8 * 1024 * 1024
CONFLATE_BEHIND = 1_000
LAG_EVERY = 10.0

PING = b"\x89\x00"  # an empty ping frame (RFC 6455, 5.5.2)


def _nothing() -> None:
    """No welcome was said yet."""


class Connection(Transport):
    """What is delivered to one subscriber. The conversation is in `session`."""

    def __init__(self, hub: "Hub", door: Door, patience: Patience, *args: Any, **kwargs: Any) -> None:
        super().__init__(door, patience, *args, **kwargs)
        self.hub = hub
        self.interests: frozenset[Interest] = frozenset()
        self.cursor = -1
        """LAGGING: everything up to here was sent if wanted. LIVE: newest seq sent (see also `Hub.settled`)."""
        self.live = False
        self.welcome_again: Callable[[], None] = _nothing
        """Called when the first alert ever has told the epoch: cursors made from now on should carry it."""
        self.delivered = 0
        self.conflated = 0
        self._joined = False
        self._pulling = False
        self._replay: tuple[int, int] | None = None  # entries and bytes that the replay may still send
        self._caught_up = False  # a `live` was sent, and no `lag` or `gap` since
        self._lag_told: float | None = None
        self._lag_since: tuple[float, int] | None = None  # when it fell behind, and its cursor then

    def join(self, cursor: int) -> None:
        """Start delivery after `cursor`: replay first, then live."""
        self.cursor = cursor
        self._joined = True
        self._replay = (REPLAY_ENTRIES, REPLAY_BYTES)
        self.hub.join(self)
        self.pull()

    def leave(self) -> None:
        """End delivery."""
        self.live = self._joined = False
        self.hub.leave(self)

    def push(self, entry: Entry) -> bool:
        """Give a LIVE connection the newest entry, and say so; others will pull it."""
        if not self.live or self.cursor >= entry.seq or not self.open:
            return False
        self.cursor = entry.seq  # before the write, which may pause us
        self.delivered += 1
        self.transport.write(entry.raw)
        return True

    @property
    def position(self) -> int:
        """Everything up to this seq that matched was sent; interests set now hold for what comes after it."""
        return max(self.cursor, self.hub.feed.head) if self.live else self.cursor

    def settle(self) -> None:
        """Before interests change: a LIVE connection gets what a fan-out in progress had not yet given it."""
        if not self.live:
            return
        for entry in self.hub.feed.after(max(self.cursor, self.hub.settled), BATCH):
            if self.live and self._wants(entry) and self.push(entry):
                metrics.deliveries.inc()

    def pull(self) -> None:
        """Send what the cursor has not passed; LIVE when there is no more. Replay and slow clients alike."""
        self._pulling = False
        if not self._joined or self.paused or not self.open:
            return
        feed = self.hub.feed
        if self.cursor < feed.floor:
            self.gap("expired", feed.floor)
        entries = feed.after(self.cursor, BATCH)
        self._send_wanted(entries)
        if self.paused or not self.open:
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
        if self._lag_told is None or now - self._lag_told >= LAG_EVERY:
            self._lag_told, self._caught_up = now, False
            self.tell(Lag(behind=behind, conflated=self.conflated))
            self.conflated = 0
        return True

    # -- the transport

    def paused_now(self) -> None:
        """Stop being pushed, keep only a cursor."""
        if self.live:
            # All up to `settled` was written if wanted; without this jump a selective client would later be told
            # of a gap that there is not.
            self.cursor = max(self.cursor, self.hub.settled)
            self.live = False
        self._lag_since = self._lag_since or (self.loop.time(), self.cursor)

    def drained_now(self) -> None:
        """Pull what was missed."""
        self._pull_soon()

    def beat(self, heartbeat: bytes, now: float, silence: float) -> None:
        """The wheel's turn: drop who was not heard for `silence` seconds, else heartbeat and ping."""
        if not self.open:
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
