"""How many may be inside, and how those are told who may not: over a socket, and by the clients that others wrote."""

import asyncio
import functools
import json
from typing import Any

import pytest
from support.newsroom import SECRET, newsroom, token
from websockets.asyncio.client import connect
from websockets.client import backoff, process_exception
from websockets.exceptions import InvalidStatus


async def test_a_forged_address_from_a_stranger_means_nothing() -> None:
    """X-Forwarded-For counts from a proxy of ours only: else one peer would be as many as it likes."""
    hello: dict[str, Any] = {"token": token(), "subscriptions": {"a": {}}}
    limits: dict[str, Any] = {"gateway_max_per_address": 2, "gateway_secret": SECRET}
    async with newsroom(**limits) as room, room.subscriber(**hello) as first:
        await first.until("live")
        async with room.subscriber(headers={"X-Forwarded-For": "198.51.100.7"}, **hello) as second:
            await second.until("live")
            with pytest.raises(InvalidStatus) as refused:
                async with connect(room.stream, additional_headers={"X-Forwarded-For": "198.51.100.8"}):
                    pass
            assert refused.value.response.status_code == 503


async def test_a_browser_is_told_that_the_house_is_full() -> None:
    """With an Origin the limits are close codes: 1013 for all places, from 5 s on, 4504 for those of one."""
    cases: list[tuple[dict[str, Any], int]] = [
        ({"gateway_max_connections": 1}, 1013),
        ({"gateway_max_per_address": 1}, 4504),
    ]
    for limits, code in cases:
        async with newsroom(**limits) as room, room.subscriber(subscriptions={"a": {}}) as first:
            await first.until("live")
            origin = {"Origin": f"http://127.0.0.1:{room.gateway.port}"}
            async with room.subscriber(headers=origin) as second:
                assert await second.closed() == code
                spans = [frame["retry_ms"] for frame in second.seen if frame["type"] == "bye"]
                assert all(least >= 5000 for least, _ in spans)
                assert bool(spans) == (code == 1013)
            await first.send(type="ping", req=1)
            await first.until("pong")


async def test_a_stock_client_comes_back_by_itself_after_503() -> None:
    """A full gateway says 503 with Retry-After: the plain `websockets` client comes again, and gets in."""
    refusals: list[Exception] = []

    def heed(exc: Exception) -> Exception | None:
        refusals.append(exc)
        return process_exception(exc)

    async with newsroom(gateway_max_connections=1) as room:
        async with room.subscriber(subscriptions={"a": {}}) as first:
            await first.until("live")
            with pytest.raises(InvalidStatus) as refused:
                await connect(room.stream)
            response = refused.value.response
            assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
            quick = functools.partial(backoff, 0.1, 0.1)
            stock = connect(room.stream + "?auto=1", process_exception=heed, reconnect_delays=quick)
            coming = asyncio.create_task(first_message(stock))
            while not refusals:  # noqa: ASYNC110 - the library tells nobody else
                await asyncio.sleep(0.02)
        assert json.loads(await coming)["type"] == "welcome"
        assert isinstance(refusals[0], InvalidStatus)


async def first_message(connecting: connect) -> str:
    """What comes first, on whichever attempt."""
    async with asyncio.timeout(30):
        async for socket in connecting:
            message = await socket.recv()
            await socket.close()
            return str(message)
    raise AssertionError
