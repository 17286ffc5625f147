import asyncio
from collections.abc import Sequence
from functools import partial

import pytest
from support.newsroom import make_alert, make_settings

from alerts.feed import Entry
from alerts.filters import EVERYTHING, Filter
from alerts.index import Interest
from alerts.wire import CloseCode
from consumers.gateway import fanout
from consumers.gateway.hub import Hub
from consumers.gateway.patience import Patience
from consumers.gateway.reader import Reader

ALL = Interest(EVERYTHING)
SPORT = Interest(Filter(topics=("sport",)))


class Noting(Reader):
    """A subscriber that notes what it gets."""

    open = True

    def __init__(self, hub: Hub, *interests: Interest) -> None:
        self.loop = asyncio.get_running_loop()
        self.patience = Patience()
        self.paused = False
        self.seqs: list[int] = []
        self.begin(hub)
        hub.change(self, frozenset(interests))
        self.join(hub.feed.head)

    def deliver(self, entries: Sequence[Entry]) -> None:
        self.seqs += [entry.seq for entry in entries]

    def say(self, payload: bytes) -> None: ...
    def drop(self, why: str) -> None: ...
    def beat(self, heartbeat: bytes, now: float, silence: float) -> None: ...
    def shut(self, code: CloseCode, why: str, retry_ms: tuple[int, int] | None = None) -> None: ...


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Hub:
    """A hub whose fan-out lets others have a turn after every single reader."""
    monkeypatch.setattr(fanout, "TURN", -1.0)
    return Hub(make_settings())


async def publish(hub: Hub, seq: int) -> None:
    await hub.publish(seq, "k7", make_alert(f"a{seq}").to_json(), 0 if seq < 0 else hub.clock())


async def until(hub: Hub, reader: Noting, seq: int) -> "asyncio.Task[None]":
    """Begin a fan-out, and stop looking at it when this reader has the alert."""
    running = asyncio.create_task(publish(hub, seq))
    while seq not in reader.seqs:  # noqa: ASYNC110 - turn by turn is the point
        await asyncio.sleep(0)
    assert not running.done()
    return running


async def test_everybody_gets_every_alert_once_and_in_order(hub: Hub) -> None:
    """Also who has several interests that match."""
    readers = [Noting(hub, ALL, Interest(Filter(topics=("conflict",)))) for _ in range(5)]
    for seq in range(4):
        await publish(hub, seq)
    assert [reader.seqs for reader in readers] == [[0, 1, 2, 3]] * 5
    assert hub.settled == 3


async def test_who_leaves_during_a_fanout_gets_nothing_more(hub: Hub) -> None:
    """Though it was among the receivers when the fan-out began."""
    first, last = Noting(hub, ALL), Noting(hub, ALL)
    running = await until(hub, first, 0)
    last.leave()
    await running
    assert last.seqs == []


async def test_new_interests_during_a_fanout_take_effect_after_it(hub: Hub) -> None:
    """The alert that is going out was promised under the old interests, and comes once."""
    first, last = Noting(hub, ALL), Noting(hub, ALL)
    running = await until(hub, first, 0)
    assert hub.change(last, frozenset({SPORT})) == 0
    assert hub.change(first, frozenset({SPORT})) == 0
    await running
    await publish(hub, 1)
    assert (first.seqs, last.seqs) == ([0], [0])


async def test_interests_that_begin_during_a_fanout_hold_for_what_comes_after_it(hub: Hub) -> None:
    """The seq that the client is told is the last one before them."""
    first, _, last = Noting(hub, ALL), Noting(hub, ALL), Noting(hub, SPORT)
    running = await until(hub, first, 0)
    assert hub.change(last, frozenset({Interest(Filter(topics=("conflict",)))})) == 0
    await running
    await publish(hub, 1)
    assert last.seqs == [1]


async def test_who_joins_during_a_fanout_is_not_given_what_is_before_its_cursor(hub: Hub) -> None:
    """A cursor at the head has it already."""
    first, _ = Noting(hub, ALL), Noting(hub, ALL)
    running = await until(hub, first, 0)
    late = Noting(hub, ALL)
    await running
    await publish(hub, 1)
    assert late.seqs == [1]


async def test_who_pauses_during_a_fanout_pulls_what_it_missed(hub: Hub) -> None:
    """Before its turn or after it: it gets the alert once."""
    first, last = Noting(hub, ALL), Noting(hub, ALL)
    running = await until(hub, first, 0)
    for reader in (first, last):
        reader.paused = True
        reader.paused_now()
    await running
    await publish(hub, 1)
    assert (first.seqs, last.seqs) == ([0], [])
    for reader in (first, last):
        reader.paused = False
        reader.drained_now()
    await publish(hub, 2)
    assert (first.seqs, last.seqs) == ([0, 1, 2], [0, 1, 2])
    assert first.live
    assert last.live


async def test_looking_at_many_interests_in_vain_gives_others_a_turn_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Filters by text are asked one by one; thousands that do not match must not block the loop."""
    hub = Hub(make_settings())
    readers = [Noting(hub, Interest(Filter(text=f"word{number}"))) for number in range(3 * fanout.LOOKS)]
    await publish(hub, 0)
    entry = hub.feed.after(-1, 1)[0]
    found = list(fanout.batches(entry, hub.index))
    assert len(found) >= 3
    assert not any(found)
    assert not any(reader.seqs for reader in readers)
    monkeypatch.setattr(fanout, "TURN", 0.0)  # each look takes a turn and more
    assert len(list(fanout.batches(entry, hub.index))) >= 3 * fanout.LOOKS // fanout.GLANCE


async def test_when_the_first_alert_ever_tells_the_epoch_others_have_a_turn_meanwhile() -> None:
    """All are welcomed again before it goes out; thousands in one go held the loop for half a second."""
    hub = Hub(make_settings())
    readers = [Noting(hub, ALL) for _ in range(100)]
    told: list[Noting] = []
    for reader in readers:
        reader.welcome_again = partial(told.append, reader)
    running = asyncio.create_task(publish(hub, 0))
    await asyncio.sleep(0)
    assert 0 < len(told) < len(readers)
    assert not any(reader.seqs for reader in readers)
    readers[-1].leave()
    await running
    assert told == readers[:-1]
    assert all(reader.seqs == [0] for reader in readers[:-1])
