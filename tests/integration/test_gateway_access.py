"""Who may connect and read, over real sockets."""

import asyncio
import json
import time
from collections.abc import Generator
from typing import Any

import httpx
import pytest
from support.newsroom import PATIENCE, SECRET, make_alert, newsroom, token
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

ALL: dict[str, Any] = {"all": {}}


def bearer(value: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {value}"}


def about(code: str) -> dict[str, Any]:
    return {"regions": [{"code": code, "name": code}]}


async def test_a_program_authenticates_by_header_a_browser_by_hello() -> None:
    """Both ways in lead to the same welcome."""
    async with newsroom(gateway_secret=SECRET) as room:
        async with room.subscriber(headers=bearer(token(role="editor")), subscriptions=ALL) as program:
            welcome = await program.until("welcome")
            assert (welcome["user"], welcome["role"]) == ("ann", "editor")
            assert welcome["expires"] > time.time()
        async with room.subscriber(token=token(), subscriptions=ALL) as browser:
            assert (await browser.until("welcome"))["role"] == "viewer"


async def test_bad_tokens_are_refused_before_the_upgrade_or_after() -> None:
    """A bad header is 401 with a reason in JSON; a bad or missing token in hello closes with 4501, ended with 4002."""
    async with newsroom(gateway_secret=SECRET) as room:
        with pytest.raises(InvalidStatus) as refused:
            async with connect(room.stream, additional_headers=bearer("nonsense")):
                pass
        assert refused.value.response.status_code == 401
        assert b'"error": "unauthorised"' in refused.value.response.body
        for given, code in (("nonsense", 4501), (None, 4501), (token(exp=int(time.time()) - 5), 4002)):
            async with room.subscriber(token=given) if given else room.subscriber(client="x") as client:
                assert await client.closed() == code


async def test_browsers_are_told_after_the_upgrade() -> None:
    """With an Origin the reason comes as a close code, since a page cannot read the handshake's status."""
    async with newsroom(gateway_secret=SECRET) as room:
        own = {"Origin": f"http://127.0.0.1:{room.gateway.port}"}
        for headers, query, code in (
            ({"Origin": "https://evil.example"}, "", 4501),
            ({**own, **bearer("nonsense")}, "", 4501),
            (own, "?token=abc", 4500),
        ):
            async with room.subscriber(query, headers=headers) as client:
                assert await client.closed() == code


async def test_local_pages_of_others_may_not_read_the_feed() -> None:
    """Without a secret, a foreign Host (DNS rebinding) or Origin is refused, on every path that shows anything."""
    async with newsroom() as room, httpx.AsyncClient(base_url=room.gateway.url) as http:
        for path in ("/", "/v1/alerts", "/page/feed.js"):
            for headers in ({"Host": "evil.example"}, {"Origin": "https://evil.example"}):
                assert (await http.get(path, headers=headers)).status_code == 403
        with pytest.raises(InvalidStatus) as refused:
            async with connect(room.stream, additional_headers={"Host": "evil.example"}):
                pass
        assert refused.value.response.status_code in {400, 403}


async def test_a_scope_cannot_be_widened() -> None:
    """A token's regions hold for live alerts, replay, history and HTTP, whatever is asked."""
    async with newsroom(gateway_secret=SECRET) as room:
        await room.publish(make_alert("a", **about("UA")), make_alert("b", **about("KZ")))
        scoped = token(regions=["KZ"])
        async with room.subscriber(token=scoped, subscriptions=ALL, cursor="oldest") as client:
            await client.until("live")
            await client.send(type="subscribe", req=1, id="more", filter={"regions": ["UA", "KZ", "unknown"]})
            await client.until("ok", req=1)
            await room.publish(
                make_alert("c", **about("UA")), make_alert("d", regions=[]), make_alert("e", **about("KZ"))
            )
            await client.until("alert", seq=4)
            await client.send(type="history", req=2, filter={})
            page = await client.until("history", req=2)
            assert [item["seq"] for item in page["items"]] == [4, 1]
            assert [frame["seq"] for frame in client.seen if frame["type"] == "alert"] == [1, 4]
        async with httpx.AsyncClient(base_url=room.gateway.url, headers=bearer(scoped)) as http:
            items = (await http.get("/v1/alerts", params={"after": -1})).json()["items"]
            assert [item["seq"] for item in items] == [1, 4]


async def test_a_token_is_renewed_in_the_connection() -> None:
    """`expiring` comes before the end, `auth` takes a fresh token, another user's is refused, the end is 4002."""
    async with newsroom(gateway_secret=SECRET) as room:
        ends = int(time.time()) + 3
        async with room.subscriber(token=token(exp=ends), subscriptions=ALL) as client:
            assert 0 < (await client.until("expiring"))["in"] <= 3
            await client.send(type="auth", req=1, token=token(sub="eve"))
            assert (await client.until("error", req=1))["code"] == "forbidden"
            await client.send(type="auth", req=2, token="nonsense")
            assert (await client.until("error", req=2))["code"] == "unauthorised"
            await client.send(type="auth", req=3, token=token(exp=ends + 1, regions=["KZ"]))
            await client.until("ok", req=3)
            await room.publish(make_alert("a", **about("UA")), make_alert("b", **about("KZ")))
            assert await client.seqs(1) == [1]
            assert (await client.until("bye"))["code"] == 4002
            assert await client.closed() == 4002
        assert time.time() >= ends + 0.9


async def test_limits_of_address_and_token() -> None:
    """One address, one token, cannot take every place; programs get 503, which stock clients retry."""
    async with newsroom(gateway_max_per_address=2, gateway_secret=SECRET, gateway_max_per_token=1) as room:
        shared = token()
        async with room.subscriber(token=shared) as first:
            await first.until("welcome")
            async with room.subscriber(token=shared) as second:
                assert await second.closed() == 4504
                with pytest.raises(InvalidStatus) as refused:
                    await asyncio.gather(connect(room.stream), connect(room.stream))
                assert refused.value.response.status_code == 503
                assert "Retry-After" in refused.value.response.headers


async def test_a_stock_client_comes_back_from_503() -> None:
    """The library's own reconnection retries what we answer while there is no place, and gets in when there is one."""
    refused = asyncio.Event()

    def delays() -> Generator[float]:
        while True:
            refused.set()
            yield 0.05

    async def come() -> None:
        async for socket in connect(f"{room.stream}?auto=1", reconnect_delays=delays):
            assert json.loads(await socket.recv())["type"] == "welcome"
            return

    async with newsroom(gateway_max_per_address=1) as room:
        async with room.subscriber(subscriptions=ALL) as first:
            await first.until("welcome")
            coming = asyncio.create_task(come())
            await refused.wait()
        async with asyncio.timeout(30):
            await coming


async def test_plain_http() -> None:
    """The page, its files, health and metrics are there; other methods, paths and upgrades get their status."""
    async with newsroom() as room, httpx.AsyncClient(base_url=room.gateway.url) as http:
        page = await http.get("/")
        assert page.status_code == 200
        assert "script-src 'self'" in page.headers["Content-Security-Policy"]
        assert (await http.get("/", headers={"If-None-Match": page.headers["ETag"]})).status_code == 304
        assert (await http.head("/")).content == b""
        assert (await http.get("/healthz")).json()["status"] == "ok"
        assert (await http.get("/readyz")).status_code == 200
        assert "alerts_gateway_connections" in (await http.get("/metrics")).text
        assert (await http.get("/v1/stream")).status_code == 426
        assert (await http.get("/nothing")).status_code == 404
        assert (await http.get("/page/../server.py")).status_code == 404
        denied = await http.delete("/v1/alerts")
        assert (denied.status_code, denied.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")


async def test_alerts_over_http() -> None:
    """Ascending after a cursor or seq, descending before; filtered, paged, and honest about what it cannot read."""
    async with newsroom() as room, httpx.AsyncClient(base_url=room.gateway.url) as http:
        await room.publish(*(make_alert(f"n{n}", topics=[("a", "b")[n % 2]]) for n in range(10)))

        async def get(**params: Any) -> Any:
            return (await http.get("/v1/alerts", params=params)).json()

        newest = await get(limit=3)
        assert [item["seq"] for item in newest["items"]] == [9, 8, 7]
        assert (newest["epoch"], newest["oldest"], newest["head"], newest["more"]) == (room.epoch, 0, 9, True)
        assert [i["seq"] for i in (await get(after=f"{room.epoch}:3", limit=2))["items"]] == [4, 5]
        assert [i["seq"] for i in (await get(before=3))["items"]] == [2, 1, 0]
        assert [i["seq"] for i in (await get(after=-1, topics="b"))["items"] if i] == [1, 3, 5, 7, 9]
        assert [i["seq"] for i in (await get(after="k6:8", limit=1))["items"]] == [0]
        assert (await get(**{"not.topics": ["a", "b"]}))["items"] == []
        for bad in (
            {"after": "x"},
            {"limit": 0},
            {"after": 1, "before": 2},
            {"colour": "red"},
            {"regions": "atlantis"},
        ):
            assert (await http.get("/v1/alerts", params=bad)).status_code == 400


ELSEWHERE = "https://desk.example"


@pytest.mark.parametrize("second", [False, True])
async def test_a_listed_page_reads_refusals_as_it_reads_answers(*, second: bool) -> None:
    """A browser hides from a page what does not name its origin: then every refusal would look like a dead network."""
    async with newsroom(gateway_secret=SECRET, gateway_origins=ELSEWHERE) as room:
        url = room.web if second else room.gateway.url
        async with httpx.AsyncClient(base_url=url, headers={"Origin": ELSEWHERE}) as http:
            known = bearer(token())
            asked = [
                await http.get("/v1/alerts", headers=known),
                await http.get("/v1/alerts"),
                await http.get("/v1/alerts", headers=bearer("nonsense")),
                await http.get("/v1/alerts?limit=0", headers=known),
                await http.get("/v1/stream"),
                await http.get("/nothing"),
                await http.delete("/v1/alerts"),
                await http.options("/v1/alerts"),
                *([await http.get("/v1/poll"), await http.post("/v1/actions", headers=known)] if second else []),
            ]
            assert [answer.status_code for answer in asked[:8]] == [200, 401, 401, 400, 426, 404, 405, 204]
            for answer in asked:
                assert answer.headers["Access-Control-Allow-Origin"] == ELSEWHERE
                assert answer.headers["Access-Control-Expose-Headers"] == "Retry-After"
                assert "Origin" in answer.headers["Vary"]
            assert "authorization" in asked[7].headers["Access-Control-Allow-Headers"]
            foreign = await http.get("/v1/alerts", headers={"Origin": "https://evil.example", **known})
            assert foreign.status_code == 403
            assert "Access-Control-Allow-Origin" not in foreign.headers


async def test_a_listed_page_reads_that_an_answer_takes_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """Kafka is slow, and he is told when to come again."""

    class Slow:
        async def oldest(self) -> int:
            await asyncio.Event().wait()
            raise AssertionError

        async def read(self, first: int, last: int) -> list[Any]:
            raise AssertionError

    monkeypatch.setattr("consumers.gateway.reception.ANSWER_WITHIN", 0.05)
    async with (
        newsroom(gateway_origins=ELSEWHERE, gateway_ring_entries=1, archive=Slow()) as room,
        httpx.AsyncClient(base_url=room.gateway.url, headers={"Origin": ELSEWHERE}) as http,
    ):
        await room.publish(make_alert("a"), make_alert("b"))
        answer = await http.get("/v1/alerts?after=-1")
        assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (503, ELSEWHERE)


async def test_health_answers_while_many_hold_the_door() -> None:
    """Half-open connections do not keep health from answering, and are ended by the deadline."""
    async with newsroom() as room, httpx.AsyncClient(base_url=room.gateway.url) as http:
        halves = [await asyncio.open_connection("127.0.0.1", room.gateway.port) for _ in range(200)]
        began = time.monotonic()
        assert (await http.get("/healthz")).status_code == 200
        assert time.monotonic() - began < 1
        for _, writer in halves:
            writer.close()


@pytest.mark.parametrize("spoilt", ["\x01", "\x0b", "\x1f", "\x7f"], ids=repr)
async def test_a_spoilt_header_is_refused_and_its_token_not_logged(
    spoilt: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A control character in a token, as of a slip when it was pasted, is the client's fault on either listener."""
    given = token()
    head = f"GET /v1/alerts HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {given}{spoilt}\r\n\r\n"
    with caplog.at_level("INFO"):
        async with newsroom(gateway_secret=SECRET) as room:
            for port in (room.gateway.port, room.gateway.http_port):
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(head.encode())
                answer = await asyncio.wait_for(reader.readuntil(b"\r\n"), PATIENCE)
                assert answer.startswith((b"HTTP/1.1 400", b"HTTP/1.1 401"))
                writer.close()
    assert given not in caplog.text
    assert all(record.exc_info is None for record in caplog.records)


async def test_one_line_a_disconnect_and_no_token_in_it(caplog: pytest.LogCaptureFixture) -> None:
    """Logs tell who left and why, in one line, and never a token."""
    secret_token = token()
    with caplog.at_level("INFO"):
        async with (
            newsroom(gateway_secret=SECRET) as room,
            room.subscriber(token=secret_token, client="watch/1") as client,
        ):
            await client.until("welcome")
            client.socket.transport.abort()
    lines = [record.getMessage() for record in caplog.records if record.name.startswith("consumers.gateway")]
    assert len([line for line in lines if line.startswith("closed")]) == 1
    assert "user='ann'" in lines[-1]
    assert secret_token not in caplog.text
    assert all(record.exc_info is None for record in caplog.records)
