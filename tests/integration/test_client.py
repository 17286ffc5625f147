"""The client that we ship, against a gateway on loopback."""

import asyncio
import contextlib
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import REGISTRY
from support.clerk import Clerk, make_candidate
from support.newsroom import PATIENCE, SECRET, eventually, make_alert, newsroom, token
from support.streams import live, stream, take

from alerts.client import AlertStream, Backoff, FileStore, MemoryStore, Refused, Stopped
from alerts.client.stream import WELCOME_WITHIN
from consumers.gateway import greeting, source

DOCS = (Path(__file__).parents[2] / "docs/websocket.md").read_text(encoding="utf-8")


async def test_alerts_come_as_values_and_only_those_asked_for() -> None:
    """What the filter lets through, as alerts."""
    async with newsroom() as room, stream(room, filters={"topics": ["fire"]}) as client:
        await live(client)
        wanted = make_alert("yes", topics=["fire"])
        await room.publish(make_alert("no"), wanted)
        async with asyncio.timeout(PATIENCE):
            assert await anext(aiter(client)) == wanted


async def test_without_a_context_it_connects_by_itself() -> None:
    """`async for alert in AlertStream(...)` is enough."""
    async with newsroom() as room:
        await room.publish(make_alert("a"), make_alert("b"))
        got = []
        async with asyncio.timeout(PATIENCE), contextlib.aclosing(stream(room, start="oldest").frames()) as frames:
            async for frame in frames:
                got.append(frame["seq"])
                if frame["seq"] == 1:
                    break
        assert got == [0, 1]
        await eventually(lambda: not room.gateway.hub.members)


async def test_who_leaves_says_so() -> None:
    """1001, as a browser does: 1011 would be a fault, and the gateway counts by these."""

    def closed(code: str) -> float:
        return REGISTRY.get_sample_value("alerts_gateway_closed_total", {"code": code}) or 0.0

    async with newsroom() as room:
        left, failed = closed("1001"), closed("1011")
        async with stream(room) as client:
            await live(client)
        await eventually(lambda: closed("1001") + closed("1011") == left + failed + 1)
        assert (closed("1001"), closed("1011")) == (left + 1, failed)


async def test_nothing_is_lost_or_repeated_through_breaks() -> None:
    """Cut off at any time, it comes back where it was: each revision once, in order."""
    async with newsroom() as room, stream(room, start="oldest") as client:
        alerts = aiter(client)
        got: list[str] = []
        for number in range(6):
            await room.publish(*(make_alert(f"{number}.{n}") for n in range(20)))
            got += await take(alerts, 10)
            await eventually(lambda: bool(room.gateway.hub.members))
            room.connection.drop("test")
        got += await take(alerts, 60)
        assert got == [f"{number}.{n}" for number in range(6) for n in range(20)]


async def test_the_cursor_is_kept_after_the_alert_was_handled(tmp_path: Path) -> None:
    """A program that dies with an alert in hand gets it again; one that had asked for the next does not."""
    store = FileStore(tmp_path / "cursor")
    async with newsroom() as room:
        await room.publish(*(make_alert(f"n{n}") for n in range(4)))
        async with stream(room, store=store, start="oldest") as client:
            assert await take(aiter(client), 2) == ["n0", "n1"]
        assert store.load() == "k7:0"
        async with stream(room, store=store) as client:
            assert await take(aiter(client), 3) == ["n1", "n2", "n3"]


async def test_a_store_of_ones_own() -> None:
    """Anything with `load` and `save` keeps the cursor: here a table, for two programs."""
    table: dict[str, str] = {}

    class Row:
        def __init__(self, name: str) -> None:
            self.name = name

        def load(self) -> str | None:
            return table.get(self.name)

        def save(self, cursor: str) -> None:
            table[self.name] = cursor

    async with newsroom() as room:
        await room.publish(*(make_alert(f"n{n}") for n in range(4)))
        for name, first in (("one", 3), ("two", 2)):
            async with stream(room, store=Row(name), start="oldest") as client:
                await take(aiter(client), first)
        assert table == {"one": "k7:1", "two": "k7:0"}
        async with stream(room, store=Row("one")) as client:
            assert await take(aiter(client), 2) == ["n2", "n3"]


async def test_a_heartbeat_moves_the_kept_cursor() -> None:
    """A selective program's cursor does not age though nothing matches."""
    store = MemoryStore()
    async with (
        newsroom(gateway_heartbeat=0.1) as room,
        stream(room, store=store, filters={"topics": ["none"]}) as client,
    ):
        await live(client)
        last = await room.publish(make_alert())
        waiting = asyncio.create_task(take(aiter(client), 1))
        await eventually(lambda: store.cursor == f"k7:{last}")
        waiting.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await waiting


async def test_a_gap_is_told_in_its_place() -> None:
    """The callback, which may be async, hears of the gap before the first alert after it."""
    heard: list[str] = []

    async def on_gap(gap: dict[str, Any]) -> None:
        heard.append(gap["why"])

    async with newsroom(gateway_ring_entries=2) as room:
        await room.publish(*(make_alert(f"n{n}") for n in range(5)))
        async with stream(room, store=MemoryStore("k7:0"), on_gap=on_gap) as client:
            assert await take(aiter(client), 1) == ["n3"]
            assert heard == ["expired"]
        async with stream(room, store=MemoryStore("k7:0"), gap_policy="fail") as client:
            with pytest.raises(Stopped) as stopped:
                await take(aiter(client), 1)
            assert stopped.value.code == 4506


async def test_a_program_that_is_slow_holds_little() -> None:
    """While an alert is handled the inbox fills to its bound and no further; nothing is lost."""
    async with newsroom() as room, stream(room, start="oldest") as client:
        alerts = aiter(client)
        await room.publish(*(make_alert(f"n{n}", headline="x" * 900) for n in range(3000)))
        assert await take(alerts, 1) == ["n0"]
        await eventually(lambda: len(client._inbox) >= 256)
        assert await take(alerts, 2999) == [f"n{n}" for n in range(1, 3000)]
        assert len(client._inbox) <= 257


async def test_filters_change_while_it_runs_and_hold_after_a_break() -> None:
    """A subscription added is in force from the seq returned, and on every later connection."""
    async with newsroom() as room, stream(room, subscriptions={"a": {"topics": ["a"]}}) as client:
        await live(client)
        alerts = aiter(client)
        assert await client.subscribe("b", {"topics": ["b"]}) == -1
        await client.unsubscribe("a")
        with pytest.raises(Refused, match="bad_filter"):
            await client.subscribe("c", {"colour": ["red"]})
        room.connection.drop("test")
        await room.publish(make_alert("a", topics=["a"]), make_alert("b", topics=["b"]))
        assert await take(alerts, 1) == ["b"]
        page = await client.history(limit=1, filters={"topics": ["a"]})
        assert [item["seq"] for item in page["items"]] == [0]


async def test_editors_act_and_hear_of_each_other() -> None:
    """An action is answered with its revision, a refusal is an error; it is asked again after a break."""
    clerk = Clerk()
    heard: list[dict[str, Any]] = []
    editor = {"token": lambda: token(role="editor"), "on_desk": heard.append}
    async with newsroom(gateway_secret=SECRET, outbox=clerk) as room, stream(room, **editor) as client:
        clerk.rooms.append(room)
        await live(client)
        await clerk.report(make_candidate())
        async with asyncio.timeout(PATIENCE):
            alert = await anext(aiter(client))
        assert await client.act(alert, "claim") is None
        assert await client.act(alert, "correct", headline="Quake near Iquique") == 2
        with pytest.raises(Refused) as refused:
            await client.act(alert, "withdraw")
        assert refused.value.code == "stale_revision"
        clerk.silent = True
        acting = asyncio.create_task(client.act(alert, "note", note="look", id="once"))
        await eventually(lambda: bool(clerk._held))
        room.connection.drop("test")
        clerk.silent = False
        assert await acting is None
        await eventually(lambda: heard[-1]["do"] == "note")
        assert len((await client.trail(alert.id))["items"]) == 4


async def test_a_gateway_that_is_behind_is_given_the_time_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that waits for what our cursor has seen, and does not get it, serves us then: who had hung up never would."""
    assert WELCOME_WITHIN > 2 * greeting.AHEAD_WAIT + source.ANSWER_WITHIN
    monkeypatch.setattr("consumers.gateway.greeting.AHEAD_WAIT", 2.0)
    monkeypatch.setattr("alerts.client.stream.OPEN_WITHIN", 1.0)
    async with newsroom() as room:
        await room.publish(make_alert("a"))
        async with stream(room, store=MemoryStore("k7:1")) as client:
            async with asyncio.timeout(PATIENCE):
                await live(client)
            await room.publish(make_alert("seen elsewhere"), make_alert("next"))
            assert await take(aiter(client), 1) == ["next"]


async def test_an_alert_whose_handling_failed_comes_again_to_who_enters_again() -> None:
    """It was not handled, so it is not counted as done, by the same stream either."""
    async with newsroom() as room:
        await room.publish(make_alert("a"), make_alert("b"))
        client = stream(room, start="oldest")
        async with client:
            alerts = aiter(client)
            assert await take(alerts, 2) == ["a", "b"]
            await alerts.aclose()
        async with client:
            assert await take(aiter(client), 1) == ["b"]


async def test_no_subscriptions_are_none() -> None:
    """A list of filters that happens to be empty is not taken for everything."""
    async with newsroom() as room, stream(room, subscriptions={}, start="oldest") as client:
        await room.publish(make_alert("unasked"))
        await live(client)
        assert await client.subscribe("a", {}) == 0
        await room.publish(make_alert("asked"))
        assert await take(aiter(client), 1) == ["asked"]


async def test_a_gateway_that_is_not_there_is_waited_for() -> None:
    """It tries again, and tells its state."""
    states: list[str] = []
    async with newsroom() as room:
        port = room.gateway.port
    async with AlertStream(
        f"ws://127.0.0.1:{port}/v1/stream",
        backoff=Backoff(first=0.02, longest=0.05),
        on_state=lambda state, _: states.append(state),
    ) as client:
        await eventually(lambda: states.count("waiting") > 1)
        async with newsroom(gateway_bind=f"127.0.0.1:{port}"):
            await live(client)
    assert states[-1] == "closed"


def examples() -> list[str]:
    """The Python of the documentation."""
    return re.findall(r"```python\n(.*?)```", DOCS, re.DOTALL)


@pytest.mark.parametrize("example", examples())
async def test_the_examples_of_the_documentation_run(example: str, tmp_path: Path) -> None:
    """Each is at most ten lines, and prints the alerts that it says it prints."""
    assert len([line for line in example.splitlines() if line.strip()]) <= 10
    async with newsroom() as room:
        await room.publish(make_alert("a", headline="First of all"), make_alert("b", headline="Second"))
        program = tmp_path / "example.py"
        program.write_text(example.replace("127.0.0.1:8765", f"127.0.0.1:{room.gateway.port}"))
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-u",
            str(program),
            cwd=tmp_path,
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdout is not None
        try:
            async with asyncio.timeout(30):
                assert b"First of all" in await process.stdout.readline()
                assert b"Second" in await process.stdout.readline()
        finally:
            process.kill()
            await process.wait()
