"""Rules are tested without the gazetteer: places are what a test says they are."""

from collections.abc import Callable

import pytest

from alerts.regions import Places
from alerts.rules import judgement
from alerts.verdict import RegionHit


@pytest.fixture
def about(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """`about("UA", "KZ")`: from now on every text is about these places."""

    def set_places(*codes: str) -> None:
        hits = tuple(RegionHit(code, code, 1.0) for code in codes)
        monkeypatch.setattr(judgement, "resolve", lambda _prepared: Places(about=hits, mentioned=hits))

    set_places()
    return set_places
