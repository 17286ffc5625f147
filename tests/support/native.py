"""The gateway's optional helper in C, built for a test."""

import shutil
import subprocess
import sysconfig
from pathlib import Path

import pytest

from consumers.gateway import burst
from consumers.gateway.burst import Give


def helper(folder: Path) -> Give:
    """Build it, and load what it does; without a compiler the test is skipped."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        pytest.skip("no C compiler (cc)")
    headers = sysconfig.get_path("include")
    if not Path(headers, "Python.h").exists():
        pytest.skip("no headers of this Python (python3-dev)")
    library = folder / burst.LIBRARY.name
    source = burst.LIBRARY.with_name("burst.c")
    command = [compiler, "-O2", "-Wall", "-Werror", "-shared", "-fPIC", "-I", headers, "-o", str(library), str(source)]
    subprocess.run(command, check=True)
    built = burst.load(library)
    assert built is not None
    return built
