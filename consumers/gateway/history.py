"""Older alerts, page by page: from the ring, and below it from Kafka."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from alerts.alert import Alert, InvalidRecord
from alerts.feed import Entry
from alerts.index import Interest
from consumers.gateway.hub import Hub
from consumers.gateway.pace import Pace

log = logging.getLogger(__name__)

PAGE_BYTES = 512 * 1024
SCAN = 2_000  # entries looked at for one page; a rare filter gets more pages, not slower ones
STEP = 500  # offsets read from Kafka at a time


@dataclass(frozen=True, slots=True)
class Record:
    """A record of the topic `alerts`."""

    seq: int
    timestamp_ms: int
    data: bytes


class Archive(Protocol):
    """What the ring no longer holds."""

    async def oldest(self) -> int:
        """The first offset that is still to be had."""

    async def read(self, first: int, last: int) -> Sequence[Record]:
        """The records with `first <= offset < last`, ascending.

        Raises:
            Unavailable: they cannot be had now.
        """


class Unavailable(ConnectionError):
    """The archive cannot be read now."""


@dataclass(frozen=True, slots=True)
class Page:
    """Items as JSON. All up (or down) to `at` was looked at; if there may be more, that is where it goes on."""

    items: list[bytes]
    at: int
    more: bool

    @property
    def next(self) -> int | None:
        """The following page's `after` or `before`, as was asked; None if there is none."""
        return self.at if self.more else None


class _Collector:
    """Fills a page: so many items, so many bytes, so many entries looked at."""

    def __init__(self, limit: int, interest: Interest) -> None:
        self.items: list[bytes] = []
        self.at: int | None = None  # seq of the last entry looked at
        self._interest = interest
        self._limit = limit
        self._bytes = 0
        self._looked = 0
        self._pace = Pace()

    @property
    def full(self) -> bool:
        return len(self.items) >= self._limit or self._bytes >= PAGE_BYTES or self._looked >= SCAN

    async def look(self, entries: Iterable[Entry]) -> None:
        for entry in entries:
            if self.full:
                return
            self._looked += 1
            self.at = entry.seq
            if self._interest.matches(entry.view):
                self.items.append(item := entry.item)
                self._bytes += len(item)
            await self._pace.pause()


class History:
    """Reads pages for `/v1/alerts` and the command `history`."""

    def __init__(self, hub: Hub, archive: Archive | None = None) -> None:
        self.hub = hub
        self.archive = archive

    async def oldest(self) -> int:
        """The oldest seq that can be had now."""
        floor = self.hub.feed.floor + 1
        try:
            return floor if self.archive is None else min(floor, await self.archive.oldest())
        except Unavailable:
            return floor

    async def before(self, seq: int | None, limit: int, interest: Interest) -> Page:
        """Alerts with a lower seq, newest first; None starts at the newest.

        Raises:
            Unavailable: they are in the archive only, and it cannot be read now.
        """
        feed = self.hub.feed
        page = _Collector(limit, interest)
        at = feed.head + 1 if seq is None else min(seq, feed.head + 1)
        floor = feed.floor  # as it is now: while we look the ring is cut further, and what we look at is not
        await page.look(feed.before(at, SCAN + 1))
        if page.full and page.at is not None:
            at = page.at
            return Page(page.items, at, bool(feed.before(at, 1)) or await self.oldest() <= feed.floor)
        at = min(at, floor + 1)
        try:
            at, oldest = await self._below(page, at)
        except Unavailable:
            if not page.items:
                raise
            return Page(page.items, at, more=True)
        return Page(page.items, at, at > oldest)

    async def _below(self, page: "_Collector", at: int) -> tuple[int, int]:
        """Go on down the archive from `at`; answers how far it came, and the archive's oldest."""
        if self.archive is None:
            return at, at
        oldest = await self.archive.oldest()
        while at > oldest and not page.full:
            first = max(oldest, at - STEP)
            await page.look(reversed(await self._read(first, at)))
            at = page.at if page.full and page.at is not None else first
        return at, oldest

    async def after(self, seq: int, limit: int, interest: Interest) -> Page:
        """Alerts with a higher seq, oldest first.

        Raises:
            Unavailable: they are in the archive only, and it cannot be read now.
        """
        feed = self.hub.feed
        page = _Collector(limit, interest)
        at = seq
        if at < feed.floor and self.archive is not None:
            at = max(at, await self.archive.oldest() - 1)
        # While the archive is read the ring may be cut further: what it lets go meanwhile is in the archive too.
        while at < feed.floor and self.archive is not None and not page.full:
            last = min(feed.floor + 1, at + 1 + STEP)
            await page.look(await self._read(at + 1, last))
            at = page.at if page.full and page.at is not None else last - 1
        if not page.full:
            head = feed.head  # as it is now: what comes while we look is of the next page
            await page.look(feed.after(at, SCAN + 1))
            at = page.at if page.full and page.at is not None else max(at, head)
        return Page(page.items, at, at < feed.head)

    async def _read(self, first: int, last: int) -> list[Entry]:
        """Entries of the archive; an old revision is judged alone, by its own words and reach."""
        assert self.archive is not None  # noqa: S101 - asked only where there is one
        entries = []
        pace = Pace()
        for record in await self.archive.read(first, last):
            await pace.pause()
            try:
                alert = Alert.from_json(record.data)
            except InvalidRecord:
                continue  # reported when the ring read it
            entries.append(Entry.of(record.seq, record.timestamp_ms, alert, record.data))
        return entries
