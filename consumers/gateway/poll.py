"""Long polling: the last way out, for networks that let nothing through that does not end."""

import asyncio
from collections.abc import Sequence

from alerts import cursor as cursors
from alerts.cursor import NO_EPOCH, Cursor, CursorTooOld
from alerts.feed import Entry
from alerts.index import Interest
from alerts.wire import CloseCode, Gap, more_json
from consumers.gateway import greeting, metrics
from consumers.gateway.access import Grant, Refused
from consumers.gateway.history import Page
from consumers.gateway.house import House
from consumers.gateway.reader import Reader
from consumers.gateway.visit import Visit


class Waiter(Reader):
    """A reader that waits for one alert that matches, or for the end."""

    def __init__(self, house: House, grant: Grant | None) -> None:
        self.loop = asyncio.get_running_loop()
        self.patience = house.patience
        self.begin(house.hub)
        self.grant = grant
        self.closed: CloseCode | None = None
        self.paused = False
        self.news = asyncio.Event()

    @property
    def open(self) -> bool:
        """Whether it still waits."""
        return not self.news.is_set()

    def deliver(self, entries: Sequence[Entry]) -> None:  # noqa: ARG002 - they are read from the ring afterwards
        """There is something."""
        self.news.set()

    def say(self, payload: bytes) -> None:
        """Messages have no place in an answer."""

    def shut(self, code: CloseCode, why: str, retry_ms: tuple[int, int] | None = None) -> None:  # noqa: ARG002
        """Answer now."""
        self.closed = code
        self.news.set()

    def drop(self, why: str) -> None:  # noqa: ARG002
        """Answer now."""
        self.news.set()

    def beat(self, heartbeat: bytes, now: float, silence: float) -> None:
        """It is waited for at most for the length of a request."""

    async def wait(self, after: int, interest: Interest, seconds: float) -> None:
        """Until there is something, or `seconds` are over."""
        self.hub.change(self, frozenset({interest}))
        self.join(after)
        try:
            async with asyncio.timeout(seconds):
                await self.news.wait()
        except TimeoutError:
            pass
        finally:
            self.leave()


async def poll(house: House, visit: Visit, interest: Interest, limit: int, wait: float) -> bytes:
    """One page of alerts after the visit's cursor, as JSON; if there are none, the next ones within `wait` seconds.

    Raises:
        CursorTooOld: there is a gap and the client wants none.
        Refused: the user's access was revoked while he waited.
        Unavailable: the answer is in Kafka only, which does not answer.
    """
    asked = None if visit.cursor is None else cursors.parse(visit.cursor)
    end = await greeting.wait_for(house, asked)
    hub = house.hub
    window = hub.window(end)
    try:
        start = greeting.begin(hub, asked, window, visit.on_gap)
    except CursorTooOld:
        metrics.resumes.labels("refused").inc()
        raise
    gap = b""
    if start.gap is not None:
        metrics.gaps.labels(start.gap).inc()
        missed = asked if isinstance(asked, Cursor) else Cursor(window.epoch, -1)
        told = Gap(after=missed.seq, next=start.seq + 1, why=start.gap, url=f"/v1/alerts?after={missed}")
        gap = b'"gap":%b,' % told.to_json()
    page = await house.history.after(start.seq, limit, interest)
    if window.epoch not in {hub.epoch, NO_EPOCH}:  # a page of the old log, which is void in the new
        return _answer(window.epoch, gap, Page([], start.seq, more=False))
    at = page.at
    if not page.items and not page.more and not gap and wait:
        waiter = Waiter(house, visit.grant)
        await waiter.wait(at, interest, wait)
        if waiter.closed is CloseCode.REVOKED:
            raise Refused("revoked", "the user's access was revoked", 403, CloseCode.REVOKED)
        if waiter.closed is CloseCode.RESYNC or window.epoch not in {hub.epoch, NO_EPOCH}:
            return _answer(window.epoch, gap, Page([], at, more=False))  # void by now, as the next poll will say
        page = await house.history.after(at, limit, interest)
    metrics.deliveries.inc(len(page.items))
    return _answer(hub.epoch, gap, page)


def _answer(epoch: str, gap: bytes, page: Page) -> bytes:
    return b'{"cursor":"%b",%b"items":[%b],%b}' % (
        str(Cursor(epoch, page.at)).encode(),
        gap,
        b",".join(page.items),
        more_json(page.next),
    )
