"""What all connections of one gateway share: the ring, the index of interests, and the one publisher."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Iterator
from itertools import islice
from typing import TYPE_CHECKING

from alerts.alert import InvalidRecord
from alerts.cursor import NO_EPOCH, Window
from alerts.feed import Entry, Feed, Limits
from alerts.index import Index, Interest
from alerts.uncollected import uncollected
from alerts.wire import CloseCode
from consumers.gateway import fanout, metrics
from consumers.settings import Settings

if TYPE_CHECKING:
    from consumers.gateway.reader import Reader

log = logging.getLogger(__name__)

SLICE = 20  # connections closed, or welcomed again, before others have a turn


def now_ms() -> int:
    """The clock of the gateway, epoch milliseconds."""
    return time.time_ns() // 1_000_000


class Hub:
    """The ring and those who read it. Connections `join` once they were welcomed and `leave` when they end."""

    def __init__(self, settings: Settings, clock: Callable[[], int] = now_ms) -> None:
        self.limits = Limits(
            settings.gateway_ring_entries, settings.gateway_ring_bytes, int(settings.gateway_ring_hours * 3_600_000)
        )
        self.clock = clock
        self.index: Index[Reader] = Index()
        self.members: dict[Reader, None] = {}
        self.unreadable = 0
        self.renewing = False
        """A fresh ring is being filled, to which all will be sent."""
        self._turn: float | None = None  # when others last had a turn; None if they had one since the last fan-out
        self._moved = asyncio.Event()
        self.restart()

    def restart(self, floor: int = -1) -> None:
        """An empty ring for a log of which nothing is known yet but that it starts above `floor`; all come back."""
        self.turn_to(Feed(self.limits, floor), NO_EPOCH)

    def turn_to(self, feed: Feed, epoch: str) -> None:
        """Serve from another ring; cursors of this one are looked at again, so all come back."""
        self.resync()
        self.feed = feed
        self.epoch = epoch
        self.settled = feed.head
        """Newest seq that every live connection was given, if it wanted it."""
        self._tell_moved()

    @contextlib.contextmanager
    def renewal(self) -> Iterator[None]:
        """While a fresh ring is filled: who comes may wait for it; see `renewed`."""
        self.renewing = True
        try:
            yield
        finally:
            self.renewing = False
            self._tell_moved()

    def window(self, log_end: int | None = None) -> Window:
        """What this instance can serve."""
        feed = self.feed
        return Window(self.epoch, feed.floor, feed.head, log_end)

    def join(self, connection: "Reader") -> None:
        """From now on the connection gets what its interests match."""
        self.members[connection] = None

    def leave(self, connection: "Reader") -> None:
        """The connection gets nothing more."""
        for interest in connection.interests:
            self.index.discard(interest, connection)
        connection.interests = frozenset()
        self.members.pop(connection, None)
        metrics.interests.set(len(self.index))

    def change(self, connection: "Reader", interests: frozenset[Interest]) -> int:
        """Replace the connection's interests; answers the seq from which on they hold."""
        connection.settle()
        for interest in connection.interests - interests:
            self.index.discard(interest, connection)
        for interest in interests - connection.interests:
            self.index.add(interest, connection)
        connection.interests = interests
        metrics.interests.set(len(self.index))
        return connection.position

    async def publish(self, seq: int, epoch: str, data: bytes, timestamp_ms: int) -> None:
        """Take one record of the topic into the ring and push it to whom it concerns. One caller at a time.

        A record already read is ignored. One that is no alert is our own fault: it is left out, loudly, because a
        gateway that stops on it would stop again at every start.
        """
        if epoch != self.epoch:
            await self._adopt(seq, epoch)
        if seq <= self.feed.head:
            return
        entry = self.read(self.feed, seq, data, timestamp_ms)
        if entry is not None:
            await self._push(entry)
        self.settled = seq
        self._tell_moved()

    def read(self, feed: Feed, seq: int, data: bytes, timestamp_ms: int) -> Entry | None:
        """Take a record into a ring; None if it is no alert, which is said."""
        try:
            entry = feed.append(seq, timestamp_ms, data, self.clock())
        except InvalidRecord as exc:
            self.unreadable += 1
            metrics.unreadable.inc()
            log.error("alerts offset %d is no alert and is left out: %s", seq, str(exc).splitlines()[0])  # noqa: TRY400 - one line, the record is at fault
            return None
        metrics.alerts_in.inc()
        metrics.encodes.labels("plain").inc()
        return entry

    async def _adopt(self, seq: int, epoch: str) -> None:
        """The first epoch seen is ours, and who waited for it is told; another one voids all cursors of the old."""
        if self.epoch != NO_EPOCH:
            log.warning("epoch of alerts changed from %s to %s at offset %d: clients resync", self.epoch, epoch, seq)
            self.resync()
            if seq <= self.feed.head:
                self.restart(floor=seq - 1)
        self.epoch = epoch
        for number, connection in enumerate(list(self.members), 1):
            connection.welcome_again()
            if number % SLICE == 0:
                await asyncio.sleep(0)

    def resync(self) -> None:
        """Cursors are void: everybody is to come back for new ones, gets nothing from now on, and is closed in turn."""
        parted = self.members
        self.members, self.index = {}, Index()
        for connection in parted:
            connection.part()
        if parted:
            self._close(iter(parted))

    def _close(self, parted: "Iterator[Reader]") -> None:
        some = tuple(islice(parted, SLICE))
        for connection in some:
            connection.shut(CloseCode.RESYNC, "epoch", retry_ms=(0, 2000))
        if some:
            asyncio.get_running_loop().call_soon(self._close, parted)

    async def _push(self, entry: Entry) -> None:
        started = time.perf_counter()
        metrics.append_to_write_seconds.observe(max(0.0, (self.clock() - entry.timestamp_ms) / 1000))
        # The list of all receivers is young, and a collection that looks at those in it takes 2 to 4 ms.
        with uncollected():
            self._turn = await fanout.push(entry, self.index, started if self._turn is None else self._turn)
        asyncio.get_running_loop().call_soon(self._pass_turn)
        metrics.fanout_seconds.observe(time.perf_counter() - started)
        metrics.append_to_last_write_seconds.observe(max(0.0, (self.clock() - entry.timestamp_ms) / 1000))
        metrics.ring_entries.set(len(self.feed))
        metrics.ring_bytes.set(self.feed.bytes)
        metrics.ring_head.set(self.feed.head)

    def _pass_turn(self) -> None:
        self._turn = None

    def advance(self, head: int) -> None:
        """The topic holds no more alerts up to `head`."""
        self.feed.advance(head)
        self.settled = max(self.settled, self.feed.head)
        self._tell_moved()

    def _tell_moved(self) -> None:
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()

    async def reached(self, seq: int, patience: float) -> bool:
        """Wait until the ring has read up to `seq`; False if it has not in `patience` seconds."""
        return await self._until(lambda: self.feed.head >= seq, patience)

    async def renewed(self, patience: float) -> bool:
        """Wait until no fresh ring is being filled; False if one still is after `patience` seconds."""
        return await self._until(lambda: not self.renewing, patience)

    async def _until(self, holds: Callable[[], bool], patience: float) -> bool:
        if holds():  # as nearly always: then no timer is needed
            return True
        try:
            async with asyncio.timeout(patience):
                while not holds():
                    await self._moved.wait()
        except TimeoutError:
            return False
        return True
