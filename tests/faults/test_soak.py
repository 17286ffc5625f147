"""The gateway under churn: for a quarter of a minute, and with `--long` for half an hour.

`ALERTS_TEST_SOAK_MINUTES` is for how long else. With `-s` the figures are shown.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SOAK = Path(__file__).parents[2] / "benchmarks/soak.py"
LONG = float(os.environ.get("ALERTS_TEST_SOAK_MINUTES", "30"))


@pytest.mark.parametrize("minutes", [pytest.param(0.25, id="short"), pytest.param(LONG, marks=pytest.mark.long)])
def test_memory_files_and_tasks_come_back_to_where_they_were(minutes: float) -> None:
    """Clients that come and go in every way there is leave nothing behind."""
    done = subprocess.run(
        [sys.executable, str(SOAK), "--minutes", str(minutes)],
        capture_output=True,
        text=True,
        check=False,
        timeout=minutes * 90 + 200,
    )
    print(done.stdout)  # noqa: T201 - the figures are what the run is for
    assert done.returncode == 0, done.stdout + done.stderr
