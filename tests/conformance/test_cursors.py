"""Every kind of cursor, in every way of reading, with every wish about gaps: what comes; nothing is lost unsaid.

Acceptance check 5 of the design's research on push servers.
"""

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from support.events import NO_TLS
from support.newsroom import EPOCH, Newsroom, eventually, make_alert, newsroom
from support.ways import MALFORMED, MALFORMED_CURSORS, TOO_OLD, WAYS, Reader, following

from consumers.gateway.house import LogEnd

OLDEST, HEAD = 5, 9
ALL_THERE_IS = list(range(OLDEST, HEAD + 1))
POLICIES = ("replay", "live", "fail")


class Ends(LogEnd):
    """A log whose end the test decides."""

    def __init__(self, end: int) -> None:
        self.end = end
        self.asked = 0

    async def __call__(self) -> int | None:
        self.asked += 1
        return self.end


@dataclass(frozen=True, slots=True)
class Row:
    """A cursor; what follows it; why something may be missing, and since when."""

    name: str
    cursor: str | None
    seqs: Sequence[int]
    why: str | None = None
    after: int = -1
    epoch: str = EPOCH


ROWS = [
    Row("none", None, []),
    Row("oldest", "oldest", ALL_THERE_IS),
    Row("all up to the oldest seen", f"{EPOCH}:{OLDEST - 1}", ALL_THERE_IS),
    Row("one before that", f"{EPOCH}:{OLDEST - 2}", ALL_THERE_IS, "expired", OLDEST - 2),
    Row("before the first", f"{EPOCH}:-1", ALL_THERE_IS, "expired", -1),
    Row("there while the log was empty", "0:-1", ALL_THERE_IS, "expired", -1, epoch="0"),
    Row("middle", f"{EPOCH}:7", [8, 9]),
    Row("head", f"{EPOCH}:{HEAD}", []),
    Row("past the end", f"{EPOCH}:{HEAD + 1}", ALL_THERE_IS, "future", HEAD + 1),
    Row("the largest", f"{EPOCH}:{2**53 - 1}", ALL_THERE_IS, "future", 2**53 - 1),
    Row("another epoch", "k6:7", ALL_THERE_IS, "epoch", 7, epoch="k6"),
    Row("another epoch, past the end", "k6:700", ALL_THERE_IS, "epoch", 700, epoch="k6"),
    Row("15 minutes ago, of which the ring dropped some", "-15m", ALL_THERE_IS, "expired", -1),
    Row("now", "-0s", []),
]


async def filled(room: Newsroom) -> None:
    """Ten alerts, of which the ring holds the last five."""
    await room.publish(*(make_alert(f"n{n}") for n in range(HEAD + 1)))


def expected(row: Row, policy: str) -> tuple[list[int], list[dict[str, Any]], str | None]:
    """Seqs, gaps and refusal by the words of the protocol."""
    if row.why is None:
        return list(row.seqs), [], None
    if policy == "fail":
        return [], [], TOO_OLD
    following_ = OLDEST if policy == "replay" else HEAD + 1
    url = f"/v1/alerts?after={row.epoch}:{row.after}"
    gap = {"type": "gap", "after": row.after, "next": following_, "why": row.why, "url": url}
    return list(row.seqs) if policy == "replay" else [], [gap], None


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
async def test_the_table(row: Row) -> None:
    """Three ways, three wishes: exactly these frames, then the next alert once; what may be missing is said."""
    async with newsroom(gateway_ring_entries=5, log_end=Ends(HEAD + 1)) as room, contextlib.AsyncExitStack() as stack:
        await filled(room)
        readers: dict[tuple[str, str], Reader] = {}
        for way in WAYS:
            for policy in POLICIES:
                reader = await stack.enter_async_context(following(way, room, row.cursor, policy))
                told = reader.told
                seqs, gaps, refused = expected(row, policy)
                assert (told.seqs, told.gaps, told.refused) == (seqs, gaps, refused), (way, policy)
                if told.resume is not None:
                    assert told.resume["ok"] is not bool(gaps)
                if refused is None:
                    readers[way, policy] = reader
        async with httpx.AsyncClient(base_url=room.gateway.url, verify=NO_TLS) as http:
            for gap in {gap["url"] for reader in readers.values() for gap in reader.told.gaps}:
                assert (await http.get(gap)).status_code == 200
        later = await room.publish(make_alert("later"))
        for place, reader in readers.items():
            had = len(reader.told.seqs)
            await reader.until(later)
            assert reader.told.seqs[had:] == [later], place
            assert reader.told.cursor == f"{EPOCH}:{later}"


async def test_an_instance_that_is_behind_makes_everybody_wait() -> None:
    """A cursor one ahead of this instance but within the log is served from there, in each way, with no gap."""
    end = Ends(HEAD + 3)
    async with newsroom(gateway_ring_entries=5, log_end=end) as room, contextlib.AsyncExitStack() as stack:
        await filled(room)
        waiting = [
            asyncio.create_task(stack.enter_async_context(following(way, room, f"{EPOCH}:{HEAD + 1}", policy)))
            for way in WAYS
            for policy in POLICIES
        ]
        await eventually(lambda: end.asked >= len(waiting))
        assert not any(task.done() for task in waiting)
        last = await room.publish(make_alert("ahead"), make_alert("new"))
        for task in waiting:
            reader = await task
            await reader.until(last)
            assert (reader.told.seqs, reader.told.gaps, reader.told.refused) == ([last], [], None), reader.told.way


@pytest.mark.parametrize("cursor", MALFORMED_CURSORS)
async def test_what_is_no_cursor_is_refused(cursor: str) -> None:
    """Never taken for 'live': close 4500 in hello, 400 in a query, whatever the wish about gaps."""
    async with newsroom() as room:
        for way in WAYS:
            for policy in POLICIES:
                async with following(way, room, cursor, policy) as reader:
                    assert reader.told.refused == MALFORMED, (way, policy)


@pytest.mark.parametrize("way", WAYS)
async def test_who_matches_once_a_day_still_resumes(way: str) -> None:
    """Twice the window later a selective reader's cursor is still good, and its one alert comes, and nothing else."""
    async with newsroom(gateway_ring_entries=5, gateway_heartbeat=0.1) as room:
        await filled(room)
        async with following(way, room, topics=["fire"]) as reader:
            last = await room.publish(*(make_alert(f"m{n}") for n in range(10)))
            await reader.until(last)
            cursor = reader.told.cursor
        match = await room.publish(make_alert("match", topics=["fire"]))
        async with following(way, room, cursor, "fail", topics=["fire"]) as reader:
            await reader.until(match)
            assert (reader.told.seqs, reader.told.gaps) == ([match], [])


@pytest.mark.parametrize("way", ["websocket", "events"])
async def test_a_replay_of_more_than_8_mb_is_cut_and_says_so(way: str) -> None:
    """After 8 MB comes a gap to the newest, then live; what was left out is between the numbers of the gap."""
    async with newsroom() as room:
        last = await room.publish(*(make_alert(f"n{n}", headline="x" * 60_000) for n in range(160)))
        async with following(way, room, "oldest") as reader:
            (gap,) = reader.told.gaps
            assert reader.told.seqs == list(range(gap["after"] + 1))
            assert 8 * 2**20 - 70_000 < 60_500 * len(reader.told.seqs) < 8 * 2**20 + 130_000
            assert (gap["why"], gap["next"]) == ("limit", last + 1)
            assert gap["url"] == f"/v1/alerts?after={EPOCH}:{gap['after']}"
            later = await room.publish(make_alert("later"))
            await reader.until(later)
            assert reader.told.seqs[-1] == later
