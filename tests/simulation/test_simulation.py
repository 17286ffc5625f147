"""The simulation finds nothing in the pipeline, and finds what is wrong with one that is."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from simulation.wrong import WRONG

COMMAND = Path(__file__).with_name("simulate.py")
# Of the pipeline as it is, so many schedules here; `make simulate` runs thousands.
SEEDS = 150
# Each mistake shows in less than half as many.
SEEDS_OF_A_MISTAKE = 500


def simulate(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, str(COMMAND), *arguments],
        env={**os.environ, "PYTHONHASHSEED": "0"},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def test_no_schedule_breaks_an_invariant() -> None:
    """Whatever crashes, stops, fails or comes late: each match is in one alert, each revision there once, in order."""
    done = simulate("--seeds", str(SEEDS))
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("wrong", sorted(WRONG))
def test_a_mistake_is_found(wrong: str) -> None:
    """A pipeline with a well-known mistake in it breaks an invariant in some schedule, and the seed is told."""
    done = simulate("--seeds", str(SEEDS_OF_A_MISTAKE), "--until-broken", "--wrong", wrong)
    assert done.returncode == 1, done.stdout + done.stderr
    assert done.stdout.startswith("seed "), done.stdout + done.stderr


def test_a_seed_tells_the_same_story_each_time() -> None:
    """A schedule that is run again happens again, to the last revision."""
    told = {simulate("--seed", "7").stdout for _ in range(2)}
    assert len(told) == 1
    assert "all invariants hold" in told.pop()
