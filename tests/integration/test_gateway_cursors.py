"""Resuming: the table of protocol.md, over real sockets."""

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import httpx
import pytest
from support.events import NO_TLS
from support.newsroom import EPOCH, Newsroom, make_alert, newsroom

from alerts.filters import EVERYTHING
from alerts.index import Interest
from consumers.gateway.history import Record
from consumers.gateway.house import LogEnd

ALL: dict[str, Any] = {"all": {}}


class Ends(LogEnd):
    """A log whose end the test decides."""

    def __init__(self, end: int) -> None:
        self.end = end

    async def __call__(self) -> int | None:
        return self.end


async def filled(room: Newsroom, count: int = 10) -> None:
    """`count` alerts; those of odd seq are on sport."""
    await room.publish(*(make_alert(f"n{n}", topics=[("conflict", "sport")[n % 2]]) for n in range(count)))


async def replayed(room: Newsroom, **hello: Any) -> tuple[list[int], list[dict[str, Any]], dict[str, Any]]:
    """What comes until live: seqs, gaps, and the welcome."""
    async with room.subscriber(**{"subscriptions": ALL, **hello}) as client:
        await client.until("live")
    alerts = [frame["seq"] for frame in client.seen if frame["type"] == "alert"]
    return alerts, [frame for frame in client.seen if frame["type"] == "gap"], client.seen[0]


@pytest.mark.parametrize(
    ("cursor", "seqs", "why"),
    [
        (None, [], None),
        ("oldest", [5, 6, 7, 8, 9], None),
        (f"{EPOCH}:7", [8, 9], None),
        (f"{EPOCH}:9", [], None),
        (f"{EPOCH}:4", [5, 6, 7, 8, 9], None),
        (f"{EPOCH}:3", [5, 6, 7, 8, 9], "expired"),
        (f"{EPOCH}:-1", [5, 6, 7, 8, 9], "expired"),
        ("k6:7", [5, 6, 7, 8, 9], "epoch"),
        (f"{EPOCH}:10", [5, 6, 7, 8, 9], "future"),
        (f"{EPOCH}:{2**53 - 1}", [5, 6, 7, 8, 9], "future"),
        ("-15m", [5, 6, 7, 8, 9], None),
        ("-0s", [], None),
    ],
)
async def test_the_cursor_table(cursor: str | None, seqs: list[int], why: str | None) -> None:
    """Each kind of cursor gets exactly the alerts it should, and a gap where something may be missing."""
    async with newsroom(gateway_ring_entries=5, log_end=Ends(10)) as room:
        await filled(room)
        got, gaps, welcome = await replayed(room, **({} if cursor is None else {"cursor": cursor}))
        if cursor == "-15m":
            assert [gap["why"] for gap in gaps] == ["expired"]  # the ring dropped alerts of a moment ago
        else:
            assert [gap["why"] for gap in gaps] == ([] if why is None else [why])
        assert got == seqs
        assert (welcome["oldest"], welcome["head"], welcome["epoch"]) == (5, 9, EPOCH)
        assert welcome["resume"]["ok"] is not bool(gaps)
        for gap in gaps:
            assert gap["next"] == 5
            assert gap["url"].startswith("/v1/alerts?after=")


@pytest.mark.parametrize("cursor", [f"{EPOCH}:1", "k6:7", f"{EPOCH}:99"])
async def test_a_gap_is_handled_as_the_client_wishes(cursor: str) -> None:
    """`live` goes on from the head, `fail` is refused with 4506; neither is silent."""
    async with newsroom(gateway_ring_entries=5, log_end=Ends(10)) as room:
        await filled(room)
        got, gaps, _ = await replayed(room, cursor=cursor, on_gap="live")
        assert (got, [gap["next"] for gap in gaps]) == ([], [10])
        async with room.subscriber(subscriptions=ALL, cursor=cursor, on_gap="fail") as client:
            assert await client.closed() == 4506
        assert client.seen[-1]["code"] == "cursor_too_old"


async def test_time_is_a_cursor() -> None:
    """`-15m` begins with what is at most so old."""
    async with newsroom() as room:
        await room.publish(make_alert("old"), age_ms=3_600_000)
        await room.publish(make_alert("young"), age_ms=60_000)
        got, gaps, _ = await replayed(room, cursor="-15m")
        assert (got, gaps) == ([1], [])


async def test_replay_is_filtered() -> None:
    """A replay brings what the filter matches, in order."""
    async with newsroom() as room:
        await filled(room)
        got, _, _ = await replayed(room, cursor="oldest", subscriptions={"s": {"topics": ["sport"]}})
        assert got == [1, 3, 5, 7, 9]


async def test_an_instance_that_is_behind_catches_up_before_it_serves() -> None:
    """A cursor from an instance that has read further waits for this one, then continues without gap or repeat."""
    async with newsroom(log_end=Ends(14)) as room:
        await filled(room)
        async with room.subscriber(subscriptions=ALL, cursor=f"{EPOCH}:12") as client:
            waiting = asyncio.create_task(client.until("welcome"))
            await room.publish(*(make_alert(f"m{n}") for n in range(10, 16)))
            assert (await waiting)["resume"] == {"ok": True, "from": 12}
            assert await client.seqs(15) == [13, 14, 15]


async def test_an_instance_that_stays_behind_serves_without_repeating(monkeypatch: pytest.MonkeyPatch) -> None:
    """If the wait is in vain the client is served all the same, and still gets only what follows its cursor."""
    monkeypatch.setattr("consumers.gateway.greeting.AHEAD_WAIT", 0.05)
    async with newsroom(log_end=Ends(14)) as room:
        await filled(room)
        async with room.subscriber(subscriptions=ALL, cursor=f"{EPOCH}:12") as client:
            await client.until("live")
            await room.publish(*(make_alert(f"m{n}") for n in range(10, 15)))
            assert await client.seqs(14) == [13, 14]


async def test_a_cut_in_the_middle_loses_and_repeats_nothing() -> None:
    """Cut off and back again ten times under flow, a client's log is the topic, in order."""
    async with newsroom() as room:
        await filled(room, 1)
        got: list[int] = []
        cursor = f"{EPOCH}:0"
        flowing = asyncio.create_task(_flow(room, 2000))
        while not flowing.done() or got[-1] < 2000:
            async with room.subscriber(subscriptions=ALL, cursor=cursor) as client:
                for _ in range(200):
                    if got and got[-1] == 2000:
                        break
                    got.append((await client.until("alert"))["seq"])
                assert all(frame["type"] != "gap" for frame in client.seen)
                cursor = f"{EPOCH}:{got[-1]}"
                client.socket.transport.abort()
        assert got == list(range(1, 2001))


async def _flow(room: Newsroom, count: int) -> None:
    for number in range(count):
        await room.publish(make_alert(f"f{number}"))
        if number % 10 == 0:
            await asyncio.sleep(0)


async def test_a_heartbeat_keeps_a_selective_clients_cursor_young() -> None:
    """Who matches nothing for long still resumes without a gap, by the heartbeat's seq."""
    async with newsroom(gateway_ring_entries=5, gateway_heartbeat=0.1) as room:
        await filled(room)
        async with room.subscriber(subscriptions={"s": {"topics": ["nothing"]}}) as client:
            await client.until("live")
            await filled(room, 20)
            cursor = (await client.until("heartbeat", seq=29))["seq"]
        got, gaps, _ = await replayed(room, cursor=f"{EPOCH}:{cursor}")
        assert (got, gaps) == ([], [])


async def test_a_long_replay_is_cut_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the limit of a replay comes a gap, then the live feed."""
    monkeypatch.setattr("consumers.gateway.reader.REPLAY_ENTRIES", 7)
    async with newsroom() as room:
        await filled(room, 20)
        got, gaps, _ = await replayed(room, cursor="oldest")
        assert got == list(range(7))
        assert [(gap["why"], gap["after"], gap["next"]) for gap in gaps] == [("limit", 6, 20)]
        assert gaps[0]["url"] == f"/v1/alerts?after={EPOCH}:6"


class Shelf:
    """An archive in memory."""

    def __init__(self, records: Sequence[Record]) -> None:
        self.records = list(records)

    async def oldest(self) -> int:
        return self.records[0].seq

    async def read(self, first: int, last: int) -> Sequence[Record]:
        return [record for record in self.records if first <= record.seq < last]


class Racing(Shelf):
    """A topic that grows, and a ring that is cut, whenever it is read."""

    room: Newsroom

    async def read(self, first: int, last: int) -> Sequence[Record]:
        found = await super().read(first, last)
        if len(self.records) < 12:
            await grow(self, self.room, 4)
        return found


async def grow(shelf: Shelf, room: Newsroom, by: int) -> None:
    """So many alerts more, in the archive and in the ring."""
    for number in range(room.next, room.next + by):
        alert = make_alert(f"g{number}")
        shelf.records.append(Record(number, 0, alert.to_json()))
        await room.publish(alert)


async def test_what_leaves_the_ring_while_the_archive_is_read_is_not_missed() -> None:
    """Who fetches what a gap has named gets all of it, also in the rush that made the gap."""
    shelf = Racing([])
    async with newsroom(gateway_ring_entries=2, archive=shelf) as room:
        shelf.room = room
        await grow(shelf, room, 4)
        page = await room.gateway.history.after(-1, 50, Interest(EVERYTHING))
        assert [json.loads(item)["seq"] for item in page.items] == list(range(12))


class Turning(Shelf):
    """A topic that is made anew while it is read."""

    room: Newsroom

    async def read(self, first: int, last: int) -> Sequence[Record]:
        found = await super().read(first, last)
        self.room.next, self.room.epoch = 0, "k8"
        await self.room.publish(make_alert("new"))
        return found


async def test_a_page_of_an_old_log_is_not_given_out_as_one_of_the_new() -> None:
    """Its `next` would skip what the new one holds below it."""
    shelf = Turning([])
    async with newsroom(gateway_ring_entries=2, archive=shelf) as room, httpx.AsyncClient(verify=NO_TLS) as web:
        shelf.room = room
        await grow(shelf, room, 4)
        url = f"http://127.0.0.1:{room.gateway.port}/v1/alerts?after=-1"
        assert (await web.get(url)).status_code == 503
        page = (await web.get(url)).json()
        assert (page["epoch"], [item["seq"] for item in page["items"]]) == ("k8", [0])


async def test_history_reaches_below_the_ring() -> None:
    """What left the ring is read from the archive, seamlessly, in both directions."""
    alerts = [make_alert(f"n{n}") for n in range(1500)]
    shelf = Shelf([Record(n, 0, alert.to_json()) for n, alert in enumerate(alerts)])
    async with newsroom(gateway_ring_entries=5, archive=shelf) as room:
        await room.publish(*alerts)
        async with room.subscriber(subscriptions={}, client="x") as client:
            await client.until("live")
            seen: list[int] = []
            before: int | None = 1500
            req = 0
            while before is not None and req < 20:
                await client.send(type="history", req=req, before=before, limit=200)
                page = await client.until("history", req=req)
                seen += [item["seq"] for item in page["items"]]
                before, req = page.get("next"), req + 1
            assert seen == list(range(1499, -1, -1))
        after: int | None = -1
        ascending: list[int] = []
        while after is not None:
            chunk = await room.gateway.history.after(after, 400, Interest(EVERYTHING))
            ascending += [json.loads(item)["seq"] for item in chunk.items]
            after = chunk.next
        assert ascending == list(range(1500))
