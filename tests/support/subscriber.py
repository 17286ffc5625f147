"""A subscriber as protocol.md describes it: keeps its cursor, comes back with it, logs what it saw."""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake


@dataclass
class Subscriber:
    """Follows a gateway through its crashes.

    `log` holds (seq, id, revision) in order of arrival; `gaps` every gap it was told of.
    """

    url: str
    cursor: str = "oldest"
    filter: dict[str, Any] = field(default_factory=dict)
    log: list[tuple[int, str, int]] = field(default_factory=list)
    gaps: list[dict[str, Any]] = field(default_factory=list)
    alerts: list[dict[str, Any]] = field(default_factory=list)
    connections: int = 0
    news: asyncio.Event = field(default_factory=asyncio.Event)

    async def follow(self) -> None:
        """Stay connected until cancelled."""
        while True:
            try:
                await self._once()
            except (ConnectionClosed, InvalidHandshake, OSError, TimeoutError):
                await asyncio.sleep(0.1)

    async def _once(self) -> None:
        async with connect(self.url, compression=None, open_timeout=5) as socket:
            hello = {
                "type": "hello",
                "version": 1,
                "cursor": self.cursor,
                "subscriptions": {"all": self.filter},
            }
            await socket.send(json.dumps(hello))
            epoch = ""
            async for text in socket:
                frame = json.loads(text)
                if frame["type"] == "welcome":
                    epoch = frame["epoch"]
                    self.connections += 1
                elif frame["type"] == "gap":
                    self.gaps.append(frame)
                elif frame["type"] == "alert":
                    alert = frame["alert"]
                    self.log.append((frame["seq"], alert["id"], alert["revision"]))
                    self.alerts.append(alert)
                    # The epoch of the first alert ever is not known when the topic was empty at welcome.
                    if epoch != "0":
                        self.cursor = f"{epoch}:{frame['seq']}"
                    self.news.set()

    async def until(self, seen: int, seconds: float = 30.0) -> None:
        """Wait until the log holds so many alerts."""
        async with asyncio.timeout(seconds):
            while len(self.log) < seen:
                self.news.clear()
                await self.news.wait()
