"""A process of the simulation: it can be killed, stopped, continued and asked to end, as a real one."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

Main = Callable[["Process", asyncio.Event], Awaitable[Any]]


class Process:
    """Tasks that live and die together. Whatever touches the outside goes through `gate`."""

    def __init__(self, name: str, main: Main) -> None:
        self.name = name
        self.alive = True
        self.failure: BaseException | None = None
        self._going = asyncio.Event()
        self._going.set()
        self._ambush: tuple[float, Callable[[], None]] | None = None
        self._stop = asyncio.Event()
        self._side: list[asyncio.Task[Any]] = []
        self._main = asyncio.get_running_loop().create_task(self._run(main))

    async def _run(self, main: Main) -> None:
        try:
            await main(self, self._stop)
        except Exception as exc:  # noqa: BLE001 - whoever watches the process decides
            if self.alive:
                self.failure = exc
        finally:
            self.alive = False
            for task in self._side:
                task.cancel()

    @property
    def ended(self) -> bool:
        """Whether nothing of it runs any more."""
        return self._main.done()

    @property
    def stopped(self) -> bool:
        """Whether SIGSTOP holds it."""
        return not self._going.is_set()

    def ambush(self, seconds: float, strike: Callable[[], None]) -> None:
        """Strike in the midst of its next batch of records: so many seconds after it was given them."""
        self._ambush = (seconds, strike)

    def has_work(self) -> None:
        """It has just been given records."""
        if self._ambush is not None:
            seconds, strike = self._ambush
            self._ambush = None
            asyncio.get_running_loop().call_later(seconds, strike)

    async def gate(self) -> None:
        """Pass if the process runs, wait while it is stopped; the dead go no further."""
        if not self._going.is_set():
            await self._going.wait()
        if not self.alive:
            raise asyncio.CancelledError

    def spawn(self, work: Awaitable[Any]) -> None:
        """A task of this process (a client's heartbeat)."""
        self._side.append(asyncio.ensure_future(self._watched(work)))

    async def _watched(self, work: Awaitable[Any]) -> None:
        try:
            await work
        except Exception as exc:  # noqa: BLE001 - as in `_run`
            if self.alive:
                self.failure = exc

    def kill(self) -> None:
        """SIGKILL: nothing it does from now on reaches anybody."""
        self.alive = False
        self._going.set()
        self._main.cancel()
        for task in self._side:
            task.cancel()

    def stop(self) -> None:
        """SIGSTOP."""
        self._going.clear()

    def go_on(self) -> None:
        """SIGCONT."""
        self._going.set()

    def end(self) -> None:
        """SIGTERM."""
        self._stop.set()
