"""One connection of an HTTP server that neither waits for ever for a request nor raises for what is none.

uvicorn by itself waits for a request whose headers never end, and it raises, with a traceback that any stranger can
cause, where what follows a request is no HTTP and the request is being answered.
"""

import asyncio
import socket
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

REQUEST_WITHIN = 5.0  # seconds for the head of a request
UNACKNOWLEDGED_MS = 60_000  # what a peer does not acknowledge for so long, it will not: the network is gone
NO_HTTP = "expected an HTTP/1.1 request"


class Asked(H11Protocol):
    """One connection, given to uvicorn as `http`.

    Attributes:
        no_http: the JSON that answers what is no HTTP.
    """

    no_http = b'{"error":"%b"}' % NO_HTTP.encode()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._asking: asyncio.TimerHandle | None = None

    def abort(self) -> None:
        """Cut the connection."""
        self.transport.abort()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Somebody has connected and should ask something soon."""
        super().connection_made(transport)
        peer = transport.get_extra_info("socket")
        if peer is not None and hasattr(socket, "TCP_USER_TIMEOUT"):
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNACKNOWLEDGED_MS)
        self._watch_request()

    def connection_lost(self, exc: Exception | None) -> None:
        """The socket is gone."""
        if self._asking is not None:
            self._asking.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """The head of a request has so many seconds from its first byte on, however it trickles in."""
        super().data_received(data)
        self._watch_request()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - as uvicorn calls it
        """Say that it is no HTTP, unless something else has been said; then hear, and say, no more."""
        if self.conn.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
            said = [("Content-Type", "application/json"), ("Content-Length", str(len(self.no_http)))]
            head = h11.Response(status_code=400, headers=[*said, ("Connection", "close")], reason=b"Bad Request")
            for event in (head, h11.Data(self.no_http), h11.EndOfMessage()):
                self.transport.write(self.conn.send(event) or b"")
        if self.cycle is not None:  # whoever answers is told as if the peer had gone
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self.transport.close()

    def _unsupported_upgrade_warning(self) -> None:
        """Not what to install for websockets: they are elsewhere."""

    def _watch_request(self) -> None:
        asked = self.cycle is not None and not self.cycle.response_complete
        if asked and self._asking is not None:
            self._asking.cancel()
            self._asking = None
        elif not asked and self._asking is None and not self.transport.is_closing():
            self._asking = self.loop.call_later(REQUEST_WITHIN, self.abort)
