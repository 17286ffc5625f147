"""One subscriber on a websocket: the transport of `transport`, the delivery of `reader`. The talk is in `session`."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from alerts.feed import Entry
from alerts.wire import CloseCode, text_frame
from consumers.gateway import metrics
from consumers.gateway.door import Door
from consumers.gateway.patience import Patience
from consumers.gateway.transport import Transport

if TYPE_CHECKING:
    from consumers.gateway.hub import Hub

PING = b"\x89\x00"  # an empty ping frame (RFC 6455, 5.5.2)


class Connection(Transport):
    """A websocket connection that reads the ring."""

    def __init__(self, hub: "Hub", door: Door, patience: Patience, *args: Any, **kwargs: Any) -> None:
        super().__init__(door, patience, *args, **kwargs)
        self.begin(hub)

    def deliver(self, entries: Sequence[Entry]) -> None:
        """Write alerts, each in the frame that all share."""
        self.delivered += len(entries)
        self.transport.write(entries[0].raw if len(entries) == 1 else b"".join(entry.raw for entry in entries))

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
            self.transport.write(text_frame(heartbeat) + PING)
        elif not self.paused:
            self.transport.write(PING)
