"""Servers that we start ourselves: how each is started, known to be ready, and ended. And the embedded broker.

Everything here is synchronous: the tests' session fixtures and `alerts up` both start servers before they do anything
else. A server that should not outlive a group of processes is started into that group (see `supervisor.Guard`).
"""

import json
import os
import secrets
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Self

READY_SECONDS = 30.0
POLL_SECONDS = 0.05


class ServerFailed(RuntimeError):
    """A server of ours could not be started; the text is one line that says what to do."""


_PORTS = range(20_000, 32_768)
"""Below those that systems give to outgoing connections (Linux from 32768, others from 49152)."""

_given: set[int] = set()
_giving = threading.Lock()


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody has now, and that this process has not given to anybody before.

    Whoever is to listen there starts a second later: a port that the system may give to any connection, or that we
    give to the next who asks, would then be taken at times.
    """
    with _giving:
        for _ in range(100):
            port = secrets.choice(_PORTS)
            if port not in _given and not taken("127.0.0.1", port):
                _given.add(port)
                return port
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def taken(host: str, port: int) -> bool:
    """Whether something else has `host:port`, so that a server of ours could not listen there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as sock:
        # As servers do: a connection that has just ended does not count.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind((host, port))
        except OSError:
            return True
    return False


class Server:
    """One process of a server program; may be killed and started again at the same address.

    Attributes:
        name: for messages.
        group: process group that it joins (None: ours).
    """

    def __init__(
        self, name: str, argv: Sequence[str], *, log: Path | None = None, group: int | None = None, talks: bool = False
    ) -> None:
        """`log` takes what it prints (None: nowhere).

        One that `talks` is spoken to over its standard streams; without a log its complaints go where ours go.
        """
        self.name = name
        self.group = group
        self._argv = tuple(argv)
        self._log = log
        self._talks = talks
        self._process: subprocess.Popen[str] | None = None

    @property
    def pid(self) -> int | None:
        """Process id while it runs."""
        return self._process.pid if self.alive and self._process else None

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process is not None and self._process.poll() is None

    @property
    def streams(self) -> tuple[IO[str], IO[str]]:
        """Standard input and output of one that talks."""
        assert self._process is not None  # noqa: S101 - after start()
        assert self._process.stdin is not None  # noqa: S101 - it talks
        assert self._process.stdout is not None  # noqa: S101
        return self._process.stdin, self._process.stdout

    def start(self) -> None:
        """Start the process; it is not ready yet.

        Raises:
            ServerFailed: there is no such program.
        """
        with self._output() as output:
            try:
                self._process = subprocess.Popen(
                    self._argv,
                    stdin=subprocess.PIPE if self._talks else subprocess.DEVNULL,
                    stdout=subprocess.PIPE if self._talks else output,
                    stderr=None if self._talks and self._log is None else output,
                    text=True,
                    process_group=self.group,
                )
            except OSError as exc:
                raise ServerFailed(f"{self.name}: {self._argv[0]} cannot be run ({exc.strerror})") from None

    def _output(self) -> IO[bytes]:
        if self._log is None:
            return Path(os.devnull).open("wb")
        self._log.parent.mkdir(parents=True, exist_ok=True)
        return self._log.open("ab")

    def wait_until(self, ready: Callable[[], bool], *, seconds: float = READY_SECONDS) -> None:
        """Wait until `ready()`.

        Raises:
            ServerFailed: the process ended, or is not ready in time; it is not left running.
        """
        deadline = time.monotonic() + seconds
        while not ready():
            if not self.alive:
                raise ServerFailed(f"{self.name} ended with status {self.status} while starting{self._last_words()}")
            if time.monotonic() > deadline:
                self.kill()
                raise ServerFailed(f"{self.name} was not ready within {seconds:.0f} s{self._last_words()}")
            time.sleep(POLL_SECONDS)

    def wait_ended(self, seconds: float) -> None:
        """Wait until it has ended by itself.

        Raises:
            subprocess.TimeoutExpired: it has not.
        """
        if self._process is not None:
            self._process.wait(seconds)

    @property
    def status(self) -> int | None:
        """Exit status as `subprocess` has it (negative: the signal); None while it runs or before it ran."""
        return self._process.poll() if self._process else None

    def _last_words(self) -> str:
        if self._log is None or not self._log.exists():
            return ""
        lines = self._log.read_text(errors="replace").strip().splitlines()
        return f" ({lines[-1][:300]}; see {self._log})" if lines else f" (see {self._log})"

    def kill(self) -> None:
        """End it at once (SIGKILL)."""
        if self._process is not None:
            self._process.kill()
            self._close()

    def stop(self, *, seconds: float = 5.0) -> None:
        """Ask it to end (SIGTERM), then kill."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._close()

    def _close(self) -> None:
        assert self._process is not None  # noqa: S101 - callers have looked
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with suppress(OSError):  # what was not yet written to the dead does not matter
                    stream.close()


class EmbeddedKafka:
    """The embedded broker (see `broker`); forgets everything when it ends.

    Attributes:
        address: `host:port` for clients, once started.
    """

    def __init__(self, *, log: Path | None = None, group: int | None = None) -> None:
        argv = [sys.executable, "-m", "consumers.backends.broker"]
        self.server = Server("embedded broker", argv, log=log, group=group, talks=True)
        self.address = ""

    def start(self, topics: Mapping[str, int] | None = None) -> Self:
        """Start it and create `topics` (name -> partitions).

        Raises:
            ServerFailed: it did not start.
        """
        self.server.start()
        line = self.server.streams[1].readline()
        if not line:
            self.server.wait_until(lambda: False, seconds=1.0)
        self.address = json.loads(line)["kafka"]
        self.create(topics or {})
        return self

    def create(self, topics: Mapping[str, int]) -> None:
        """Create topics (name -> partitions); one that exists stays as it is."""
        for topic, partitions in topics.items():
            to, answers = self.server.streams
            to.write(json.dumps({"topic": topic, "partitions": partitions}) + "\n")
            to.flush()
            answers.readline()

    def stop(self) -> None:
        """End it; nothing is there to be saved."""
        self.server.kill()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()
