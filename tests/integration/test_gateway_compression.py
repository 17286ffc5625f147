"""Compression made once for all, and several processes on one port."""

import json
from typing import Any

import pytest
from support.newsroom import Subscriber, eventually, make_alert, newsroom
from websockets.asyncio.client import connect
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory

from consumers.gateway import metrics

ALL: dict[str, Any] = {"all": {}}
LONG = "All work and no play makes a long headline that compresses well. " * 20


def encodes(form: str) -> float:
    value: float = metrics.encodes.labels(form)._value.get()
    return value


@pytest.mark.parametrize(
    ("offer", "shared"),
    [
        (ClientPerMessageDeflateFactory(), True),
        (ClientPerMessageDeflateFactory(client_max_window_bits=True), True),
        (ClientPerMessageDeflateFactory(server_no_context_takeover=True, client_max_window_bits=9), True),
        (ClientPerMessageDeflateFactory(server_max_window_bits=10), False),
        (None, False),
    ],
)
async def test_every_kind_of_offer_is_served(offer: ClientPerMessageDeflateFactory | None, *, shared: bool) -> None:
    """Compressed where the agreement allows frames for all, plain where not, mixed with other frames and a replay."""
    async with newsroom() as room:
        await room.publish(make_alert("old", headline=LONG))
        extensions = [offer] if offer else None
        async with connect(room.stream, compression=None, extensions=extensions, max_queue=None) as socket:
            client = Subscriber(socket)
            await client.hello(subscriptions=ALL, cursor="oldest")
            await client.until("live")
            before = encodes("deflated")
            await client.send(type="ping", req=1)
            await client.until("pong")
            last = await room.publish(*(make_alert(f"n{n}", headline=LONG) for n in range(20)))
            assert await client.seqs(last) == list(range(1, last + 1))
            assert all(f["alert"]["headline"] == LONG for f in client.seen if f["type"] == "alert")
            assert encodes("deflated") - before == (20 if shared else 0)


async def test_an_alert_is_encoded_and_compressed_once_whatever_the_audience() -> None:
    """Ten compressed and ten plain subscribers cost one encoding and one deflate an alert."""
    async with newsroom() as room:
        sockets = [
            connect(room.stream + "?auto=1", compression=compression, max_queue=None)
            for compression in ("deflate", None)
            for _ in range(10)
        ]
        opened = [Subscriber(await socket) for socket in sockets]
        for client in opened:
            await client.until("live")
        plain, deflated = encodes("plain"), encodes("deflated")
        last = await room.publish(*(make_alert(f"n{n}") for n in range(5)))
        for client in opened:
            assert await client.seqs(last) == list(range(last + 1))
            await client.socket.close()
        assert (encodes("plain") - plain, encodes("deflated") - deflated) == (5, 5)


async def test_compression_can_be_left_out() -> None:
    """By setting."""
    async with newsroom(gateway_compression=False) as room, connect(room.stream) as socket:
        assert not socket.protocol.extensions


async def test_several_processes_share_a_port_and_each_resumes_any_client() -> None:
    """Connections spread over both; whoever is cut off from one goes on at the other without loss."""
    async with newsroom(gateway_share_port=True) as first:
        both: dict[str, Any] = {"gateway_bind": f"127.0.0.1:{first.gateway.port}", "gateway_share_port": True}
        async with newsroom(**both) as second:
            for room in (first, second):
                await room.publish(*(make_alert(f"n{n}") for n in range(3)))
            sockets = [await connect(first.stream + "?auto=1&cursor=oldest") for _ in range(40)]
            for socket in sockets:
                assert json.loads(await socket.recv())["type"] == "welcome"
            await eventually(lambda: len(first.gateway.hub.members) + len(second.gateway.hub.members) == 40)
            assert first.gateway.hub.members
            assert second.gateway.hub.members
            for socket in sockets:
                await socket.close()
        async with first.subscriber(subscriptions=ALL, cursor="k7:0") as client:
            assert await client.seqs(2) == [1, 2]
