"""Memory of one idle connection, session state included: growth of the gateway's resident memory.

Usage: bench_idle_memory.py [--subscribers 10000]

Beside it the same for a plain `websockets` server with and without its compression, as its documentation shows it.
"""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import arena
from arena import Worker

WARM = 200  # connections before the count begins: what the first ones load is not theirs


def main() -> None:
    """Print KiB a connection for each arm."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--subscribers", type=int, default=10_000)
    count = parser.parse_args().subscribers
    with arena.compiled() as binaries:
        for name, server, deflate in ARMS:
            idle, used = measure(binaries, server(), count, deflate=deflate)
            print(f"{name}: {idle:.1f} KiB a connection of {count} idle, {used:.1f} after two alerts", flush=True)


ARMS: list[tuple[str, Callable[[], Worker], bool]] = [
    ("gateway", arena.gateway, False),
    ("gateway, compression negotiated", arena.gateway, True),
    ("plain websockets without compression", arena.library, False),
    ("plain websockets, its own compression", lambda: arena.library(deflate=True), True),
]


def measure(binaries: Path, server: Worker, count: int, *, deflate: bool) -> tuple[float, float]:
    """KiB a connection, idle and after two alerts."""
    with arena.arm(binaries, server, WARM, deflate=deflate) as warm:
        warm.round()
        time.sleep(0.5)
        before = server.resident()
        with arena.joined(binaries, warm, count, deflate=deflate) as arm:
            time.sleep(1.0)
            idle = server.resident()
            arm.server.ask("publish")
            arm.server.ask("publish")
            time.sleep(1.0)
            used = server.resident()
    return (idle - before) / count / 1024, (used - before) / count / 1024


if __name__ == "__main__":
    main()
