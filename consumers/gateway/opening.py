"""What is said to a request that cannot become a websocket, or is no HTTP at all: JSON, like every other refusal.

The library refuses in plain text, does not name its version to a client of another one (RFC 6455, 4.4), and says
nothing to what it cannot parse, so that a POST with a body sees only a broken connection.
"""

from typing import Any

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import HeaderLineTooLong, InvalidMessage, RequestLineTooLong, TooManyHeaders
from websockets.http11 import Request, Response
from websockets.protocol import State

from consumers.gateway.connection import Connection
from consumers.gateway.http import Answer, error, response

EARLY = 64 * 1024  # bytes that may follow a request before it is answered
VERSION = "13"  # of the websocket protocol: RFC 6455's

_PREFIX = "Failed to open a WebSocket connection: "
_UNPARSED = (InvalidMessage, RequestLineTooLong, HeaderLineTooLong, TooManyHeaders)
_NO_HTTP = "expected an HTTP/1.1 request without a body; POST goes to the other listener (ALERTS_GATEWAY_HTTP_BIND)"


def explained(connection: ServerConnection, request: Request, given: Response) -> Response | None:
    """The library's refusal of a handshake in our form; None for answers that are not its own."""
    if given.status_code == 101 or not connection.protocol.accept_called:
        return None
    kept = [(name, given.headers[name]) for name in ("Allow", "Upgrade") if name in given.headers]
    status = given.status_code
    if status == 400 and request.headers.get_all("Sec-WebSocket-Version") != [VERSION]:
        status, kept = 426, [("Upgrade", "websocket"), ("Sec-WebSocket-Version", VERSION)]
    message = given.body.decode(errors="replace").removeprefix(_PREFIX).partition("\n")[0]
    return response(error(status, "handshake", message, *kept))


def unparsed(exc: Exception) -> Answer:
    """The answer to what could not be read as a request."""
    match exc:
        case RequestLineTooLong():
            return error(414, "too_long", str(exc))
        case HeaderLineTooLong() | TooManyHeaders():
            return error(431, "headers", str(exc))
        case _:
            return error(400, "bad_request", _NO_HTTP)


class Opening(Connection):
    """A connection that answers what the library cannot parse, and hears no more before it has answered the request.

    The library reads whatever follows the request as frames at once; if they are none, or the peer has half-closed, it
    can no longer send the answer, and logs its own assertion with a traceback, which any stranger can cause.
    """

    __slots__ = ("_answered", "_early", "_early_eof", "_seen")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._seen = b""  # the end of the head so far
        self._early: bytearray | None = None  # what came after the head and before our answer
        self._early_eof = self._answered = False

    def data_received(self, data: bytes) -> None:
        """Pass on the head; hold what follows until it is answered."""
        if self._answered:
            super().data_received(data)
        elif self._early is not None:
            self._early += data
            if len(self._early) > EARLY:
                self.drop("flood")
        else:
            seen = self._seen + data
            end = seen.find(b"\r\n\r\n")
            head = len(data) if end < 0 else end + 4 - len(self._seen)
            self._seen = seen[-3:]
            if end >= 0:
                self._early = bytearray(data[head:])
            super().data_received(data[:head])

    def eof_received(self) -> bool | None:  # type: ignore[override]  # asyncio allows it, the library does not use it
        """A peer that has said all may still hear; not with TLS, where asyncio ends the connection by itself."""
        if self.request is None or self._answered:
            super().eof_received()
            return None
        if self.transport.get_extra_info("sslcontext") is not None:
            self.transport.abort()
            return None
        self._early_eof = True
        return True

    def send_data(self) -> None:
        """Write what is to be sent; in place of the library's word, or silence, to what is no request, our own."""
        exc = self.protocol.handshake_exc
        if self.request is None and isinstance(exc, _UNPARSED) and not self.transport.is_closing():
            self._refuse(exc)
            return
        super().send_data()
        if self.request is not None and not self._answered:
            self.loop.call_soon(self._go_on)

    def _refuse(self, exc: Exception) -> None:
        if not self.protocol.data_to_send():
            return
        self.transport.write(response(unparsed(exc)).serialize())
        if self.transport.can_write_eof():
            self.transport.write_eof()
        else:
            self.transport.close()

    def _go_on(self) -> None:
        """The request was answered: hear what was held, if it became a websocket."""
        if self._answered:
            return
        self._answered, self._seen = True, b""
        early, self._early = self._early, None
        if early and self.protocol.state is State.OPEN:
            super().data_received(bytes(early))
        if self._early_eof:
            super().eof_received()
            self.transport.close()
