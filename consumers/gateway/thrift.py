"""What a connection of the library holds for longer than it is needed. With ten thousand of them it counts.

Uses parts of `websockets` that are only semi-public: the version is pinned, tests/integration/test_gateway_weight.py is
the contract, and benchmarks/bench_idle_memory.py says what it is good for.
"""

from typing import Any

from websockets.asyncio.server import ServerConnection
from websockets.datastructures import Headers
from websockets.http11 import Request, Response

_REQUEST = Request("", Headers())  # the library looks whether there is one: by that it knows that the opening is over
_RESPONSE = Response(101, "Switching Protocols", Headers())


def lighten(connection: ServerConnection) -> None:
    """The opening is over: let go of what only that needed. 5 of 19 KiB."""
    connection.request, connection.response = _REQUEST, _RESPONSE
    # An adapter and a weak reference for each connection, so that each log line can name it; ours do so themselves.
    connection.logger = connection.protocol.logger = connection.server.logger
    waiters: Any = connection.drain_waiters
    if not waiters:
        connection.drain_waiters = _few()
    _forget_choice(connection)


def untangle(connection: ServerConnection) -> None:
    """It is closed: cut the circles in it, so that it is gone at once, not when the collector comes by."""
    protocol = connection.protocol
    protocol.parser.close()
    if protocol.parser_exc is not None:
        protocol.parser_exc.__traceback__ = None
    _forget_choice(connection)


def _forget_choice(connection: ServerConnection) -> None:
    vars(connection.protocol).pop("select_subprotocol", None)  # holds the connection


def _few() -> Any:
    """A list where the library has a deque, which takes 600 bytes to be empty; it appends, removes and iterates."""
    return []
