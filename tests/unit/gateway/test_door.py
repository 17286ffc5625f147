import pytest
from support.newsroom import make_settings

from consumers.gateway.access import Grant, Refused
from consumers.gateway.door import Door


def door(**limits: int) -> Door:
    names = {"most": "gateway_max_connections", "address": "gateway_max_per_address", "token": "gateway_max_per_token"}
    return Door(make_settings(**{names[name]: limit for name, limit in limits.items()}))


def test_too_many_in_all_are_sent_away_for_a_while() -> None:
    """Overload is 503 with a close code that means come back later."""
    full = door(most=2)
    for address in ("a", "b", "c"):
        full.enter(address)
    with pytest.raises(Refused) as refused:
        full.check("c")
    assert (refused.value.status, refused.value.code) == (503, 1013)
    full.leave("a")
    full.check("c")


def test_one_address_cannot_take_everything() -> None:
    """The limit of one address leaves others alone."""
    shared = door(address=1)
    shared.enter("a")
    shared.enter("a")
    shared.enter("b")
    with pytest.raises(Refused) as refused:
        shared.check("a")
    assert refused.value.code == 4504
    shared.check("b")


def test_one_token_cannot_be_shared_by_all() -> None:
    """A token's uses are counted, and given back."""
    counted = door(token=1)
    grant = Grant("ann", "viewer", key="k")
    counted.take(grant)
    with pytest.raises(Refused):
        counted.take(grant)
    counted.give_back(grant)
    counted.take(grant)


def test_a_flood_is_not_even_answered() -> None:
    """Far above the limit connections are cut instead of refused."""
    crowded = door(most=1)
    assert crowded.enter("a")
    assert not all(crowded.enter("a") for _ in range(200))
