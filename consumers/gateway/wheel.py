"""Heartbeats and signs of life for all connections by one task, instead of a task and a timer each.

A heartbeat interval is cut into spokes; each turn serves the connections of one spoke, so that ten thousand do not
all wake at once.
"""

import asyncio
from itertools import count

from alerts.wire import heartbeat_json, text_frame
from consumers.gateway import metrics
from consumers.gateway.connection import Connection
from consumers.gateway.hub import Hub

SPOKES = 25
GRACE = 10.0  # seconds over one interval that a client may be silent: it answers our pings


class Wheel:
    """Turns once a heartbeat interval, which is in seconds."""

    def __init__(self, hub: Hub, heartbeat: float) -> None:
        self.hub = hub
        self.heartbeat = heartbeat
        self._spokes: list[dict[Connection, None]] = [{} for _ in range(SPOKES)]
        self._next = count()

    def add(self, connection: Connection) -> int:
        """Put a connection on the wheel; answers the spoke, to be given to `remove`."""
        spoke = next(self._next) % SPOKES
        self._spokes[spoke][connection] = None
        return spoke

    def remove(self, connection: Connection, spoke: int) -> None:
        """Take it off."""
        self._spokes[spoke].pop(connection, None)

    async def turn(self) -> None:
        """Turn until cancelled."""
        loop = asyncio.get_running_loop()
        step = self.heartbeat / SPOKES
        due = loop.time() + step
        while True:
            for spoke in self._spokes:
                await asyncio.sleep(due - loop.time())
                now = loop.time()
                metrics.loop_lag.set(max(0.0, now - due))
                due = max(due + step, now)
                self._serve(spoke, now)
            self.hub.feed.expire(self.hub.clock())
            metrics.lagging.set(sum(not member.live for member in self.hub.members))

    def _serve(self, spoke: dict[Connection, None], now: float) -> None:
        heartbeat = text_frame(heartbeat_json(self.hub.settled))
        for connection in list(spoke):
            connection.beat(heartbeat, now, self.heartbeat + GRACE)
