"""`AlertStream` for programs without an event loop: the same, with plain `for`."""

import asyncio
import threading
from collections.abc import AsyncIterator, Coroutine, Iterator, Mapping
from typing import Any, Self, TypeVar

from alerts.alert import Alert, Do
from alerts.client.stream import AlertStream

T = TypeVar("T")


class BlockingAlertStream:
    """Runs an `AlertStream` on a thread of its own; takes the same arguments. Iterate inside `with`.

    Hooks (`on_gap`, `on_desk`, `on_state`, `token`) are called on that thread, so they must not call this object: note
    what they are told, and ask outside.
    """

    def __init__(self, url: str, **options: Any) -> None:
        """Nothing happens yet; see `AlertStream`."""
        self._url = url
        self._options = options
        self._loop: asyncio.AbstractEventLoop | None = None

    def __enter__(self) -> Self:
        """Connect, in the background."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="alerts", daemon=True)
        self._thread.start()
        try:
            self._stream = self._wait(self._open())
        except BaseException:
            self._end()
            raise
        return self

    async def _open(self) -> AlertStream:
        return await AlertStream(self._url, **self._options).__aenter__()

    def __exit__(self, *_: object) -> None:
        """Disconnect."""
        try:
            self._wait(self._stream.__aexit__(None, None, None))
        finally:
            self._end()

    def _end(self) -> None:
        loop = self._running
        loop.call_soon_threadsafe(loop.stop)
        self._thread.join()
        loop.close()
        self._loop = None

    def __iter__(self) -> Iterator[Alert]:
        """Alerts as they come.

        Raises:
            Stopped: the gateway will not have us.
        """
        alerts = self._stream.__aiter__()
        try:
            while True:
                yield self._wait(_next(alerts))
        finally:
            self._wait(alerts.aclose())

    def subscribe(self, name: str, filters: Mapping[str, Any]) -> int:
        """See `AlertStream.subscribe`."""
        return self._wait(self._stream.subscribe(name, filters))

    def unsubscribe(self, name: str) -> None:
        """See `AlertStream.unsubscribe`."""
        self._wait(self._stream.unsubscribe(name))

    def history(self, **asked: Any) -> dict[str, Any]:
        """See `AlertStream.history`."""
        return self._wait(self._stream.history(**asked))

    def act(self, alert: Alert, do: Do, **more: Any) -> int | None:
        """See `AlertStream.act`."""
        return self._wait(self._stream.act(alert, do, **more))

    def trail(self, alert: str) -> dict[str, Any]:
        """See `AlertStream.trail`."""
        return self._wait(self._stream.trail(alert))

    @property
    def _running(self) -> asyncio.AbstractEventLoop:
        if self._loop is None:
            raise RuntimeError("not connected: use `with`")
        return self._loop

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        loop = self._running
        if threading.current_thread() is self._thread:
            work.close()
            raise RuntimeError("called from a hook, which runs on the thread that would have to answer")
        future = asyncio.run_coroutine_threadsafe(work, loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()  # Ctrl-C while waiting
            raise


async def _next(alerts: AsyncIterator[Alert]) -> Alert:
    return await anext(alerts)
