"""The production gateway in a process of its own, fed by hand instead of by Kafka.

Usage: host_gateway.py SETTINGS (a JSON object of `Settings` fields without their prefix). Prints its port; then obeys
lines on standard input, each answered by one line:

    members                how many subscribers it has
    publish [SIZE [IDS]]   publish one alert, of so many bytes, on one of so many stories; prints when it began and
                           ended (CLOCK_MONOTONIC), and the CPU time spent, ns
    watched [SIZE]         the same, and the longest time in which the event loop did nothing else, ns, and the longest
                           by the CPU's clock, which other processes do not lengthen
    spread DESKS           publish one alert of the usual size, by one of so many rules in turn
    drop                   cut all connections at once
    sweep                  collect what garbage there is
    status                 counters, as JSON
"""

import asyncio
import gc
import json
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from sample import SIZE, alert

from consumers.garbage import Garbage
from consumers.gateway import metrics
from consumers.gateway.history import Record, Unavailable
from consumers.gateway.house import LogEnd
from consumers.gateway.server import Gateway
from consumers.settings import Settings

EPOCH = "bench"


class Kafka(LogEnd):
    """Where Kafka would be asked, for older alerts and for the log's end: counts how often."""

    asked = 0

    async def __call__(self) -> int | None:
        """It cannot tell."""
        self.asked += 1
        return None

    async def oldest(self) -> int:
        """Unknown."""
        self.asked += 1
        raise Unavailable("no Kafka here")

    async def read(self, first: int, last: int) -> Sequence[Record]:
        """Nothing."""
        self.asked += 1
        raise Unavailable(f"no Kafka here for {first} to {last}")


class Host:
    """Obeys one line after the other."""

    def __init__(self, gateway: Gateway, kafka: Kafka) -> None:
        self.gateway, self.kafka = gateway, kafka
        self.next = 0

    async def publish(self, size: int = SIZE, ids: int = 0, desks: int = 1) -> tuple[int, int, int]:
        """Publish one alert; when it began and ended, and the CPU time between."""
        number = self.next % ids if ids else self.next
        revision = self.next // ids + 1 if ids else 1
        data = alert(number, size, id=f"story{number}", revision=revision, rules=[f"r{self.next % desks}"])
        began, spent = time.monotonic_ns(), time.process_time_ns()
        await self.gateway.publish(self.next, EPOCH, data, time.time_ns() // 1_000_000)
        self.next += 1
        return began, time.monotonic_ns(), time.process_time_ns() - spent

    async def spread(self, desks: int) -> tuple[int, int, int]:
        """Publish one by the next of so many rules."""
        return await self.publish(desks=desks)

    async def watched(self, size: int = SIZE) -> tuple[int, int, int, int, int]:
        """Publish with a second task that runs whenever it may, and notes how long it had to wait."""
        longest = busiest = 0
        done = False

        async def watch() -> None:
            nonlocal longest, busiest
            before, spent = time.monotonic_ns(), time.thread_time_ns()
            while not done:
                await asyncio.sleep(0)
                now = time.monotonic_ns()
                longest, before = max(longest, now - before), now
                now = time.thread_time_ns()
                busiest, spent = max(busiest, now - spent), now

        watching = asyncio.create_task(watch())
        await asyncio.sleep(0)
        began, ended, spent = await self.publish(size)
        await asyncio.sleep(0)
        done = True
        await watching
        return began, ended, spent, longest, busiest

    async def obey(self, line: str) -> str:
        """The answer to a line."""
        word, *numbers = line.split()
        if word == "members":
            return str(len(self.gateway.hub.members))
        sends: dict[str, Callable[..., Awaitable[tuple[int, ...]]]]
        sends = {"publish": self.publish, "watched": self.watched, "spread": self.spread}
        if word in sends:
            return " ".join(map(str, await sends[word](*map(int, numbers))))
        if word == "drop":
            for member in list(self.gateway.hub.members):
                member.drop("benchmark")
            return "dropped"
        if word == "sweep":
            gc.unfreeze()
            return str(gc.collect())
        if word == "status":
            return json.dumps(self.status())
        raise ValueError(line)

    def status(self) -> dict[str, Any]:
        """What the benchmarks look at."""
        members = list(self.gateway.hub.members)
        return {
            "members": len(members),
            "inside": self.gateway.door.inside,
            "http_port": self.gateway.http_port,
            "lagging": sum(not member.live for member in members),
            "stalled": metrics.stalled._value.get(),  # noqa: SLF001 - the library has no reader
            "kafka": self.kafka.asked,
            "tasks": len(asyncio.all_tasks()),
            "files": len(list(Path("/proc/self/fd").iterdir())),
            "cpu": time.process_time(),
        }


async def lines() -> Callable[[], Any]:
    """Reads lines of standard input."""
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    return reader.readline


async def main(settings: dict[str, Any]) -> None:
    """Serve until standard input ends."""
    given = {f"gateway_{name}": value for name, value in settings.items()}
    free = {"gateway_bind": "127.0.0.1:0", "gateway_http_bind": "127.0.0.1:0", "gateway_max_per_address": 20_000}
    free["gateway_max_connections"] = 15_000
    kafka = Kafka()
    gateway = Gateway(Settings(_env_file=None, **{**free, **given}), archive=kafka, log_end=kafka)
    await gateway.start()
    host = Host(gateway, kafka)
    read = await lines()
    print(gateway.port, flush=True)
    garbage = Garbage(lambda: gateway.door.inside, lambda: gateway.ended)
    with garbage.in_force():  # as `alerts gateway` does
        sweeping = asyncio.create_task(garbage.run())
        while line := await read():
            print(await host.obey(line.decode()), flush=True)
        sweeping.cancel()


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))
