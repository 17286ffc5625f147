"""Plain HTTP on the websockets' port: the editors' page, `/v1/alerts`, health, metrics.

The `websockets` server hands us the head of a request and sends what we answer: no bodies in, no streaming out, one
request a connection (findings/push.md, 2). What needs more stands on the second listener.
"""

import gzip
import hashlib
import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import formatdate
from http import HTTPStatus
from importlib.resources import files
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from websockets.datastructures import Headers
from websockets.http11 import Request, Response

from alerts import cursor as cursors
from alerts.cursor import MAX_SEQ, NO_EPOCH, Cursor, InvalidCursor
from alerts.filters import Filter, InvalidFilter
from alerts.index import Interest
from alerts.wire import more_json
from consumers.gateway import lookups, metrics
from consumers.gateway.access import Gatekeeper, Refused, bearer
from consumers.gateway.cors import PREFLIGHT, shared
from consumers.gateway.encoding import takes_gzip
from consumers.gateway.history import History, Page, Unavailable
from consumers.gateway.visit import bad_request, header, query, target

JSON = "application/json"
MAX_LIMIT = 500

_READING = frozenset({"GET", "HEAD"})
_PATHS = frozenset({"/v1/alerts", "/v1/lab", "/v1/stream", "/healthz", "/readyz", "/metrics"})
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".ts": "text/plain; charset=utf-8",
}
_HOST = re.compile(r"[A-Za-z0-9.\-]+(:[0-9]{1,5})?|\[[0-9A-Fa-f:]+\](:[0-9]{1,5})?")


@dataclass(frozen=True, slots=True)
class Answer:
    """A response before it is bytes."""

    status: int
    body: bytes = b""
    type: str = JSON
    headers: tuple[tuple[str, str], ...] = ()


def error(status: int, code: str, message: str, *headers: tuple[str, str]) -> Answer:
    """A JSON body that says what was wrong."""
    return Answer(status, json.dumps({"error": code, "message": message}).encode(), headers=headers)


def refusal(refused: Refused) -> Answer:
    """The answer to one who may not."""
    metrics.refused.labels(refused.error).inc()
    extra: tuple[tuple[str, str], ...] = ()
    if refused.status == 401:
        extra = (("WWW-Authenticate", "Bearer"),)
    elif refused.after is not None:
        extra = (("Retry-After", str(refused.after)),)
    return error(refused.status, refused.error, str(refused), *extra)


def response(answer: Answer, *, head: bool = False) -> Response:
    """The bytes' owner, as `websockets` wants it. `head` leaves the body out."""
    headers = Headers(
        [
            ("Date", formatdate(usegmt=True)),
            ("Connection", "close"),
            ("Content-Length", str(len(answer.body))),
            ("Content-Type", answer.type),
            ("X-Content-Type-Options", "nosniff"),
            ("Referrer-Policy", "no-referrer"),
            ("Cross-Origin-Resource-Policy", "same-origin"),
        ]
    )
    for name, value in answer.headers:
        headers[name] = value
    if "Cache-Control" not in headers:
        headers["Cache-Control"] = "no-store"
    return Response(answer.status, HTTPStatus(answer.status).phrase, headers, b"" if head else answer.body)


def content_security_policy(host: str | None, other_port: int | None = None) -> str:
    """Nothing from elsewhere, nothing inline; the websocket named, since not every browser counts it as 'self'.

    With `other_port`, the same machine's other listener may be asked too.
    """
    allowed = ""
    if host and _HOST.fullmatch(host):
        name = re.sub(r":[0-9]+\Z", "", host)
        allowed = f" ws://{host} wss://{host}" if other_port is None else f" http://{name}:{other_port}"
        allowed += "" if other_port is None else f" https://{name}:{other_port}"
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        f"connect-src 'self'{allowed}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


_FOR_READERS = re.compile(rb"^[ \t]+(?://.*)?|^//.*", re.MULTILINE)


def static() -> dict[str, Answer]:
    """The page's files and the browser client by path, read once."""
    answers = {}
    for folder in ("page", "client"):
        for file in files("consumers.gateway").joinpath(folder).iterdir():
            suffix = "." + file.name.rpartition(".")[2]
            if suffix not in _TYPES:
                continue
            body = lean(file.read_bytes()) if (folder, suffix) == ("page", ".js") else file.read_bytes()
            tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
            headers = (("ETag", tag), ("Cache-Control", "no-cache"))
            answers[f"/{folder}/{file.name}"] = Answer(200, body, _TYPES[suffix], headers)
    answers["/"] = answers.pop("/page/index.html")
    answers["/lab"] = answers.pop("/page/lab.html")
    return answers


def lean(script: bytes) -> bytes:
    """A script of ours without what only its reader needs: indentation, and lines that are a comment.

    Each line keeps its number, for what a browser reports. A script with text that goes over several lines, where
    indentation counts, stays as it is.
    """
    if any(line.count(b"`") % 2 for line in script.splitlines()):
        return script
    return _FOR_READERS.sub(b"", script)


def packed(answer: Answer) -> Answer:
    """The same for those who take gzip: a page of 150 KB is sent as a third of that. Its tag is one of its own."""
    headers = tuple((name, value[:-1] + '-gz"' if name == "ETag" else value) for name, value in answer.headers)
    body = gzip.compress(answer.body, mtime=0)
    return Answer(answer.status, body, answer.type, (*headers, ("Content-Encoding", "gzip")))


class Http:
    """Answers requests that are no websockets."""

    def __init__(
        self,
        keeper: Gatekeeper,
        history: History,
        health: Callable[[], Mapping[str, Any]],
        ready: Callable[[], bool],
        pulse: Callable[[], Mapping[str, Any]] = dict,
    ) -> None:
        self.keeper = keeper
        self.lookups = lookups.Lookups(history.hub, pulse)
        self.history = history
        self.health = health
        self.ready = ready
        self.files = static()
        self.packed = {path: packed(answer) for path, answer in self.files.items()}
        self.second_port: int | None = None
        """Where requests with bodies go, once it is known."""

    async def answer(self, request: Request, peer: str) -> Answer:
        """Answer a request from an address; never raises for what a client does.

        What HEAD leaves out is the server's affair.
        """
        path, _ = target(request.path)
        answer = self._open(path) if request.method in _READING else None
        if answer is None:
            try:
                self.check_place(request, peer)
            except Refused as refused:
                answer = refusal(refused)
            else:
                answer = self.readable(request, await self._served(path, request))
        known = path in self.files or path in lookups.PATHS or path in _PATHS
        metrics.requests.labels(path if known else "other", str(answer.status)).inc()
        return answer

    def _open(self, path: str) -> Answer | None:
        """What everybody may ask, from wherever."""
        match path:
            case "/healthz":
                return self._health()
            case "/readyz":
                return Answer(200, b'{"ready":true}') if self.ready() else Answer(503, b'{"ready":false}')
            case "/metrics":
                return Answer(200, generate_latest(), CONTENT_TYPE_LATEST)
        return None

    async def _served(self, path: str, request: Request) -> Answer:
        if request.method == "OPTIONS":
            return Answer(204, headers=PREFLIGHT)
        if request.method not in _READING:
            return error(405, "method", "GET only here", ("Allow", "GET, HEAD, OPTIONS"))
        try:
            return await self._route(path, request)
        except Refused as refused:
            return refusal(refused)

    async def _route(self, path: str, request: Request) -> Answer:
        match path:
            case "/v1/stream":
                return error(426, "upgrade", "this is a websocket", ("Upgrade", "websocket"))
            case "/v1/lab":
                return Answer(200, json.dumps({"elsewhere": self.second_port}).encode())
            case "/v1/alerts":
                return await self._alerts(request)
        return await self._look_up(path, request) if path in lookups.PATHS else self._file(path, request)

    def check_place(self, request: Request, peer: str) -> None:
        """Refuse requests that a foreign web page may have caused, or a proxy brought.

        Raises:
            Refused: see `Gatekeeper.check_place` and `check_way`; or there is no `Host` (RFC 9112, 3.2).
        """
        self.keeper.check_way(peer, request.headers)
        host = header(request, "Host")
        if host is None:
            raise bad_request("Host: missing")
        self.keeper.check_place(host, header(request, "Origin"))

    async def _look_up(self, path: str, request: Request) -> Answer:
        grant = await self.keeper.admit(bearer(request.headers.get_all("Authorization")), time.time())
        return Answer(200, self.lookups.answer(path, query(request.path), grant))

    def _health(self) -> Answer:
        health = self.health()
        return Answer(200 if health["ok"] else 503, json.dumps(health).encode())

    def _file(self, path: str, request: Request) -> Answer:
        found = (self.packed if takes_gzip(request.headers.get_all("Accept-Encoding")) else self.files).get(path)
        if found is None:
            return error(404, "not_found", "there is nothing here")
        headers = (*found.headers, ("X-Frame-Options", "DENY"), ("Vary", "Accept-Encoding"))
        if path in {"/", "/lab"}:
            other_port = self.second_port if path == "/lab" else None
            headers += (("Content-Security-Policy", content_security_policy(header(request, "Host"), other_port)),)
        if header(request, "If-None-Match") == dict(found.headers)["ETag"]:
            return Answer(304, b"", found.type, headers)
        return Answer(200, found.body, found.type, headers)

    def readable(self, request: Request, answer: Answer) -> Answer:
        """The answer, such that a page of the request's origin, which was found good, can read it."""
        more = shared(header(request, "Origin"))
        return Answer(answer.status, answer.body, answer.type, (*answer.headers, *more)) if more else answer

    async def _alerts(self, request: Request) -> Answer:
        grant = await self.keeper.admit(bearer(request.headers.get_all("Authorization")), time.time())
        after, before, limit, wanted = _question(request.path)
        if after is not None and before is not None:
            raise bad_request("after or before, not both")
        interest, hub = Interest(wanted, grant.scope), self.history.hub
        epoch = hub.epoch
        try:
            if after is not None:
                page = await self.history.after(self._seq(after, otherwise=-1), limit, interest)
            else:
                seq = None if before is None else self._seq(before, otherwise=hub.feed.head + 1)
                page = await self.history.before(seq, limit, interest)
            oldest = await self.history.oldest()
        except Unavailable as exc:
            return error(503, "unavailable", str(exc), ("Retry-After", "5"))
        if epoch not in {hub.epoch, NO_EPOCH}:  # a page of the old log, with a `next` that is none in the new
            return error(503, "unavailable", "the log of alerts has begun anew: ask again", ("Retry-After", "1"))
        return Answer(200, _page_json(hub.epoch, oldest, hub.feed.head, page))

    def _seq(self, text: str, *, otherwise: int) -> int:
        """The seq of a cursor or a bare seq; `otherwise` if it is of another epoch."""
        if text == "-1" or (text.isdecimal() and len(text) <= 16 and int(text) < MAX_SEQ):
            return int(text)
        try:
            cursor = cursors.parse(text)
        except InvalidCursor:
            cursor = None
        if not isinstance(cursor, Cursor):
            raise bad_request("after, before: expected a cursor or a seq")
        window = self.history.hub.window()
        return cursor.seq if cursor.epoch == window.epoch else otherwise


def _question(path: str) -> tuple[str | None, str | None, int, Filter]:
    own: dict[str, str] = {}
    axes = []
    for name, value in query(path):
        if name not in {"after", "before", "limit"}:
            axes.append((name, value))
        elif own.setdefault(name, value) != value:
            raise bad_request(f"{name}: given twice")
    limit = own.get("limit", "50")
    if not limit.isdecimal() or len(limit) > 6 or not 1 <= int(limit) <= MAX_LIMIT:
        raise bad_request(f"limit: 1 to {MAX_LIMIT}")
    try:
        wanted = Filter.from_query(axes)
    except InvalidFilter as exc:
        raise Refused("bad_filter", str(exc), 400, bad_request("").code) from None
    return own.get("after"), own.get("before"), int(limit), wanted


def _page_json(epoch: str, oldest: int, head: int, page: Page) -> bytes:
    return b'{"epoch":%b,"oldest":%d,"head":%d,"items":[%b],%b}' % (
        json.dumps(epoch).encode(),
        oldest,
        head,
        b",".join(page.items),
        more_json(page.next),
    )
