import json
from typing import Any

import pytest
from support.newsroom import make_alert, make_settings

from alerts.filters import Filter
from consumers.gateway.access import Grant, Refused
from consumers.gateway.hub import Hub
from consumers.gateway.lookups import Lookups, check, place, places


def test_a_text_filter_is_checked_as_typed() -> None:
    """A good one and an empty one are fine; a fault has its column, counted in code points, and what was expected."""
    assert check("drone* NEAR/5 refinery") == {"ok": True}
    assert check("  ") == {"ok": True}
    dear = check(" NEAR/9 ".join(["(the OR of OR to OR a OR and OR in)"] * 4))
    assert (dear["ok"], "combinations" in dear["message"]) == (False, True)
    fault = check("“дрон” AND (")
    assert (fault["ok"], fault["column"]) == (False, 13)
    assert "expected" in fault["message"]


def test_places_are_found_by_name_groups_and_countries_first() -> None:
    """By the beginning of any word of the name, or by the code; no more than a screen holds."""
    assert places([("q", "ukr")]) == ["UA"]
    assert places([("q", "UA-30")]) == ["UA-30"]
    assert places([("q", "europe")])[0] == "europe"
    assert "eastern-europe" in places([("q", "europe")])
    assert len(places([("q", "s")])) == 20
    assert places([("q", " ")]) == []


def test_the_tree_is_walked_down() -> None:
    """A place says how many lie in it, and these can be asked for."""
    assert place("UA") | {"in": []} == {"code": "UA", "name": "Ukraine", "in": [], "inside": 27}
    assert "Eastern Europe" in place("UA")["in"]
    assert "UA-46" in places([("in", "UA")])
    assert places([("code", "UA"), ("code", "no such"), ("code", "sahel")]) == ["UA", "sahel"]


@pytest.mark.parametrize(
    "pairs", [[], [("in", "nowhere")], [("q", "a"), ("q", "b")], [("q", "x" * 1001)], [("z", "1")]]
)
def test_other_questions_are_refused(pairs: list[tuple[str, str]]) -> None:
    """With a sentence that says what is expected."""
    with pytest.raises(Refused, match="expected"):
        places(pairs)


def grant(**scope: Any) -> Grant:
    return Grant(user="ann", role="viewer", scope=Filter(**scope))


async def test_revisions_are_those_of_the_ring_within_the_scope() -> None:
    """Oldest first; a token that may not see the alert is told of none."""
    hub = Hub(make_settings())
    alerts = [make_alert("a"), make_alert("b"), make_alert("a", 2), make_alert("a", 3, regions=[])]
    for seq, alert in enumerate(alerts):
        await hub.publish(seq, "k7", alert.to_json(), hub.clock())
    lookups = Lookups(hub, dict)

    def revisions(token: Grant) -> list[int]:
        found = json.loads(lookups.answer("/v1/revisions", [("alert", "a")], token))
        return [item["alert"]["revision"] for item in found["items"]]

    assert revisions(grant()) == [1, 2, 3]
    assert revisions(grant(regions=("eastern-europe",))) == [1, 2, 3]
    assert revisions(grant(regions=("CL",))) == []
    await hub.publish(4, "k7", make_alert("a", 4, regions=[{"code": "CL", "name": "Chile"}]).to_json(), hub.clock())
    assert revisions(grant(regions=("CL",))) == [4], "those before were outside the scope"
    assert revisions(grant(regions=("UA",))) == [1, 2, 3, 4]


def test_the_pulse_is_passed_on() -> None:
    """As it is."""
    lookups = Lookups(Hub(make_settings()), lambda: {"articles": {"waiting": 3}})
    assert json.loads(lookups.answer("/v1/pulse", [], grant())) == {"articles": {"waiting": 3}}
