"""Editors' actions on a real Kafka, with desk and gateways as processes of their own."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from support.clerk import make_candidate
from support.newsroom import SECRET, Subscriber, token
from support.stack import Role, Stack, stack
from support.topics import records, settings_for, told, until
from websockets.asyncio.client import connect

from consumers.backends.kafka import Cluster, Sender


@dataclass
class House:
    """A desk, two gateways, one alert."""

    running: Stack
    cluster: Cluster
    gateways: list[Role]
    alert: str

    @contextlib.asynccontextmanager
    async def person(self, gateway: Role, name: str, role: str = "editor") -> AsyncIterator[Subscriber]:
        """Somebody who is live on a gateway."""
        url = gateway.ready_url.replace("http", "ws").replace("/readyz", "/v1/stream")
        async with connect(url, compression=None, max_queue=None) as socket:
            client = Subscriber(socket)
            await client.hello(token=token(sub=name, role=role), subscriptions={"all": {}})
            await client.until("live")
            yield client


@pytest.fixture(params=["embedded", pytest.param("apache", marks=pytest.mark.kafka)])
async def house(request: pytest.FixtureRequest, prefix: str, tmp_path: Path) -> AsyncIterator[House]:
    kafka: str = request.getfixturevalue(f"{request.param}_kafka")
    cluster = await Cluster.connect(settings_for(kafka, "embedded", prefix))
    with stack(tmp_path, kafka, "redis://127.0.0.1:1", prefix, ALERTS_GATEWAY_SECRET=SECRET) as running:
        desk, *gateways = await asyncio.gather(
            *(asyncio.to_thread(running.start, name) for name in ("desk", "gateway", "gateway"))
        )
        assert desk.name == "desk"
        sender = Sender(cluster)
        try:
            await (await sender.send(f"{prefix}desk", value=make_candidate().to_json(), partition=0))
        finally:
            await sender.stop()
        (record,) = await until(lambda: records(cluster, f"{prefix}alerts"))
        yield House(running, cluster, gateways, json.loads(record.value)["id"])


def action(house: House, do: str, req: int = 1, **fields: Any) -> dict[str, Any]:
    return {"type": "action", "req": req, "id": do, "alert": house.alert, "revision": 1, "do": do, **fields}


async def test_actions_from_screen_to_screen(house: House) -> None:
    """A claim on one gateway is answered there and seen on the other; a correction reaches a viewer as a revision."""
    first, second = house.gateways
    async with (
        house.person(first, "ann") as ann,
        house.person(second, "bob") as bob,
        house.person(second, "eve", "viewer") as viewer,
    ):
        await ann.send(**action(house, "claim"))
        assert (await ann.until("ok", req=1))["type"] == "ok"
        assert (await bob.until("desk"))["claimed_by"] == "ann"
        await bob.send(**action(house, "correct", headline="Quake near Iquique"))
        assert (await bob.until("ok", req=1))["revision"] == 2
        while (frame := await viewer.until("alert"))["alert"]["revision"] < 2:
            pass  # the first one may still have been on its way
        assert frame["alert"]["headline"] == "Quake near Iquique"
        await ann.send(**action(house, "withdraw", req=2))
        assert (await ann.until("error", req=2))["code"] == "stale_revision"
        assert [frame for frame in viewer.seen if frame["type"] == "desk"] == []
    found = await told(house.cluster, house.cluster.settings.prefix)
    assert [(a.do, a.by, a.outcome) for a in found.audits] == [
        ("claim", "ann", "applied"),
        ("correct", "bob", "applied"),
        ("withdraw", "ann", "refused"),
    ]


async def test_a_gateway_that_comes_back_knows_and_answers(house: House) -> None:
    """After a kill -9 of the gateway the editor asks again and is answered; the action was done once."""
    first, second = house.gateways
    async with house.person(first, "ann") as ann:
        await ann.send(**action(house, "claim"))
        await ann.until("ok", req=1)
        house.running.kill9(first)
    again = await asyncio.to_thread(house.running.restart, first)
    async with house.person(again, "ann") as ann, house.person(second, "bob") as bob:
        assert (await ann.until("desk"))["claimed_by"] == "ann"
        await ann.send(**action(house, "claim"))
        assert (await ann.until("ok", req=1))["type"] == "ok"
        await bob.send(type="trail", req=2, alert=house.alert)
        assert len((await bob.until("trail"))["items"]) == 1
