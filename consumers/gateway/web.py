"""What the second listener serves: server-sent events, polling, editors' actions by POST; and what the first serves.

Hosts, origins, tokens, scopes, limits and the ring are those of the websockets; only the way in differs.
"""

import asyncio
import math
import time
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass, replace
from email.utils import formatdate
from typing import Any

from pydantic_core import to_json
from starlette.types import Receive, Scope, Send
from websockets.datastructures import Headers
from websockets.exceptions import InvalidHeader
from websockets.http11 import Request

from alerts import cursor as cursors
from alerts.cursor import CursorTooOld, InvalidCursor
from alerts.filters import EVERYTHING
from alerts.index import Interest
from alerts.wire import MAX_FRAME, CloseCode, EditorAction, ErrorCode, InvalidFrame, parse_command
from consumers.gateway import body, cors, greeting, metrics, visit
from consumers.gateway.access import Grant, Refused, bearer
from consumers.gateway.desk import action_of, refusal
from consumers.gateway.events import EventStream
from consumers.gateway.greeting import Farewell
from consumers.gateway.history import Unavailable
from consumers.gateway.house import House
from consumers.gateway.http import MAX_LIMIT, Answer, Http, error
from consumers.gateway.http import refusal as refusal_of
from consumers.gateway.lab import routes
from consumers.gateway.lab.bench import Bench
from consumers.gateway.newsdesk import ANSWER_WITHIN, Away
from consumers.gateway.poll import poll
from consumers.gateway.proxies import Proxies
from consumers.gateway.rates import TOO_FAST, Rates
from consumers.gateway.visit import Visit, bad_request, header

LONGEST_WAIT = 25.0  # seconds; proxies give up on an answer after thirty
OWN = frozenset({"/v1/events", "/v1/poll", "/v1/actions", "/v1/trail"} | routes.PATHS)

_STATUS: dict[ErrorCode, int] = {"forbidden": 403, "not_found": 404, "stale_revision": 409, "conflict": 409}


@dataclass(frozen=True, slots=True)
class Call:
    """One request: `peer` sent it, for the client at `address`."""

    request: Request
    peer: str
    address: str
    receive: Receive
    abort: Callable[[], None]

    @classmethod
    def of(cls, scope: Scope, receive: Receive, proxies: Proxies) -> "Call":
        """Read it from ASGI's scope, into the form that the first listener has too.

        Raises:
            InvalidHeader: a value has a control character, which the first listener does not take either. It names the
                value, which may be a token.
        """
        headers = Headers([(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]])
        path = scope["raw_path"].decode("latin-1")
        if scope["query_string"]:
            path += "?" + scope["query_string"].decode("latin-1")
        peer = scope["client"][0] if scope["client"] else ""
        address = proxies.client(peer, headers)
        return cls(Request(path, headers, scope["method"]), peer, address, receive, scope["state"]["abort"])


class Web:
    """The ASGI application."""

    def __init__(self, house: House, http: Http, bench: Bench | None = None) -> None:
        self.house = house
        self.http = http
        self.lab = routes.Routes(bench)
        self.acts, self.looks = Rates(), Rates()
        """Two, so that nobody who read too many trails is kept from an action."""
        self.draining = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; never raises for what a client does."""
        try:
            call = Call.of(scope, receive, self.house.keeper.proxies)
        except InvalidHeader:
            metrics.requests.labels("other", "400").inc()
            await _reply(error(400, "bad_request", "a header has a control character"), send, [])
            return
        path, _ = visit.target(call.request.path)
        if path not in OWN and call.request.method in {"GET", "HEAD"}:
            await _reply(await self.http.answer(call.request, call.peer), send, [])
            return
        shared: list[tuple[bytes, bytes]] = []
        try:
            self.http.check_place(call.request, call.peer)
            shared = _encoded(cors.shared(header(call.request, "Origin")))
            found = await self._route(path, call)
        except Refused as refused:
            found = refusal_of(refused)
        except Unavailable as exc:
            found = error(503, "unavailable", str(exc), ("Retry-After", "5"))
        status = found.status if isinstance(found, Answer) else 200
        metrics.requests.labels(path if path in OWN else "other", str(status)).inc()
        if isinstance(found, Answer):
            await _reply(found, send, shared)
        else:
            await found.serve(receive, send, shared)

    async def _route(self, path: str, call: Call) -> "Answer | Entrance | routes.Talk":  # noqa: PLR0911 - a table
        match call.request.method, path:
            case "OPTIONS", _:
                return Answer(204, headers=cors.PREFLIGHT)
            case _ if path in routes.PATHS:
                grant = await self._grant(call)
                return await self.lab.answer(call.request, call.receive, grant, Place(self.house, grant, call.address))
            case "GET", "/v1/events":
                return await self._events(call)
            case "GET", "/v1/poll":
                return await self._poll(call)
            case "POST", "/v1/actions":
                return await self._act(call)
            case "GET", "/v1/trail":
                return await self._trail(call)
            case _:
                allowed = "POST" if path == "/v1/actions" else "GET"
                return error(405, "method", f"{allowed} only here", ("Allow", allowed))

    async def _grant(self, call: Call) -> Grant:
        return await self.house.keeper.admit(bearer(call.request.headers.get_all("Authorization")), time.time())

    # -- server-sent events

    async def _events(self, call: Call) -> "Entrance":
        if self.draining:
            raise Refused("drain", "restarting", 503, CloseCode.SERVICE_RESTART)
        grant = await self._grant(call)
        wanted = _visit(call, grant, header(call.request, "Last-Event-ID"))
        entrance = Entrance(self.house, grant, call)
        try:
            await entrance.take_up(wanted)
        except Farewell as end:
            entrance.close()
            status = 410 if end.error == "cursor_too_old" else 400
            raise Refused(end.error, str(end), status, end.code) from None
        except BaseException:
            entrance.close()
            raise
        return entrance

    # -- polling

    async def _poll(self, call: Call) -> Answer:
        grant = await self._grant(call)
        wait = 0.0 if self.draining else _number(call, "wait", 20.0, LONGEST_WAIT)
        limit = int(_number(call, "limit", 50, MAX_LIMIT)) or 1
        wanted = _visit(call, grant, None, "wait", "limit")
        interest = Interest(wanted.filter or EVERYTHING, grant.scope)
        with Place(self.house, grant, call.address):
            try:
                return Answer(200, await _unless_gone(call, poll(self.house, wanted, interest, limit, wait)))
            except CursorTooOld as exc:
                raise Refused("cursor_too_old", str(exc), 410, CloseCode.CURSOR_TOO_OLD) from None

    # -- editors

    async def _act(self, call: Call) -> Answer:
        grant = await self._grant(call)
        _within_rate(self.acts, grant, call)
        command = await _command(call)
        if not grant.editor:
            return error(403, "forbidden", f"role {grant.role} may not act; editors may")
        if not self.house.newsdesk.visible(command.alert, grant):
            return error(404, "not_found", "there is no such alert in your scope")
        try:
            answer = await self.house.newsdesk.ask(action_of(command, grant))
        except Away as exc:
            return error(503, "unavailable", str(exc), ("Retry-After", "2"))
        try:
            async with asyncio.timeout(ANSWER_WITHIN):
                audit = await answer
        except TimeoutError:
            return error(202, "pending", "the desk has not answered yet: send the same action again to hear")
        if audit.outcome == "applied":
            return Answer(200, to_json({"ok": True, "revision": audit.result_revision}))
        code, message = refusal(audit)
        return error(_STATUS.get(code, 400), code, message)

    async def _trail(self, call: Call) -> Answer:
        grant = await self._grant(call)
        _within_rate(self.looks, grant, call)
        asked = dict(visit.query(call.request.path))
        if set(asked) != {"alert"}:
            raise bad_request("expected ?alert=ID")
        if not grant.editor:
            return error(403, "forbidden", f"role {grant.role} may not see it; editors may")
        if not self.house.newsdesk.shown(asked["alert"], grant):
            return error(404, "not_found", "there is no such alert")
        items, more = self.house.newsdesk.slate.trail(asked["alert"])
        return Answer(200, to_json({"alert": asked["alert"], "items": items, "more": more}, exclude_none=True))


class Place:
    """A place among those inside: in all, by address, by token; given back at the end of the block."""

    def __init__(self, house: House, grant: Grant, address: str) -> None:
        self.house = house
        self.grant = grant
        self.address = address

    def __enter__(self) -> None:
        door = self.house.door
        door.enter(self.address)
        try:
            door.check(self.address)
            door.take(self.grant)
        except Refused:
            door.leave(self.address)
            raise

    def __exit__(self, *_: object) -> None:
        self.house.door.give_back(self.grant)
        self.house.door.leave(self.address)


class Entrance:
    """A stream of events that was let in, with its place."""

    def __init__(self, house: House, grant: Grant, call: Call) -> None:
        self.house = house
        self.grant = grant
        self.place = Place(house, grant, call.address)
        self.place.__enter__()
        self.stream = EventStream(house, grant, call.address, call.abort)

    async def take_up(self, wanted: Visit) -> None:
        """Begin delivery, into the stream's buffer at first.

        Raises:
            Farewell: the cursor cannot be taken up.
        """
        stream, grant = self.stream, self.grant
        stream.desk.admit(grant)
        interests = frozenset({Interest(wanted.filter or EVERYTHING, grant.scope)})
        await greeting.take_up(self.house, stream, wanted.cursor, wanted.on_gap, interests, grant, stream.session)
        if self.house.keeper.is_revoked(grant):  # since it was granted
            stream.shut(CloseCode.REVOKED, "revoked")
        stream.watch_expiry()

    def close(self) -> None:
        """Give the place back."""
        self.stream.leave()
        self.house.newsdesk.editors.pop(self.stream.desk, None)
        self.place.__exit__()

    async def serve(self, receive: Receive, send: Send, headers: list[tuple[bytes, bytes]]) -> None:
        """Be the response."""
        try:
            await self.stream.serve(receive, send, headers)
        finally:
            self.place.__exit__()


def _visit(call: Call, grant: Grant, last_event_id: str | None, *own: str) -> Visit:
    """What the query asks for; a browser that comes back says in a header how far it got.

    Raises:
        Refused: a parameter is unknown or has a value that cannot be used.
    """
    path, _, query = call.request.path.partition("?")
    kept = "&".join(pair for pair in query.split("&") if pair.partition("=")[0] not in own)
    found = visit.read(f"{path}?{kept}", call.address, grant)
    if not last_event_id:
        return found
    try:
        cursors.parse(last_event_id)
    except InvalidCursor as exc:
        raise bad_request(f"Last-Event-ID: {exc}") from None
    return replace(found, cursor=last_event_id)


async def _unless_gone(call: Call, answer: Coroutine[Any, Any, bytes]) -> bytes:
    """An answer that may be long in coming, and takes up a place: not for a peer that has hung up.

    Raises:
        Refused: it has.
    """

    async def hung_up() -> None:
        while (await call.receive())["type"] != "http.disconnect":
            pass

    answering, listening = asyncio.ensure_future(answer), asyncio.ensure_future(hung_up())
    try:
        await asyncio.wait({answering, listening}, return_when=asyncio.FIRST_COMPLETED)
        if not answering.done():
            raise bad_request("the peer hung up before it was answered")
        return answering.result()
    finally:
        answering.cancel()
        listening.cancel()


def _within_rate(rates: Rates, grant: Grant, call: Call) -> None:
    """Count a command of one user at one address.

    Raises:
        Refused: too many, and when to come again.
    """
    wait = rates.take((grant.user, call.address), time.monotonic())
    if wait:
        raise Refused("rate", TOO_FAST, 429, CloseCode.RATE_LIMITED, math.ceil(wait))


def _number(call: Call, name: str, otherwise: float, most: float) -> float:
    values = [value for key, value in visit.query(call.request.path) if key == name]
    if not values:
        return otherwise
    if len(values) > 1 or not values[0].isdecimal() or len(values[0]) > 6 or int(values[0]) > most:
        raise bad_request(f"{name}: at most {most:.0f}")
    return float(values[0])


async def _command(call: Call) -> EditorAction:
    """The body of a POST as the websocket's command.

    Raises:
        Refused: it is not JSON of that shape, too large, or too slow.
    """
    said = await body.json_object(call.request, call.receive, MAX_FRAME)
    if {"type", "req"} & said.keys():
        raise bad_request("expected an object: id, alert, revision, do, ...")
    try:
        command = parse_command(to_json({"type": "action", "req": 0, **said}))
    except InvalidFrame as exc:
        raise bad_request(str(exc)) from None
    assert isinstance(command, EditorAction)  # noqa: S101 - by its type
    return command


def _encoded(headers: Iterable[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode("latin-1"), value.encode("latin-1", "replace")) for name, value in headers]


async def _reply(answer: Answer, send: Send, more: list[tuple[bytes, bytes]]) -> None:
    headers = [
        ("date", formatdate(usegmt=True)),
        ("content-length", str(len(answer.body))),
        ("content-type", answer.type),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
    ]
    headers += [(name.lower(), value) for name, value in answer.headers]
    if not any(name == "cache-control" for name, _ in headers):
        headers.append(("cache-control", "no-store"))
    await send({"type": "http.response.start", "status": answer.status, "headers": [*_encoded(headers), *more]})
    await send({"type": "http.response.body", "body": answer.body})
