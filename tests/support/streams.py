"""The client that we ship, as its tests use it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from alerts.alert import Alert
from alerts.client import AlertStream, Backoff
from support.newsroom import PATIENCE, Newsroom, eventually


def stream(room: Newsroom, **options: Any) -> AlertStream:
    """A stream that comes back at once."""
    return AlertStream(room.stream, **{"backoff": Backoff(first=0.02, longest=0.1), **options})


async def take(alerts: AsyncIterator[Alert], count: int) -> list[str]:
    """The ids of the next alerts."""
    async with asyncio.timeout(PATIENCE):
        return [(await anext(alerts)).id for _ in range(count)]


async def live(client: AlertStream) -> None:
    await eventually(lambda: client.state == "live")
