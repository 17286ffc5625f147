"""The tree of places keeps its laws whatever the data."""

import pytest

from alerts.regions import ancestors, children, is_region, known, name
from alerts.regions.hierarchy import UnknownRegion


def test_everything_above_a_place_is_a_place_and_the_place_is_its_own_ancestor() -> None:
    """Ancestors of a known code hold the code and only known codes."""
    codes = known()
    for code in codes:
        assert code in ancestors(code)
        assert ancestors(code) <= codes


def test_ancestors_are_transitive() -> None:
    """What lies above something above a place lies above the place."""
    for code in known():
        above = ancestors(code)
        assert all(ancestors(upper) <= above for upper in above), code


def test_what_lies_directly_in_a_place_has_it_above() -> None:
    """Children and ancestors tell the same tree."""
    for code in known():
        for inner in children(code):
            assert code in ancestors(inner), (code, inner)


def test_every_country_lies_in_a_continent() -> None:
    """No country is left out of the UN's regions."""
    continents = {"africa", "americas", "asia", "europe", "oceania"}
    countries = [code for code in known() if len(code) == 2 and code.isupper() and code != "AQ"]
    assert len(countries) > 240
    assert all(not continents.isdisjoint(ancestors(code)) for code in countries if code not in {"BV", "GS", "HM", "TF"})


@pytest.mark.parametrize(
    ("code", "above"),
    [
        ("UA-30", {"UA-30", "UA", "eastern-europe", "europe"}),
        ("KZ", {"KZ", "central-asia", "asia", "cis", "csto"}),
        ("FR", {"FR", "western-europe", "europe", "eu", "eurozone", "nato", "g7", "g20"}),
        ("TR", {"TR", "middle-east", "nato", "asia"}),
        ("SA", {"SA", "gulf", "gcc", "middle-east", "opec", "g20"}),
        ("ML", {"ML", "sahel", "africa", "western-africa"}),
        ("GE", {"GE", "caucasus", "asia"}),
        ("RS", {"RS", "balkans", "europe"}),
        ("BR", {"BR", "latin-america", "south-america", "americas", "brics"}),
        ("GB-BIR", {"GB-BIR", "GB-ENG", "GB", "british-isles", "europe"}),
        ("central-asia", {"central-asia", "asia"}),
    ],
)
def test_a_place_lies_in(code: str, above: set[str]) -> None:
    """Known examples: countries, a city's subdivision, a region."""
    assert above <= ancestors(code)


@pytest.mark.parametrize(
    ("code", "other"), [("GB", "eu"), ("CH", "nato"), ("IE", "nato"), ("UA", "eu"), ("IL", "gulf")]
)
def test_a_place_does_not_lie_in(code: str, other: str) -> None:
    """Neighbours of a group are not its members."""
    assert other not in ancestors(code)


def test_an_unknown_code_is_no_region_but_still_its_own_ancestor() -> None:
    """An alert made by a later release passes its filters; a filter by an unknown code is refused."""
    assert not is_region("ZZ")
    assert ancestors("ZZ") == {"ZZ"}
    with pytest.raises(UnknownRegion, match="ZZ"):
        name("ZZ")
    with pytest.raises(UnknownRegion):
        children("ZZ")


def test_names_are_english() -> None:
    """A code has the name that an English reader expects."""
    assert [name(code) for code in ("KZ", "US-TX", "central-asia", "eu", "UA-14")] == [
        "Kazakhstan",
        "Texas",
        "Central Asia",
        "European Union",
        "Donetsk",
    ]
