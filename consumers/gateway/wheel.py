"""Heartbeats and signs of life for all readers by one task, instead of a task and a timer each.

A heartbeat interval is cut into spokes; each turn serves the readers of one spoke, a few at a time and with pauses, so
that ten thousand do not all wake at once, nor all answer our pings at once: what has come in, asyncio hears in one go.
"""

import asyncio
from itertools import count

from alerts.wire import heartbeat_json
from consumers.gateway import metrics
from consumers.gateway.hub import Hub
from consumers.gateway.reader import Reader

SPOKES = 25
SLICE = 8  # readers served, and answers to be heard, before others have a turn
GRACE = 10.0  # seconds over one interval that a client may be silent: it answers our pings


class Wheel:
    """Turns once a heartbeat interval, which is in seconds."""

    def __init__(self, hub: Hub, heartbeat: float) -> None:
        self.hub = hub
        self.heartbeat = heartbeat
        self._spokes: list[dict[Reader, None]] = [{} for _ in range(SPOKES)]
        self._next = count()

    def add(self, reader: Reader) -> int:
        """Put a reader on the wheel; answers the spoke, to be given to `remove`."""
        spoke = next(self._next) % SPOKES
        self._spokes[spoke][reader] = None
        return spoke

    def remove(self, reader: Reader, spoke: int) -> None:
        """Take it off."""
        self._spokes[spoke].pop(reader, None)

    async def turn(self) -> None:
        """Turn until cancelled."""
        loop = asyncio.get_running_loop()
        step = self.heartbeat / SPOKES
        due = loop.time() + step
        while True:
            for spoke in self._spokes:
                await asyncio.sleep(due - loop.time())
                now = loop.time()
                late = max(0.0, now - due)
                metrics.loop_lag.set(late)
                due = max(due + step, now)
                # While we stood still we heard nobody; what came meanwhile is yet to be read.
                await self._serve(spoke, now, self.heartbeat + GRACE + late, step / 2)
                self._survey()
            self.hub.feed.expire(self.hub.clock())

    def _survey(self) -> None:
        members = self.hub.members
        lagging = [member.cursor for member in members if not member.live]
        metrics.live.set(len(members) - len(lagging))
        metrics.lagging.set(len(lagging))
        metrics.behind.set(self.hub.feed.behind(min(lagging)) if lagging else 0)

    async def _serve(self, spoke: dict[Reader, None], now: float, silence: float, seconds: float) -> None:
        readers = list(spoke)
        loop = asyncio.get_running_loop()
        began, each = loop.time(), seconds / max(1, len(readers))
        for start in range(0, len(readers), SLICE):
            if start:
                await asyncio.sleep(began + start * each - loop.time())
            heartbeat = heartbeat_json(self.hub.settled)  # anew: the log may have begun anew during the pause
            for reader in readers[start : start + SLICE]:
                reader.beat(heartbeat, now, silence)
