"""The gateway under churn; `ALERTS_TEST_SOAK_MINUTES=30` for the whole of it."""

import os
import subprocess
import sys
from pathlib import Path

SOAK = Path(__file__).parents[2] / "benchmarks/soak.py"


def test_memory_files_and_tasks_come_back_to_where_they_were() -> None:
    """Clients that come and go in every way there is leave nothing behind."""
    minutes = float(os.environ.get("ALERTS_TEST_SOAK_MINUTES", "0.25"))
    done = subprocess.run(
        [sys.executable, str(SOAK), "--minutes", str(minutes)],
        capture_output=True,
        text=True,
        check=False,
        timeout=minutes * 90 + 200,
    )
    assert done.returncode == 0, done.stdout + done.stderr
