"""The gateway: one port for websockets, page and history; composed here, started and drained here."""

import asyncio
import contextlib
import functools
import logging
import socket
import ssl
import time
from collections.abc import Iterator
from typing import Any, cast

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.http11 import Request, Response
from websockets.protocol import State
from websockets.typing import Subprotocol

from alerts.wire import MAX_FRAME, SUBPROTOCOL, CloseCode
from consumers.gateway import descriptors, revocation
from consumers.gateway import visit as visits
from consumers.gateway.access import Gatekeeper, Refused, bearer
from consumers.gateway.connection import COMPRESSION, Connection
from consumers.gateway.door import Door
from consumers.gateway.history import Archive, History
from consumers.gateway.house import House, LogEnd
from consumers.gateway.http import Answer, Http, error, refusal, response
from consumers.gateway.hub import Hub
from consumers.gateway.lab.bench import Bench
from consumers.gateway.listener import ACCEPTS, BACKLOG, Listener, queue
from consumers.gateway.newsdesk import Newsdesk, Outbox
from consumers.gateway.opening import Opening, explained
from consumers.gateway.patience import Patience
from consumers.gateway.pulse import Pulse
from consumers.gateway.session import Session
from consumers.gateway.thrift import lighten
from consumers.gateway.tls import certificate
from consumers.gateway.upkeep import Upkeep
from consumers.gateway.visit import Visit
from consumers.gateway.web import Web
from consumers.gateway.wheel import Wheel
from consumers.settings import Bind, InvalidSetting, Settings

log = logging.getLogger(__name__)

OPEN_WITHIN = 5.0  # seconds for a TLS handshake; then for the whole opening request, and for answering it
ANSWER_WITHIN = 4.0  # of these, for an answer that waits for Kafka
SEND_BUFFER = 64 * 1024  # of the kernel, per connection: by default it hides megabytes of slowness (push.md, 0.2)
DRAIN_SPREAD = 4.0  # seconds over which a drain says bye, so that clients do not all come back at once
DRAIN_SLICE = 200
DRAIN_WITHIN = 12.0  # seconds after which what is left is cut
LAST_WORDS = 1.0  # seconds for a conversation to notice that it was cut
RETRY_MS = (500, 15_000)


class Gateway:
    """A running gateway. Feed it with `publish`; `start`, then `drain`.

    Attributes:
        port: where it listens for websockets, once started.
        http_port: where it listens for server-sent events, polling and POST, once started.
        kafka: what the source says of Kafka, for `/healthz`.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        archive: Archive | None = None,
        log_end: LogEnd | None = None,
        outbox: Outbox | None = None,
        patience: Patience | None = None,
    ) -> None:
        self.settings = settings
        self.hub = Hub(settings)
        self.keeper = Gatekeeper(settings)
        self.door = Door(settings)
        self.history = History(self.hub, archive)
        self.newsdesk = Newsdesk(self.hub, outbox)
        self.wheel = Wheel(self.hub, settings.gateway_heartbeat)
        self.patience = patience or Patience()
        self.house = House(
            self.hub,
            self.keeper,
            self.door,
            self.history,
            self.newsdesk,
            self.wheel,
            log_end or LogEnd(),
            self.patience,
        )
        self.pulse = Pulse()
        self.http = Http(self.keeper, self.history, self.status, lambda: self.ready, self.pulse.status)
        self.bench = Bench(settings) if settings.lab else None
        self.port = self.http_port = 0
        self.kafka: dict[str, Any] = {"reachable": True}
        self.draining = False
        self._open: dict[ServerConnection, asyncio.Task[Any] | None] = {}
        self._server: Server | None = None
        self.upkeep = Upkeep()
        self.tls: ssl.SSLContext | None = None
        self._keeping: list[asyncio.Task[None]] = []

    async def publish(self, seq: int, epoch: str, data: bytes, timestamp_ms: int) -> None:
        """Take a record of the topic `alerts` in and push it. One caller at a time; see `Hub.publish`."""
        await self.hub.publish(seq, epoch, data, timestamp_ms)

    @property
    def url(self) -> str:
        """The page's address."""
        return f"{'https' if self.tls else 'http'}://{self.settings.gateway_bind.rpartition(':')[0]}:{self.port}/"

    @property
    def ready(self) -> bool:
        """Whether new subscribers should come here."""
        return self._server is not None and not self.draining

    @property
    def ended(self) -> int:
        """How many connections have ended so far, on either listener."""
        return self.door.ended + self.listener.ended

    @property
    def healthy(self) -> bool:
        """It answers, so it works: the ring is served also while Kafka is away."""
        return True

    def status(self) -> dict[str, Any]:
        """The state in a few words. Kafka away is degraded, not dead: the ring is still served."""
        feed = self.hub.feed
        degraded = not self.kafka["reachable"] or self.hub.unreadable > 0
        return {
            "ok": True,
            "status": "draining" if self.draining else "degraded" if degraded else "ok",
            "kafka": self.kafka,
            "epoch": self.hub.epoch,
            "oldest": feed.floor + 1,
            "head": feed.head,
            "ring": {"entries": len(feed), "bytes": feed.bytes},
            "unreadable": self.hub.unreadable,
            "connections": len(self.hub.members),
        }

    async def start(self) -> None:
        """Listen.

        Raises:
            InvalidSetting: the address cannot be had.
        """
        await self._prepare()
        self._listener = _listen(self.settings, "gateway_bind")
        self.port = self._listener.getsockname()[1]
        await self._start_web()
        create = functools.partial(Opening, self.hub, self.door, self.patience)
        self._server = await serve(
            self._converse,
            sock=self._listener,
            backlog=ACCEPTS,
            ssl=self.tls,
            ssl_handshake_timeout=OPEN_WITHIN if self.tls else None,
            process_request=self._opening,
            process_response=explained,
            select_subprotocol=_subprotocol,
            compression=None,  # the library's own: a context for each connection, and deflate for each
            extensions=[COMPRESSION] if self.settings.gateway_compression else None,
            create_connection=cast("type[ServerConnection]", create),
            open_timeout=OPEN_WITHIN,
            close_timeout=OPEN_WITHIN,
            ping_interval=None,  # the wheel pings
            max_size=MAX_FRAME,
            server_header=None,
            logger=_quiet(),
        )
        queue(self._listener)
        self._keeping.append(asyncio.create_task(self.wheel.turn(), name="gateway wheel"))
        if self.keeper.tokens is None:
            log.warning("no ALERTS_GATEWAY_SECRET or _JWKS: serving this machine only, everyone is the local admin")

    async def _prepare(self) -> None:
        """What may be wrong with files and limits is said before anybody can connect."""
        settings, tokens = self.settings, self.keeper.tokens
        descriptors.make_room(settings.gateway_max_connections)
        self.tls = certificate(settings, self.upkeep)
        if settings.gateway_revoked is not None:
            self.upkeep.add([settings.gateway_revoked], self._read_revoked)
            self._read_revoked()
        if tokens is not None and tokens.keys is not None:
            await tokens.keys.start()
            self._keeping.append(asyncio.create_task(tokens.keys.run(), name="gateway keys"))
        self._keeping.append(asyncio.create_task(self.upkeep.run(), name="gateway files"))

    def _read_revoked(self) -> None:
        """Whoever is in the file is out at once."""
        assert self.settings.gateway_revoked is not None  # noqa: S101 - asked only where it is
        try:
            # Editors may begin the file with a byte order mark, which is no part of the first name.
            self.keeper.revoked = revocation.parse(self.settings.gateway_revoked.read_text(encoding="utf-8-sig"))
        except (OSError, ValueError) as exc:
            if self._server is None:
                raise InvalidSetting(f"ALERTS_GATEWAY_REVOKED={self.settings.gateway_revoked}: {exc}") from None
            raise
        for member in list(self.hub.members):
            if member.grant is not None and self.keeper.is_revoked(member.grant):
                member.shut(CloseCode.REVOKED, "revoked")

    async def _start_web(self) -> None:
        settings = self.settings
        bound = _listen(settings, "gateway_http_bind")
        self.web = Web(self.house, self.http, self.bench)
        self.listener = Listener(self.web, bound, settings.gateway_max_connections, self.patience, self.tls)
        await self.listener.start()
        self.http_port = self.http.second_port = self.listener.port
        self.keeper.ports = {self.port, self.http_port}

    async def drain(self) -> None:
        """Stop: accept no more, say bye over a few seconds, cut what does not go. At most 15 s, whoever stalls."""
        if self._server is None:
            return
        self.draining = True
        self.web.draining = True
        self._server.close(close_connections=False)
        self.listener.refuse()
        members = list(self.hub.members)
        slices = max(1, -(-len(members) // DRAIN_SLICE))
        for number in range(slices):
            for connection in members[number * DRAIN_SLICE : (number + 1) * DRAIN_SLICE]:
                connection.shut(CloseCode.SERVICE_RESTART, "drain", retry_ms=RETRY_MS)
            if number + 1 < slices:
                await asyncio.sleep(DRAIN_SPREAD / slices)
        self._cut(all_of_them=False)
        if self.bench is not None:
            await self.bench.stop()
        await asyncio.gather(self._drain_websockets(), self.listener.drain(DRAIN_WITHIN - DRAIN_SPREAD))
        for task in self._keeping:
            task.cancel()
        await asyncio.gather(*self._keeping, return_exceptions=True)
        self._server = None

    async def _drain_websockets(self) -> None:
        assert self._server is not None  # noqa: S101 - drain() saw to it
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_WITHIN - DRAIN_SPREAD):
                await self._server.wait_closed()
        self._cut(all_of_them=True)
        if tasks := [task for task in self._open.values() if task is not None]:
            await asyncio.wait(tasks, timeout=LAST_WORDS)
            for task in tasks:
                task.cancel()  # it waits for Kafka, say
        await self._server.wait_closed()

    def _cut(self, *, all_of_them: bool) -> None:
        """Cut connections that have not said hello yet, or every one."""
        for connection in list(self._open):
            if all_of_them or connection.protocol.state is State.OPEN:
                connection.transport.abort()

    # -- one connection

    async def _opening(self, connection: ServerConnection, request: Request) -> Response | None:
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
        connection.came_by(self.keeper.proxies.client(connection.address, request.headers))
        self.door.check(connection.address)
        token = bearer(request.headers.get_all("Authorization"))
        grant = None if token is None else await self.keeper.admit(token, time.time())
        return visits.read(request.path, connection.address, grant)

    async def _converse(self, connection: ServerConnection) -> None:
        assert isinstance(connection, Connection)  # noqa: S101 - create_connection made it
        lighten(connection)
        with self._registered(connection):
            await Session(self.house, connection, connection.visit).run()

    @contextlib.contextmanager
    def _registered(self, connection: Connection) -> Iterator[None]:
        self._open[connection] = asyncio.current_task()
        spoke = self.wheel.add(connection)
        try:
            yield
        finally:
            self.wheel.remove(connection, spoke)
            del self._open[connection]


def _listen(settings: Settings, name: str) -> socket.socket:
    bind = Bind(getattr(settings, name))
    family = socket.AF_INET6 if ":" in bind.host else socket.AF_INET
    try:
        listener = socket.create_server(
            (bind.host, bind.port), family=family, backlog=BACKLOG, reuse_port=settings.gateway_share_port
        )
    except OSError as exc:
        reason = exc.strerror or str(exc)
        raise InvalidSetting(
            f"ALERTS_{name.upper()}={bind}: cannot listen there ({reason}). Stop what does, or choose another port."
        ) from None
    # Accepted connections inherit it.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
    return listener


def _subprotocol(_: ServerConnection, offered: Any) -> Subprotocol | None:
    """Ours if it is offered; none is fine too (the library's own list would refuse clients that offer none)."""
    return Subprotocol(SUBPROTOCOL) if SUBPROTOCOL in offered else None


def _quiet() -> logging.Logger:
    """The library tells of every connection; we do, in one line each."""
    logger = logging.getLogger("consumers.gateway.websockets")
    logger.setLevel(logging.ERROR)
    return logger
