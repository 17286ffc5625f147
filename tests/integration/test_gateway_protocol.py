"""The websocket conversation, over real sockets, without Kafka."""

import asyncio
import json
from typing import Any

import pytest
from support.newsroom import eventually, make_alert, newsroom
from websockets.asyncio.client import connect

ALL: dict[str, Any] = {"all": {}}


def about(*codes: str) -> dict[str, Any]:
    return {"regions": [{"code": code, "name": code} for code in codes]}


async def test_hello_is_answered_and_alerts_come() -> None:
    """After hello: a welcome, then live, then each alert once, in the frame of the contract."""
    async with newsroom() as room, room.subscriber(subscriptions=ALL) as client:
        welcome = await client.recv()
        assert welcome["type"] == "welcome"
        assert welcome["resume"]["ok"] is True
        assert (welcome["user"], welcome["role"]) == ("local", "admin")
        assert welcome["limits"] == {"subscriptions": 16, "message": 8192}
        assert (await client.recv())["type"] == "live"
        alert = make_alert()
        await room.publish(alert)
        frame = await client.until("alert")
        assert frame == {"type": "alert", "seq": 0, "alert": json.loads(alert.to_json())}


async def test_who_waited_on_an_empty_topic_learns_its_epoch() -> None:
    """The first alert ever tells the epoch; a second welcome hands it on before that alert."""
    async with newsroom() as room, room.subscriber(subscriptions=ALL) as client:
        first = await client.until("welcome")
        await client.until("live")
        await room.publish(make_alert())
        again = await client.recv()
        assert (again["type"], again["epoch"]) == ("welcome", room.epoch)
        assert (await client.recv())["type"] == "alert"
    async with newsroom() as room:
        await room.publish(make_alert())
        async with room.subscriber(subscriptions=ALL, cursor=f"{first['epoch']}:0") as client:
            assert (await client.until("gap"))["why"] == "epoch"


async def test_only_what_was_asked_for_comes() -> None:
    """Several subscriptions are alternatives; an alert that matches two comes once."""
    subscriptions = {
        "ukraine": {"regions": ["UA"], "min_priority": "urgent"},
        "fire": {"topics": ["fire"], "not": {"text": "drill"}},
    }
    async with newsroom() as room, room.subscriber(subscriptions=subscriptions) as client:
        await client.until("live")
        wanted = [
            make_alert("both", topics=["fire"]),
            make_alert("region", **about("UA-30")),
            make_alert("topic", topics=["fire"], **about("KZ")),
        ]
        unwanted = [
            make_alert("quiet", priority="routine"),
            make_alert("elsewhere", **about("KZ")),
            make_alert("drill", topics=["fire"], headline="Fire drill", **about("KZ")),
        ]
        last = await room.publish(*unwanted, *wanted)
        assert await client.seqs(last) == [3, 4, 5]


async def test_a_subscription_is_replaced_without_a_gap() -> None:
    """While alerts flow, replacing a filter loses and repeats nothing: old up to the seq returned, new after it."""
    async with newsroom() as room, room.subscriber(subscriptions={"main": {"topics": ["a"]}}) as client:
        await client.until("live")

        async def flow() -> None:
            for number in range(300):
                await room.publish(make_alert(f"n{number}", topics=[("a", "b")[number % 2]]))
                await asyncio.sleep(0)

        flowing = asyncio.create_task(flow())
        await client.until("alert")
        await client.send(type="subscribe", req=1, id="main", filter={"topics": ["b"]})
        switch = (await client.until("ok", req=1))["seq"]
        await flowing
        await room.publish(make_alert("end", topics=["b"]))
        await client.until("alert", seq=300)
        got = [frame["seq"] for frame in client.seen if frame["type"] == "alert"]
        assert got == [n for n in range(300) if n % 2 == (0 if n <= switch else 1)] + [300]


async def test_unsubscribe_ends_what_was_asked() -> None:
    """After unsubscribing nothing more of it comes; what never was cannot be ended."""
    async with (
        newsroom() as room,
        room.subscriber(subscriptions={"a": {"topics": ["a"]}, "b": {"topics": ["b"]}}) as client,
    ):
        await client.until("live")
        await client.send(type="unsubscribe", req=1, id="a")
        await client.until("ok", req=1)
        await client.send(type="unsubscribe", req=2, id="a")
        assert (await client.until("error", req=2))["code"] == "bad_request"
        await room.publish(make_alert("x", topics=["a"]), make_alert("y", topics=["b"]))
        assert await client.seqs(1) == [1]


async def test_a_hello_without_subscriptions_gets_no_alerts() -> None:
    """Nothing asked, nothing sent; the heartbeat still moves the cursor."""
    async with newsroom(gateway_heartbeat=0.1) as room, room.subscriber(client="quiet/1") as client:
        await client.until("live")
        last = await room.publish(make_alert())
        await client.until("heartbeat", seq=last)
        assert all(frame["type"] != "alert" for frame in client.seen)


async def test_query_with_auto_needs_no_hello() -> None:
    """`auto=1` with axes subscribes by itself."""
    async with newsroom() as room, room.subscriber("?auto=1&topics=fire&regions=UA") as client:
        await client.until("live")
        await room.publish(make_alert("no"), make_alert("yes", topics=["fire"]))
        assert await client.seqs(1) == [1]


async def test_ping_ack_and_history() -> None:
    """Ping is answered with the time, ack with nothing, history with matching alerts, newest first."""
    async with newsroom() as room:
        await room.publish(*(make_alert(f"n{n}", topics=[("a", "b")[n % 2]]) for n in range(6)))
        async with room.subscriber(subscriptions={}, client="x") as client:
            await client.until("live")
            await client.send(type="ack", seq=5)
            await client.send(type="ping", req=7)
            assert (await client.recv())["type"] == "pong"
            await client.send(type="history", req=8, limit=2, filter={"topics": ["a"]})
            page = await client.until("history", req=8)
            assert [item["seq"] for item in page["items"]] == [4, 2]
            assert page["more"] is True
            await client.send(type="history", req=9, limit=2, before=page["next"], filter={"topics": ["a"]})
            page = await client.until("history", req=9)
            assert ([item["seq"] for item in page["items"]], page["more"]) == ([0], False)


@pytest.mark.parametrize(
    ("first", "code"),
    [
        ("nonsense", 4500),
        ('{"type":"ping","req":1}', 4500),
        ('{"type":"hello","version":2}', 4507),
        ('{"type":"hello","version":2,"what":"is new"}', 4507),
        ('{"type":"hello","version":1,"what":"is new"}', 4500),
        ('{"type":"hello","version":1,"cursor":"nonsense"}', 4500),
        ('{"type":"hello","version":1,"cursor":"k7:-5"}', 4500),
        ('{"type":"hello","version":1,"cursor":"k7:9007199254740992"}', 4500),
        ('{"type":"hello","version":1,"subscriptions":{"a":{"regions":["atlantis"]}}}', 4500),
        (json.dumps({"type": "hello", "version": 1, "subscriptions": {str(n): {} for n in range(17)}}), 4505),
        (b"\x00binary", 1003),
        ("x" * 9000, 1009),
    ],
)
async def test_a_bad_beginning_is_ended_with_its_code(first: str | bytes, code: int) -> None:
    """What cannot be served is closed with a code that says whose fault it is."""
    async with newsroom() as room, room.subscriber() as client:
        await client.socket.send(first)
        assert await client.closed() == code


async def test_a_bad_frame_later_is_an_error_and_the_connection_stays() -> None:
    """One slip does not cost the feed."""
    async with newsroom() as room, room.subscriber(subscriptions=ALL) as client:
        await client.until("live")
        await client.send(type="subscribe", req=1, id="x", filter={"text": "("})
        assert (await client.until("error", req=1))["code"] == "bad_filter"
        await client.socket.send("nonsense")
        assert (await client.until("error"))["code"] == "bad_request"
        await client.hello()
        assert (await client.until("error"))["message"] == "hello was said before"
        await room.publish(make_alert())
        assert await client.seqs(0) == [0]


async def test_a_seventeenth_subscription_is_refused() -> None:
    """The limit is an error; the sixteen stay."""
    async with (
        newsroom() as room,
        room.subscriber(subscriptions={str(n): {"topics": [str(n)]} for n in range(16)}) as client,
    ):
        await client.until("live")
        await client.send(type="subscribe", req=1, id="one more", filter={})
        assert (await client.until("error", req=1))["code"] == "limit"
        await client.send(type="subscribe", req=2, id="3", filter={})
        await client.until("ok", req=2)
        await room.publish(make_alert())
        assert await client.seqs(0) == [0]


async def test_who_talks_too_much_is_told_then_ended() -> None:
    """Commands over the rate are refused; who does not stop is closed with a time to come back."""
    async with newsroom() as room, room.subscriber(subscriptions={}, client="x") as client:
        await client.until("live")
        for req in range(80):
            await client.send(type="history", req=req)
        assert (await client.until("error", code="rate"))["retry"] is True
        assert (await client.until("bye"))["retry_ms"][0] >= 5000
        assert await client.closed() == 4003


async def test_silence_instead_of_hello_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection that says nothing does not stay."""
    monkeypatch.setattr("consumers.gateway.greeting.HELLO_WITHIN", 0.05)
    async with newsroom() as room, room.subscriber() as client:
        assert await client.closed() == 4500


async def test_the_subprotocol_is_optional() -> None:
    """Who offers alerts.v1 gets it; who offers another, or none, is served too."""
    async with newsroom() as room:
        for offered, agreed in ((["alerts.v1"], "alerts.v1"), (["other"], None), (None, None)):
            async with connect(room.stream, subprotocols=offered) as socket:  # type: ignore[arg-type]
                assert socket.subprotocol == agreed


async def test_another_epoch_sends_everybody_back_for_a_new_cursor() -> None:
    """When the topic was made anew, cursors are void: 4004, and the old one is answered with a gap."""
    async with newsroom() as room:
        await room.publish(make_alert("old"))
        async with room.subscriber(subscriptions=ALL) as client:
            await client.until("live")
            room.epoch, room.next = "k8", 0
            await room.publish(make_alert("fresh"))
            assert await client.closed() == 4004
        async with room.subscriber(subscriptions=ALL, cursor="k7:0") as client:
            assert (await client.until("gap"))["why"] == "epoch"
            assert (await client.until("alert"))["alert"]["id"] == "fresh"


async def test_a_record_that_is_no_alert_is_left_out_loudly(caplog: pytest.LogCaptureFixture) -> None:
    """One bad record does not stop the feed; health and log say that it was there."""
    async with newsroom() as room, room.subscriber(subscriptions=ALL) as client:
        await client.until("live")
        await room.gateway.publish(0, room.epoch, b"not an alert", 0)
        room.next = 1
        await room.publish(make_alert())
        assert await client.seqs(1) == [1]
        assert room.gateway.status()["unreadable"] == 1
        assert "offset 0 is no alert" in caplog.text


async def test_nothing_is_left_of_who_left() -> None:
    """Connections that end leave no interest, no member, no count."""
    async with newsroom() as room:
        async with room.subscriber(subscriptions=ALL) as client:
            await client.until("live")
            assert len(room.gateway.hub.index) == 1
        await eventually(lambda: room.gateway.door.inside == 0 and not any(room.gateway.wheel._spokes))
        assert len(room.gateway.hub.index) == 0
        assert not room.gateway.hub.members
