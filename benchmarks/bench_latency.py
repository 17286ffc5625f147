"""How late an alert is at the last of 2,000 subscribers, at 10 alerts of 1 KB a second: 20,000 deliveries a second.

Usage: bench_latency.py [--seconds 60] [--rate 10] [--size 1024]

Counted from the moment at which an alert was to go out, also where the one before it held it up, so that a slow alert
makes those behind it late as well (no coordinated omission). Every other subscriber has it earlier. Exits with 1 if the
median is over 30 ms, p99 over 200 or p99.9 over 400.
"""

import statistics
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import arena

SUBSCRIBERS = 2_000
LIMITS = {"p50": 30.0, "p99": 200.0, "p99.9": 400.0}  # milliseconds


def main() -> None:
    """Measure, print, judge."""
    options = arena.options(__doc__, seconds=60.0, rate=10.0, size=1024)
    with arena.compiled() as binaries, arena.arm(binaries, arena.gateway(), SUBSCRIBERS) as arm:
        command = f"publish {options.size}"
        for _ in range(20):  # loads what the first alerts load
            arm.round(command)
        late: list[float] = []
        busy = 0.0
        for elapsed in arena.paced(options.rate):
            if elapsed >= options.seconds:
                break
            held_up = elapsed - len(late) / options.rate
            last = arm.round(command)  # comes back when every subscriber has it
            late.append(held_up * 1000 + last.last)
            busy += last.cpu
    cuts = statistics.quantiles(late, n=1000, method="inclusive")
    seen = {"p50": cuts[499], "p99": cuts[989], "p99.9": cuts[998]}
    print(
        f"{len(late)} alerts to {SUBSCRIBERS} subscribers, ms until the last has it: "
        + ", ".join(f"{name} {value:.1f} (limit {LIMITS[name]:.0f})" for name, value in seen.items())
        + f"; {busy / options.seconds / 10:.0f} % of a core; all delivered"
    )
    sys.exit(0 if all(value <= LIMITS[name] for name, value in seen.items()) else 1)


if __name__ == "__main__":
    main()
