"""One subscriber's delivery: LIVE, pushed by the hub, or LAGGING, owning only a cursor and pulling from the ring.

Replay after hello, a slow client that catches up and the live edge are one code path, `pull` until there is no more;
and one path for websockets and server-sent events, which differ only in how they write.
"""

import asyncio
import socket
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from alerts.cursor import Cursor, GapReason
from alerts.feed import Entry
from alerts.index import Interest
from alerts.wire import CloseCode, Error, ErrorCode, Gap, Lag, Live, ServerMessage
from consumers.gateway import fanout, metrics
from consumers.gateway.access import Grant
from consumers.gateway.pace import Pace
from consumers.gateway.patience import Patience

if TYPE_CHECKING:
    from consumers.gateway.hub import Hub

CHUNK = 32 * 1024  # entries are handed on together up to this size when pulled
BATCH = 256  # ring entries looked at, in a turn or less, before other connections have theirs
REPLAY_ENTRIES = 5_000
REPLAY_BYTES = 8 * 1024 * 1024
CONFLATE_BEHIND = 1_000
LAG_EVERY = 10.0


def _nothing() -> None:
    """There is nothing to do."""


class Reader(ABC):
    """What is delivered to one subscriber; how it is written is a subclass's."""

    # Slots: a fan-out to thousands touches them all, and finds them beside each other; and they take half the memory.
    __slots__ = (
        "_caught_up",
        "_joined",
        "_lag_since",
        "_lag_told",
        "_pulling",
        "_replay",
        "aborted",
        "caught_up",
        "conflated",
        "cursor",
        "deflates",
        "delivered",
        "grant",
        "handle",
        "hub",
        "interests",
        "live",
        "patience",
        "socket",
        "welcome_again",
    )

    hub: "Hub"
    patience: Patience
    if TYPE_CHECKING:
        # Not slots: the library's connection has attributes of these names.
        loop: asyncio.AbstractEventLoop
        paused: bool
        """Whether so much waits to be read by the peer that nothing more is to be written."""

    def begin(self, hub: "Hub") -> None:
        """Set up; not `__init__`, which the transport of a websocket has for itself."""
        self.hub = hub
        self.interests: frozenset[Interest] = frozenset()
        self.grant: Grant | None = None
        """What this subscriber may do; None until that is known."""
        self.cursor = -1
        """LAGGING: everything up to here was sent if wanted. LIVE: newest seq sent (see also `Hub.settled`)."""
        self.live = False
        """Gets alerts as they come. Kept true by events: it is open, and nothing waits to be read by the peer."""
        self.socket: socket.socket | None = None
        """Where frames may be written at once while it is LIVE; None if they must go through `deliver`."""
        self.handle = -1
        """Its file descriptor; -1 without one."""
        self.deflates = False
        """Whether frames for it are the compressed ones."""
        self.welcome_again: Callable[[], None] = _nothing
        """Called when the first alert ever has told the epoch: cursors made from now on should carry it."""
        self.caught_up: Callable[[], None] = _nothing
        """Called when it is LIVE, again."""
        self.aborted: str | None = None
        """Why we cut it off, if we did."""
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
        self.part()
        self.hub.leave(self)

    def part(self) -> None:
        """End delivery, where the hub has let go of everybody."""
        self.live = self._joined = False
        self.welcome_again = self.caught_up = _nothing  # whoever is called back holds us, and we him

    def push(self, entry: Entry) -> bool:
        """Give a LIVE connection the newest entry, and say so; others will pull it."""
        return fanout.write(entry, (self,), 0, 0.0)[1] == 1

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
        self.cursor = self.position  # what goes out just now is not for the interests to come

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
        if entries and self.cursor < feed.head and (len(entries) == BATCH or self.cursor < entries[-1].seq):
            self._pull_soon()
        else:
            self._go_live()

    def _pull_soon(self) -> None:
        if not self._pulling:
            self._pulling = True
            self.loop.call_soon(self.pull)

    def _send_wanted(self, entries: Sequence[Entry]) -> None:
        wanted: list[Entry] = []
        size = 0
        pace = Pace()
        sparing = self._replay is None and self._tell_lag()
        for entry in entries:
            if pace.due:
                break
            if not self._wants(entry):
                self.cursor = entry.seq
                continue
            if sparing and self.hub.feed.superseded(entry):
                self.cursor = entry.seq
                self.conflated += 1
                metrics.conflated.inc()
                continue
            if not self._within_replay(len(entry.raw)):
                self._flush(wanted)
                self.gap("limit", self.hub.feed.head)
                return
            self.cursor = entry.seq
            wanted.append(entry)
            size += len(entry.raw)
            if size >= CHUNK:
                self._flush(wanted)
                wanted, size = [], 0
                if self.paused or not self.open:
                    return
        self._flush(wanted)

    def _wants(self, entry: Entry) -> bool:
        return any(interest.matches(entry.view) for interest in self.interests)

    def _within_replay(self, size: int) -> bool:
        if self._replay is None:
            return True
        entries, left = self._replay
        self._replay = entries - 1, left - size
        return entries > 0 and left > 0

    def _flush(self, wanted: Sequence[Entry]) -> None:
        if wanted:
            metrics.deliveries.inc(len(wanted))
            self.deliver(wanted)

    def _go_live(self) -> None:
        self.cursor = max(self.cursor, self.hub.feed.head)
        self._replay = self._lag_since = None
        if not self._caught_up:
            self._caught_up = True
            self.tell(Live(seq=self.cursor))
        self.live = not self.paused  # the frame just written may have paused us
        if self.live:
            self.caught_up()

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

    # -- the pace of the peer

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

    def hopeless(self, now: float) -> bool:
        """Whether it is long and far behind, and not getting nearer."""
        if self.live or self._lag_since is None:
            return False
        since, cursor = self._lag_since
        limits = self.patience
        if now - since < limits.hopeless or self.hub.feed.behind(self.cursor) < limits.hopeless_behind:
            return False
        return self.cursor - cursor < limits.hopeless_rate * (now - since)

    # -- how it is written

    @property
    @abstractmethod
    def open(self) -> bool:
        """Whether anything can be written."""

    @abstractmethod
    def deliver(self, entries: Sequence[Entry]) -> None:
        """Write alerts."""

    def overflow(self, rest: bytes) -> None:
        """Take over what `socket` did not take of a frame; only asked of those that have one."""
        raise NotImplementedError

    @abstractmethod
    def say(self, payload: bytes) -> None:
        """Write a message that is JSON already."""

    def tell(self, message: ServerMessage) -> None:
        """Write a message."""
        self.say(message.to_json())

    def fault(self, code: ErrorCode, message: str, req: int | None = None, *, retry: bool = False) -> None:
        """Write that something was refused."""
        metrics.errors.labels(code).inc()
        self.tell(Error(req=req, code=code, message=message, retry=retry))

    @abstractmethod
    def shut(self, code: CloseCode, why: str, retry_ms: tuple[int, int] | None = None) -> None:
        """End without waiting for anybody."""

    @abstractmethod
    def drop(self, why: str) -> None:
        """Cut it off at once."""

    @abstractmethod
    def beat(self, heartbeat: bytes, now: float, silence: float) -> None:
        """The wheel's turn, with the heartbeat's JSON: drop who was not heard for `silence` seconds, else say it."""
