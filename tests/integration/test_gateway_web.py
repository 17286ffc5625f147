"""The second listener: server-sent events, polling, actions by POST."""

import asyncio
import contextlib
import socket
import time
from typing import Any

import httpx
import pytest
from support.clerk import Clerk, make_candidate
from support.events import events
from support.newsroom import PATIENCE, SECRET, eventually, make_alert, newsroom, token

from consumers.gateway.events import EventStream
from consumers.gateway.patience import Patience

LONG = "x" * 4000


def bearer(**claims: Any) -> dict[str, str]:
    return {"Authorization": f"Bearer {token(**claims)}"}


class Hasty(Patience):
    stall = 0.4


# -- server-sent events


async def test_events_are_the_frames_of_the_websocket() -> None:
    """Welcome, live, then each alert in the very JSON of the websocket, with the cursor as its id."""
    async with newsroom() as room, events(room.web, "?topics=conflict") as stream:
        assert stream.response.headers["content-type"].startswith("text/event-stream")
        assert (await stream.recv())["type"] == "welcome"
        assert (await stream.recv())["type"] == "live"
        async with room.subscriber(subscriptions={"a": {"topics": ["conflict"]}}) as client:
            await client.until("live")
            await room.publish(make_alert("no", topics=["sport"]), make_alert("yes"))
            assert await stream.until("alert") == await client.until("alert")
            assert stream.last_id == "k7:1"
            assert 1000 <= stream.retry_ms <= 5000


async def test_last_event_id_resumes_exactly() -> None:
    """A browser that comes back gets what it missed, on another instance too, and the header wins over the query."""
    async with newsroom() as room, newsroom() as other:
        for each in (room, other):
            await each.publish(*(make_alert(f"n{n}") for n in range(5)))
        async with events(room.web, "?cursor=oldest") as stream:
            while (await stream.until("alert"))["seq"] < 2:
                pass
            last = stream.last_id
        async with events(other.web, "?cursor=oldest", {"Last-Event-ID": last}) as stream:
            await stream.until("live")
            assert [f["seq"] for f in stream.seen if f["type"] == "alert"] == [3, 4]


async def test_a_selective_streams_cursor_does_not_age() -> None:
    """Heartbeats carry the cursor forward though nothing matches."""
    async with newsroom(gateway_heartbeat=0.1) as room, events(room.web, "?topics=nothing") as stream:
        await stream.until("live")
        last = await room.publish(make_alert())
        await stream.until("heartbeat", seq=last)
        assert stream.last_id == f"k7:{last}"


@pytest.mark.parametrize(("on_gap", "seqs"), [("replay", [2, 3, 4]), ("live", []), ("fail", None)])
async def test_a_cursor_that_is_too_old_is_never_silent(on_gap: str, seqs: list[int] | None) -> None:
    """The three answers to a gap are those of the websocket; `fail` is 410 before the stream begins."""
    async with newsroom(gateway_ring_entries=3) as room:
        await room.publish(*(make_alert(f"n{n}") for n in range(5)))
        query = f"?cursor=k7:0&on_gap={on_gap}"
        if seqs is None:
            async with httpx.AsyncClient() as http:
                refused = await http.get(f"{room.web}/v1/events{query}")
            assert (refused.status_code, refused.json()["error"]) == (410, "cursor_too_old")
            assert room.gateway.door.inside == 0
            return
        async with events(room.web, query) as stream:
            gap = await stream.until("gap")
            assert (gap["after"], gap["why"]) == (0, "expired")
            await stream.until("live")
            assert [f["seq"] for f in stream.seen if f["type"] == "alert"] == seqs


async def test_a_slow_reader_of_events_is_bounded_and_gets_everything() -> None:
    """Who pauses is held for with little memory, and gets all in order when he reads on."""
    async with newsroom() as room, events(room.web) as stream:
        await stream.until("live")
        (member,) = room.gateway.hub.members
        assert isinstance(member, EventStream)
        while not member.paused:
            await room.publish(make_alert(f"p{room.next}", headline=LONG))
            await asyncio.sleep(0)
        last = await room.publish(*(make_alert(f"q{n}", headline=LONG) for n in range(100)))
        assert member._size < 256 * 1024
        while (await stream.until("alert"))["seq"] < last:
            pass
        assert [f["seq"] for f in stream.seen if f["type"] == "alert"] == list(range(last + 1))
        assert not [f for f in stream.seen if f["type"] == "gap"]


async def test_a_stalled_reader_of_events_is_cut() -> None:
    """Who reads nothing at all is gone after the stall time, with his buffers."""
    async with newsroom(patience=Hasty()) as room:
        with contextlib.closing(socket.socket()) as peer:
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            peer.connect(("127.0.0.1", room.gateway.http_port))
            peer.sendall(f"GET /v1/events HTTP/1.1\r\nHost: 127.0.0.1:{room.gateway.http_port}\r\n\r\n".encode())
            await eventually(lambda: bool(room.gateway.hub.members))
            (member,) = room.gateway.hub.members
            while not member.paused:
                await room.publish(make_alert(f"p{room.next}", headline=LONG))
                await asyncio.sleep(0)
            await eventually(lambda: not room.gateway.hub.members)
            assert room.gateway.door.inside == 0


async def test_the_token_ends_the_stream() -> None:
    """As on the websocket: bye with 4002."""
    async with newsroom(gateway_secret=SECRET) as room:
        async with events(room.web, headers=bearer(exp=int(time.time()) + 2)) as stream:
            assert (await stream.until("bye"))["code"] == 4002
            await stream.ended()
        assert not room.gateway.hub.members


async def test_a_drain_says_when_to_come_back() -> None:
    """At the end of the gateway every stream gets bye and ends; one that reads nothing does not hold it up."""
    async with newsroom() as room, events(room.web) as stream:
        await stream.until("live")
        with socket.create_connection(("127.0.0.1", room.gateway.http_port)) as silent:
            silent.sendall(b"GET /v1/events HTT")
            began = time.monotonic()
            draining = asyncio.create_task(room.gateway.drain())
            bye = await stream.until("bye")
            await stream.ended()
            await draining
        assert (bye["code"], bye["why"]) == (1012, "drain")
        assert bye["retry_ms"][0] <= stream.retry_ms <= bye["retry_ms"][1]
        assert time.monotonic() - began < 15


async def test_headers_that_never_end_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """A request that trickles in is given up, however often a byte comes."""
    monkeypatch.setattr("consumers.asked.REQUEST_WITHIN", 0.3)
    async with newsroom() as room:
        reader, writer = await asyncio.open_connection("127.0.0.1", room.gateway.http_port)
        writer.write(b"GET /v1/events HTTP/1.1\r\n")

        async def trickle() -> None:
            while True:
                writer.write(b"X: y\r\n")
                await asyncio.sleep(0.05)

        trickling = asyncio.create_task(trickle())
        with contextlib.suppress(ConnectionError):
            async with asyncio.timeout(10):
                assert await reader.read() == b""
        trickling.cancel()
        writer.close()


# -- who may


@pytest.mark.parametrize("path", ["/v1/events", "/v1/poll", "/v1/trail?alert=a"])
async def test_tokens_and_places_are_those_of_the_websocket(path: str) -> None:
    """No token, a wrong one, one in the query, a foreign origin: refused with the same words."""
    async with newsroom(gateway_secret=SECRET) as room, httpx.AsyncClient(base_url=room.web) as http:
        joint = "&" if "?" in path else "?"
        for query, headers, status in (
            ("", {}, 401),
            ("", {"Authorization": "Bearer nonsense"}, 401),
            ("", bearer(exp=int(time.time()) - 5), 401),
            (f"{joint}token=abc", bearer(), 400),
            ("", {**bearer(), "Origin": "https://evil.example"}, 403),
        ):
            answer = await http.get(path + query, headers=headers)
            assert (answer.status_code, answer.headers.get("access-control-allow-origin")) == (status, None)
        assert room.gateway.door.inside == 0


async def test_our_page_on_the_other_port_may_use_it() -> None:
    """The page is served on the websockets' port; a stranger's page on a third port is refused."""
    async with newsroom() as room, httpx.AsyncClient(base_url=room.web) as http:
        own = f"http://127.0.0.1:{room.gateway.port}"
        preflight = await http.options("/v1/actions", headers={"Origin": own})
        assert (preflight.status_code, preflight.headers["access-control-allow-origin"]) == (204, own)
        assert "authorization" in preflight.headers["access-control-allow-headers"]
        assert (await http.options("/v1/actions", headers={"Origin": "http://127.0.0.1:1"})).status_code == 403
        assert (await http.get("/")).headers["content-type"].startswith("text/html")
        assert (await http.get("/healthz")).json()["ok"] is True
        assert (await http.post("/v1/poll")).status_code == 405


async def test_a_scope_cannot_be_widened() -> None:
    """Streams and polls show only what the token allows."""
    headers = bearer(topics=["fire"])
    async with newsroom(gateway_secret=SECRET) as room, httpx.AsyncClient(base_url=room.web) as http:
        await room.publish(make_alert("no"), make_alert("yes", topics=["fire"]))
        async with events(room.web, "?cursor=oldest", headers) as stream:
            await stream.until("live")
        assert [f["seq"] for f in stream.seen if f["type"] == "alert"] == [1]
        page = (await http.get("/v1/poll?cursor=oldest", headers=headers)).json()
        assert [item["seq"] for item in page["items"]] == [1]


async def test_streams_count_among_connections() -> None:
    """The limit on connections of a token holds over both listeners; 503 lets the client come back."""
    async with newsroom(gateway_secret=SECRET, gateway_max_per_token=1) as room, httpx.AsyncClient() as http:
        headers = bearer()
        async with events(room.web, headers=headers) as stream:
            await stream.until("live")
            assert (await http.get(f"{room.web}/v1/events", headers=headers)).status_code == 503
        await eventually(lambda: room.gateway.door.inside == 0)
        async with events(room.web, headers=headers) as stream:
            await stream.until("live")


# -- polling


async def test_polling_pages_then_waits() -> None:
    """What was missed comes in pages; then the answer waits for the next alert that matches, and for no other."""
    async with newsroom() as room, httpx.AsyncClient(base_url=room.web, timeout=20) as http:
        await room.publish(*(make_alert(f"n{n}") for n in range(5)))
        first = (await http.get("/v1/poll?cursor=oldest&limit=3")).json()
        assert ([i["seq"] for i in first["items"]], first["more"], first["cursor"]) == ([0, 1, 2], True, "k7:2")
        second = (await http.get(f"/v1/poll?cursor={first['cursor']}")).json()
        assert ([i["seq"] for i in second["items"]], second["more"], second["cursor"]) == ([3, 4], False, "k7:4")
        waiting = asyncio.create_task(http.get(f"/v1/poll?cursor={second['cursor']}&topics=fire&wait=20"))
        await eventually(lambda: bool(room.gateway.hub.members))
        await room.publish(make_alert("other"))
        last = await room.publish(make_alert("fire", topics=["fire"]))
        answer = (await waiting).json()
        assert ([i["seq"] for i in answer["items"]], answer["cursor"]) == ([last], f"k7:{last}")
        assert room.gateway.door.inside == 0
        assert len(room.gateway.hub.index) == 0


async def test_a_poll_without_news_ends_with_the_head() -> None:
    """After the wait the answer is empty; its cursor has moved past what did not match."""
    async with newsroom() as room, httpx.AsyncClient(base_url=room.web) as http:
        await room.publish(make_alert())
        page = (await http.get("/v1/poll?cursor=oldest&topics=fire&wait=0")).json()
        assert (page["items"], page["cursor"]) == ([], "k7:0")
        page = (await http.get("/v1/poll?wait=0")).json()
        assert (page["items"], page["cursor"]) == ([], "k7:0")


async def test_a_poll_is_told_of_gaps() -> None:
    """The gap is the websocket's."""
    async with newsroom(gateway_ring_entries=2) as room, httpx.AsyncClient(base_url=room.web) as http:
        await room.publish(*(make_alert(f"n{n}") for n in range(5)))
        page = (await http.get("/v1/poll?cursor=old:3")).json()
        assert (page["gap"]["why"], [i["seq"] for i in page["items"]]) == ("epoch", [3, 4])
        assert (await http.get("/v1/poll?cursor=k7:0&on_gap=fail")).status_code == 410
        page = (await http.get("/v1/poll?cursor=k7:0&on_gap=live&wait=20")).json()
        assert (page["gap"]["why"], page["items"], page["cursor"]) == ("expired", [], "k7:4")


async def test_who_hangs_up_while_he_polls_leaves_nothing() -> None:
    """His place is another's at once, not when the poll would have ended."""
    async with newsroom(gateway_max_per_address=1) as room:
        for _ in range(3):
            reader, writer = await asyncio.open_connection("127.0.0.1", room.gateway.http_port)
            writer.write(b"GET /v1/poll?wait=25 HTTP/1.1\r\nHost: localhost\r\n\r\n")
            await eventually(lambda: bool(room.gateway.hub.members))
            writer.close()
            await eventually(lambda: not room.gateway.hub.members)
            assert await reader.read() == b""
        assert room.gateway.door.inside == 0


@pytest.mark.parametrize("query", ["wait=26", "wait=x", "limit=501", "limit=1&limit=2", "colour=red", "cursor=x"])
async def test_a_poll_that_cannot_be_served_is_400(query: str) -> None:
    """Unknown and impossible parameters are the client's fault, and said to be."""
    async with newsroom() as room, httpx.AsyncClient(base_url=room.web) as http:
        assert (await http.get(f"/v1/poll?{query}")).status_code == 400
        assert (await http.get("/v1/events", headers={"Last-Event-ID": "x"})).status_code == 400


# -- editors


async def test_actions_by_post_and_desk_frames_in_a_stream() -> None:
    """An editor without a websocket acts and sees what is done; refusals have their status."""
    clerk = Clerk()
    ann, eve = bearer(role="editor"), bearer(sub="eve")
    async with (
        newsroom(gateway_secret=SECRET, outbox=clerk) as room,
        httpx.AsyncClient(base_url=room.web) as http,
        events(room.web, headers=ann) as stream,
        events(room.web, headers=eve) as viewer,
    ):
        clerk.rooms.append(room)
        await stream.until("live")
        await viewer.until("live")
        alert = await clerk.report(make_candidate())

        async def post(headers: dict[str, str], **changes: Any) -> tuple[int, dict[str, Any]]:
            body = {"id": "1", "alert": alert, "revision": 1, "do": "claim", **changes}
            answer = await http.post("/v1/actions", json=body, headers=headers)
            return answer.status_code, answer.json()

        assert await post(ann) == (200, {"ok": True, "revision": None})
        assert (await stream.until("desk"))["claimed_by"] == "ann"
        assert (await post(eve))[0] == 403
        assert await post(ann, do="correct", id="2", headline="Quake near Iquique") == (
            200,
            {"ok": True, "revision": 2},
        )
        assert (await viewer.until("alert", seq=1))["alert"]["op"] == "correction"
        status, refused = await post(ann, do="withdraw", id="3")
        assert (status, refused["error"]) == (409, "stale_revision")
        assert (await post(ann, alert="nothing"))[0] == 404
        assert (await post(ann, do="explode"))[0] == 400
        assert (await post(ann, type="ping"))[0] == 400
        assert (await http.post("/v1/actions", content=b"x=1", headers=ann)).status_code == 415
        json_type = {**ann, "Content-Type": "application/json"}
        assert (await http.post("/v1/actions", content=b"[", headers=json_type)).status_code == 400
        assert (await http.post("/v1/actions", content=b"x" * 9000, headers=json_type)).status_code == 413
        trail = (await http.get("/v1/trail", params={"alert": alert}, headers=ann)).json()
        assert [item["do"] for item in trail["items"]] == ["claim", "correct", "withdraw"]
        assert (await http.get("/v1/trail", params={"alert": alert}, headers=eve)).status_code == 403
        assert [frame for frame in viewer.seen if frame["type"] == "desk"] == []


COMMANDS: list[tuple[str, str, dict[str, Any]]] = [
    ("POST", "/v1/actions", {"json": {"id": "1", "alert": "nothing", "revision": 1, "do": "claim"}}),
    ("GET", "/v1/trail", {"params": {"alert": "nothing"}}),
]


@pytest.mark.parametrize(("command", "other"), [COMMANDS, COMMANDS[::-1]], ids=["actions", "trail"])
async def test_what_editors_ask_has_the_rate_of_commands(command: Any, other: Any) -> None:
    """As over a websocket: a burst, then two a second, for each user; told by 429 and when to come again."""
    async with newsroom(gateway_secret=SECRET) as room, httpx.AsyncClient(base_url=room.web) as http:

        async def ask(method: str, path: str, more: dict[str, Any], **claims: Any) -> httpx.Response:
            return await http.request(method, path, headers=bearer(role="editor", **claims), **more)

        served = 0
        async with asyncio.timeout(PATIENCE):
            while (answer := await ask(*command)).status_code != 429:
                served += 1
        assert served >= 30
        assert answer.json()["error"] == "rate"
        assert 1 <= int(answer.headers["Retry-After"]) <= 16
        assert (await ask(*command, sub="bob")).status_code != 429
        assert (await ask(*other)).status_code != 429


async def test_a_page_elsewhere_cannot_act() -> None:
    """A foreign page cannot post to loopback, where no token is needed."""
    async with newsroom(outbox=Clerk()) as room, httpx.AsyncClient(base_url=room.web) as http:
        body = {"id": "1", "alert": "a", "revision": 1, "do": "claim"}
        for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {"Host": "evil.example"}):
            assert (await http.post("/v1/actions", json=body, headers=headers)).status_code == 403
