"""The supervisor with small children of its own."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from consumers import supervisor as module
from consumers.supervisor import Guard, Program, Supervisor, Watched

STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
POLITE = "import time; print('up', flush=True); time.sleep(60)"


class Said:
    """What was said, and a way to wait for it."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str]] = []
        self._more = asyncio.Event()

    def __call__(self, name: str, line: str) -> None:
        self.lines.append((name, line))
        self._more.set()

    async def until(self, wanted: Callable[[list[tuple[str, str]]], bool]) -> None:
        async with asyncio.timeout(10):
            while not wanted(self.lines):
                self._more.clear()
                await self._more.wait()


def python(name: str, code: str) -> Program:
    return Program(name, [sys.executable, "-c", code])


def times(line: tuple[str, str], count: int) -> Callable[[list[tuple[str, str]]], bool]:
    return lambda lines: lines.count(line) >= count


async def test_a_killed_program_is_started_again_and_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """The line names it and how it ended."""
    monkeypatch.setattr(module, "FIRST_WAIT", 0.01)
    said, give_up = Said(), asyncio.Event()
    supervisor = Supervisor(said, group=None, give_up=give_up)
    keeping = asyncio.create_task(supervisor.keep(python("desk", POLITE)))
    await said.until(times(("desk", "up"), 1))
    os.kill(supervisor.pids()["desk"], signal.SIGKILL)
    await said.until(times(("desk", "up"), 2))
    await supervisor.stop(5.0)
    await keeping
    assert ("up", "!! desk was killed by SIGKILL; starting it again in 0.01 s") in said.lines
    assert not give_up.is_set()


async def test_wrong_settings_end_everything_instead_of_being_tried_again() -> None:
    """Exit status 2 is wrong usage: it would fail the same way for ever."""
    said, give_up = Said(), asyncio.Event()
    supervisor = Supervisor(said, group=None, give_up=give_up)
    await supervisor.keep(python("ingest", "print('alerts: ALERTS_X: no'); raise SystemExit(2)"))
    assert give_up.is_set()
    assert supervisor.status == 2
    assert ("ingest", "alerts: ALERTS_X: no") in said.lines


async def test_a_program_that_does_not_end_when_asked_is_killed() -> None:
    """Ctrl-C must end within seconds."""
    said = Said()
    supervisor = Supervisor(said, group=None, give_up=asyncio.Event())
    keeping = asyncio.create_task(supervisor.keep(python("gateway", STUBBORN)))
    await said.until(times(("gateway", "up"), 1))
    await supervisor.stop(0.2)
    await asyncio.wait_for(keeping, 5)
    assert ("up", "!! gateway did not end when asked; killed") in said.lines


async def test_long_lines_and_odd_bytes_are_passed_on() -> None:
    """A role's output is never lost for its form."""
    said = Said()
    supervisor = Supervisor(said, group=None, give_up=asyncio.Event())
    code = r"import sys; sys.stdout.buffer.write(b'x' * 200000 + b'\nno newline \xff')"
    assert await supervisor.once(python("desk", code)) == 0
    assert said.lines == [("desk", "x" * 200000), ("desk", "no newline \ufffd")]


async def test_a_server_that_died_is_started_again() -> None:
    """Redis and Apache Kafka come back at the same address."""
    said, up = Said(), [9]

    def restart() -> None:
        up.clear()

    supervisor = Supervisor(said, group=None, give_up=asyncio.Event())
    watching = asyncio.create_task(supervisor.watch(Watched("Redis", lambda: up[0] if up else None, restart)))
    await said.until(times(("up", "Redis is back"), 1))
    await supervisor.stop(0)
    await watching


async def test_the_embedded_broker_cannot_come_back() -> None:
    """What it held is gone, so everything ends and says why."""
    give_up = asyncio.Event()
    supervisor = Supervisor(Said(), group=None, give_up=give_up)
    await supervisor.watch(Watched("embedded broker", lambda: -9, None))
    assert give_up.is_set()
    assert "embedded broker was killed by SIGKILL" in supervisor.failed


def test_the_guard_kills_its_group_when_we_are_killed(tmp_path: Path) -> None:
    """A parent that dies without a word leaves nothing, not even grandchildren."""
    held = tmp_path / "held"
    os.mkfifo(held)
    code = f"""
import os, signal, subprocess
from consumers.supervisor import Guard
with Guard() as guard:
    forks = ["/bin/sh", "-c", "sleep 60 & exec sleep 60"]
    subprocess.Popen(forks, process_group=guard.group, stdout=open({str(held)!r}, "w"))
    print("up", flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as parent, held.open() as pipe:
        # It ends when every process that holds the other side has ended.
        assert pipe.read() == ""
        assert parent.wait(10) == -signal.SIGKILL


def test_nothing_joins_a_group_that_was_killed() -> None:
    """A thread that was starting servers when we stopped cannot start one more."""
    with Guard() as guard:
        guard.kill()
        with pytest.raises(PermissionError):
            subprocess.Popen(["/bin/true"], process_group=guard.group)
