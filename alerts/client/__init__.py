"""A client for the gateway: alerts as they come, through breaks and restarts, without loss.

    async with AlertStream("ws://127.0.0.1:8765/v1/stream", filters={"regions": ["UA"]}) as stream:
        async for alert in stream:
            print(alert.priority, alert.headline)

The one part of `alerts` that does I/O: it stands here because this is where other programs look for it. Nothing else in
`alerts` may import it (import-linter holds both).
"""

from alerts.client.backoff import Backoff
from alerts.client.blocking import BlockingAlertStream
from alerts.client.ends import Refused, Stopped
from alerts.client.store import CursorLost, CursorStore, FileStore, MemoryStore
from alerts.client.stream import AlertStream, State

__all__ = [
    "AlertStream",
    "Backoff",
    "BlockingAlertStream",
    "CursorLost",
    "CursorStore",
    "FileStore",
    "MemoryStore",
    "Refused",
    "State",
    "Stopped",
]
