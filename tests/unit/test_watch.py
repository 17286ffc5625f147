"""`alerts watch`: what it says besides alerts."""

from types import SimpleNamespace
from typing import Any

import pytest

from consumers.commands.watch import Complaints


def test_it_says_that_it_is_away_and_that_it_is_back(capsys: pytest.CaptureFixture[str]) -> None:
    """Silence after a lost connection would look like one that is still lost."""
    stream: Any = SimpleNamespace(retry_in=0.5)
    complaints = Complaints(stream)
    for state in ("live", "waiting", "live", "live"):
        complaints.hear(state, "connection lost")
    assert capsys.readouterr().err.splitlines() == [
        "alerts: reconnecting in 0.5 s (connection lost)",
        "alerts: connected",
    ]
