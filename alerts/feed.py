"""The ring: the newest alerts, each a frame made once, read by every connection at its own cursor.

Replay after a reconnect, a slow client that catches up and the live edge are all `after(cursor)`.
"""

from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter

from alerts.alert import Alert
from alerts.facets import View, view
from alerts.wire import alert_json, deflated_frame, text_frame

DAY_MS = 86_400_000

# Views are kept longer than entries, and longer than the topic: an alert may be withdrawn after it left the ring.
MEMORY_MS = 8 * DAY_MS

KEPT = 64  # entries that are gone, up to which the list is not cut

_SEQ = attrgetter("seq")


@dataclass(slots=True)
class Entry:
    """One alert revision.

    `raw` is the whole websocket frame, the same for every recipient; `deflated` the same compressed, made when first
    asked for.
    """

    seq: int
    timestamp_ms: int
    id: str
    revision: int
    interrupt: bool
    view: View
    raw: bytes
    alert_at: int
    """Where in `raw` the alert's own JSON starts; it ends before the last byte."""
    _deflated: bytes | None = None

    @classmethod
    def of(cls, seq: int, timestamp_ms: int, alert: Alert, data: bytes, earlier: View | None = None) -> "Entry":
        """The entry of a record on the topic: the alert, and the bytes it was read from."""
        raw = text_frame(alert_json(seq, data))
        at = len(raw) - 1 - len(data)
        return cls(seq, timestamp_ms, alert.id, alert.revision, alert.interrupt, view(alert, earlier), raw, at)

    @property
    def is_deflated(self) -> bool:
        """Whether `deflated` was made."""
        return self._deflated is not None

    @property
    def deflated(self) -> bytes:
        """The frame for connections that agreed on shared compression."""
        if self._deflated is None:
            self._deflated = deflated_frame(self.payload)
        return self._deflated

    @property
    def payload(self) -> bytes:
        """The frame's JSON, without the websocket's own header."""
        size = self.raw[1]  # RFC 6455, 5.2: a length of 126 or 127 says that 2 or 8 bytes of length follow
        return self.raw[4 if size == 126 else 10 if size == 127 else 2 :]

    @property
    def alert(self) -> bytes:
        """The alert's JSON, as it stands on the topic."""
        return self.raw[self.alert_at : -1]

    @property
    def item(self) -> bytes:
        """`{"seq":...,"alert":{...}}`, as histories list it."""
        return b'{"seq":%d,"alert":%b}' % (self.seq, self.alert)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much the ring holds; what is over the tightest of them goes."""

    entries: int
    bytes: int
    age_ms: int


class Feed:
    """The newest entries, by ascending offset. Offsets have holes, so a hole is never read as loss.

    The window is `floor < seq <= head`: a cursor of at least `floor` has missed nothing that the feed has dropped.
    """

    def __init__(self, limits: Limits, floor: int = -1) -> None:
        self.limits = limits
        self.floor = floor
        self.head = floor
        self.bytes = 0
        self.dropped_ms: int | None = None
        """Timestamp of the newest entry that was dropped."""
        self._entries: list[Entry] = []
        self._start = 0  # entries before it are gone; the list is cut when a sixteenth of it is, for they take memory
        self._views: OrderedDict[str, tuple[int, int, View]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries) - self._start

    def append(self, seq: int, timestamp_ms: int, data: bytes, now_ms: int) -> Entry:
        """Add a record of the topic; what is over the limits goes.

        Raises:
            InvalidRecord: the record is no Alert; `head` moves all the same.
            ValueError: it is not newer than the head: our own fault.
        """
        if seq <= self.head:
            raise ValueError(f"seq {seq} is not above the head {self.head}")
        self.head = seq
        alert = Alert.from_json(data)
        known = self._views.get(alert.id)
        entry = Entry.of(seq, timestamp_ms, alert, data, None if known is None else known[2])
        self._views[entry.id] = (seq, timestamp_ms, entry.view)
        self._views.move_to_end(entry.id)
        self._entries.append(entry)
        self.bytes += len(entry.raw)
        self.expire(now_ms)
        return entry

    def advance(self, head: int) -> None:
        """Nothing up to `head` is still to come (the topic's last offsets may be no alerts)."""
        self.head = max(self.head, head)

    def expire(self, now_ms: int) -> None:
        """Drop what is over the limits."""
        limits, entries = self.limits, self._entries
        while self._start < len(entries):
            oldest = entries[self._start]
            over = len(self) > limits.entries or self.bytes > limits.bytes
            if not over and oldest.timestamp_ms >= now_ms - limits.age_ms:
                break
            self.floor, self.dropped_ms = oldest.seq, oldest.timestamp_ms
            self.bytes -= len(oldest.raw)
            self._start += 1
        if self._start > KEPT and self._start * 16 > len(entries):
            del entries[: self._start]
            self._start = 0
        while self._views and next(iter(self._views.values()))[1] < now_ms - MEMORY_MS:
            self._views.popitem(last=False)

    def after(self, cursor: int, limit: int) -> Sequence[Entry]:
        """At most `limit` entries with a seq above the cursor, ascending."""
        first = bisect_right(self._entries, cursor, lo=self._start, key=_SEQ)
        return self._entries[first : first + limit]

    def before(self, seq: int, limit: int) -> Sequence[Entry]:
        """At most `limit` entries with a seq below the given, descending."""
        end = bisect_left(self._entries, seq, lo=self._start, key=_SEQ)
        return self._entries[max(self._start, end - limit) : end][::-1]

    def behind(self, cursor: int) -> int:
        """How many entries are above the cursor."""
        return len(self._entries) - bisect_right(self._entries, cursor, lo=self._start, key=_SEQ)

    def since(self, timestamp_ms: int) -> int:
        """The cursor from which everything of that time and later follows."""
        for entry in reversed(self._entries[self._start :]):
            if entry.timestamp_ms < timestamp_ms:
                return entry.seq
        return self.floor

    def holds(self, timestamp_ms: int, now_ms: int) -> bool:
        """Whether everything of that time and later is here.

        What the topic itself no longer held when it was read is older than the ring's age, or there was no such thing.
        """
        if self.dropped_ms is not None:
            return self.dropped_ms < timestamp_ms
        return self.floor < 0 or timestamp_ms >= now_ms - self.limits.age_ms

    def view(self, alert: str) -> View | None:
        """The newest revision of an alert that was shown in the last days; None if there is none."""
        latest = self._views.get(alert)
        return None if latest is None else latest[2]

    def superseded(self, entry: Entry) -> bool:
        """Whether a client that lags may be spared this one: nobody was to be interrupted, and a later one follows."""
        latest = self._views.get(entry.id)
        return not entry.interrupt and latest is not None and latest[0] > entry.seq
