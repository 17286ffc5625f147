"""Subscribers with the client that we ship, and what became of their alerts.

Usage: storm_clients.py URL COUNT DESKS. Each follows one of the rules of so many desks, in turn. Prints `ready` once
all are live. Each line on standard input is answered with JSON: how many are live, the lowest and highest seq that any
has seen, how many lost an alert or were told of a gap, and how many times they connected. The desks' alerts come in
turn, so another distance than DESKS between two seqs is a loss.
"""

import asyncio
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from host_gateway import lines

from alerts.client import AlertStream


class Client:
    """One subscriber."""

    def __init__(self, url: str, desk: int, desks: int) -> None:
        self.stream = AlertStream(url, filters={"rules": [f"r{desk}"]}, on_gap=self._gap, on_state=self._state)
        self.seq, self.step = -1, desks
        self.lost = self.gaps = self.connected = 0
        self.live = asyncio.Event()

    async def follow(self) -> None:
        """Until cancelled."""
        async with self.stream:
            async for frame in self.stream.frames():
                seq = frame["seq"]
                if self.seq >= 0 and seq != self.seq + self.step:
                    self.lost += 1
                self.seq = seq

    def _gap(self, _: dict[str, object]) -> None:
        self.gaps += 1

    def _state(self, state: str, _: str) -> None:
        if state == "live":
            self.live.set()
        elif state == "connecting":
            self.connected += 1


async def main(url: str, count: int, desks: int) -> None:
    """Follow until standard input ends."""
    clients = [Client(url, number % desks, desks) for number in range(count)]
    following = []
    for start in range(0, count, 100):  # the storm is to be the one that is measured
        group = clients[start : start + 100]
        following += [asyncio.create_task(client.follow()) for client in group]
        await asyncio.gather(*(client.live.wait() for client in group))
    read = await lines()
    print("ready", flush=True)
    while await read():
        answer = {
            "live": sum(client.stream.state == "live" for client in clients),
            "lowest": min(client.seq for client in clients),
            "highest": max(client.seq for client in clients),
            "lost": sum(bool(client.lost) for client in clients),
            "gaps": sum(client.gaps for client in clients),
            "connected": sum(client.connected for client in clients),
        }
        print(json.dumps(answer), flush=True)
    for task in following:
        task.cancel()
    await asyncio.gather(*following, return_exceptions=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
