"""A connection that fails on order: a TCP proxy on loopback."""

import asyncio
import contextlib
from typing import Self


class Proxy:
    """Passes bytes on between clients and one server, until told otherwise.

    Attributes:
        hears: whether what clients send reaches the server.
        speaks: whether what the server answers reaches clients.
        swallowed: set when an answer of the server was lost.
    """

    def __init__(self, port: int) -> None:
        self._target = port
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self.hears = self.speaks = True
        self.swallowed = asyncio.Event()

    @property
    def port(self) -> int:
        """Where clients connect."""
        assert self._server is not None
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:  # the server is down: so are we
            writer.close()
            return
        self._writers |= {writer, back}
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._pass_on(reader, back, answers=False))
                tasks.create_task(self._pass_on(there, writer, answers=True))
        finally:
            for one in (writer, back):
                one.close()
                self._writers.discard(one)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, answers: bool) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                if self.speaks if answers else self.hears:
                    writer.write(data)
                    await writer.drain()
                elif answers:
                    self.swallowed.set()
            writer.close()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for writer in list(self._writers):
            writer.close()
        await self._server.wait_closed()
