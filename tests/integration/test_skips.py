"""Our own rule for CI: nothing may be skipped there. What takes minutes is left out, which is no skip."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import support.skips

CODE = """
import pytest

def test_one():
    pass

@pytest.mark.parametrize("n", [1, 2])
def test_other(n):
    pytest.skip("no cheese here")
"""


LONG = """
import pytest

def test_one():
    pass

@pytest.mark.long
def test_other():
    pass
"""


def _pytest(folder: Path, *arguments: str, required: str) -> "subprocess.CompletedProcess[str]":
    plugins = ["-p", "support.skips", "-p", "support.long", "-p", "no:cacheprovider"]
    return subprocess.run(
        [sys.executable, "-m", "pytest", *plugins, "--rootdir", folder, *arguments, "."],
        cwd=folder,
        env={
            **os.environ,
            "ALERTS_TEST_REQUIRE_ALL": required,
            "PYTHONPATH": str(Path(support.skips.__file__).parents[1]),
        },
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(("required", "status"), [("", 0), ("1", 1)])
def test_a_skip_fails_the_run_where_nothing_may_be_skipped(tmp_path: Path, required: str, status: int) -> None:
    """In either case the end of the output says what was skipped, and why."""
    (tmp_path / "test_it.py").write_text(CODE)
    done = _pytest(tmp_path, required=required)
    assert done.returncode == status, done.stdout
    assert "   2  no cheese here" in done.stdout
    assert ("FAILED: ALERTS_TEST_REQUIRE_ALL" in done.stdout) is bool(required)
    assert "1 passed, 2 skipped" in done.stdout.splitlines()[-1]


@pytest.mark.parametrize(
    ("arguments", "end"),
    [([], "1 passed, 1 deselected"), (["-m", "not kafka"], "1 passed, 1 deselected"), (["--long"], "2 passed")],
)
def test_what_takes_minutes_runs_only_when_asked_for(tmp_path: Path, arguments: list[str], end: str) -> None:
    """It is counted as deselected, whatever else is selected, and is no skip."""
    (tmp_path / "test_it.py").write_text(LONG)
    done = _pytest(tmp_path, "-W", "ignore", *arguments, required="1")
    assert done.returncode == 0, done.stdout
    assert end in done.stdout.splitlines()[-1]
