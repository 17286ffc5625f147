import asyncio
import itertools
import time
from typing import Any, cast

from support.newsroom import make_settings

from alerts.wire import heartbeat_json
from consumers.gateway import wheel as wheels
from consumers.gateway.hub import Hub
from consumers.gateway.wheel import Wheel

HEARTBEAT = 0.05


class Beaten:
    """A reader that notes how long it may have been silent."""

    def __init__(self) -> None:
        self.silences: asyncio.Queue[float] = asyncio.Queue()

    def beat(self, _heartbeat: bytes, _now: float, silence: float) -> None:
        self.silences.put_nowait(silence)


async def test_who_could_not_be_heard_is_not_silent() -> None:
    """When the process stood still (a paused machine), the time it stood is not held against its peers."""
    wheel = Wheel(Hub(make_settings()), HEARTBEAT)
    reader = Beaten()
    for _ in range(wheels.SPOKES):  # on each spoke: its next beat is the one right after the stop
        wheel.add(cast("Any", reader))
    turning = asyncio.create_task(wheel.turn())
    await reader.silences.get()
    while not reader.silences.empty():
        reader.silences.get_nowait()
    time.sleep(0.3)  # noqa: ASYNC251 - the process stands still
    assert await reader.silences.get() >= HEARTBEAT + wheels.GRACE + 0.2
    turning.cancel()


async def test_many_are_beaten_a_few_at_a_time() -> None:
    """Others have a turn between the slices of a spoke."""
    wheel = Wheel(Hub(make_settings()), HEARTBEAT)
    readers = [Beaten() for _ in range(3 * wheels.SPOKES * wheels.SLICE)]
    for reader in readers:
        wheel.add(cast("Any", reader))
    turning = asyncio.create_task(wheel.turn())
    beaten = [0]
    while beaten[-1] < len(readers):
        await asyncio.sleep(0)
        beaten.append(sum(not reader.silences.empty() for reader in readers))
    turning.cancel()
    assert max(after - before for before, after in itertools.pairwise(beaten)) <= wheels.SLICE


async def test_a_log_that_begins_anew_between_two_slices_is_not_given_an_old_seq() -> None:
    """Whoever joined the new log would take it for a cursor, and miss all up to it after a break."""
    hub = Hub(make_settings())
    hub.settled = 900
    told: list[bytes] = []

    class Told(Beaten):
        def beat(self, heartbeat: bytes, _now: float, silence: float) -> None:
            told.append(heartbeat)
            hub.restart()

    wheel = Wheel(hub, HEARTBEAT)
    await wheel._serve(dict.fromkeys(cast("Any", [Told() for _ in range(wheels.SLICE + 1)])), 0.0, 1.0, 0.0)
    assert (told[0], told[-1]) == (heartbeat_json(900), heartbeat_json(-1))
