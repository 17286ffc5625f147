"""A ring that is filled from the topic's start before anybody is served from it.

Whoever joined a ring that is still being filled would be given old alerts as new ones, and a page of history would end
in the middle. So readers keep the ring they have, whole, until the fresh one is too; then they are all sent to it.
"""

import asyncio
import time

from alerts.cursor import NO_EPOCH
from alerts.feed import Feed
from consumers.gateway.fanout import TURN
from consumers.gateway.hub import Hub


class Filling:
    """Takes in the records of a log that starts above `floor`; `done` puts the hub's readers before it."""

    def __init__(self, hub: Hub, floor: int) -> None:
        self._hub = hub
        self._feed = Feed(hub.limits, floor)
        self._epoch = NO_EPOCH
        self._turn = time.perf_counter()

    async def take(self, seq: int, epoch: str, data: bytes, timestamp_ms: int) -> None:
        """Take one record; others have a turn now and then, for a log may be long."""
        self._epoch = epoch
        if seq > self._feed.head:
            self._hub.read(self._feed, seq, data, timestamp_ms)
        if time.perf_counter() - self._turn >= TURN:
            await asyncio.sleep(0)
            self._turn = time.perf_counter()

    def done(self, head: int) -> None:
        """All up to `head` was taken: serve from this ring."""
        self._feed.advance(head)
        self._hub.turn_to(self._feed, self._epoch)
