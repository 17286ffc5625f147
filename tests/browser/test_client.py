"""The browser client that we ship, in a real browser, against a real gateway."""

import asyncio
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import ConsoleMessage, Page
from support.clerk import Clerk, make_candidate
from support.newsroom import SECRET, Newsroom, eventually, make_alert, newsroom, token

from alerts.wire import may_reconnect

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
MODULE = ROOT / "consumers/gateway/client/alerts.js"

# Everything the stream says ends up in `log`; the waits are short so that the test need not.
OPEN = """async (options) => {
  const { AlertStream } = await import('/client/alerts.js');
  Math.random = () => 0.02;
  window.log = [];
  window.stream = new AlertStream(`ws://${location.host}/v1/stream`, options);
  for (const type of ['state', 'welcome', 'alert', 'gap', 'desk', 'cursor', 'heartbeat'])
    stream.addEventListener(type, ({ detail }) => log.push([type, detail]));
  stream.connect();
}"""


async def opened(page: Page, room: Newsroom, **options: Any) -> None:
    """Load the module on a page of the gateway, and connect."""
    await page.goto(f"{room.gateway.url}page/icon.svg")
    await page.evaluate(OPEN, options)


async def cut(room: Newsroom) -> None:
    """Drop the connection; it has left when this returns, though a quick client may be back already."""
    dropped = room.connection
    dropped.drop("test")
    await eventually(lambda: dropped not in room.gateway.hub.members)


async def until(page: Page, condition: str) -> None:
    """Wait for what a script finds in `log` or `stream`."""
    await page.wait_for_function(condition)


async def seqs(page: Page) -> list[int]:
    found: list[int] = await page.evaluate("log.filter(([type]) => type === 'alert').map(([, { seq }]) => seq)")
    return found


def test_the_module_is_at_most_5_kb() -> None:
    """As it stands in the repository, comments and all."""
    assert MODULE.stat().st_size <= 5 * 1024


async def test_nothing_is_lost_or_repeated_through_breaks(page: Page) -> None:
    """Cut off again and again, it resumes: each revision once, in order, and its cursor is where it has got."""
    async with newsroom() as room:
        await opened(page, room, cursor="oldest")
        for _ in range(3):
            await until(page, "stream.state === 'live'")
            last = await room.publish(*(make_alert(f"n{room.next + n}") for n in range(5)))
            await cut(room)
            last = await room.publish(make_alert(f"n{room.next}"))
            await until(page, f"stream.cursor === 'k7:{last}'")
        assert await seqs(page) == list(range(last + 1))


async def test_filters_change_without_a_reconnect_and_hold_after_one(page: Page) -> None:
    """A subscription is added, another taken away; a refusal is an error with its code."""
    async with newsroom() as room:
        await opened(page, room, subscriptions={"a": {"topics": ["a"]}})
        await until(page, "stream.state === 'live'")
        assert await page.evaluate("stream.subscribe('b', { topics: ['b'] })") == -1
        await page.evaluate("stream.subscribe('a')")
        refused = "stream.subscribe('c', { colour: ['red'] }).catch((error) => [error.code, error.message])"
        assert (await page.evaluate(refused))[0] == "bad_filter"
        room.connection.drop("test")
        await room.publish(make_alert("x", topics=["a"]), make_alert("y", topics=["b"]))
        await until(page, "log.some(([type]) => type === 'alert')")
        assert await seqs(page) == [1]
        older = await page.evaluate("stream.ask('history', { limit: 1, filter: { topics: ['a'] } })")
        assert ([item["seq"] for item in older["items"]], older["more"]) == ([0], False)


async def test_an_editor_acts(page: Page) -> None:
    """Answers, refusals and what is done arrive; an action cut off in between is asked again and done once."""
    clerk = Clerk()
    async with newsroom(gateway_secret=SECRET, outbox=clerk) as room:
        clerk.rooms.append(room)
        await clerk.report(make_candidate())
        await opened(page, room, cursor="oldest", token=token(role="editor"))
        await until(page, "stream.state === 'live'")
        await page.evaluate("window.alert1 = log.find(([type]) => type === 'alert')[1].alert")
        made = await page.evaluate("stream.act(alert1, 'correct', { headline: 'Quake near Iquique' })")
        assert made["revision"] == 2
        refused = await page.evaluate("stream.act(alert1, 'withdraw').catch(({ code }) => code)")
        assert refused == "stale_revision"
        clerk.silent = True
        await page.evaluate("void (window.noted = stream.act(alert1, 'note', { note: 'look' }))")
        await eventually(lambda: clerk.asked == 1)
        room.connection.drop("test")
        clerk.silent = False
        await page.evaluate("noted")
        await until(page, "log.some(([type, { note }]) => type === 'desk' && note === 'look')")
        trail = await page.evaluate("stream.ask('trail', { alert: alert1.id })")
        assert [item["do"] for item in trail["items"]] == ["correct", "withdraw", "note"]


async def test_gaps_states_and_the_end_are_told(page: Page) -> None:
    """A gap is an event; a token that is refused stops it with the code; a close is a close."""
    async with newsroom(gateway_secret=SECRET, gateway_ring_entries=2) as room:
        await room.publish(*(make_alert(f"n{n}") for n in range(4)))
        await opened(page, room, cursor="k7:0")
        await until(page, "stream.state === 'stopped'")
        stopped = await page.evaluate("log.at(-1)[1]")
        assert stopped["code"] == 4501
        assert "token" in stopped["why"]
        await page.evaluate("(given) => { stream.token = async () => given; stream.connect(); }", token())
        await until(page, "stream.state === 'live'")
        gap = await page.evaluate("log.find(([type]) => type === 'gap')[1]")
        assert (gap["why"], gap["next"]) == ("expired", 2)
        assert await seqs(page) == [2, 3]
        await page.evaluate("stream.close()")
        await eventually(lambda: not room.gateway.hub.members)
        assert await page.evaluate("stream.state") == "closed"


async def test_whoever_is_closed_by_a_proxy_comes_back(page: Page) -> None:
    """The same codes as for the Python client, also those that no gateway says."""
    await page.goto("about:blank")
    script = MODULE.read_text().replace("export ", "")
    codes = [*range(1000, 1016), 4000, 4499, 4500, 4999]
    found = await page.evaluate(f"(codes) => {{ {script}; return codes.filter(mayReconnect); }}", codes)
    assert found == [code for code in codes if may_reconnect(code)]


@pytest.mark.parametrize("status", [408, 429, 503])
async def test_a_refused_handshake_is_tried_again(page: Page, status: int) -> None:
    """A browser hides which status it was; a proxy that is busy for a while must not end the stream for good."""
    tries: list[bytes] = []

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tries.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(f"HTTP/1.1 {status} No\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n".encode())
        writer.close()

    async with newsroom() as room, await asyncio.start_server(refuse, "127.0.0.1", 0) as proxy:
        await opened(page, room)
        await until(page, "stream.state === 'live'")
        port = proxy.sockets[0].getsockname()[1]
        await page.evaluate("(url) => { stream.url = url; stream.connect(); }", f"ws://127.0.0.1:{port}/v1/stream")
        await eventually(lambda: len(tries) >= 3)
        states = await page.evaluate("log.filter(([type]) => type === 'state').map(([, each]) => each)")
        assert {each["code"] for each in states if each["state"] == "waiting"} == {1006}
        assert "stopped" not in {each["state"] for each in states}
        await page.evaluate("(url) => { stream.url = url; stream.connect(); }", room.stream)
        await until(page, "stream.state === 'live'")


async def test_a_token_is_waited_for_and_asked_for_again(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may take longer than a gateway waits for hello, and whoever makes it may fail: neither stops the stream."""
    monkeypatch.setattr("consumers.gateway.greeting.HELLO_WITHIN", 0.2)
    slow = """(given) => {
      let asked = 0;
      stream.token = async () => {
        if (++asked === 1) throw new DOMException('nobody answers', 'AbortError');
        await new Promise((done) => setTimeout(done, 500));
        return given;
      };
      stream.connect();
    }"""
    async with newsroom(gateway_secret=SECRET) as room:
        await opened(page, room)
        await until(page, "stream.state === 'stopped'")
        await page.evaluate("log.length = 0")
        await page.evaluate(slow, token())
        await until(page, "stream.state === 'live'")
        states = await page.evaluate("log.filter(([type]) => type === 'state').map(([, each]) => each)")
        assert [each["state"] for each in states] == ["connecting", "waiting", "connecting", "catching-up", "live"]
        assert "nobody answers" in states[1]["why"]


async def test_a_gateway_that_is_behind_is_given_the_time_it_takes(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that waits for what the cursor has seen serves us then, after more than the patience with a silent one."""
    monkeypatch.setattr("consumers.gateway.greeting.AHEAD_WAIT", 1.0)
    script = MODULE.read_text().replace("GRACE = 10_000", "GRACE = 600")
    async with newsroom(gateway_heartbeat=0.2) as room:
        await room.publish(make_alert("a"))
        await page.route(
            "**/client/alerts.js", lambda route: route.fulfill(body=script, content_type="text/javascript")
        )
        await opened(page, room, cursor="k7:1")
        await until(page, "stream.state === 'live'")
        states = await page.evaluate("log.filter(([type]) => type === 'state').map(([, { state }]) => state)")
        assert states == ["connecting", "catching-up", "live"]


async def test_a_connect_overtaken_by_another_leaves_one_connection(page: Page) -> None:
    """Whoever connects twice, or closes, while a token is awaited ends up with one connection, or none."""
    async with newsroom(gateway_secret=SECRET) as room:
        await opened(page, room, token=token())
        await until(page, "stream.state === 'live'")
        await page.evaluate("stream.connect(), stream.connect()")
        await until(page, "stream.state === 'live'")
        await eventually(lambda: len(room.gateway.hub.members) == 1)
        assert await page.evaluate("log.filter(([type]) => type === 'welcome').length") == 2
        await page.evaluate("stream.connect(), stream.close()")
        await eventually(lambda: not room.gateway.hub.members)
        assert await page.evaluate("stream.state") == "closed"


async def test_closing_refuses_what_was_asked(page: Page) -> None:
    """Nobody waits for an answer that cannot come, whether or not the question was sent."""
    async with newsroom() as room:
        await opened(page, room)
        ask = "stream.ask('history').then(() => 'answered', ({ code, message }) => [code, message])"
        answers = await page.evaluate(f"(() => {{ const asked = {ask}; stream.close(); return asked; }})()")
        assert answers == [1000, "closed"]
        assert (await page.evaluate("log.at(-1)[1]"))["code"] == 1000
        await page.evaluate("stream.connect()")
        await until(page, "stream.state === 'live'")
        assert await page.evaluate(f"(() => {{ const asked = {ask}; stream.close(); return asked; }})()") == answers


async def test_a_listener_may_close_the_stream(page: Page) -> None:
    """Closed while an alert is handled, it stays closed."""
    async with newsroom(gateway_heartbeat=0.1) as room:
        await opened(page, room)
        await until(page, "stream.state === 'live'")
        await page.evaluate("stream.addEventListener('alert', () => stream.close())")
        await room.publish(make_alert())
        await until(page, "stream.state === 'closed'")
        await eventually(lambda: not room.gateway.hub.members)
        assert (await page.evaluate("log.at(-1)"))[0] == "cursor"


async def test_a_plain_websocket_is_enough(page: Page) -> None:
    """What every browser has, with the query and nothing else, shows alerts: those that were and those that come."""
    async with newsroom() as room:
        await room.publish(make_alert("a", headline="First of all"))
        await page.goto(f"{room.gateway.url}page/icon.svg")
        await page.evaluate("""() => {
          window.log = [];
          const socket = new WebSocket(`ws://${location.host}/v1/stream?auto=1&cursor=oldest`);
          socket.onmessage = ({ data }) => log.push(JSON.parse(data));
        }""")
        await until(page, "log.some(({ type }) => type === 'live')")
        await room.publish(make_alert("b"))
        await until(page, "log.filter(({ type }) => type === 'alert').length === 2")
        assert await page.evaluate("log.find(({ type }) => type === 'alert').alert.headline") == "First of all"


async def test_the_example_of_the_documentation_runs(page: Page) -> None:
    """Ten lines, as a page of the gateway's own origin would have them."""
    text = (ROOT / "docs/websocket.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```js\n(.*?)```", text, re.DOTALL)
    assert len([line for line in example.splitlines() if line.strip()]) <= 10
    lines: list[str] = []
    take: Callable[[ConsoleMessage], None] = lambda message: lines.append(message.text)  # noqa: E731 - to name its type
    page.on("console", take)
    async with newsroom() as room:
        await room.publish(make_alert("a", headline="First of all"))
        await page.route(
            "**/page/example.js", lambda route: route.fulfill(body=example, content_type="text/javascript")
        )
        await page.goto(room.gateway.url)
        await page.add_script_tag(url="/page/example.js", type="module")
        await eventually(lambda: "First of all" in lines)
        await eventually(lambda: "live" in lines)
