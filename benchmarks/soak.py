"""Churn for half an hour: memory, descriptors and tasks of the gateway come back to where they were.

Usage: soak.py [--minutes 30] [--rate 20]

Clients come at a steady rate, and go in every way there is: well, cut off, stalled, in mid-handshake, after a wrong
hello; on websockets, event streams and plain HTTP. The first tenth, at least 10 s, warms up; then the baseline is
taken with nobody there, and again at the end. Exits with 1 if something has grown. Needs no C compiler.
"""

import argparse
import asyncio
import contextlib
import itertools
import json
import random
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

sys.path.insert(0, str(Path(__file__).parent.parent))

import arena
from arena import Worker

HELLO = json.dumps({"type": "hello", "version": 1, "cursor": "oldest", "subscriptions": {"all": {}}})
ALERTS = 10  # a second
STAY = 2.0  # seconds, about
MIB = 1024 * 1024
MAY_GROW = 6 * MIB  # what the allocator keeps of peaks, not what leaks: 20 connections a second leave more


def main() -> None:
    """Soak, print, judge."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--rate", type=float, default=20)
    options = parser.parse_args()
    with arena.gateway(ring_entries=100, heartbeat=5.0) as server:
        soak = Soak(server, server.hear())
        sys.exit(0 if asyncio.run(soak.run(options.minutes * 60, options.rate)) else 1)


class Soak:
    """One gateway and those who come and go."""

    def __init__(self, server: Worker, port: str) -> None:
        self.server, self.port = server, port
        self.web = json.loads(server.ask("status"))["http_port"]
        self.ends = itertools.count()
        self.visits = 0

    async def run(self, seconds: float, rate: float) -> bool:
        """Whether all is back to where it was."""
        await self._churn(max(10.0, seconds / 10), rate)
        before = await self._empty()
        await self._churn(seconds, rate)
        after = await self._empty()
        grown: int = after["resident"] - before["resident"]
        print(
            f"{self.visits} visits in {seconds / 60:.1f} min; memory {before['resident'] / MIB:.1f} -> "
            f"{after['resident'] / MIB:.1f} MiB, files {before['files']} -> {after['files']}, "
            f"tasks {before['tasks']} -> {after['tasks']}"
        )
        return bool(grown < MAY_GROW and after["files"] <= before["files"] and after["tasks"] <= before["tasks"])

    async def _churn(self, seconds: float, rate: float) -> None:
        ways: list[Callable[[], Awaitable[None]]] = [
            self._well, self._cut, self._stalled, self._half_open, self._wrong, self._events, self._health,
        ]  # fmt: skip
        ends = time.monotonic() + seconds
        visits: set[asyncio.Task[None]] = set()
        publishing = asyncio.create_task(self._publish())
        for number in itertools.count():
            if time.monotonic() >= ends:
                break
            visit = asyncio.create_task(self._visit(ways[number % len(ways)]))
            visits.add(visit)
            visit.add_done_callback(visits.discard)
            await asyncio.sleep(random.uniform(0.5, 1.5) / rate)
        await asyncio.gather(*visits)
        publishing.cancel()
        await asyncio.gather(publishing, return_exceptions=True)

    async def _publish(self) -> None:
        while True:
            self.server.ask("publish 2000 100")
            await asyncio.sleep(1 / ALERTS)

    async def _visit(self, way: Callable[[], Awaitable[None]]) -> None:
        self.visits += 1
        with contextlib.suppress(WebSocketException, OSError, TimeoutError):
            async with asyncio.timeout(30):
                await way()

    async def _empty(self) -> dict[str, Any]:
        """The figures once everybody has gone and been swept up."""
        deadline = time.monotonic() + 60
        while json.loads(self.server.ask("status"))["inside"]:
            assert time.monotonic() < deadline, "somebody does not go"
            await asyncio.sleep(0.2)
        self.server.ask("sweep")
        return {**json.loads(self.server.ask("status")), "resident": self.server.resident()}

    # -- the ways to come and go

    @contextlib.asynccontextmanager
    async def _welcomed(self) -> Any:
        compression = random.choice([None, "deflate"])
        url = f"ws://127.0.0.1:{self.port}/v1/stream"
        async with connect(url, compression=compression, ping_interval=None) as socket:
            await socket.send(HELLO)
            yield socket

    async def _well(self) -> None:
        async with self._welcomed() as socket:
            await self._read(socket)

    async def _read(self, socket: ClientConnection) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(random.uniform(0, 2 * STAY)):
                async for _ in socket:
                    pass

    async def _cut(self) -> None:
        async with self._welcomed() as socket:
            await self._read(socket)
            self._abort(socket)

    async def _stalled(self) -> None:
        async with self._welcomed() as socket:
            socket.transport.pause_reading()
            await asyncio.sleep(random.uniform(0, 10 * STAY))
            self._abort(socket)

    @staticmethod
    def _abort(socket: ClientConnection) -> None:
        if not socket.transport.is_closing():
            socket.transport.abort()

    async def _wrong(self) -> None:
        async with connect(f"ws://127.0.0.1:{self.port}/v1/stream", ping_interval=None) as socket:
            await socket.send("nonsense")
            await self._read(socket)

    async def _half_open(self) -> None:
        _, writer = await asyncio.open_connection("127.0.0.1", int(self.port))
        writer.write(b"GET /v1/stream HTTP/1.1\r\nHost: 127")
        await asyncio.sleep(random.uniform(0, STAY))
        writer.transport.abort()

    async def _request(self, port: str, path: str, stay: float) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(port))
        writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(stay):
                while await reader.read(65536):
                    pass
        writer.close()

    async def _events(self) -> None:
        await self._request(self.web, "/v1/events?cursor=oldest", random.uniform(0, 2 * STAY))

    async def _health(self) -> None:
        await self._request(self.port, "/healthz", 5.0)


if __name__ == "__main__":
    main()
