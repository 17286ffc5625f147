"""Random histories: readers of every way come and go between two gateways, one of them behind, and lose nothing.

Each reader's log is what the protocol says its filter should have got of the topic, in order (tests/support/oracle.py).
"""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import oracle
from support.laws import cases
from support.newsroom import EPOCH, Newsroom, make_alert, newsroom
from support.ways import WAYS, Told, opened

from alerts.alert import Alert
from consumers.gateway.house import LogEnd

READERS = 4

STORIES = st.lists(st.tuples(st.sampled_from(["a1", "a2", "a3"]), oracle.FIELDS), min_size=1, max_size=12)
READER = st.tuples(st.sampled_from(WAYS), oracle.FILTERS)
STEP = st.one_of(
    st.tuples(st.just("publish"), st.integers(1, 5), st.booleans()),  # so many; to the second gateway too
    st.tuples(st.just("hop"), st.integers(0, READERS - 1), st.integers(0, 9)),  # who, and after how many frames cut
)


@dataclass
class Topic:
    """The log, and how far each of two gateways has read it."""

    rooms: tuple[Newsroom, Newsroom]
    alerts: list[Alert]
    revisions: list[list[dict[str, Any]]]  # of the alert at this seq, up to this one

    async def publish(self, count: int, *, both: bool) -> None:
        """The first gateway reads on; the second catches up with it, or stays behind."""
        first, second = self.rooms
        await first.publish(*self.alerts[first.next : first.next + count])
        if both:
            await second.publish(*self.alerts[second.next : first.next])

    def wanted(self, axes: dict[str, Any]) -> list[tuple[int, str, int]]:
        """What a filter gets of the whole log."""
        return [
            (seq, alert.id, alert.revision)
            for seq, alert in enumerate(self.alerts)
            if oracle.matches(axes, self.revisions[seq])
        ]


class Ends(LogEnd):
    """The log ends where the gateway that has read furthest says."""

    rooms: tuple[Newsroom, ...] = ()

    async def __call__(self) -> int | None:
        return max(room.next for room in self.rooms)


@dataclass
class Life:
    """A reader's connections, one after the other."""

    told: Told
    stack: contextlib.AsyncExitStack = field(default_factory=contextlib.AsyncExitStack)
    hops: int = 0

    async def hop(self, topic: Topic, cut_after: int) -> None:
        """Leave, with frames on the way perhaps; come back at the other gateway; be cut off again in the replay."""
        await self.stack.aclose()
        room = topic.rooms[self.hops % 2]
        self.hops += 1
        reader = await self.stack.enter_async_context(opened(self.told, room))
        for _ in range(cut_after):
            if self.told.live:
                return
            await reader.step()
        if not self.told.live:
            await self.stack.aclose()

    async def end(self, topic: Topic) -> None:
        """Come back for the last time and read to the end of the log."""
        await self.stack.aclose()
        async with opened(self.told, topic.rooms[0]) as reader:
            await reader.until(len(topic.alerts) - 1)


@contextlib.asynccontextmanager
async def two_gateways(stories: list[tuple[str, dict[str, Any]]]) -> AsyncIterator[Topic]:
    """Two gateways that have read nothing yet, and what they will read."""
    seen: dict[str, list[dict[str, Any]]] = {}
    alerts, revisions = [], []
    for alert_id, fields in stories:
        mine = seen.setdefault(alert_id, [])
        mine.append(fields)
        alerts.append(make_alert(alert_id, len(mine), **fields))
        revisions.append(list(mine))
    end = Ends()
    async with newsroom(log_end=end, gateway_heartbeat=0.2) as one, newsroom(log_end=end, gateway_heartbeat=0.2) as two:
        end.rooms = (one, two)
        yield Topic((one, two), alerts, revisions)


@settings(
    max_examples=cases(500, 15),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(STORIES, st.lists(READER, min_size=READERS, max_size=READERS), st.lists(STEP, max_size=14))
async def test_every_log_is_the_filter_over_the_topic(
    monkeypatch: pytest.MonkeyPatch,
    stories: list[tuple[str, dict[str, Any]]],
    readers: list[tuple[str, dict[str, Any]]],
    steps: list[tuple[str, Any, Any]],
) -> None:
    """Cut off in replays, moved between gateways, ahead of the one they come to: each gets each of its alerts once."""
    monkeypatch.setattr("consumers.gateway.greeting.AHEAD_WAIT", 0.02)
    async with two_gateways(stories) as topic:
        # Nobody has seen anything: `0:-1` is the cursor of that, good in any epoch. One that has read nothing at all
        # cannot know the others' epoch.
        await topic.publish(1, both=True)
        lives = [Life(Told(way, axes, "0:-1")) for way, axes in readers]
        for what, first, second in steps:
            if what == "publish":
                await topic.publish(first, both=second)
            else:
                await lives[first].hop(topic, second)
        await topic.publish(len(topic.alerts), both=True)
        for life in lives:
            await life.end(topic)
            told = life.told
            assert [(seq, *each) for seq, each in zip(told.seqs, told.ids, strict=True)] == topic.wanted(
                dict(told.axes)
            ), told.way
            assert told.gaps == []
            assert told.cursor == f"{EPOCH}:{len(topic.alerts) - 1}"
