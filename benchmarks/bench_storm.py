"""2,000 clients are dropped at once and come back with the client that we ship.

Usage: bench_storm.py [--clients 2000] [--rate 50] [--desks 100]

Alerts go on meanwhile; each client follows one of so many desks' rules, because all of them for all would be more than
the clients' core can read. Prints how long it takes until all are live again and have everything, whether anybody lost
anything, and how often the gateway asked Kafka for it (the ring should do). Exits with 1 if it falls short.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

import arena
from arena import CLIENT, Worker

WITHIN = 30.0
WAIT = 60.0


def main() -> None:
    """Measure, print, judge."""
    options = arena.options(__doc__, clients=2000, rate=50.0, desks=100)
    with arena.gateway() as server:
        url = f"ws://127.0.0.1:{server.hear()}/v1/stream"
        command: list[str | Path] = [sys.executable, arena.HERE / "storm_clients.py", url]
        command += [str(options.clients), str(options.desks)]
        with Worker(command, CLIENT) as clients:
            assert clients.hear() == "ready"
            sys.exit(0 if Storm(server, clients, options).run() else 1)


class Storm:
    """One gateway, its clients, and alerts at a steady rate."""

    def __init__(self, server: Worker, clients: Worker, options: argparse.Namespace) -> None:
        self.server, self.clients = server, clients
        self.count, self.rate, self.desks = options.clients, options.rate, options.desks
        self.head = -1

    def run(self) -> bool:
        """Whether all went well."""
        calm = self._until(lambda seen: seen["lowest"] >= 3 * self.desks)
        before = json.loads(self.server.ask("status"))
        self.server.ask("drop")
        dropped_at, began = self.head, time.monotonic()
        seen = self._until(lambda seen: seen["live"] == self.count and seen["lowest"] > dropped_at)
        took = time.monotonic() - began
        after = json.loads(self.server.ask("status"))
        reads = after["kafka"] - before["kafka"]
        rate = (self.head - dropped_at) / took
        print(
            f"{self.count} clients dropped at once, {rate:.0f} alerts/s meanwhile: "
            f"all live again and caught up after {took:.1f} s; "
            f"{seen['lost']} lost an alert, {seen['gaps']} gaps, "
            f"{seen['connected'] - calm['connected']} connections made, {reads} reads of Kafka"
        )
        return took <= WITHIN and not seen["lost"] and not seen["gaps"] and not reads

    def _until(self, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Publish at the rate until the clients' report satisfies; the report. Busy clients hold nothing up."""
        self.clients.tell("report")
        for elapsed in arena.paced(self.rate):
            self.server.ask(f"spread {self.desks}")
            self.head += 1
            if self.clients.answered or elapsed > WAIT:
                seen: dict[str, Any] = json.loads(self.clients.hear())
                if holds(seen) or elapsed > WAIT:
                    return seen
                self.clients.tell("report")
        raise AssertionError


if __name__ == "__main__":
    main()
