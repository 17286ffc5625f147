"""Stock websocket clients that count what they get, as JSON on standard output when standard input closes.

Usage: subscribers.py URL COUNT. Prints `ready` once all are live; then, at the end, one JSON line: frames by client
(minimum and maximum), the log of the first client as [id, revision, op], and latencies in milliseconds from an
article's arrival (`timing.received`) to the frame's, over all clients and all revisions of op `new`.
"""

import asyncio
import contextlib
import json
import sys
import time
from dataclasses import dataclass, field
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

HELLO = json.dumps({"type": "hello", "version": 1, "cursor": "oldest", "subscriptions": {"all": {}}})


@dataclass
class Client:
    """What one subscriber saw."""

    frames: int = 0
    log: list[tuple[str, int, str]] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)
    live: asyncio.Event = field(default_factory=asyncio.Event)

    async def follow(self, url: str) -> None:
        """Stay connected until cancelled."""
        async with connect(url, compression=None, max_queue=None) as socket:
            await socket.send(HELLO)
            with contextlib.suppress(ConnectionClosed):
                await self._read(socket)

    async def _read(self, socket: ClientConnection) -> None:
        async for text in socket:
            now = time.time() * 1000
            frame: dict[str, Any] = json.loads(text)
            if frame["type"] == "live":
                self.live.set()
            elif frame["type"] == "alert":
                alert = frame["alert"]
                self.frames += 1
                self.log.append((alert["id"], alert["revision"], alert["op"]))
                if alert["op"] == "new" and alert["timing"]["received"]:
                    self.latencies.append(now - alert["timing"]["received"])


async def main(url: str, count: int) -> None:
    """Connect `count` clients and follow until standard input ends."""
    clients = [Client() for _ in range(count)]
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(client.follow(url)) for client in clients]
        await asyncio.gather(*(client.live.wait() for client in clients))
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.read)
        for task in tasks:
            task.cancel()
    latencies = sorted(x for client in clients for x in client.latencies)
    counts = [client.frames for client in clients]
    print(
        json.dumps(
            {
                "min": min(counts),
                "max": max(counts),
                "same": all(client.log == clients[0].log for client in clients),
                "log": clients[0].log,
                "samples": len(latencies),
                "p50": _at(latencies, 0.50),
                "p99": _at(latencies, 0.99),
            }
        )
    )


def _at(ordered: list[float], share: float) -> float | None:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else None


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
