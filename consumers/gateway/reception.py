"""What the websockets' port does with each who comes: an answer to plain HTTP, a refusal, or a conversation."""

import asyncio
import contextlib
import time
from collections.abc import Iterator
from typing import Any

from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request, Response
from websockets.protocol import State
from websockets.typing import Subprotocol

from alerts.wire import SUBPROTOCOL, CloseCode
from consumers.gateway import visit as visits
from consumers.gateway.access import Refused, bearer
from consumers.gateway.connection import Connection
from consumers.gateway.house import House
from consumers.gateway.http import Answer, Http, error, refusal, response
from consumers.gateway.session import Session
from consumers.gateway.thrift import lighten
from consumers.gateway.visit import Visit

ANSWER_WITHIN = 4.0  # seconds for an answer that waits for Kafka; the library gives the whole opening OPEN_WITHIN
LAST_WORDS = 1.0  # seconds for a conversation to notice that it was cut


class Reception:
    """Receives who comes, and knows who is there. The `websockets` server calls `opening`, then `converse`."""

    def __init__(self, house: House, http: Http) -> None:
        self.house = house
        self.http = http
        self.draining = False
        self.open: dict[ServerConnection, asyncio.Task[Any] | None] = {}

    async def opening(self, connection: ServerConnection, request: Request) -> Response | None:
        """Answer plain HTTP; let websockets through, or refuse them before or after the upgrade."""
        assert isinstance(connection, Connection)  # noqa: S101 - create_connection made it
        upgrade = any(value.lower() == "websocket" for value in request.headers.get_all("Upgrade"))
        if visits.target(request.path)[0] != "/v1/stream" or not upgrade or request.method != "GET":
            return response(await self._answer(request, connection.address), head=request.method == "HEAD")
        try:
            connection.visit = await self._visit(connection, request)
        except Refused as refused:
            if not request.headers.get_all("Origin"):
                return response(refusal(refused))
            connection.visit = Visit(refused=refused)
        return None

    async def _answer(self, request: Request, peer: str) -> Answer:
        """Older alerts may be long in coming; the library cuts off who was not answered in time, without a word."""
        try:
            async with asyncio.timeout(ANSWER_WITHIN):
                return await self.http.answer(request, peer)
        except TimeoutError:
            late = error(503, "unavailable", "this takes too long now", ("Retry-After", "5"))
            return self.http.readable(request, late)  # its origin was good, or it would not have taken so long

    async def _visit(self, connection: Connection, request: Request) -> Visit:
        if self.draining:
            raise Refused("drain", "restarting", 503, CloseCode.SERVICE_RESTART)
        self.http.check_place(request, connection.address)
        connection.came_by(self.house.keeper.proxies.client(connection.address, request.headers))
        self.house.door.check(connection.address)
        token = bearer(request.headers.get_all("Authorization"))
        grant = None if token is None else await self.house.keeper.admit(token, time.time())
        return visits.read(request.path, connection.address, grant)

    async def converse(self, connection: ServerConnection) -> None:
        """Talk until the connection ends."""
        assert isinstance(connection, Connection)  # noqa: S101 - create_connection made it
        lighten(connection)
        with self._registered(connection):
            await Session(self.house, connection, connection.visit).run()

    @contextlib.contextmanager
    def _registered(self, connection: Connection) -> Iterator[None]:
        self.open[connection] = asyncio.current_task()
        spoke = self.house.wheel.add(connection)
        try:
            yield
        finally:
            self.house.wheel.remove(connection, spoke)
            del self.open[connection]

    def cut(self, *, all_of_them: bool) -> None:
        """Cut connections that have not said hello yet, or every one."""
        for connection in list(self.open):
            if all_of_them or connection.protocol.state is State.OPEN:
                connection.transport.abort()

    async def end(self) -> None:
        """Cut every connection, and end the talks that do not notice it."""
        self.cut(all_of_them=True)
        if tasks := [task for task in self.open.values() if task is not None]:
            await asyncio.wait(tasks, timeout=LAST_WORDS)
            for task in tasks:
                task.cancel()  # it waits for Kafka, say


def subprotocol(_: ServerConnection, offered: Any) -> Subprotocol | None:
    """Ours if it is offered; none is fine too (the library's own list would refuse clients that offer none)."""
    return Subprotocol(SUBPROTOCOL) if SUBPROTOCOL in offered else None
