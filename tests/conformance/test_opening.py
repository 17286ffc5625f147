"""The opening handshake, well formed and not: RFC 6455 (4), RFC 9110 and 9112, and the refusals of protocol.md."""

import asyncio
import logging
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio
from support.newsroom import PATIENCE, Newsroom, eventually, newsroom
from support.raw import ACCEPT, KEY, TEXT, frame, pieces, raw, request, said

from consumers.gateway.listener import Protocol

pytestmark = pytest.mark.asyncio(loop_scope="module")

WHOLE = ["Host: 127.0.0.1", "Upgrade: websocket", "Connection: Upgrade", f"Sec-WebSocket-Key: {KEY}"]
WHOLE += ["Sec-WebSocket-Version: 13"]


def lines(*more: str, first: str = "GET /v1/stream HTTP/1.1", ends: str = "\r\n") -> bytes:
    """A request with more lines than it should have."""
    return ends.join([first, *WHOLE, *more, "", ""]).encode("latin-1")


@dataclass(frozen=True, slots=True)
class Case:
    """A request and the status of its answer, with headers that the answer must have."""

    name: str
    section: str
    sent: bytes
    status: int
    headers: tuple[tuple[str, str], ...] = ()


ACCEPTED = (("sec-websocket-accept", ACCEPT), ("upgrade", "websocket"), ("connection", "Upgrade"))
ALLOW = (("allow", "GET, HEAD, OPTIONS"),)
CASES = [
    # what must be accepted
    Case("plain", "6455 4.2.2", request(), 101, ACCEPTED),
    Case("lower-case", "6455 4.2.1", request(Upgrade="WebSocket", Connection="keep-alive, upgrade"), 101, ACCEPTED),
    Case("absolute-form", "9112 3.2.2", request("http://127.0.0.1/v1/stream"), 101, ACCEPTED),
    Case("length-0", "9112 6.3", request(Content_Length="0"), 101, ACCEPTED),
    Case("127-headers", "9110 5.4", lines(*(f"X-{n}: y" for n in range(122))), 101, ACCEPTED),
    Case("latin-1-in-a-header", "9110 5.5", lines("X-Name: Zo\xeb"), 101, ACCEPTED),
    Case("own-origin", "6455 10.2", request(Host="127.0.0.1:9", Origin="http://127.0.0.1:9"), 101, ACCEPTED),
    Case("localhost", "protocol.md", request(Host="localhost:8765"), 101, ACCEPTED),
    Case("loopback-by-ipv6", "protocol.md", request(Host="[::1]:8765"), 101, ACCEPTED),
    # a foreign origin is accepted, then closed: a browser could not read a status (tested with the close codes)
    Case("foreign-origin", "protocol.md", request(Origin="https://evil.example"), 101, ACCEPTED),
    # key and version
    Case("no-key", "6455 4.2.1", request(Sec_WebSocket_Key=None), 400),
    Case("key-of-15-bytes", "6455 4.2.1", request(Sec_WebSocket_Key="MTIzNDU2Nzg5MDEyMzQ1"), 400),
    Case("key-not-base64", "6455 4.2.1", request(Sec_WebSocket_Key="?" * 24), 400),
    Case("key-empty", "6455 4.2.1", request(Sec_WebSocket_Key=""), 400),
    Case("two-keys", "6455 11.3.1", lines(f"Sec-WebSocket-Key: {KEY}"), 400),
    *(
        Case(f"version-{it}", "6455 4.4", request(Sec_WebSocket_Version=it), 426, (("sec-websocket-version", "13"),))
        for it in ("0", "8", "12", "14", "255", "x", None)
    ),
    Case("two-versions", "6455 4.4", lines("Sec-WebSocket-Version: 8"), 426, (("sec-websocket-version", "13"),)),
    # upgrade
    Case("no-upgrade", "6455 4.2.1", request(Upgrade=None), 426, (("upgrade", "websocket"),)),
    Case("no-connection", "6455 4.2.1", request(Connection=None), 426, (("upgrade", "websocket"),)),
    Case("connection-close", "6455 4.2.1", request(Connection="close"), 426, (("upgrade", "websocket"),)),
    Case("upgrade-to-another", "6455 4.2.1", request(Upgrade="h2c"), 426, (("upgrade", "websocket"),)),
    Case("upgrade-twice", "6455 4.2.1", lines("Upgrade: websocket"), 426, (("upgrade", "websocket"),)),
    # host and origin
    Case("no-host", "9112 3.2", request(Host=None), 400),
    Case("two-hosts", "9112 3.2", lines("Host: 127.0.0.1"), 400),
    Case("host-of-another", "protocol.md", request(Host="evil.example"), 403),
    Case("host-that-looks-local", "protocol.md", request(Host="127.0.0.1.evil.example"), 403),
    Case("host-nonsense", "protocol.md", request(Host="[::1"), 403),
    Case("two-origins", "6454 7.3", lines("Origin: http://127.0.0.1", "Origin: http://127.0.0.1"), 400),
    # method, version, path
    Case("post", "6455 4.1", request("/v1/stream", "POST"), 405, ALLOW),
    Case("put", "6455 4.1", request("/v1/stream", "PUT"), 405, ALLOW),
    Case("connect", "9110 9.3.6", lines(first="CONNECT 127.0.0.1:1 HTTP/1.1"), 405, ALLOW),
    Case(
        "get-in-small-letters",
        "9110 9.1",
        lines(first="get /v1/stream HTTP/1.1"),
        405,
        ALLOW,
    ),
    Case("http-1.0", "6455 4.2.1", lines(first="GET /v1/stream HTTP/1.0"), 505),
    Case("http-2.0", "9112 2.3", lines(first="GET /v1/stream HTTP/2.0"), 400),
    Case("other-path", "9110 15.5.5", request("/v1/nothing"), 404),
    Case("head-of-a-websocket", "6455 4.1", request("/v1/stream", "HEAD"), 426, (("upgrade", "websocket"),)),
    Case("path-that-is-no-url", "9112 3.2", request("//["), 404),
    Case("host-that-is-no-host", "9112 3.2.2", request("http://[::1/v1/stream"), 101, ACCEPTED),
    Case("path-of-another-host", "9112 3.2", request("//127.0.0.1/v1/stream"), 404),
    # bodies
    Case("post-with-a-body", "9112 6.3", request("/v1/stream", "POST", Content_Length="5") + b"hello", 400),
    Case("get-with-a-body", "9112 6.3", request(Content_Length="5") + b"hello", 400),
    Case("chunked", "9112 6.1", request(Transfer_Encoding="chunked") + b"0\r\n\r\n", 400),
    Case("two-lengths", "9112 6.3", lines("Content-Length: 0", "Content-Length: 5") + b"hello", 400),
    Case("length-negative", "9112 6.3", request(Content_Length="-1"), 400),
    # syntax
    Case("bare-lf", "9112 2.2", lines(ends="\n"), 400),
    Case("nul-in-a-value", "9110 5.5", lines("X: a\0b"), 400),
    Case("cr-in-a-value", "9110 5.5", lines("X: a\rb"), 400),
    Case("space-before-the-colon", "9112 5.1", lines("Transfer-Encoding : chunked"), 400),
    Case("folded-line", "9112 5.2", lines("X: a", " b"), 400),
    Case("no-colon", "9112 5", lines("nonsense"), 400),
    Case("empty-line-first", "9112 2.2", b"\r\n\r\n", 400),
    Case("tls-on-a-plain-port", "9112 2.2", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n" + b"\0" * 30, 400),
    Case("raw-utf8-in-the-path", "9112 3.2", lines(first="GET /v1/str\xc3\xa9am HTTP/1.1"), 400),
    # too much
    Case("129-headers", "6585 5", lines(*(f"X-{n}: y" for n in range(129))), 431),
    Case("header-of-9-kb", "6585 5", lines("X: " + "y" * 9000), 431),
    Case("header-that-never-ends", "6585 5", lines()[:-2] + b"X: " + b"y" * 9000, 431),
    Case("path-of-9-kb", "9110 15.5.15", request("/v1/stream?" + "x" * 9000), 414),
    # extensions and subprotocols that are no lists
    Case("extensions-malformed", "6455 9.1", request(Sec_WebSocket_Extensions=";;"), 400),
    Case("subprotocols-malformed", "6455 4.1", request(Sec_WebSocket_Protocol="a b"), 400),
    # the query
    Case("token-in-the-query", "protocol.md", request("/v1/stream?token=abc"), 400),
    Case("access-token-in-the-query", "6750 2.3", request("/v1/stream?access_token=abc"), 400),
    Case("unknown-axis", "protocol.md", request("/v1/stream?colour=red"), 400),
    Case("cursor-malformed", "protocol.md", request("/v1/stream?cursor=k7"), 400),
    Case("on-gap-unknown", "protocol.md", request("/v1/stream?on_gap=ignore"), 400),
    Case("too-many-fields", "protocol.md", request("/v1/stream?" + "regions=UA&" * 501), 400),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def room() -> AsyncIterator[Newsroom]:
    """One gateway for all rows."""
    async with newsroom() as opened:
        yield opened


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_the_table(case: Case, room: Newsroom) -> None:
    """Each request gets its status, at once or in pieces; a refusal is JSON, says why, and ends the connection."""
    for size in (len(case.sent), 700 if len(case.sent) > 700 else 7):
        async with raw(room.gateway.port) as peer:
            for part in pieces(case.sent, size):
                peer.send(part)
                await peer.writer.drain()
            bodyless = case.sent.startswith(b"HEAD")
            head = await peer.head(bodyless=bodyless)
            assert head is not None
            assert head.status == case.status
            assert set(case.headers) <= head.headers.items()
            if head.status == 101:
                assert "sec-websocket-extensions" not in head.headers
            elif not bodyless:
                assert head.headers["content-type"] == "application/json"
                assert head.json()["message"]
                assert await peer.reader.read() == b""


@pytest.mark.parametrize(
    ("offered", "agreed"),
    [
        (None, None),
        ("alerts.v1", "alerts.v1"),
        ("other", None),
        ("other, alerts.v1", "alerts.v1"),
        ("alerts.v1, alerts.v2", "alerts.v1"),
        ("ALERTS.V1", None),
        ("alerts.v1.json", None),
    ],
)
async def test_subprotocols(offered: str | None, agreed: str | None, room: Newsroom) -> None:
    """Ours is agreed on if it is among those offered; a client that offers others, or none, is served too (4.2.2)."""
    async with raw(room.gateway.port) as peer:
        head = await peer.upgrade(Sec_WebSocket_Protocol=offered)
        assert head.headers.get("sec-websocket-protocol") == agreed
        assert (await peer.until("welcome"))["version"] == 1


async def test_frames_right_behind_the_handshake_are_heard(room: Newsroom) -> None:
    """Who does not wait for the 101 loses nothing: hello and a command in the same packet are answered."""
    async with raw(room.gateway.port) as peer:
        hello = said(type="hello", version=1, subscriptions={"all": {}})
        await peer.upgrade(hello, said(type="ping", req=3), path="/v1/stream")
        assert (await peer.until("pong"))["req"] == 3


async def test_a_second_request_behind_a_plain_one_is_not_answered(room: Newsroom) -> None:
    """One request a connection, and it says so; what follows is not smuggled in (RFC 9112, 9.6)."""
    async with raw(room.gateway.port) as peer:
        peer.send(request("/healthz", Upgrade=None, Connection=None), request())
        head = await peer.head()
        assert head is not None
        assert (head.status, head.headers["connection"]) == (200, "close")
        assert await peer.reader.read() == b""


@pytest.mark.parametrize("behind", [b"", b"GET / HTTP/1.1\r\n\r\n", b"\xff" * 200, frame(TEXT, "x", mask=None)])
@pytest.mark.parametrize("path", ["/healthz", "/v1/stream?auto=1"])
async def test_what_follows_a_request_cannot_keep_it_from_its_answer(
    path: str, behind: bytes, room: Newsroom, caplog: pytest.LogCaptureFixture
) -> None:
    """Nonsense, or an end, right behind a request: it is answered first, and nobody can write tracebacks to our log."""
    async with raw(room.gateway.port) as peer:
        peer.send(request(path, Upgrade=None if path == "/healthz" else "websocket"), behind)
        peer.half_close()
        head = await peer.head()
        assert head is not None
        assert head.status == (200 if path == "/healthz" else 101)
        if head.status == 101:
            assert await peer.end() == (1002 if behind else None)
        assert await peer.reader.read() == b""
    assert not [record for record in caplog.records if record.exc_info]


async def test_a_half_closed_peer_ends_without_a_word(room: Newsroom) -> None:
    """Who goes without a close frame is gone (RFC 6455, 7.1.5: 1006), and nothing is left of him."""
    async with raw(room.gateway.port) as peer:
        await peer.upgrade()
        await peer.until("live")
        peer.send(frame(TEXT, "{", fin=False))
        peer.half_close()
        assert await peer.end() is None
    async with raw(room.gateway.port) as peer:
        peer.send(b"GET /v1/str")
        peer.half_close()
        await peer.reader.read()


TARGETS = [
    *("//[", "http://[::1/v1/alerts", "//[x]/v1/alerts", "http://a b/", "*", "/%2e%2e/x", "/page/\x7f", "/\\..\\x"),
    *("/v1/alerts?a=%ff%fe", "/v1/alerts?after=%00", "/v1/alerts?after=%C2%B2", "/v1/alerts?limit=%D9%A3"),
    *("/v1/alerts?text=%00", "/v1/alerts?" + "&" * 3000, "/v1/alerts?text=" + "(" * 900),
    *("/v1/alerts?regions=" + "A" * 600, "/v1/poll?wait=%C2%B2", "/v1/poll?limit=-1", "/v1/events?cursor=%ED%A0%80"),
    *("/v1/trail?alert=%00", "/v1/trail", "/v1/actions"),
]


@pytest.mark.parametrize("target", TARGETS, ids=lambda each: each[:20])
async def test_no_target_breaks_a_listener(target: str, room: Newsroom, caplog: pytest.LogCaptureFixture) -> None:
    """On either port, with or without an upgrade: an answer below 500, and no traceback that a stranger could cause."""
    for port in (room.gateway.port, room.gateway.http_port):
        for upgrade in ("websocket", None):
            async with raw(port) as peer:
                peer.send(request(target, Upgrade=upgrade, Connection="close" if upgrade is None else "Upgrade"))
                head = await peer.head()
                assert head is not None
                assert head.status < 500
    assert not [record for record in caplog.records if record.exc_info]


CHUNKED = "Transfer-Encoding: chunked\r\n\r\n"
SPOILT = {
    "refused": f"POST /v1/actions HTTP/1.1\r\nHost: localhost\r\n{CHUNKED}",
    "answered": f"GET /healthz HTTP/1.1\r\nHost: localhost\r\n{CHUNKED}",
    "streamed": f"GET /v1/events HTTP/1.1\r\nHost: localhost\r\n{CHUNKED}",
    "waiting": f"GET /v1/poll?wait=20 HTTP/1.1\r\nHost: localhost\r\n{CHUNKED}",
    "asked": f"POST /v1/actions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n{CHUNKED}",
}


@pytest.mark.parametrize("head", SPOILT.values(), ids=SPOILT)
async def test_what_follows_a_request_and_is_no_http_ends_it(
    head: str, room: Newsroom, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever the second listener was doing for it: no traceback, nothing left behind, and JSON if it is answered."""
    async with raw(room.gateway.http_port) as peer:
        peer.send(head.encode())
        await asyncio.sleep(0.1)
        peer.send(b"zz\r\n")
        async with asyncio.timeout(PATIENCE):
            heard = await peer.reader.read()
    assert len(re.findall(rb"HTTP/1.1 [0-9]{3} ", heard)) == 1
    if heard.startswith(b"HTTP/1.1 400"):
        assert heard.partition(b"\r\n\r\n")[2] == Protocol.no_http
    await eventually(lambda: not room.gateway.hub.members)
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]
