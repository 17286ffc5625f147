import gc
import weakref

import pytest

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


def test_in_the_end_all_is_as_before() -> None:
    """The rest of the process has its collector back."""
    before, callbacks = gc.get_threshold(), list(gc.callbacks)
    with Garbage(lambda: 0, lambda: 0).in_force():
        assert gc.get_threshold()[0] == garbage.YOUNG
    assert (gc.get_threshold(), gc.callbacks) == (before, callbacks)
    assert gc.get_freeze_count() == 0
