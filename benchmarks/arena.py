"""What the gateway's benchmarks share: processes that are told what to do line by line, the clients in C, ratios."""

import argparse
import itertools
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

HERE = Path(__file__).parent
ROOT = HERE.parent
CORES = sorted(os.sched_getaffinity(0))
SERVER, CLIENT = CORES[0], CORES[-1]
PATH = "/v1/stream?auto=1"


def options(doc: str | None, **defaults: float) -> argparse.Namespace:
    """The command line of a benchmark, `doc` its help: a number by each name, of the kind of its default."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, value in defaults.items():
        parser.add_argument(f"--{name}", type=type(value), default=value)
    return parser.parse_args()


def paced(rate: float) -> Iterator[float]:
    """So many turns a second, each with the seconds since the first; one that is late holds up none after it."""
    began = time.monotonic()
    for number in itertools.count():
        time.sleep(max(0.0, began + number / rate - time.monotonic()))
        yield time.monotonic() - began


class Worker:
    """A process that answers each line with a line."""

    port = ""

    def __init__(self, command: Sequence[str | Path], core: int, **environment: str) -> None:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("ALERTS_")}
        self.process = subprocess.Popen(
            ["taskset", "-c", str(core), *map(str, command)],  # noqa: S607 - util-linux, of the PATH
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
            env={**inherited, **environment},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def hear(self) -> str:
        """The next line that it prints."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.process.args!r} ended with {self.process.wait()}")
        return line.strip()

    @property
    def answered(self) -> bool:
        """Whether a line can be heard without waiting."""
        assert self.process.stdout is not None
        return bool(select.select([self.process.stdout], [], [], 0)[0])

    def tell(self, line: str) -> None:
        """Give it a line."""
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def ask(self, line: str) -> str:
        """Give it a line; its answer."""
        self.tell(line)
        return self.hear()

    def resident(self) -> int:
        """Bytes of memory in use."""
        pages = Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")


@contextmanager
def compiled() -> Iterator[Path]:
    """The folder of the C programs, compiled for this run. Ends the benchmark, saying so, where no compiler is."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        print("not measured: there is no C compiler here (cc), which the clients and the limit need")
        sys.exit(0)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for source in sorted((HERE / "native").glob("*.c")):
            subprocess.run([compiler, "-O2", "-o", folder / source.stem, source], check=True)
        yield folder


@dataclass
class Round:
    """One fan-out, in milliseconds.

    Until the call returned; until the last subscriber had it; of the server's CPU; that the event loop was blocked,
    by the clock on the wall and by the CPU's.
    """

    call: float
    last: float
    cpu: float
    block: float = 0.0
    busy: float = 0.0


class Arm:
    """A server and its subscribers."""

    def __init__(self, server: Worker, clients: Worker, count: int, extensions: str) -> None:
        self.server, self.clients, self.count, self.extensions = server, clients, count, extensions

    def round(self, command: str = "publish") -> Round:
        """Send one alert to all, and wait until all have it."""
        assert self.clients.ask(f"expect {self.count}") == "ok"
        began, ended, spent, *more = json.loads(f"[{self.server.ask(command).replace(' ', ',')}]")
        _, last, frames, _ = (int(word) for word in self.clients.hear().split()[1:])
        assert frames == self.count
        return Round((ended - began) / 1e6, (last - began) / 1e6, spent / 1e6, *(each / 1e6 for each in more))


@contextmanager
def arm(binaries: Path, server: Worker, count: int, *, deflate: bool = False, stalled: int = 0) -> Iterator[Arm]:
    """Start a server, and connect `count` subscribers to it."""
    with server:
        server.port = server.hear()
        with _subscribed(binaries, server, count, count, deflate=deflate, stalled=stalled) as one:
            yield one


@contextmanager
def joined(binaries: Path, first: Arm, count: int, *, deflate: bool = False, stalled: int = 0) -> Iterator[Arm]:
    """Connect `count` more subscribers to the server of another arm."""
    with _subscribed(binaries, first.server, count, first.count + count, deflate=deflate, stalled=stalled) as one:
        yield one


@contextmanager
def _subscribed(
    binaries: Path, server: Worker, count: int, members: int, *, deflate: bool, stalled: int
) -> Iterator[Arm]:
    command = [binaries / "subscribers", server.port, count, PATH, int(deflate), stalled]
    with Worker([str(word) for word in command], CLIENT) as clients:
        _, _, extensions = clients.hear().partition(" ")
        deadline = time.monotonic() + 60
        while int(server.ask("members")) < members:
            assert time.monotonic() < deadline, "not all subscribers were taken in"
            time.sleep(0.05)
        quiet = ""
        while quiet != (quiet := clients.ask("now").split()[1]):  # what it is told at first has come
            time.sleep(0.5)  # frames, not bytes: heartbeats go on all the time
        yield Arm(server, clients, count, extensions)


def gateway(**settings: Any) -> Worker:
    """The production gateway in a process of its own; see `host_gateway.py`."""
    return Worker([sys.executable, HERE / "host_gateway.py", json.dumps(settings)], SERVER)


def library(*, deflate: bool = False) -> Worker:
    """A plain `websockets` server that uses `broadcast()`; see `host_broadcast.py`."""
    return Worker([sys.executable, HERE / "host_broadcast.py", "deflate" if deflate else "plain"], SERVER)


def limit(binaries: Path, frame: bytes) -> Worker:
    """The loop of send(2)."""
    file = binaries / "frame"
    file.write_bytes(frame)
    return Worker([binaries / "limit", file], SERVER)
