"""What asyncio complains of when a peer is gone, at length: any stranger can cause it, and nobody can do anything.

Its transport for sockets does not expect that a peer resets the connection while the last of a buffer is written, and
then the callback fails (seen with 3.11: `_write_ready` shuts down a socket that is no longer connected, or with TLS
ends the connection twice). The connection is over by then, and is told of in our own line.
"""

import logging
from types import TracebackType

_WRITES = frozenset({"socket.send() raised exception.", "SSL connection is closed"})
_FAILS: dict[str, type[Exception]] = {"_write_ready": OSError, "_call_connection_lost": AttributeError}


class Gone(logging.Filter):
    """Lets other records pass."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether somebody should hear of it."""
        if not record.exc_info or record.exc_info[1] is None:
            return record.getMessage() not in _WRITES
        module, function = _raiser(record.exc_info[2])
        fault = _FAILS.get(function, ()) if module == "asyncio.selector_events" else ()
        return not isinstance(record.exc_info[1], fault)


def _raiser(traceback: TracebackType | None) -> tuple[str, str]:
    """Module and function that raised."""
    found = ("", "")
    while traceback is not None:
        found = traceback.tb_frame.f_globals.get("__name__", ""), traceback.tb_frame.f_code.co_name
        traceback = traceback.tb_next
    return found


GONE = Gone()
