import pytest
from support.newsroom import make_settings

from consumers.gateway.access import Gatekeeper, Grant
from consumers.gateway.revocation import FOR_EVER, InvalidRevocations, parse


def test_a_line_is_a_user_or_a_user_and_a_time() -> None:
    """Names may have spaces; remarks and empty lines mean nothing; of two lines the stricter counts."""
    text = "# gone\nann\n\nbob  2026-03-01T12:00:00Z\nKim Lee\nann 2026-03-01T12:00:00Z\n"
    assert parse(text) == {"ann": FOR_EVER, "bob": 1772366400.0, "Kim Lee": FOR_EVER}


def test_a_slip_in_a_time_is_told_with_its_line() -> None:
    """Taken for a part of the name it would revoke nobody."""
    with pytest.raises(InvalidRevocations, match="line 2: '2026-13-01'"):
        parse("ann\nbob 2026-13-01\n")


def test_a_token_counts_again_if_it_is_younger() -> None:
    """A user revoked up to a time may come back with a fresh token; one without a time of issue is never fresh."""
    keeper = Gatekeeper(make_settings())
    keeper.revoked = parse("ann\nbob 2026-03-01T12:00:00Z")
    young, old = 1772366400, 1772366399
    cases: list[tuple[str, int | None, bool]] = [
        ("ann", 2**40, True),
        ("bob", old, True),
        ("bob", young, False),
        ("bob", None, True),
        ("eve", None, False),
    ]
    for user, issued, revoked in cases:
        assert keeper.is_revoked(Grant(user, "viewer", issued=issued)) is revoked
