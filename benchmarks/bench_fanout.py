"""Fan-out of one 600-byte alert: time until the last subscriber has it, beside a C loop of send(2) and `broadcast()`.

Usage: bench_fanout.py [--subscribers 1000 5000 10000] [--rounds 15]

All arms stand at once, each a process of its own on one core with its subscribers (C, epoll) on another; a round asks
each once, in random order, and ratios are formed within the round. Prints medians. Loopback without TLS.
"""

import argparse
import random
import statistics
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import arena
from arena import Arm, Round
from sample import SIZE, alert

from alerts.wire import alert_json, deflated_frame, text_frame


def main() -> None:
    """Measure each size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--subscribers", type=int, nargs="+", default=[1000, 5000, 10_000])
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    with arena.compiled() as binaries:
        for count in options.subscribers:
            measure(binaries, count, options.rounds)


def measure(binaries: Path, count: int, rounds: int) -> None:
    """Print the figures for one audience."""
    json = alert_json(0, alert(0))
    compressed = deflated_frame(json)
    with ExitStack() as stack:
        limits = arena.limit(binaries, text_frame(json))
        arms = {
            "C": stack.enter_context(arena.arm(binaries, limits, count)),
            "plain": stack.enter_context(arena.arm(binaries, arena.gateway(), count)),
            "deflated": stack.enter_context(arena.arm(binaries, arena.gateway(), count, deflate=True)),
            "broadcast": stack.enter_context(arena.arm(binaries, arena.library(), count)),
            "library deflate": stack.enter_context(
                arena.arm(binaries, arena.library(deflate=True), count, deflate=True)
            ),
        }
        assert "permessage-deflate" in arms["deflated"].extensions
        seen = run(arms, rounds)
        blocks = [arms["plain"].round("watched") for _ in range(rounds)]
    report(count, seen, blocks, len(text_frame(json)), len(compressed))


def run(arms: Mapping[str, Arm], rounds: int) -> dict[str, list[Round]]:
    """Every arm once a round, in random order; the first two rounds warm up."""
    seen: dict[str, list[Round]] = {name: [] for name in arms}
    for number in range(rounds + 2):
        for name in random.sample(list(arms), len(arms)):
            result = arms[name].round()
            if number >= 2:
                seen[name].append(result)
    return seen


def report(count: int, seen: Mapping[str, list[Round]], blocks: list[Round], size: int, compressed: int) -> None:
    """Print medians, and ratios formed within each round."""

    def median(of: Callable[[Round], float], name: str) -> str:
        return f"{name} {statistics.median(map(of, seen[name])):.1f}"

    def ratio(above: str, below: str) -> str:
        pairs = list(zip(seen[above], seen[below], strict=True))
        last = statistics.median(a.last / b.last for a, b in pairs)
        return f"{last:.2f} (CPU {statistics.median(a.cpu / b.cpu for a, b in pairs):.2f})"

    print(f"{count} subscribers, {SIZE}-byte alert, frame {size} bytes, compressed {compressed}")
    print("  ms until the last has it: " + ", ".join(median(lambda one: one.last, name) for name in seen))
    print("  ms of CPU of the server:  " + ", ".join(median(lambda one: one.cpu, name) for name in seen))
    print(f"  plain: {ratio('C', 'plain')} of the C loop; {ratio('broadcast', 'plain')} x broadcast()")
    print(
        f"  compressed: {ratio('plain', 'deflated')} of uncompressed; "
        f"{ratio('library deflate', 'deflated')} x the library's own compression"
    )
    walls, cpus = [one.block for one in blocks], [one.busy for one in blocks]
    print(
        f"  longest block of the event loop: median {statistics.median(walls):.1f} ms, worst {max(walls):.1f} ms; "
        f"by its CPU time {statistics.median(cpus):.1f} and {max(cpus):.1f} ms"
    )


if __name__ == "__main__":
    main()
