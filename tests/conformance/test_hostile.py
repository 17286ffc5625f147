"""Peers that mean harm, all against one gateway process: it answers, stays small, and its log tells no secrets.

What one of them alone does to a gateway in this process is in `test_gateway_slow`, `_access` and `_trust`.
"""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import httpx
import jwt
import pytest
import pytest_asyncio
from support.events import NO_TLS
from support.newsroom import SECRET, token
from support.raw import BINARY, PING, TEXT, Raw, deflated, frame, pieces, raw, request, said
from support.signing import Signer
from support.stack import Role, stack

pytestmark = pytest.mark.asyncio(loop_scope="module")

HALF_OPEN = 1000
AUDIENCE = "alerts"
GROWTH_MIB = 60  # of the process, over the whole night; what its peers send is a hundred times that


@dataclass
class Target:
    """The gateway, and every token that was ever shown to it."""

    role: Role
    port: int
    tokens: list[str] = field(default_factory=list)

    def token(self, secret: str = SECRET, **claims: Any) -> str:
        """A token, remembered."""
        return self.remember(token(secret, **{"aud": AUDIENCE, **claims}))

    def remember(self, made: str) -> str:
        """No part of it but the header, which all share, may be seen again."""
        self.tokens.append(made)
        return made

    @property
    def web(self) -> httpx.AsyncClient:
        """The plain HTTP of the websockets' port."""
        return httpx.AsyncClient(base_url=f"http://127.0.0.1:{self.port}", verify=NO_TLS, timeout=20)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def target(embedded_kafka: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Target]:
    """A gateway with a secret; its log and its memory are looked at when all have done their worst."""
    folder = tmp_path_factory.mktemp("hostile")
    revoked = folder / "revoked"
    revoked.write_text("mallory\n")
    with stack(folder, embedded_kafka, "embedded", f"h{time.time_ns()}.") as running:
        role = await asyncio.to_thread(
            running.start,
            "gateway",
            ALERTS_GATEWAY_SECRET=SECRET,
            ALERTS_GATEWAY_AUDIENCE=AUDIENCE,
            ALERTS_GATEWAY_REVOKED=str(revoked),
            ALERTS_GATEWAY_MAX_PER_ADDRESS="3000",
        )
        made = Target(role, int(role.environment["ALERTS_GATEWAY_BIND"].rpartition(":")[2]))
        before = role.peak_mib()
        yield made
        grown = role.peak_mib() - before
        print(f"\nhostile peers: memory grew by {grown:.1f} MiB")  # noqa: T201
        assert role.process.poll() is None
    log = role.log.read_text()
    assert "Traceback" not in log
    assert "closed session=" in log
    parts = [part for shown in made.tokens for part in shown.split(".")[1:] if len(part) > 9]
    assert not [part for part in parts if part in log]
    assert grown < GROWTH_MIB


async def welcomed(peer: Raw, target: Target, **hello: Any) -> None:
    """Say hello as a good client would."""
    await peer.upgrade(path="/v1/stream", Sec_WebSocket_Extensions="permessage-deflate")
    peer.send(said(type="hello", version=1, token=target.token(), **hello))
    await peer.until("live")


async def test_health_answers_while_a_thousand_hold_the_door(target: Target) -> None:
    """Half-open handshakes and headers that trickle in cost others nothing, and are cut at the deadline."""
    async with AsyncExitStack() as stack_, target.web as http:
        halves = [await stack_.enter_async_context(raw(target.port)) for _ in range(HALF_OPEN)]
        for half in halves:
            half.send(request()[:60])
        began = time.monotonic()
        answer = await http.get("/healthz")
        took = time.monotonic() - began
        assert answer.status_code == 200
        print(f"\n/healthz with {HALF_OPEN} half-open handshakes: {took * 1000:.0f} ms")  # noqa: T201
        async with asyncio.timeout(90):  # the deadline is 5 s; a busy machine gets to it later
            while not all(half.ended for half in halves):
                for half in halves[:50]:
                    if not half.ended:
                        half.send(b"X: y\r\n")
                await asyncio.sleep(0.2)


async def test_headers_are_bounded_in_all(target: Target) -> None:
    """Many headers of a legal size each, or one line after another that says nothing: cut, however much is sent."""
    for line in (b"X: " + b"y" * 8000 + b"\r\n", b"x" * 100_000):
        async with raw(target.port) as peer:
            peer.send(b"GET / HTTP/1.1\r\n")
            with contextlib.suppress(ConnectionError):
                async with asyncio.timeout(20):
                    while not peer.ended:
                        peer.send(line)
                        await peer.writer.drain()


async def test_a_deflate_bomb_is_not_inflated(target: Target) -> None:
    """64 MB in 64 KB: 1009, without being held."""
    bomb = deflated(b" " * 64_000_000)
    async with raw(target.port) as peer:
        await welcomed(peer, target)
        peer.send(frame(TEXT, bomb, rsv=4))
        assert await peer.end() in {1009, None}


async def test_floods_are_ended(target: Target) -> None:
    """Pings, empty fragments, frames of nothing: whoever does not stop is closed with 4003, or cut."""
    for flood in (frame(PING, b"p" * 100), frame(TEXT, b"", fin=False) + frame(0, b"", fin=False) * 10, frame(10)):
        async with raw(target.port) as peer:
            await welcomed(peer, target)
            ended = asyncio.create_task(peer.end())
            while not ended.done():
                peer.send(flood * 100)
                await asyncio.sleep(0)
                if peer.writer.transport.get_write_buffer_size() > 1_000_000:
                    await asyncio.wait([ended], timeout=0.1)
            assert await ended in {4003, 1009, 1002, None}


@pytest.mark.parametrize(
    "text",
    [
        "[" * 8000,
        '{"a":' * 1600,
        '{"type":"ping","req":' + "9" * 5000 + "}",
        '{"type":"subscribe","req":1,"id":"a","filter":{"not":' + '{"not":' * 1000 + "}" * 1001 + "}",
        '{"type":"subscribe","req":1,"id":"a","filter":{"text":"' + "(" * 900 + '"}}',
        '{"type":"subscribe","req":1,"id":"a","filter":{"text":"' + "NOT " * 220 + 'a"}}',
        '{"type":"hello","version":1,"token":"\\ud800"}',
    ],
    ids=lambda text: text[:30],
)
async def test_deep_and_long_json_is_an_error_only(target: Target, text: str) -> None:
    """What would break a parser that recurses is answered like any other slip, and the connection stays."""
    async with raw(target.port) as peer:
        await welcomed(peer, target)
        peer.send(frame(TEXT, text), said(type="ping", req=9))
        assert (await peer.until("error"))["code"] in {"bad_request", "bad_filter"}
        assert (await peer.until("pong"))["req"] == 9


async def test_ten_thousand_subscriptions(target: Target) -> None:
    """In one hello they do not fit; the seventeenth closes with 4505; one by one they are too fast: 4003."""
    async with raw(target.port) as peer:
        await peer.upgrade(path="/v1/stream")
        many = json.dumps({"type": "hello", "version": 1, "subscriptions": {str(n): {} for n in range(10_000)}})
        peer.send(frame(TEXT, many))
        assert await peer.end() == 1009
    async with raw(target.port) as peer:
        await peer.upgrade(path="/v1/stream")
        hello = {"subscriptions": {str(n): {} for n in range(17)}, "token": target.token()}
        peer.send(said(type="hello", version=1, **hello))
        assert await peer.end() == 4505
    async with raw(target.port) as peer:
        await welcomed(peer, target)
        peer.send(*(said(type="subscribe", req=n, id=str(n), filter={}) for n in range(1000)))
        assert (await peer.until("error"))["code"] == "limit"
        assert await peer.end() == 4003


Maker = Callable[[Target], str]
BAD_TOKENS: dict[str, tuple[Maker, int, int]] = {
    "nonsense": (lambda target: target.remember("nonsense.of.a-token-that-nobody-made"), 401, 4501),
    "other secret": (lambda target: target.token("another secret of more than sixty-four bytes" * 2), 401, 4501),
    "expired": (lambda target: target.token(exp=int(time.time()) - 31), 401, 4002),
    "other audience": (lambda target: target.token(aud="mail"), 401, 4501),
    "no audience": (lambda target: target.remember(token()), 401, 4501),
    "no expiry": (lambda target: target.remember(jwt.encode({"sub": "ann", "aud": AUDIENCE}, SECRET)), 401, 4501),
    "not yet": (lambda target: target.token(nbf=int(time.time()) + 900), 401, 4501),
    "alg none": (
        lambda target: target.remember(
            jwt.encode({"sub": "ann", "aud": AUDIENCE, "exp": int(time.time()) + 900}, "", algorithm="none") + "x"
        ),
        401,
        4501,
    ),
    "other algorithm": (
        lambda target: target.remember(
            jwt.encode({"sub": "ann", "aud": AUDIENCE, "exp": int(time.time()) + 900}, SECRET, algorithm="HS512")
        ),
        401,
        4501,
    ),
    "somebody's key": (lambda target: target.remember(Signer("k").token(aud=AUDIENCE)), 401, 4501),
    "role of nobody": (lambda target: target.token(role="root"), 401, 4501),
    "revoked": (lambda target: target.token(sub="mallory"), 403, 4503),
}


@pytest.mark.parametrize("kind", BAD_TOKENS)
async def test_bad_tokens(target: Target, kind: str) -> None:
    """In the header: refused before the upgrade, on every path. In hello, or with an Origin: its close code."""
    make, status, code = BAD_TOKENS[kind]
    bad = make(target)
    bearer = {"Authorization": f"Bearer {bad}"}
    async with target.web as http:
        assert (await http.get("/v1/alerts", headers=bearer)).status_code == status
    async with raw(target.port) as peer:
        peer.send(request(**bearer))
        head = await peer.head()
        assert head is not None
        assert head.status == status
    async with raw(target.port) as peer:
        await peer.upgrade(path="/v1/stream", Host=f"127.0.0.1:{target.port}", Origin=f"http://127.0.0.1:{target.port}")
        peer.send(said(type="hello", version=1, token=bad))
        assert await peer.end() == code


async def test_a_token_in_the_query_is_refused_and_not_logged(target: Target) -> None:
    """Whatever it is called: queries end up in other people's logs (the fixture looks into ours)."""
    for name in ("token", "access_token"):
        good = target.token()
        bearer = {"Authorization": f"Bearer {target.token()}"}
        async with target.web as http:
            assert (await http.get(f"/v1/alerts?{name}={good}", headers=bearer)).status_code == 400
        async with raw(target.port) as peer:
            peer.send(request(f"/v1/stream?{name}={good}"))
            head = await peer.head()
            assert head is not None
            assert head.status == 400


async def test_silence_and_pings_do_not_replace_hello(target: Target) -> None:
    """Who keeps the connection warm and never says hello is closed in five seconds."""
    async with raw(target.port) as peer:
        await peer.upgrade(path="/v1/stream")
        began = time.monotonic()
        ended = asyncio.create_task(peer.end())
        while not ended.done():
            peer.send(frame(PING))
            await asyncio.wait([ended], timeout=0.2)
        assert ended.result() == 4500
        assert 4 < time.monotonic() - began < 15


@pytest.mark.parametrize("first", [frame(BINARY, b"\0"), said(type="ping", req=1), said(type="hello", version=2)])
async def test_what_is_no_hello_is_ended(target: Target, first: bytes) -> None:
    """The first frame is hello of this version, as text, or the connection ends."""
    async with raw(target.port) as peer:
        await peer.upgrade(path="/v1/stream")
        peer.send(first)
        assert await peer.end() in {1003, 4500, 4507}


async def test_random_bytes_after_the_upgrade(target: Target) -> None:
    """Noise ends in a close or a cut, never in a hang."""
    noise = bytes((n * 7919 + n // 251) % 256 for n in range(20_000))
    for start in range(0, 2000, 97):
        async with raw(target.port) as peer:
            await peer.upgrade(path="/v1/stream")
            for piece in pieces(noise[start:], 4000):
                peer.send(piece)
            assert await peer.end() in {1002, 1003, 1007, 1009, 4003, 4500, None}
