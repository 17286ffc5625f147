"""The conversation with one subscriber: hello, welcome, then commands until the connection ends."""

import contextlib
import logging
import secrets
import time
from dataclasses import dataclass, field

from websockets.exceptions import ConnectionClosed

from alerts.cursor import Resume
from alerts.filters import Filter
from alerts.index import Interest
from alerts.wire import (
    Ack,
    Authenticate,
    CloseCode,
    Command,
    EditorAction,
    ErrorCode,
    Expiring,
    Hello,
    InvalidFrame,
    Ok,
    Ping,
    Pong,
    Subscribe,
    Trail,
    Unsubscribe,
    history_json,
    parse_command,
    text_frame,
)
from alerts.wire import History as HistoryCommand
from consumers.gateway import greeting, metrics
from consumers.gateway.access import Grant, Refused
from consumers.gateway.connection import Connection
from consumers.gateway.desk import EditorsDesk
from consumers.gateway.greeting import MAX_SUBSCRIPTIONS, Farewell
from consumers.gateway.history import Unavailable
from consumers.gateway.house import House
from consumers.gateway.rates import COMMAND_BURST, COMMAND_RATE, TOO_FAST, Bucket
from consumers.gateway.visit import Visit

log = logging.getLogger(__name__)

EXPIRING = 60.0
WHEN_FULL = (5_000, 15_000)  # milliseconds after which to come back
COST = {Ack: 0.0, Ping: 0.1}  # others cost 1


@dataclass(slots=True)
class Session:
    """One conversation."""

    house: House
    connection: Connection
    visit: Visit
    id: str = field(default_factory=lambda: secrets.token_hex(6))
    grant: Grant | None = None
    client: str = ""
    acked: int = -1
    subscriptions: dict[str, Filter] = field(default_factory=dict)
    desk: EditorsDesk = field(init=False)
    began: float = field(default_factory=time.monotonic)
    _bucket: Bucket = field(default_factory=lambda: Bucket(COMMAND_BURST, COMMAND_RATE, time.monotonic()))

    def __post_init__(self) -> None:
        self.desk = EditorsDesk(self.house.newsdesk, self.connection)

    async def run(self) -> None:
        """Talk until the connection ends. Never raises for what a client does."""
        try:
            if self.visit.refused is not None:
                raise self.visit.refused
            await self._greet()
            async for frame in self.connection:
                if not self.connection.open:
                    break
                await self._hear(frame)
        except ConnectionClosed:
            pass
        except Farewell as end:
            self.connection.fault(end.error, str(end))
            self.connection.shut(end.code, str(end))
        except Refused as refused:
            metrics.refused.labels(refused.error).inc()
            self.connection.fault(_error(refused), str(refused))
            full = refused.code is CloseCode.TRY_AGAIN_LATER
            self.connection.shut(refused.code, str(refused), retry_ms=WHEN_FULL if full else None)
        finally:
            self.connection.leave()  # it may have been lost before it joined
            await self.desk.close()
            if self.grant is not None:
                self.house.door.give_back(self.grant)
        await self._ended()

    async def _ended(self) -> None:
        connection = self.connection
        with contextlib.suppress(ConnectionClosed):
            # The library stops reading when too much is unread, and would then miss the peer's close.
            async for _ in connection:
                pass
        await connection.wait_closed()
        code = connection.close_code or CloseCode.ABNORMAL
        metrics.ended(code)
        log.info(
            "closed session=%s user=%r address=%s client=%r code=%d why=%r seconds=%.1f delivered=%d acked=%d",
            self.id,
            self.grant.user if self.grant else "-",
            connection.address,
            self.client,
            code,
            connection.aborted or connection.close_reason or "",
            time.monotonic() - self.began,
            connection.delivered,
            self.acked,
        )

    # -- hello

    async def _greet(self) -> None:
        hello = await greeting.hello(self.house, self.connection, self.visit)
        self.client = hello.client or ""
        self._enter(await self._admit(hello.token))
        subscriptions = hello.subscriptions or ({"auto": self.visit.filter} if self.visit.filter is not None else {})
        if len(subscriptions) > MAX_SUBSCRIPTIONS:
            raise Farewell(CloseCode.SUBSCRIPTION_LIMIT, "limit", f"at most {MAX_SUBSCRIPTIONS} subscriptions")
        self.subscriptions = dict(subscriptions)
        await self._start(hello)

    async def _admit(self, token: str | None) -> Grant:
        if token is None and self.visit.grant is not None:
            return self.visit.grant
        return await self.house.keeper.admit(token, time.time())

    def _enter(self, grant: Grant) -> None:
        """Take on a grant and count it; on a refusal the old one stays."""
        if self.grant is None or grant.key != self.grant.key:
            self.house.door.take(grant)
            if self.grant is not None:
                self.house.door.give_back(self.grant)
        self.grant = self.connection.grant = grant
        self.desk.admit(grant)

    @property
    def _granted(self) -> Grant:
        assert self.grant is not None  # noqa: S101 - set by _enter, before anything can be asked
        return self.grant

    def _watch_expiry(self) -> None:
        if self._granted.expires is None:
            return
        left = self._granted.expires - time.time()
        self.connection.later("expired", left, self._expired)
        self.connection.later("expiring", max(0.0, left - EXPIRING), self._expiring)

    def _expiring(self) -> None:
        if self.grant is not None and self.grant.expires is not None:
            self.connection.tell(Expiring(in_=max(0, round(self.grant.expires - time.time()))))

    def _expired(self) -> None:
        self.connection.shut(CloseCode.TOKEN_EXPIRED, "token expired", retry_ms=(0, 1000))

    async def _start(self, hello: Hello) -> None:
        said = hello.cursor is not None or self.visit.cursor is None
        text, on_gap = (hello.cursor, hello.on_gap) if said else (self.visit.cursor, self.visit.on_gap)
        await greeting.take_up(self.house, self.connection, text, on_gap, self._interests(), self._granted, self.id)
        if self.house.keeper.is_revoked(self._granted):  # since it was granted
            self.connection.shut(CloseCode.REVOKED, "revoked")
        self._watch_expiry()
        self.connection.welcome_again = self._welcome_again

    def _welcome_again(self) -> None:
        house, connection = self.house, self.connection
        start = Resume(connection.position)
        connection.tell(greeting.welcome(house, self._granted, self.id, house.hub.window(), start))

    # -- commands

    async def _hear(self, frame: str | bytes) -> None:
        try:
            command = parse_command(greeting.text(frame))
        except InvalidFrame as exc:
            metrics.commands.labels("invalid").inc()
            if self._within_rate(1.0, exc.req):
                self.connection.fault(exc.code, str(exc), exc.req)
            return
        metrics.commands.labels(command.type).inc()
        if self._within_rate(COST.get(type(command), 1.0), getattr(command, "req", None)):
            await self._obey(command)

    def _within_rate(self, cost: float, req: int | None) -> bool:
        if self._bucket.take(cost, time.monotonic()):
            return True
        if self._bucket.exhausted:
            self.connection.shut(CloseCode.RATE_LIMITED, "rate", retry_ms=(5000, 15_000))
        else:
            self.connection.fault("rate", TOO_FAST, req, retry=True)
        return False

    async def _obey(self, command: Command) -> None:
        match command:
            case Subscribe():
                self._subscribe(command)
            case Unsubscribe():
                self._unsubscribe(command)
            case Authenticate():
                await self._authenticate(command)
            case HistoryCommand():
                await self._history(command)
            case EditorAction():
                self.desk.act(command, self._granted)
            case Trail():
                self.desk.trail(command, self._granted)
            case Ack(seq=seq):
                self.acked = max(self.acked, seq)
            case Ping(req=req):
                self.connection.tell(Pong(req=req, now=self.house.hub.clock()))
            case Hello():
                self.connection.fault("bad_request", "hello was said before")

    def _subscribe(self, command: Subscribe) -> None:
        if command.id not in self.subscriptions and len(self.subscriptions) >= MAX_SUBSCRIPTIONS:
            self.connection.fault("limit", f"at most {MAX_SUBSCRIPTIONS} subscriptions", command.req)
            return
        self.subscriptions[command.id] = command.filter
        self._ok(command.req, self._apply())

    def _unsubscribe(self, command: Unsubscribe) -> None:
        if self.subscriptions.pop(command.id, None) is None:
            self.connection.fault("bad_request", f"there is no subscription {command.id!r}", command.req)
            return
        self._ok(command.req, self._apply())

    async def _authenticate(self, command: Authenticate) -> None:
        try:
            grant = await self.house.keeper.admit(command.token, time.time())
            if self.grant is not None and grant.user != self.grant.user:
                self.connection.fault("forbidden", "the token is another user's: connect again", command.req)
                return
            self._enter(grant)
        except Refused as refused:
            self.connection.fault(_error(refused), str(refused), command.req, retry=refused.status == 503)
            return
        self._watch_expiry()
        self._ok(command.req, self._apply())

    async def _history(self, command: HistoryCommand) -> None:
        interest = Interest(command.filter, self._granted.scope)
        try:
            page = await self.house.history.before(command.before, command.limit, interest)
        except Unavailable as exc:
            self.connection.fault("unavailable", str(exc), command.req, retry=True)
            return
        self.connection.write(text_frame(history_json(command.req, page.items, page.next)))

    # -- small change

    def _interests(self) -> frozenset[Interest]:
        scope = self._granted.scope
        return frozenset(Interest(wanted, scope) for wanted in self.subscriptions.values())

    def _apply(self) -> int:
        return self.house.hub.change(self.connection, self._interests())

    def _ok(self, req: int, seq: int) -> None:
        self.connection.tell(Ok(req=req, seq=seq))


def _error(refused: Refused) -> ErrorCode:
    """The protocol's word for a refusal."""
    match refused.status:
        case 400:
            return "bad_request"
        case 503:
            return "unavailable" if refused.error == "unavailable" else "limit"
        case _:
            return "unauthorised"
