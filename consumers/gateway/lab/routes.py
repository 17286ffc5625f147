"""`/v1/lab...` on the second listener: editors try rules, admins save them.

The tail holds articles of all publishers about all places, most of which no subscriber was shown. A token with a scope
(regions, topics, a least priority) must not see beyond it, and there is no telling an article's scope before it is
judged; so such tokens are refused here, whatever their role.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator
from contextlib import AbstractContextManager
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import from_json, to_json
from starlette.types import Receive, Send
from websockets.http11 import Request

from alerts.faults import sentence
from alerts.filters import EVERYTHING
from consumers.gateway import body, metrics, visit
from consumers.gateway.access import Grant
from consumers.gateway.http import Answer, error
from consumers.gateway.lab.bench import Bench, Trouble
from consumers.gateway.lab.framing import REFUSED, Piece
from consumers.gateway.visit import bad_request

PREFIX = "/v1/lab"
LARGEST = 2**20
"""Of a body, in bytes: a rules file of some thousand rules, or an article. The gateway's loop reads it: some ms."""
HEADERS = [
    (b"content-type", b"application/x-ndjson"),
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-accel-buffering", b"no"),  # a proxy must not hold events back
]

Rule = Annotated[str, Field(max_length=256)]
Place = AbstractContextManager[None]


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Text(_Asked):
    text: Annotated[str, Field(max_length=LARGEST)]
    replaces: Annotated[list[Rule] | None, Field(max_length=10_000)] = None
    file: Annotated[str | None, Field(max_length=4096)] = None


class _Explain(_Asked):
    text: Annotated[str, Field(max_length=LARGEST)] = ""
    replaces: Annotated[list[Rule] | None, Field(max_length=10_000)] = None
    uri: Annotated[str, Field(max_length=4096)] | None = None
    pasted: Annotated[str, Field(max_length=LARGEST)] | None = None


class _Save(_Text):
    base: Annotated[str, Field(max_length=64)]


class _Restore(_Asked):
    file: Annotated[str, Field(max_length=4096)]
    base: Annotated[str, Field(max_length=64)]


_POSTS: dict[str, type[_Asked]] = {
    "check": _Text,
    "try": _Text,
    "written": _Text,
    "explain": _Explain,
    "save": _Save,
    "restore": _Restore,
}
_GETS = {"", "rule"}
_WRITING = {"save", "restore"}
PATHS = frozenset(f"{PREFIX}/{name}".rstrip("/") for name in (*_POSTS, *_GETS))


class Routes:
    """Answers requests to the lab."""

    def __init__(self, bench: Bench | None) -> None:
        """Without a bench the lab is switched off."""
        self._bench = bench

    async def answer(self, request: Request, receive: Receive, grant: Grant, place: Place) -> "Answer | Talk":
        """Answer one request; `place` is held while that takes.

        Raises:
            Refused: the request cannot be read.
        """
        name = urlsplit(request.path).path.removeprefix(PREFIX).strip("/")
        if self._bench is None:
            return error(404, "not_found", "the lab is switched off here (ALERTS_LAB)")
        if (refused := _may(grant, name)) is not None:
            return refused
        wanted = "GET" if name in _GETS else "POST"
        if request.method != wanted:
            return error(405, "method", f"{wanted} only here", ("Allow", wanted))
        if name in _GETS:
            do, fields = _got(name, request)
        else:
            do, fields = name, _read(_POSTS[name], await body.json_object(request, receive, LARGEST))
        if name in _WRITING:
            fields["by"] = grant.user
        if do == "try":
            place.__enter__()  # now, so that who finds none is refused; given back when the talk is over
            return Talk(self._bench, fields, place)
        with place:
            return await self._one(self._bench, do, fields, grant)

    async def _one(self, bench: Bench, do: str, fields: dict[str, Any], grant: Grant) -> Answer:
        try:
            piece = await bench.answer(do, **fields)
        except Trouble as exc:
            return _trouble(exc)
        if piece.kind == REFUSED:
            told = from_json(piece.body)
            return error(told["status"], told["error"], told["message"])
        if do in _WRITING:
            metrics.lab_saves.inc()
        if do == "status":
            who = to_json({"user": grant.user, "role": grant.role})
            return Answer(200, piece.body[:-1] + b',"you":%b}' % who)
        return Answer(200, piece.body)


class Talk:
    """The answer to `try`: events, a line of JSON each, as they are found."""

    def __init__(self, bench: Bench, fields: dict[str, Any], place: Place) -> None:
        self._bench = bench
        self._fields = fields
        self._place = place

    async def serve(self, receive: Receive, send: Send, headers: list[tuple[bytes, bytes]]) -> None:
        """Be the response. When the reader goes, so does the work."""
        started = time.monotonic()
        telling = asyncio.create_task(self._tell(send, [*HEADERS, *headers]))
        gone = asyncio.create_task(_gone(receive))
        try:
            await asyncio.wait({telling, gone}, return_when=asyncio.FIRST_COMPLETED)
            if telling.done():
                telling.result()
                metrics.lab_try_seconds.observe(time.monotonic() - started)
        finally:
            for task in (telling, gone):
                task.cancel()
            await asyncio.gather(telling, gone, return_exceptions=True)
            self._place.__exit__(None, None, None)

    async def _tell(self, send: Send, headers: list[tuple[bytes, bytes]]) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        async with contextlib.aclosing(self._lines()) as lines:
            async for line in lines:
                await send({"type": "http.response.body", "body": line + b"\n", "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    async def _lines(self) -> AsyncGenerator[bytes, None]:
        try:
            async with contextlib.aclosing(self._bench.ask("try", **self._fields)) as pieces:
                async for piece in pieces:
                    yield _error(piece) if piece.kind == REFUSED else piece.body
        except Trouble as exc:
            yield to_json({"type": "error", "error": exc.code, "message": str(exc)})


def _error(piece: Piece) -> bytes:
    return to_json({"type": "error", **from_json(piece.body)})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _may(grant: Grant, name: str) -> Answer | None:
    """The refusal of one who may not."""
    if not grant.editor:
        return error(403, "forbidden", f"role {grant.role} may not use the lab; editors may")
    if grant.scope != EVERYTHING:
        return error(403, "forbidden", "the lab shows articles of all kinds; a token with a scope may not use it")
    if name in _WRITING and grant.role != "admin":
        return error(403, "forbidden", f"role {grant.role} may not save rules; admins may")
    return None


def _got(name: str, request: Request) -> tuple[str, dict[str, Any]]:
    pairs = visit.query(request.path)
    asked = dict(pairs)
    if name == "" and not asked:
        return "status", {}
    if name == "rule" and len(pairs) == 1 and set(asked) <= {"id", "file"}:
        return "open", {"rule": asked.get("id"), "file": asked.get("file")}
    raise bad_request("expected ?id=RULE or ?file=FILE" if name else "there are no parameters here")


def _read(model: type[_Asked], said: dict[str, Any]) -> dict[str, Any]:
    """The fields that were given.

    Raises:
        Refused: they are not what the question needs.
    """
    try:
        asked = model.model_validate(said)
    except ValidationError as exc:
        raise bad_request(sentence(exc)) from None
    if isinstance(asked, _Explain) and (asked.uri is None) == (asked.pasted is None):
        raise bad_request("expected uri or pasted")
    return asked.model_dump(exclude_unset=True, exclude_none=True)


def _trouble(exc: Trouble) -> Answer:
    return error(exc.status, exc.code, str(exc), ("Retry-After", "5"))
