"""A reader of server-sent events by the letter of the standard, as far as we need it."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from typing import Any

import httpx
from pydantic_core import from_json

from support.newsroom import PATIENCE

NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For clients of loopback: httpx otherwise reads every certificate authority, for each client anew."""


class Events:
    """An open stream of events. `last_id` is what a browser would send as Last-Event-ID."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self.last_id = ""
        self.retry_ms = 0
        self.seen: list[dict[str, Any]] = []
        self._lines = response.aiter_lines()

    async def recv(self) -> dict[str, Any]:
        """The next event's data; StopAsyncIteration at the end of the stream."""
        data: list[str] = []
        async with asyncio.timeout(PATIENCE):
            while True:
                line = await anext(self._lines)
                name, _, value = line.partition(":")
                value = value.removeprefix(" ")
                match name:
                    case "data":
                        data.append(value)
                    case "id":
                        self.last_id = value
                    case "retry":
                        self.retry_ms = int(value)
                    case _ if not line and data:
                        frame: dict[str, Any] = from_json("\n".join(data))
                        self.seen.append(frame)
                        return frame

    async def until(self, kind: str, **fields: Any) -> dict[str, Any]:
        """The next event of this type with these fields."""
        while True:
            frame = await self.recv()
            if frame["type"] == kind and fields.items() <= frame.items():
                return frame

    async def ended(self) -> None:
        """Read to the end."""
        with contextlib.suppress(StopAsyncIteration, httpx.TransportError):
            while True:
                await self.recv()


@contextlib.asynccontextmanager
async def events(web: str, query: str = "", headers: dict[str, str] | None = None) -> AsyncIterator[Events]:
    """Connect to the second listener at `web`."""
    async with (
        httpx.AsyncClient(timeout=PATIENCE, verify=NO_TLS) as http,
        http.stream("GET", f"{web}/v1/events{query}", headers=headers) as response,
    ):
        assert response.status_code == 200, await response.aread()
        yield Events(response)
