"""permessage-deflate (RFC 7692) as agreed on with the production connection, and what a peer may then send."""

import json
import zlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio
from support.newsroom import Newsroom, make_alert, newsroom
from support.raw import CONT, PING, TEXT, fragments, frame, pieces, raw, said
from support.raw import deflated as deflate

pytestmark = pytest.mark.asyncio(loop_scope="module")

ASK = '{"type":"ping","req":7}'
OFFER = "permessage-deflate"
OURS = "permessage-deflate; server_no_context_takeover; client_no_context_takeover"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def room() -> AsyncIterator[Newsroom]:
    """One gateway, with an alert in its ring."""
    async with newsroom() as opened:
        await opened.publish(make_alert("a", headline="word " * 100))
        yield opened


@pytest.mark.parametrize(
    ("offer", "agreed", "compressed"),
    [
        (None, None, False),
        (OFFER, OURS, True),
        (f"{OFFER}; server_no_context_takeover", OURS, True),
        (f"{OFFER}; client_no_context_takeover", OURS, True),
        (f"{OFFER}; client_max_window_bits", OURS, True),
        (f"{OFFER}; client_max_window_bits=15", f"{OURS}; client_max_window_bits=15", True),
        (f"{OFFER}; client_max_window_bits=9", f"{OURS}; client_max_window_bits=9", True),
        (f"{OFFER}; server_max_window_bits=15", f"{OURS}; server_max_window_bits=15", True),
        # A smaller window: every alert would have to be compressed again, so it is served plain (7.1.2.1).
        (f"{OFFER}; server_max_window_bits=10", f"{OURS}; server_max_window_bits=10", False),
        (f"{OFFER}; server_max_window_bits=8", None, False),  # zlib has no such window
        # Bad parameters decline the offer (7.1), not the connection.
        (f"{OFFER}; server_max_window_bits=7", None, False),
        (f"{OFFER}; server_max_window_bits=16", None, False),
        (f"{OFFER}; server_max_window_bits=08", None, False),
        (f"{OFFER}; server_max_window_bits", None, False),
        (f"{OFFER}; client_max_window_bits=7", None, False),
        (f"{OFFER}; client_max_window_bits=x", None, False),
        (f"{OFFER}; server_no_context_takeover=1", None, False),
        (f"{OFFER}; client_max_window_bits; client_max_window_bits", None, False),
        (f"{OFFER}; colour=red", None, False),
        (f"{OFFER}; server_max_window_bits=7, {OFFER}", OURS, True),
        ("x-webkit-deflate-frame", None, False),
        ("permessage-bzip2, permessage-deflate", OURS, True),
    ],
)
async def test_offers(offer: str | None, agreed: str | None, room: Newsroom, *, compressed: bool) -> None:
    """What is agreed on, and whether alerts then come compressed; they can be read either way."""
    async with raw(room.gateway.port) as peer:
        head = await peer.upgrade(path="/v1/stream?auto=1&cursor=oldest", Sec_WebSocket_Extensions=offer)
        said_back = head.headers.get("sec-websocket-extensions")
        assert said_back == agreed or (said_back and agreed and set(said_back.split("; ")) == set(agreed.split("; ")))
        alert = await peer.until("alert")
        assert alert["alert"]["headline"] == "word " * 100
        assert [got.rsv for got in peer.frames if b"heartbeat" not in got.payload][-1] == (4 if compressed else 0)


def final(data: str) -> bytes:
    """Compressed with the final bit set, which a peer may do (7.2.3.4)."""
    compress = zlib.compressobj(wbits=-15)
    return compress.compress(data.encode()) + compress.flush(zlib.Z_FINISH) + b"\x00"


def stored(data: str) -> bytes:
    """Not compressed, in a block of deflate (7.2.3.3)."""
    compress = zlib.compressobj(level=0, wbits=-15)
    return (compress.compress(data.encode()) + compress.flush(zlib.Z_SYNC_FLUSH))[:-4]


def with_takeover() -> bytes:
    """Two messages of which the second leans on the first."""
    compress = zlib.compressobj(wbits=-15)
    parts = [(compress.compress(ASK.encode()) + compress.flush(zlib.Z_SYNC_FLUSH))[:-4] for _ in range(2)]
    return b"".join(frame(TEXT, part, rsv=4) for part in parts)


BOMB = deflate(b" " * 4_000_000)


@dataclass(frozen=True, slots=True)
class Case:
    """What is sent after an agreement, and the close code, or the type of the answer."""

    name: str
    section: str
    sent: bytes
    outcome: int | str


CASES = [
    Case("compressed", "6", frame(TEXT, deflate(ASK), rsv=4), "pong"),
    Case("plain-all-the-same", "6", frame(TEXT, ASK), "pong"),
    Case("stored-block", "7.2.3.3", frame(TEXT, stored(ASK), rsv=4), "pong"),
    Case("final-block", "7.2.3.4", frame(TEXT, final(ASK), rsv=4), "pong"),
    Case("two-blocks", "7.2.3.5", frame(TEXT, deflate(ASK[:9]) + b"\0\0\xff\xff" + deflate(ASK[9:]), rsv=4), "pong"),
    Case("empty", "7.2.3.6", frame(TEXT, b"\x00", rsv=4), "error"),
    Case("fragments", "6.1", fragments(*pieces(deflate(ASK), 4), rsv=4), "pong"),
    Case("ping-between-fragments", "6.1", fragments(deflate(ASK), b"", rsv=4)[:-6] + frame(PING) + frame(CONT), "pong"),
    Case("at-the-limit", "6455 10.4", frame(TEXT, deflate(ASK.ljust(8192)), rsv=4), "pong"),
    Case("over-the-limit", "6455 7.4.1", frame(TEXT, deflate(ASK.ljust(8193)), rsv=4), 1009),
    Case("bomb", "6455 10.4", frame(TEXT, BOMB, rsv=4), 1009),
    Case("bomb-in-fragments", "6455 10.4", fragments(*pieces(BOMB, 500), rsv=4), 1009),
    Case("takeover-against-the-agreement", "7.1.1.2", with_takeover(), 1002),
    Case("nonsense", "6.2", frame(TEXT, b"\xff" * 20, rsv=4), 1002),
    Case("rsv1-on-a-continuation", "6.1", frame(TEXT, deflate(ASK), rsv=4, fin=False) + frame(CONT, rsv=4), 1002),
    Case("rsv1-on-a-ping", "6.1", frame(PING, rsv=4), 1002),
    Case("rsv2", "6455 5.2", frame(TEXT, deflate(ASK), rsv=6), 1002),
    Case("bad-utf8-inside", "6455 8.1", frame(TEXT, deflate(b"\xff"), rsv=4), 1007),
    Case("cut-short", "6.2", frame(TEXT, deflate(ASK * 30)[:9], rsv=4), "error"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_the_table(case: Case, room: Newsroom) -> None:
    """Each row ends as its section says."""
    async with raw(room.gateway.port) as peer:
        await peer.upgrade(Sec_WebSocket_Extensions=OFFER)
        await peer.until("live")
        peer.send(case.sent)
        if isinstance(case.outcome, int):
            assert await peer.end() == case.outcome
        else:
            assert (await peer.until("pong", "error"))["type"] == case.outcome
            peer.send(said(type="ping", req=99))
            assert (await peer.until("pong"))["req"] == 99


async def test_without_an_agreement_rsv1_is_an_error(room: Newsroom) -> None:
    """Compression that was not agreed on closes with 1002, whatever is in it (RFC 6455, 5.2)."""
    async with raw(room.gateway.port) as peer:
        await peer.upgrade()
        await peer.until("live")
        peer.send(frame(TEXT, deflate(ASK), rsv=4))
        assert await peer.end() == 1002


async def test_compressed_frames_stand_alone(room: Newsroom) -> None:
    """Each compressed frame can be read without any before it, by another decoder than the one we use (7.1.1.1)."""
    async with raw(room.gateway.port) as peer:
        await peer.upgrade(path="/v1/stream?auto=1", Sec_WebSocket_Extensions=OFFER)
        await peer.until("live")
        last = await room.publish(*(make_alert(f"n{n}", headline="word " * 50) for n in range(5)))
        while (await peer.until("alert"))["seq"] < last:
            pass
        alerts = [got for got in peer.frames if got.rsv]
        assert len(alerts) == 5
        for got in reversed(alerts):
            assert got.fin
            inflated = zlib.decompressobj(wbits=-15).decompress(got.payload + b"\0\0\xff\xff")
            assert json.loads(inflated)["type"] == "alert"
