import asyncio
import gc
import weakref

import pytest

from alerts.uncollected import uncollected
from consumers import garbage
from consumers.garbage import Garbage


class Circle:
    """Holds itself."""

    def __init__(self) -> None:
        self.itself = self


def test_survivors_are_set_aside_and_swept_up_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """A whole collection finds nothing old to look at, until as many connections have ended as there are."""
    monkeypatch.setattr(garbage, "AT_LEAST", 10)
    ended = 0
    keeper = Garbage(lambda: 20, lambda: ended)
    with keeper.in_force():
        old = Circle()
        gone = weakref.ref(old)
        gc.collect(1)
        assert not any(found is old for found in gc.get_objects())
        del old
        gc.collect()
        assert gone() is not None
        ended = 19
        assert not keeper.sweep()
        assert gone() is not None
        ended = 20
        assert keeper.sweep()
        assert gone() is None
        assert not keeper.sweep()


async def test_what_is_replaced_one_for_one_is_set_aside_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before there is so much of it that to look at it takes long; but not while collecting is switched off."""
    monkeypatch.setattr(garbage, "OFTEN", 0.01)
    keeper = Garbage(lambda: 0, lambda: 0)
    with keeper.in_force():
        running = asyncio.create_task(keeper.run())
        kept = Circle()
        with uncollected():
            await asyncio.sleep(0.1)
            assert any(found is kept for found in gc.get_objects())
        async with asyncio.timeout(5):
            while any(found is kept for found in gc.get_objects()):  # noqa: ASYNC110 - it can only be looked at
                await asyncio.sleep(0.01)
        running.cancel()


def test_in_the_end_all_is_as_before() -> None:
    """The rest of the process has its collector back."""
    before, callbacks = gc.get_threshold(), list(gc.callbacks)
    with Garbage(lambda: 0, lambda: 0).in_force():
        assert gc.get_threshold()[0] == garbage.YOUNG
    assert (gc.get_threshold(), gc.callbacks) == (before, callbacks)
    assert gc.get_freeze_count() == 0
