"""Stock websocket clients that count what they get, as JSON on standard output when standard input closes.

Usage: subscribers.py URL COUNT [--every]. Prints `ready` once all are live; then, at the end, one JSON line: frames
by client (minimum and maximum), whether all got the same, the log of the first as [id, revision, op], and latencies in
milliseconds from an article's arrival (`timing.received`) to the frame's, over the revisions of op `new`, of all
clients with `--every`, else of the first.
"""

import asyncio
import contextlib
import json
import sys
import time
import zlib
from dataclasses import dataclass, field

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

ALERT = b'{"type":"alert"'
HELLO = json.dumps({"type": "hello", "version": 1, "cursor": "oldest", "subscriptions": {"all": {}}})


@dataclass
class Client:
    """What one subscriber saw; `digest` sums up the frames it got, so that all can be compared with the first.

    Only the first one parses alerts (the clients must not be what is measured), unless `every` says so.
    """

    parses: bool
    frames: int = 0
    digest: int = 0
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
        while True:
            text = await socket.recv(decode=False)
            now = time.time() * 1000
            if not text.startswith(ALERT):
                if json.loads(text)["type"] == "live":
                    self.live.set()
                continue
            self.frames += 1
            self.digest = zlib.crc32(text, self.digest)
            if self.parses:
                alert = json.loads(text)["alert"]
                self.log.append((alert["id"], alert["revision"], alert["op"]))
                if alert["op"] == "new" and alert["timing"]["received"]:
                    self.latencies.append(now - alert["timing"]["received"])


async def main(url: str, count: int, *, every: bool) -> None:
    """Connect `count` clients and follow until standard input ends."""
    clients = [Client(parses=every or n == 0) for n in range(count)]
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
                "same": all(client.digest == clients[0].digest for client in clients),
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
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), every="--every" in sys.argv))
