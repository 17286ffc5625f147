"""Thousands of schedules of the whole pipeline, each from a seed; the seeds that break an invariant are printed.

    python tests/simulation/simulate.py [--seeds 2000] [--first 0] [--seconds 60] [--wrong NAME]
    python tests/simulation/simulate.py --seed 4711        # one of them again, with what happened and the roles' logs

`--wrong NAME` puts a mistake in that people make: the seeds must find it (`tests/simulation/wrong.py`).
Exit status 1 if an invariant was broken.
"""

import argparse
import logging
import os
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from simulation.wrong import WRONG, wrong_world
from support.sim import Broken, World, check
from support.sim import world as worlds

CHUNK = 10


def main() -> int:
    """Run what is asked for."""
    if os.environ.get("PYTHONHASHSEED") != "0":
        # The order of a set must be the same each time, or a seed is no more than a hint.
        os.environ["PYTHONHASHSEED"] = "0"
        os.execv(sys.executable, [sys.executable, *sys.argv])  # noqa: S606 - ourselves again
    options = _options()
    if options.seed is not None:
        return _replay(options.seed, options.wrong)
    return _search(options)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Schedules of the whole pipeline, in memory, from seeds.")
    parser.add_argument("--seeds", type=int, default=2000, help="how many schedules (default 2000)")
    parser.add_argument("--first", type=int, default=0, help="the first seed (default 0)")
    parser.add_argument("--seconds", type=float, default=600.0, help="stop after so many (default 600)")
    parser.add_argument("--until-broken", action="store_true", help="stop at the first seed that breaks something")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes (default: one a core)")
    parser.add_argument("--seed", type=int, help="run one schedule and tell what happens in it")
    parser.add_argument("--wrong", choices=sorted(WRONG), help="with this mistake put in")
    return parser.parse_args()


def _search(options: argparse.Namespace) -> int:
    started = time.monotonic()
    chunks = [
        range(at, min(at + CHUNK, options.first + options.seeds))
        for at in range(options.first, options.first + options.seeds, CHUNK)
    ]
    done, broken = 0, 0
    with ProcessPoolExecutor(options.jobs) as pool:
        for some, found in zip(chunks, pool.map(partial(broken_in, options.wrong), chunks), strict=True):
            done += len(some)
            broken += len(found)
            for seed, why in found:
                print(f"seed {seed}: {why}", flush=True)
            if time.monotonic() - started > options.seconds or (broken and options.until_broken):
                pool.shutdown(wait=False, cancel_futures=True)
                break
    seconds = time.monotonic() - started
    print(f"{done} schedules in {seconds:.0f} s ({60 * done / seconds:.0f} a minute), {broken} broken")
    return 1 if broken else 0


def broken_in(wrong: str | None, seeds: Sequence[int]) -> list[tuple[int, str]]:
    """The seeds that break an invariant, each with what is broken."""
    found = []
    for seed in seeds:
        try:
            world = wrong_world(wrong, seed) if wrong else World(seed)
            world.run()
            check(world)
        except (Broken, worlds.NeverAtRest) as exc:
            found.append((seed, f"{type(exc).__name__}: {exc}"))
    return found


def _replay(seed: int, wrong: str | None) -> int:
    world = wrong_world(wrong, seed) if wrong else World(seed)
    world.silent = False
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(_Stamped(world))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    print(world.plan.weather, f"lost replies {world.plan.lost_replies}")
    for mishap in world.plan.mishaps:
        print(f"{mishap.at:8.3f} {mishap.what}, for {mishap.seconds:.1f} s")
    for arrival in world.plan.arrivals:
        a = arrival.article
        print(f"{arrival.at:8.3f} {f'{a.uri} version {a.version} {a.pubstatus}: {a.headline}' if a else 'poison'}")
    try:
        world.run()
        check(world)
    except (Broken, worlds.NeverAtRest) as exc:
        print(f"broken: {type(exc).__name__}: {exc}")
        return 1
    finally:
        for line in worlds.told(world):
            print(line)
    print("all invariants hold")
    return 0


class _Stamped(logging.Formatter):
    """A line of a role's log with the simulated time."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self._world = world

    def format(self, record: logging.LogRecord) -> str:
        """As `Formatter.format`."""
        return f"{self._world.elapsed:8.3f} {record.name}: {record.getMessage().splitlines()[0]}"


if __name__ == "__main__":
    sys.exit(main())
