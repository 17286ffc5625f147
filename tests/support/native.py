"""The gateway's optional helper in C, built for a test."""

import shutil
import subprocess
from pathlib import Path

import pytest

from consumers.gateway import burst
from consumers.gateway.burst import Burst


def helper(folder: Path) -> Burst:
    """Build and load it; without a compiler the test is skipped."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        pytest.skip("no C compiler (cc)")
    library = folder / "burst.so"
    source = burst.LIBRARY.with_name("burst.c")
    subprocess.run([compiler, "-O2", "-Wall", "-Werror", "-shared", "-fPIC", "-o", library, source], check=True)
    return Burst(library)
