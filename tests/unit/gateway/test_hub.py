import asyncio
import itertools
from collections.abc import Sequence

from support.newsroom import PATIENCE, make_alert, make_settings

from alerts.feed import Entry
from alerts.filters import EVERYTHING
from alerts.index import Interest
from alerts.wire import CloseCode
from consumers.gateway import hub as hubs
from consumers.gateway.hub import Hub
from consumers.gateway.patience import Patience
from consumers.gateway.reader import Reader


class Leaving(Reader):
    """A subscriber that notes what it gets, and how it was closed."""

    open = True

    def __init__(self, hub: Hub) -> None:
        self.loop = asyncio.get_running_loop()
        self.patience = Patience()
        self.paused = False
        self.seqs: list[int] = []
        self.closed: CloseCode | None = None
        self.begin(hub)
        hub.change(self, frozenset({Interest(EVERYTHING)}))
        self.join(hub.feed.head)

    def deliver(self, entries: Sequence[Entry]) -> None:
        self.seqs += [entry.seq for entry in entries]

    def shut(self, code: CloseCode, why: str, retry_ms: tuple[int, int] | None = None) -> None:
        self.leave()
        self.closed = code

    def say(self, payload: bytes) -> None: ...
    def drop(self, why: str) -> None: ...
    def beat(self, heartbeat: bytes, now: float, silence: float) -> None: ...


async def test_when_cursors_are_void_all_are_let_go_at_once_and_closed_in_turns() -> None:
    """Nobody gets an alert of the new epoch on a cursor of the old, and no turn of the event loop closes them all."""
    hub = Hub(make_settings())
    readers = [Leaving(hub) for _ in range(3 * hubs.SLICE)]
    await hub.publish(0, "k7", make_alert("a0").to_json(), hub.clock())
    hub.resync()
    assert not hub.members
    closed = [0]
    while closed[-1] < len(readers):
        closed.append(sum(reader.closed is CloseCode.RESYNC for reader in readers))
        await asyncio.sleep(0)
    assert max(after - before for before, after in itertools.pairwise(closed)) <= hubs.SLICE
    await hub.publish(1, "k8", make_alert("a1").to_json(), hub.clock())
    assert {tuple(reader.seqs) for reader in readers} == {(0,)}
    late = Leaving(hub)
    await hub.publish(2, "k8", make_alert("a2").to_json(), hub.clock())
    assert late.seqs == [2]


async def test_who_waits_for_an_offset_hears_of_it_also_if_it_is_no_alert() -> None:
    """A cursor may name the end of a transaction; an instance that learns of it serves at once."""
    hub = Hub(make_settings())
    await hub.publish(0, "k7", make_alert("a0").to_json(), hub.clock())
    for reach in (lambda: hub.advance(1), lambda: hub.publish(2, "k7", b"no alert", hub.clock())):
        waiting = asyncio.create_task(hub.reached(hub.feed.head + 1, 10 * PATIENCE))
        await asyncio.sleep(0)
        if (done := reach()) is not None:
            await done
        assert await asyncio.wait_for(waiting, PATIENCE)
