"""An event loop whose time passes only when nothing can run: hours in milliseconds, and the same every time."""

import asyncio
from asyncio.base_events import BaseEventLoop
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from types import ModuleType, SimpleNamespace
from typing import Any
from unittest.mock import patch

BEGINNING = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Stalled(RuntimeError):
    """Everything waits for something that nobody will do."""


class SimLoop(BaseEventLoop):
    """Runs what is ready in order, then jumps to the next timer. Knows no sockets and no threads."""

    def __init__(self) -> None:
        super().__init__()
        self._elapsed = 0.0
        self._selector = self

    def time(self) -> float:
        """Seconds since the beginning."""
        return self._elapsed

    def now(self) -> datetime:
        """The date and time that processes see."""
        return BEGINNING + timedelta(seconds=self._elapsed)

    def select(self, timeout: float | None) -> list[Any]:
        """As a selector that never has anything: lets the time pass that it would have waited."""
        if timeout is None:
            raise Stalled("nothing is scheduled any more")
        self._elapsed += timeout
        return []

    def _process_events(self, event_list: list[Any]) -> None:
        pass

    def _write_to_self(self) -> None:
        pass

    def run_in_executor(  # type: ignore[override]  # typeshed's has type variables of its own
        self, executor: Any, func: Callable[..., Any], *args: Any
    ) -> Any:
        """At once: a thread would bring chance into it."""
        future = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as exc:  # noqa: BLE001 - as an executor does
            future.set_exception(exc)
        return future


@contextmanager
def clock_of(loop: SimLoop, *modules: ModuleType) -> Iterator[None]:
    """Within the block these modules see the loop's time as `datetime.now` and `time.monotonic`."""
    dates = SimpleNamespace(now=lambda _tz: loop.now(), fromtimestamp=datetime.fromtimestamp)
    clock = SimpleNamespace(monotonic=loop.time)
    with ExitStack() as stack:
        for module in modules:
            if hasattr(module, "datetime"):
                stack.enter_context(patch.object(module, "datetime", dates))
            if hasattr(module, "time"):
                stack.enter_context(patch.object(module, "time", clock))
        yield


def close(loop: SimLoop) -> None:
    """End every task that is left, and the loop."""
    left = asyncio.all_tasks(loop)
    for task in left:
        task.cancel()
    if left:
        loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
    loop.close()
