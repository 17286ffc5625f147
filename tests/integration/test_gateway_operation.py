"""The gateway as its operator sees it: health under load, metrics, log lines, the end."""

import asyncio
import logging
import re
import socket
import struct
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client import REGISTRY
from support.newsroom import Newsroom, eventually, make_alert, newsroom

from consumers.gateway.binding import BACKLOG
from consumers.gateway.connection import Connection

ALL: dict[str, Any] = {"all": {}}
SOMAXCONN = Path("/proc/sys/net/core/somaxconn")

WANTED = [
    "alerts_gateway_connections",
    "alerts_gateway_closed_total",
    "alerts_gateway_resumes_total",
    "alerts_gateway_gaps_total",
    "alerts_gateway_deliveries_total",
    "alerts_gateway_encodes_total",
    "alerts_gateway_match_seconds_bucket",
    "alerts_gateway_fanout_seconds_bucket",
    "alerts_gateway_append_to_write_seconds_bucket",
    "alerts_gateway_append_to_last_write_seconds_bucket",
    "alerts_gateway_behind_entries",
    "alerts_gateway_kafka_lag_records",
    "alerts_gateway_stalled_total",
    "alerts_gateway_loop_lag_seconds",
]


def connections(state: str) -> float:
    return REGISTRY.get_sample_value("alerts_gateway_connections", {"state": state}) or 0.0


async def test_a_close_code_that_a_peer_made_up_is_no_metric_of_its_own() -> None:
    """There are thousands of codes, and who closes with each of them must not make as many lines."""

    def ended(code: str) -> float:
        return REGISTRY.get_sample_value("alerts_gateway_closed_total", {"code": code}) or 0.0

    async with newsroom() as room:
        before = ended("other"), ended("1000")
        for code in (3000, 4321, 4999, 1000):
            async with room.subscriber(subscriptions=ALL) as client:
                await client.until("live")
                await client.socket.close(code)
            await eventually(lambda: not room.gateway.reception.open)
        assert (ended("other"), ended("1000")) == (before[0] + 3, before[1] + 1)
        assert ended("4321") == 0.0


async def test_health_answers_while_alerts_go_out() -> None:
    """A load balancer must not take a busy gateway for a dead one."""
    async with newsroom() as room, httpx.AsyncClient(base_url=room.gateway.url) as http, AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(room.subscriber(subscriptions=ALL)) for _ in range(20)]
        for client in clients:
            await client.until("live")
        busy = True

        async def publish() -> None:
            while busy:
                await room.publish(make_alert(f"a{room.next}"))
                await asyncio.sleep(0)

        publishing = asyncio.create_task(publish())
        await clients[0].until("alert")
        before = room.next
        assert (await http.get("/healthz")).json()["status"] == "ok"
        assert room.next > before
        busy = False
        await publishing


async def test_the_metrics_that_an_operator_needs_are_there() -> None:
    """Each by its name, after one alert to one subscriber."""
    async with newsroom() as room, room.subscriber(subscriptions=ALL, cursor="k7:0") as client:
        await client.until("live")
        await room.publish(make_alert())
        await client.until("alert")
        async with httpx.AsyncClient(base_url=room.gateway.url) as http:
            text = (await http.get("/metrics")).text
        missing = [name for name in WANTED if not re.search(rf"^{name}(\{{| )", text, re.MULTILINE)]
        assert missing in ([], ["alerts_gateway_gaps_total"])  # of an empty topic there may have been no gap


async def test_connections_are_counted_by_state() -> None:
    """Opening until they are welcomed, then live, or lagging while they do not read."""
    opening = connections("opening")
    async with newsroom(gateway_heartbeat=0.5) as room, room.subscriber() as silent:
        assert connections("opening") == opening + 1
        async with room.subscriber(subscriptions=ALL) as client:
            await client.until("live")
            assert connections("opening") == opening + 1
            await eventually(lambda: (connections("live"), connections("lagging")) == (1, 0))
            client.socket.transport.pause_reading()
            while not room.connection.paused:
                await room.publish(make_alert(f"p{room.next}", headline="x" * 4000))
                await asyncio.sleep(0)
            await eventually(lambda: (connections("live"), connections("lagging")) == (0, 1))
            client.socket.transport.resume_reading()
            await eventually(lambda: (connections("live"), connections("lagging")) == (1, 0))
        await silent.socket.close()
        await eventually(lambda: connections("opening") == opening)


async def test_who_is_lost_while_being_greeted_is_no_member() -> None:
    """The greeting may wait for Kafka; whoever has gone meanwhile is not taken in, and is counted once."""
    opening = connections("opening")
    async with newsroom() as room:
        async with room.subscriber() as client:
            await eventually(lambda: connections("opening") == opening + 1)
            connection = next(iter(room.gateway.reception.open))
            assert isinstance(connection, Connection)
            client.socket.transport.abort()
        await eventually(lambda: room.gateway.door.ended == 1)
        connection.join(0)
        connection.later("expired", 3600, connection.leave)
        assert not room.gateway.hub.members
        assert not connection._timers, "would hold it until the token ends"
        assert connections("opening") == opening


async def close_well(room: Newsroom) -> None:
    async with room.subscriber(subscriptions=ALL) as client:
        await client.until("live")


async def vanish(room: Newsroom) -> None:
    async with room.subscriber(subscriptions=ALL) as client:
        await client.until("live")
        peer = client.socket.transport.get_extra_info("socket")
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.socket.transport.abort()


async def break_the_protocol(room: Newsroom) -> None:
    async with room.subscriber(subscriptions=ALL) as client:
        await client.until("live")
        client.socket.transport.write(b"\xff\xff\xff\xff")
        await client.closed()


async def say_nonsense(room: Newsroom) -> None:
    async with room.subscriber() as client:
        await client.send(type="nonsense")
        await client.closed()


async def say_nothing(room: Newsroom) -> None:
    async with room.subscriber() as client:
        client.socket.transport.abort()


@pytest.mark.parametrize("end", [close_well, vanish, break_the_protocol, say_nonsense, say_nothing])
async def test_a_disconnect_is_one_line_and_no_traceback(end: Any, caplog: pytest.LogCaptureFixture) -> None:
    """However it ends; with who, how long, how much, and why."""
    caplog.set_level(logging.INFO)
    async with newsroom() as room:
        caplog.clear()
        await end(room)
        await eventually(lambda: room.gateway.door.ended == 1)
        await eventually(lambda: any(record.message.startswith("closed session=") for record in caplog.records))
        lines = [record for record in caplog.records if record.name.startswith("consumers.gateway")]
        assert [record.message.split(" ")[0] for record in lines] == ["closed"]
        names = set(re.findall(r"(\w+)=", lines[0].message))
        assert {"user", "address", "code", "why", "seconds", "delivered"} <= names
    assert not any(record.exc_info for record in caplog.records)


@pytest.mark.skipif(not hasattr(socket, "TCP_INFO"), reason="Linux tells it")
async def test_the_kernel_holds_a_storm_of_clients() -> None:
    """The queue of new connections is as long as we want it on both ports, though few are accepted in one turn."""
    async with newsroom() as room:
        listening = room.gateway._listener
        sockets = [listening, room.gateway.listener._listener]
        # `tcpi_sacked` of a listening socket is the length of its queue (linux/tcp.h, inet_diag.c).
        lengths = [struct.unpack_from("=I", each.getsockopt(6, socket.TCP_INFO, 104), 28)[0] for each in sockets]
        most = int(SOMAXCONN.read_text())  # noqa: ASYNC240 - no disk
        assert lengths == [min(BACKLOG, most)] * 2
