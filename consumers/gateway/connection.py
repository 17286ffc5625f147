"""One subscriber on a websocket: the transport of `transport`, the delivery of `reader`. The talk is in `session`."""

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from websockets.extensions import Extension
from websockets.extensions.permessage_deflate import PerMessageDeflate, ServerPerMessageDeflateFactory

from alerts.feed import Entry
from alerts.wire import DEFLATE_BITS, CloseCode, text_frame
from consumers.gateway import fanout, metrics
from consumers.gateway.door import Door
from consumers.gateway.patience import Patience
from consumers.gateway.transport import GONE, Transport

if TYPE_CHECKING:
    from consumers.gateway.hub import Hub

PING = b"\x89\x00"  # an empty ping frame (RFC 6455, 5.5.2)


COMPRESSION = ServerPerMessageDeflateFactory(server_no_context_takeover=True, client_no_context_takeover=True)
"""Without takeover no connection keeps a context (34 KiB), and one compressed frame serves them all."""


def _shares(extension: Extension) -> bool:
    """Whether this end of the connection can send frames that were compressed for everybody."""
    return (
        isinstance(extension, PerMessageDeflate)
        and extension.local_no_context_takeover
        and extension.local_max_window_bits >= DEFLATE_BITS
    )


@lru_cache(maxsize=4)
def _pulse(heartbeat: bytes) -> bytes:
    """The frames of one turn of the wheel, the same for all who are LIVE."""
    return text_frame(heartbeat) + PING


class Connection(Transport):
    """A websocket connection that reads the ring."""

    __slots__ = ()

    def __init__(self, hub: "Hub", door: Door, patience: Patience, *args: Any, **kwargs: Any) -> None:
        super().__init__(door, patience, *args, **kwargs)
        self.begin(hub)

    def join(self, cursor: int) -> None:
        """Start delivery; see `Reader.join`. Not for one that was lost while it was being greeted."""
        if self.transport is GONE:
            return
        self.deflates = any(_shares(extension) for extension in self.protocol.extensions)
        self.socket = self.raw_socket()
        self.handle = -1 if self.socket is None else self.socket.fileno()
        self.welcomed = True
        metrics.opening.dec()
        super().join(cursor)

    def deliver(self, entries: Sequence[Entry]) -> None:
        """Write alerts, each in the frame that all share."""
        self.delivered += len(entries)
        frames = [fanout.compressed(entry) if self.deflates else entry.raw for entry in entries]
        self.transport.write(frames[0] if len(frames) == 1 else b"".join(frames))

    def beat(self, heartbeat: bytes, now: float, silence: float) -> None:
        """Drop who was not heard for `silence` seconds, else heartbeat and ping."""
        if not self.open:
            return
        if now - self.heard > silence:
            metrics.silent.inc()
            self.drop("silent")
        elif self.hopeless(now):
            self.shut(CloseCode.TOO_SLOW, "too slow", retry_ms=(1000, 10_000))
        elif self.live:
            self.transport.write(_pulse(heartbeat))
        else:  # also if paused: one who reads slowly all the time is not silent
            self.transport.write(PING)
