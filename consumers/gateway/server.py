"""The gateway: one port for websockets, page and history; composed here, started and drained here."""

import asyncio
import contextlib
import functools
import logging
import ssl
from typing import Any, cast

from websockets.asyncio.server import Server, ServerConnection, serve

from alerts.wire import MAX_FRAME, CloseCode
from consumers.gateway import descriptors, revocation
from consumers.gateway.access import Gatekeeper
from consumers.gateway.binding import ACCEPTS, listen, queue
from consumers.gateway.connection import COMPRESSION
from consumers.gateway.door import Door
from consumers.gateway.gone import GONE
from consumers.gateway.history import Archive, History
from consumers.gateway.house import House, LogEnd
from consumers.gateway.http import Http
from consumers.gateway.hub import Hub
from consumers.gateway.lab.bench import Bench
from consumers.gateway.listener import Listener
from consumers.gateway.newsdesk import Newsdesk, Outbox
from consumers.gateway.opening import Opening, explained
from consumers.gateway.patience import Patience
from consumers.gateway.pulse import Pulse
from consumers.gateway.reception import Reception, subprotocol
from consumers.gateway.tls import certificate
from consumers.gateway.upkeep import Upkeep
from consumers.gateway.web import Web
from consumers.gateway.wheel import Wheel
from consumers.settings import InvalidSetting, Settings

log = logging.getLogger(__name__)

OPEN_WITHIN = 5.0  # seconds for a TLS handshake; then for the whole opening request, and for answering it
DRAIN_SPREAD = 4.0  # seconds over which a drain says bye, so that clients do not all come back at once
DRAIN_SLICE = 200
DRAIN_WITHIN = 12.0  # seconds after which what is left is cut
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
        self.reception = Reception(self.house, self.http)
        self.bench = Bench(settings) if settings.lab else None
        self.port = self.http_port = 0
        self.kafka: dict[str, Any] = {"reachable": True}
        self.draining = False
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
        self._listener = listen(self.settings, "gateway_bind")
        self.port = self._listener.getsockname()[1]
        await self._start_web()
        create = functools.partial(Opening, self.hub, self.door, self.patience)
        self._server = await serve(
            self.reception.converse,
            sock=self._listener,
            backlog=ACCEPTS,
            ssl=self.tls,
            ssl_handshake_timeout=OPEN_WITHIN if self.tls else None,
            process_request=self.reception.opening,
            process_response=explained,
            select_subprotocol=subprotocol,
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
        bound = listen(settings, "gateway_http_bind")
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
        self.web.draining = self.reception.draining = True
        self._server.close(close_connections=False)
        self.listener.refuse()
        members = list(self.hub.members)
        slices = max(1, -(-len(members) // DRAIN_SLICE))
        for number in range(slices):
            for connection in members[number * DRAIN_SLICE : (number + 1) * DRAIN_SLICE]:
                connection.shut(CloseCode.SERVICE_RESTART, "drain", retry_ms=RETRY_MS)
            if number + 1 < slices:
                await asyncio.sleep(DRAIN_SPREAD / slices)
        self.reception.cut(all_of_them=False)
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
        await self.reception.end()
        await self._server.wait_closed()


def _quiet() -> logging.Logger:
    """The library tells of every connection; we do, in one line each. So do we where asyncio complains of one."""
    logging.getLogger("asyncio").addFilter(GONE)
    logger = logging.getLogger("consumers.gateway.websockets")
    logger.setLevel(logging.ERROR)
    return logger
