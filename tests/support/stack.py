"""Roles as real processes on a real Kafka and a real Redis, for tests and benchmarks."""

import itertools
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from consumers.backends.embedded import free_port

# Where `support` is found by programs of its own.
TESTS = Path(__file__).parents[1]
READY_SECONDS = 60.0
STOP_SECONDS = 15.0


@dataclass
class Role:
    """One running role."""

    name: str
    process: subprocess.Popen[bytes]
    ready_url: str
    log: Path
    environment: dict[str, str]

    @property
    def pid(self) -> int:
        return self.process.pid

    def peak_mib(self) -> float:
        """Peak resident memory so far, in MiB."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1]) / 1024
        raise RuntimeError("no VmHWM")

    def metric(self, name: str, **labels: str) -> float:
        """The sum of a metric's samples that carry these labels, scraped now."""
        text = fetch(self.ready_url.replace("/readyz", "/metrics"))
        return sum_of(text, name, labels)

    def tail(self, lines: int = 30) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


def sum_of(text: str, name: str, labels: dict[str, str]) -> float:
    total = 0.0
    for line in text.splitlines():
        if line.startswith((name + " ", name + "{")) and all(f'{k}="{v}"' in line for k, v in labels.items()):
            total += float(line.rpartition(" ")[2])
    return total


def fetch(url: str) -> str:
    with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - our own loopback address
        text: str = answer.read().decode()
        return text


@dataclass
class Stack:
    """Starts, kills and stops roles; every process it started is gone when it is closed."""

    folder: Path
    kafka: str
    redis: str
    prefix: str
    extra: dict[str, str] = field(default_factory=dict)
    roles: list[Role] = field(default_factory=list)
    # Roles may be started by several threads at once.
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def start(
        self,
        name: str,
        *,
        ready: bool = True,
        arguments: Sequence[str] = (),
        by: Sequence[str] = ("consumers",),
        extra: Mapping[str, str] | None = None,
        **settings: str,
    ) -> Role:
        """Start a role; with `ready`, wait until it says so. `by` is the module that runs it, and its arguments."""
        port = free_port()
        where = {
            "ingest": {"ALERTS_INGEST_BIND": f"127.0.0.1:{port}"},
            "gateway": {
                "ALERTS_GATEWAY_BIND": f"127.0.0.1:{port}",
                "ALERTS_GATEWAY_HTTP_BIND": f"127.0.0.1:{free_port()}",
            },
        }.get(name, {"ALERTS_ADMIN_BIND": f"127.0.0.1:{port}"})
        own = {
            "ALERTS_KAFKA": self.kafka,
            "ALERTS_REDIS": self.redis,
            "ALERTS_PREFIX": self.prefix,
            "ALERTS_DATA": str(self.folder / "data"),
            **where,
            **self.extra,
            **(extra or {}),
            **settings,
        }
        role = self._spawn(name, f"http://127.0.0.1:{port}/readyz", own, by, arguments)
        if name in {"ingest", "gateway"}:  # an explicit bind in `extra` wins
            bind = own[f"ALERTS_{name.upper()}_BIND"]
            role.ready_url = f"http://{bind}/readyz"
        if ready:
            self.wait_ready(role)
        return role

    def restart(self, role: Role, *, ready: bool = True, by: Sequence[str] = ("consumers",)) -> Role:
        """The same role again, on the same ports, after it ended."""
        again = self._spawn(role.name, role.ready_url, role.environment, by)
        if ready:
            self.wait_ready(again)
        return again

    def _spawn(
        self, name: str, ready_url: str, own: dict[str, str], by: Sequence[str], arguments: Sequence[str] = ()
    ) -> Role:
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("ALERTS_")}
        log = self.folder / f"{name}-{next(self.numbers)}.log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", *by, name, *arguments],
                env={**inherited, "PYTHONPATH": str(TESTS), **own},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        role = Role(name, process, ready_url, log, own)
        self.roles.append(role)
        return role

    def wait_ready(self, role: Role, seconds: float = READY_SECONDS) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if role.process.poll() is not None:
                raise RuntimeError(f"{role.name} ended with {role.process.returncode}:\n{role.tail()}")
            try:
                fetch(role.ready_url)
            except (urllib.error.URLError, OSError):
                time.sleep(0.05)
            else:
                return
        raise RuntimeError(f"{role.name} is not ready after {seconds:.0f} s:\n{role.tail()}")

    @staticmethod
    def kill9(role: Role) -> None:
        """The process is gone at once, with nothing said to anybody."""
        role.process.send_signal(signal.SIGKILL)
        role.process.wait(timeout=10)

    def close(self) -> None:
        """Ask every role to end, then make it."""
        running = [role for role in self.roles if role.process.poll() is None]
        for role in running:
            role.process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for role in running:
            try:
                role.process.wait(timeout=max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                role.process.kill()
                role.process.wait(timeout=5)


@contextmanager
def stack(folder: Path, kafka: str, redis: str, prefix: str, **extra: str) -> Iterator[Stack]:
    """A stack that is closed at the end of the block."""
    running = Stack(folder, kafka, redis, prefix, extra)
    try:
        yield running
    finally:
        running.close()
