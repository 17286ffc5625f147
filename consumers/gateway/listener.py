"""The second listener: an ASGI server that neither hangs nor grows, whatever its peers do.

uvicorn by itself waits for ever for a reader that stalls. It is ended here, as on the websockets' port; who never ends
his request, and what is no HTTP, in `consumers.asked`.
"""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Callable
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from consumers.asked import NO_HTTP, REQUEST_WITHIN, Asked
from consumers.gateway import metrics
from consumers.gateway.binding import ACCEPTS, queue
from consumers.gateway.http import error
from consumers.gateway.patience import Patience


class Protocol(Asked):
    """One connection. `scope["state"]["abort"]` cuts it."""

    no_http = error(400, "bad_request", NO_HTTP).body
    patience: Patience = Patience()
    ended: Callable[[], None]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.app_state = {**self.app_state, "abort": self.abort}
        self._stalling: asyncio.TimerHandle | None = None
        self._buffered = 0
        self._progress = 0.0

    def connection_lost(self, exc: Exception | None) -> None:
        """The socket is gone."""
        if self._stalling is not None:
            self._stalling.cancel()
        super().connection_lost(exc)
        self.ended()

    def pause_writing(self) -> None:
        """The peer reads more slowly than we write: from now on it must show progress."""
        super().pause_writing()
        self._buffered, self._progress = self._unread(), self.loop.time()
        self._stalling = self.loop.call_later(self.patience.stall / 4, self._check_stall)

    def resume_writing(self) -> None:
        """The buffer has drained."""
        if self._stalling is not None:
            self._stalling.cancel()
            self._stalling = None
        super().resume_writing()

    def _unread(self) -> int:
        """Bytes that wait for the peer; asyncio's TLS transport raises if it is asked once it is closed."""
        return 0 if self.transport.is_closing() else self.transport.get_write_buffer_size()

    def _check_stall(self) -> None:
        buffered, now = self._unread(), self.loop.time()
        if buffered < self._buffered:
            self._progress = now
        self._buffered = buffered
        if now - self._progress >= self.patience.stall * 0.99:
            metrics.stalled.inc()
            self.abort()
        else:
            self._stalling = self.loop.call_later(self.patience.stall / 4, self._check_stall)


class Listener:
    """Serves one application on one socket."""

    def __init__(
        self, app: ASGIApp, listener: socket.socket, most: int, patience: Patience, tls: ssl.SSLContext | None
    ) -> None:
        """Serve `app` on a listening socket, to at most so many connections."""
        self.ended = 0
        """How many connections have ended so far."""
        self._listener = listener
        self._protocol = type("Protocol", (Protocol,), {"patience": patience, "ended": self._count})
        self._server = uvicorn.Server(
            uvicorn.Config(
                app,
                http=self._protocol,
                ws="none",
                log_config=None,
                log_level="error",  # not a line for each request that is none
                access_log=False,
                server_header=False,
                date_header=False,
                proxy_headers=False,
                lifespan="off",
                limit_concurrency=most,
                backlog=ACCEPTS,
                ssl_context_factory=None if tls is None else lambda _config, _default: tls,
            )
        )

    def _count(self) -> None:
        self.ended += 1

    @property
    def port(self) -> int:
        """Where it listens."""
        port: int = self._listener.getsockname()[1]
        return port

    async def start(self) -> None:
        """Listen."""
        config = self._server.config
        config.load()

        def connected() -> asyncio.Protocol:
            protocol: asyncio.Protocol = self._protocol(config, self._server.server_state, {})
            return protocol

        # Not by uvicorn's `startup`: that would wait a minute for whoever connects and begins no TLS.
        within = REQUEST_WITHIN if config.ssl else None
        server = await asyncio.get_running_loop().create_server(
            connected, sock=self._listener, ssl=config.ssl, ssl_handshake_timeout=within, backlog=ACCEPTS
        )
        self._server.servers = [server]
        queue(self._listener)

    def refuse(self) -> None:
        """Accept no more; answer what is under way."""
        for server in self._server.servers:
            server.close()
        for connection in list(self._server.server_state.connections):
            connection.shutdown()

    async def drain(self, seconds: float) -> None:
        """Wait for answers under way, then cut what is left."""
        state = self._server.server_state
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while state.connections:  # noqa: ASYNC110 - uvicorn tells nobody
                    await asyncio.sleep(0.02)
        for connection in list(state.connections):
            connection.transport.abort()
        if state.tasks:
            await asyncio.wait(list(state.tasks), timeout=1.0)
        for server in self._server.servers:
            await server.wait_closed()
