"""200 stalled readers among 200 healthy ones: who reads nothing is gone, and nobody else notices.

Usage: bench_stalled.py [--seconds 90] [--rate 20] [--size 4096]

Three arms at once, each alert to each in turn: the gateway without and with stalled readers, and as control a plain
`websockets` server that uses `broadcast()`, with stalled readers too. Exits with 1 if the gateway falls short.
"""

import json
import random
import statistics
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import arena
from arena import Arm

HEALTHY = STALLED = 200
WITHIN, WAIT = 15.0, 1e9  # seconds
RING = 200  # entries: full before the measurement ends, so that what grows is not the ring
MIB = 1024 * 1024
ENOUGH = 150 * MIB  # growth of the control at which it has failed, and is stopped


def main() -> None:
    """Measure, print, judge."""
    options = arena.options(__doc__, seconds=90.0, rate=20.0, size=4096)
    with arena.compiled() as binaries:
        sys.exit(0 if Stalled(binaries, options.size).run(options.seconds, options.rate) else 1)


class Stalled:
    """The arms and what was seen of them."""

    def __init__(self, binaries: Path, size: int) -> None:
        self.binaries, self.command = binaries, f"publish {size}"
        self.latencies: dict[str, list[float]] = {"without": [], "with": [], "control": []}
        self.growth: dict[str, int] = {}
        self.gone: dict[str, float] = {}
        self.control = ""

    def run(self, seconds: float, rate: float) -> bool:
        """Whether the gateway did what it must."""
        with ExitStack() as stack:
            arms = {
                "without": stack.enter_context(arena.arm(self.binaries, arena.gateway(ring_entries=RING), HEALTHY)),
                "with": stack.enter_context(arena.arm(self.binaries, arena.gateway(ring_entries=RING), HEALTHY)),
                "control": stack.enter_context(arena.arm(self.binaries, arena.library(), HEALTHY)),
            }
            for one in arms.values():  # loads what the first alerts load
                for _ in range(20):
                    one.round(self.command)
            before = {name: one.server.resident() for name, one in arms.items()}
            for name in ("with", "control"):
                stack.enter_context(arena.joined(self.binaries, arms[name], STALLED, stalled=STALLED))
            self._publish(dict(arms), before, seconds, rate)
            for name, one in arms.items():
                self.growth.setdefault(name, one.server.resident() - before[name])
        return self._judge()

    def _publish(self, arms: dict[str, Arm], before: dict[str, int], seconds: float, rate: float) -> None:
        began = time.monotonic()
        for elapsed in arena.paced(rate):
            if elapsed >= seconds:  # not a number of alerts: a busy machine sends fewer a second
                break
            for name in random.sample(list(arms), len(arms)):
                self.latencies[name].append(arms[name].round(self.command).last)
            for name in {"with", "control"} & arms.keys() - self.gone.keys():
                if int(arms[name].server.ask("members")) == HEALTHY:
                    self.gone[name] = time.monotonic() - began
            if "control" in arms and arms["control"].server.resident() - before["control"] > ENOUGH:
                self.growth["control"] = arms["control"].server.resident() - before["control"]
                self.control = f", stopped after {time.monotonic() - began:.0f} s, before it takes all memory"
                del arms["control"]
        status = json.loads(arms["with"].server.ask("status"))
        assert status["stalled"] == STALLED or "with" not in self.gone, status

    def _judge(self) -> bool:
        without, with_ = (_p99(self.latencies[name]) for name in ("without", "with"))
        gone = dict.fromkeys(("with", "control"), "never")
        gone |= {name: f"after {seconds:.1f} s" for name, seconds in self.gone.items()}
        print(f"stalled readers gone: {gone['with']}; control, broadcast(): {gone['control']}{self.control}")
        medians = [statistics.median(self.latencies[name]) for name in ("without", "with", "control")]
        print("median ms to the last healthy reader: without {:.2f}, with {:.2f}, control {:.2f}".format(*medians))
        print(f"alerts sent: {len(self.latencies['with'])}")
        print(f"p99: without {without:.2f}, with {with_:.2f}; ratio {with_ / without:.2f}")
        growth = {name: f"{size / MIB:.1f}" for name, size in self.growth.items()}
        print(f"memory growth, MiB: {growth}")
        return self.gone.get("with", WAIT) <= WITHIN and with_ <= 1.2 * without and self.growth["with"] < 20 * MIB


def _p99(values: Sequence[float]) -> float:
    return statistics.quantiles(values, n=100)[98]


if __name__ == "__main__":
    main()
