"""Our own rule for CI: nothing may be skipped there."""

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


@pytest.mark.parametrize(("required", "status"), [("", 0), ("1", 1)])
def test_a_skip_fails_the_run_where_nothing_may_be_skipped(tmp_path: Path, required: str, status: int) -> None:
    """In either case the end of the output says what was skipped, and why."""
    (tmp_path / "test_it.py").write_text(CODE)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "support.skips", "-p", "no:cacheprovider", "--rootdir", tmp_path, "."],
        cwd=tmp_path,
        env={
            **os.environ,
            "ALERTS_TEST_REQUIRE_ALL": required,
            "PYTHONPATH": str(Path(support.skips.__file__).parents[1]),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == status, done.stdout
    assert "   2  no cheese here" in done.stdout
    assert ("FAILED: ALERTS_TEST_REQUIRE_ALL" in done.stdout) is bool(required)
    assert "1 passed, 2 skipped" in done.stdout.splitlines()[-1]
