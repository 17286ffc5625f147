"""Keeps a set of processes running, and sees to it that none outlives us.

A process that ends is started again, after a wait that grows; what it prints is passed on under its name. All of them
join one process group, led by a guard that kills the group when we are gone, however we went.
"""

import asyncio
import contextlib
import os
import signal
import subprocess
import time
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from consumers.backends.embedded import ServerFailed

FIRST_WAIT = 0.5
LONGEST_WAIT = 15.0
# Having run so long, a process has recovered: the next wait is the first again.
RECOVERED_AFTER = 30.0
WRONG_USAGE = 2
POLL_SECONDS = 0.2

Say = Callable[[str, str], None]  # (name of who speaks, line)


def wait_before(restart: int) -> float:
    """Seconds to wait before the `restart`-th start in a row (1 is the first): doubling, with a limit."""
    return min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** min(restart - 1, 10))


def ended(status: int) -> str:
    """An exit status in words."""
    if status >= 0:
        return f"ended with status {status}"
    with contextlib.suppress(ValueError):
        return f"was killed by {signal.Signals(-status).name}"
    return f"was killed by signal {-status}"


class Guard:
    """Leads a process group and kills all of it as soon as we are gone (it reads a pipe that only we hold).

    Attributes:
        group: what a process must join to be guarded.
    """

    def __enter__(self) -> Self:
        # A shell because it is small, everywhere, and does nothing until then.
        self._process = subprocess.Popen(
            ["/bin/sh", "-c", "read _; kill -9 0"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            process_group=0,
        )
        self.group = self._process.pid
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def kill(self) -> None:
        """Kill whatever is left of the group; nothing can join it any more."""
        if self._process.returncode is None:
            os.killpg(self.group, signal.SIGKILL)
            self._process.communicate()


@dataclass(frozen=True)
class Program:
    """What to run, and what to add to our environment for it."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Watched:
    """A server that was started elsewhere: its exit status (None while it runs), and how to start it again.

    `restart` returns when it is ready, or raises ServerFailed; None means that starting it again would not help.
    """

    name: str
    status: Callable[[], int | None]
    restart: Callable[[], object] | None


class Supervisor:
    """Runs programs until told to stop.

    Attributes:
        failed: why everything must end (empty: it need not), and `status`, our own exit status then.
    """

    def __init__(self, say: Say, *, group: int | None, give_up: asyncio.Event) -> None:
        """`give_up` is set when something ended that cannot be helped by starting it again."""
        self._say = say
        self._group = group
        self._give_up = give_up
        self._stopping = asyncio.Event()
        self._running: dict[str, Process] = {}
        self.failed = ""
        self.status = 1

    def pids(self) -> dict[str, int]:
        """Process ids by name."""
        return {name: process.pid for name, process in self._running.items()}

    async def keep(self, program: Program) -> None:
        """Run `program`, again and again, until `stop`."""
        restarts = 0
        while not self._stopping.is_set():
            since = time.monotonic()
            status = await self.once(program)
            if self._stopping.is_set():
                return
            if status == WRONG_USAGE:
                # It has said which setting is wrong; it would say it again.
                self.fail(f"{program.name} cannot run with these settings (see its last line)", WRONG_USAGE)
                return
            restarts = 1 if time.monotonic() - since > RECOVERED_AFTER else restarts + 1
            wait = wait_before(restarts)
            self._say("up", f"!! {program.name} {ended(status)}; starting it again in {wait:g} s")
            await self._pause(wait)

    async def once(self, program: Program) -> int:
        """Run `program` to its end, passing on what it prints; its exit status."""
        process = await asyncio.create_subprocess_exec(
            *program.argv,
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=STDOUT,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **program.env},
            process_group=self._group,
        )
        self._running[program.name] = process
        if self._stopping.is_set():  # since we asked for it
            process.terminate()
        assert process.stdout is not None  # noqa: S101 - we asked for a pipe
        relay = asyncio.create_task(self._relay(program.name, process.stdout))
        try:
            status = await process.wait()
            # A child of its own may still hold the pipe.
            await asyncio.wait({relay}, timeout=1.0)
        finally:
            relay.cancel()
            del self._running[program.name]
        return status

    async def _relay(self, name: str, stream: asyncio.StreamReader) -> None:
        rest = b""
        while chunk := await stream.read(65536):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                self._say(name, line.decode(errors="replace"))
        if rest:
            self._say(name, rest.decode(errors="replace"))

    async def watch(self, server: Watched) -> None:
        """Look after a server that was started elsewhere."""
        restarts, since = 0, time.monotonic()
        while not self._stopping.is_set():
            await self._pause(POLL_SECONDS)
            status = server.status()
            if status is None or self._stopping.is_set():
                continue
            if server.restart is None:
                self.fail(f"the {server.name} {ended(status)}, and all that was in it is gone; start again")
                return
            restarts = 1 if time.monotonic() - since > RECOVERED_AFTER else restarts + 1
            self._say("up", f"!! {server.name} {ended(status)}; starting it again in {wait_before(restarts):g} s")
            await self._pause(wait_before(restarts))
            since = time.monotonic()
            try:
                await asyncio.to_thread(server.restart)
            except ServerFailed as exc:
                self._say("up", f"!! {exc}")
            else:
                self._say("up", f"{server.name} is back")

    def fail(self, why: str, status: int = 1) -> None:
        """Everything must end."""
        self.failed, self.status = why, status
        self._give_up.set()

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)

    async def stop(self, seconds: float) -> None:
        """Ask every program to end; kill those that have not within `seconds`."""
        self._stopping.set()
        processes = dict(self._running)
        for process in processes.values():
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
        waiting = {asyncio.create_task(process.wait(), name=name) for name, process in processes.items()}
        if not waiting:
            return
        _, late = await asyncio.wait(waiting, timeout=seconds)
        for task in late:
            self._say("up", f"!! {task.get_name()} did not end when asked; killed")
            with contextlib.suppress(ProcessLookupError):
                processes[task.get_name()].kill()
        if late:
            await asyncio.wait(late)
