"""Finding ten receivers among 10,000 subscribers against among 1,000, all with filters of their own.

Usage: bench_matching.py [--alerts 2000]

The production hub takes each alert in (parse, view, encode, match, hand over) and gives it to readers that only count.
Beside it the control: each subscriber is asked, at one receiver in a hundred.
"""

import argparse
import asyncio
import random
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from sample import alert

from alerts.feed import Entry
from alerts.filters import Filter
from alerts.index import Interest
from alerts.wire import CloseCode
from consumers.gateway.hub import Hub
from consumers.gateway.patience import Patience
from consumers.gateway.reader import Reader
from consumers.settings import Settings

RECEIVERS = 10
ROUNDS = 20
ELSEWHERE = ["FR", "DE", "JP", "KZ", "BR", "NG", "IN", "EG", "central-asia", "US-CA"]


class Counting(Reader):
    """A subscriber without a socket."""

    open = True

    def __init__(self, hub: Hub, wanted: Filter) -> None:
        self.loop = asyncio.get_running_loop()
        self.patience = Patience()
        self.paused = False
        self.begin(hub)
        hub.change(self, frozenset({Interest(wanted)}))
        self.join(hub.feed.head)

    def deliver(self, entries: Sequence[Entry]) -> None:
        """Count."""
        self.delivered += len(entries)

    def say(self, payload: bytes) -> None:
        """Nobody listens."""

    def shut(self, code: CloseCode, why: str, retry_ms: tuple[int, int] | None = None) -> None:
        """Nothing to end."""

    def drop(self, why: str) -> None:
        """Nothing to cut."""

    def beat(self, heartbeat: bytes, now: float, silence: float) -> None:
        """No pulse."""


def wanted(number: int, receivers: int) -> Filter:
    """The filter of one subscriber: no two are equal, the first ones want the alert, the others nearly do."""
    chance = random.Random(number)
    axes: dict[str, Any] = {"topics": [f"topic-{number}", "conflict" if number < receivers else "sport"]}
    if chance.random() < 0.5:
        axes["regions"] = [chance.choice(ELSEWHERE), "UA"]
    if chance.random() < 0.3:
        axes["min_priority"] = "urgent"
    if chance.random() < 0.3:
        axes["languages"] = ["en", f"x{chance.randrange(50)}"]
    return Filter.model_validate(axes, strict=False)


class Room:
    """A hub and so many subscribers."""

    def __init__(self, subscribers: int, receivers: int) -> None:
        self.hub = Hub(Settings(_env_file=None))
        self.readers = [Counting(self.hub, wanted(number, receivers)) for number in range(subscribers)]
        self.next = 0

    def alert(self) -> bytes:
        """The next alert."""
        return alert(self.next, regions=[{"code": "UA", "name": "Ukraine"}])

    async def publish(self, count: int) -> float:
        """Microseconds an alert."""
        made = [alert(self.next + n, regions=[{"code": "UA", "name": "Ukraine"}]) for n in range(count)]
        began = time.perf_counter()
        for data in made:
            await self.hub.publish(self.next, "bench", data, time.time_ns() // 1_000_000)
            self.next += 1
        return (time.perf_counter() - began) / count * 1e6

    async def ask_each(self, count: int) -> float:
        """The control: the same, but each subscriber's filter is asked."""
        made = [alert(self.next + n, regions=[{"code": "UA", "name": "Ukraine"}]) for n in range(count)]
        began = time.perf_counter()
        for data in made:
            entry = self.hub.feed.append(self.next, time.time_ns() // 1_000_000, data, self.hub.clock())
            for reader in self.readers:
                if any(interest.matches(entry.view) for interest in reader.interests):
                    reader.push(entry)
            self.hub.settled = self.next
            self.next += 1
        return (time.perf_counter() - began) / count * 1e6


async def main(alerts: int) -> None:
    """Measure in turns, print medians and the ratio."""
    few, many = Room(1_000, RECEIVERS), Room(10_000, RECEIVERS)
    pairs = []
    for _ in range(ROUNDS):
        pairs.append((await few.publish(alerts // ROUNDS), await many.publish(alerts // ROUNDS)))
    for room in (few, many):
        got = {reader.delivered for reader in room.readers[:RECEIVERS]}
        assert got == {alerts // ROUNDS * ROUNDS}, got
        assert not any(reader.delivered for reader in room.readers[RECEIVERS:])
    at_few, at_many = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(b / a for a, b in pairs)
    print(
        f"an alert with {RECEIVERS} receivers: {at_few:.0f} us at 1,000 subscribers, {at_many:.0f} us at 10,000; "
        f"ratio {ratio:.2f}"
    )
    control = Room(10_000, 100)
    turns = [(await control.publish(20), await control.ask_each(5)) for _ in range(5)]
    ratio = statistics.median(b / a for a, b in turns)
    print(f"10,000 subscribers, 1 in 100 receives: asking each takes {ratio:.1f}x as long")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--alerts", type=int, default=2000)
    asyncio.run(main(parser.parse_args().alerts))
