"""Who looks for words in many alerts takes long, and must not take the event loop with it."""

import asyncio
import json
import time
from typing import Any

import httpx
import pytest
from support.newsroom import Newsroom, make_alert, newsroom

from alerts.facets import View
from alerts.filters import EVERYTHING
from alerts.index import Interest
from consumers.gateway.history import Record

MANY = 250  # in the ring; looked at in one go they would take a quarter of a second
RARE = {"text": "comet"}


class Looks:
    """How many alerts were looked at between two turns of the others; each look takes a millisecond."""

    def __init__(self) -> None:
        self.most = self._now = 0

    def look(self) -> None:
        time.sleep(0.001)
        self._now += 1
        self.most = max(self.most, self._now)

    async def others(self) -> None:
        while True:
            self._now = 0
            await asyncio.sleep(0)


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> Looks:
    found = Looks()
    whole = Interest.matches

    def matches(interest: Interest, view: View) -> bool:
        found.look()
        return whole(interest, view)

    monkeypatch.setattr(Interest, "matches", matches)
    return found


class Shelf:
    """All that was ever published."""

    def __init__(self) -> None:
        self.records: list[Record] = []

    async def oldest(self) -> int:
        return 0

    async def read(self, first: int, last: int) -> list[Record]:
        return [record for record in self.records if first <= record.seq < last]


async def replay(room: Newsroom, http: httpx.AsyncClient) -> list[int]:
    async with room.subscriber(subscriptions={"a": RARE}, cursor="oldest") as client:
        await client.until("live")
        return [frame["seq"] for frame in client.seen if frame["type"] == "alert"]


async def history(room: Newsroom, http: httpx.AsyncClient) -> list[int]:
    async with room.subscriber(subscriptions={}) as client:
        await client.send(type="history", req=1, filter=RARE)
        return [item["seq"] for item in (await client.until("history"))["items"]]


async def page(room: Newsroom, http: httpx.AsyncClient) -> list[int]:
    return seqs((await http.get("/v1/alerts?after=-1&text=comet")).json())


async def poll(room: Newsroom, http: httpx.AsyncClient) -> list[int]:
    return seqs((await http.get("/v1/poll?cursor=oldest&text=comet")).json())


def seqs(answer: dict[str, Any]) -> list[int]:
    return [item["seq"] for item in answer["items"]]


@pytest.mark.parametrize("ring", [MANY, 5], ids=["ring", "archive"])
@pytest.mark.parametrize("way", [replay, history, page, poll])
async def test_others_have_a_turn_meanwhile(looks: Looks, way: Any, ring: int) -> None:
    """Whichever way it is asked, a few alerts are looked at in a turn; what is found is the same."""
    shelf = Shelf()
    async with (
        newsroom(archive=shelf, gateway_ring_entries=ring) as room,
        httpx.AsyncClient(base_url=room.web, timeout=30) as http,
    ):
        for number in range(MANY):
            alert = make_alert(f"n{number}", headline="A comet" if number in {2, MANY - 3} else "A storm")
            shelf.records.append(Record(number, 0, alert.to_json()))
            await room.publish(alert)
        others = asyncio.create_task(looks.others())
        found = await way(room, http)
        others.cancel()
        within = ring == MANY or way in {history, page}
        assert sorted(found) == ([2, MANY - 3] if within else [MANY - 3])
        assert looks.most <= 5


async def test_what_comes_while_a_page_is_made_is_on_the_next(looks: Looks) -> None:
    """A page goes on where it ended, though others have had a turn: nothing twice, nothing left out."""
    shelf = Shelf()
    async with newsroom(archive=shelf, gateway_ring_entries=40) as room:

        async def publish() -> None:
            alert = make_alert(f"n{room.next}")
            shelf.records.append(Record(room.next, 0, alert.to_json()))
            await room.publish(alert)

        async def go_on() -> None:
            while True:
                await publish()
                await asyncio.sleep(0.002)

        for _ in range(60):
            await publish()
        others = asyncio.create_task(go_on())
        up: list[int] = []
        at = -1
        while len(up) < 150:
            told = await room.gateway.history.after(at, 20, Interest(EVERYTHING))
            up += [json.loads(item)["seq"] for item in told.items]
            at = told.at
            await asyncio.sleep(0.002)  # or nobody would publish, where there is nothing to look at
        down = await room.gateway.history.before(None, 1000, Interest(EVERYTHING))
        others.cancel()
        assert up == list(range(len(up)))
        seen = [json.loads(item)["seq"] for item in down.items]
        assert seen == list(range(seen[0], seen[-1] - 1, -1))
        assert (down.next, seen[-1]) == (None, 0)
