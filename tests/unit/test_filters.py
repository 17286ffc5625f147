import time
from typing import Any

import pytest
from support.newsroom import make_alert

from alerts.facets import view
from alerts.filters import Filter, InvalidFilter, matcher


def wanted(filter_: dict[str, Any], **alert: Any) -> bool:
    return matcher(Filter.model_validate(filter_, strict=False)).matches(view(make_alert(**alert)))


def region(*codes: str) -> list[dict[str, str]]:
    return [{"code": code, "name": code} for code in codes]


def test_no_axes_is_everything() -> None:
    """An empty filter gets every alert, also one of which nothing is known."""
    assert wanted({}, regions=[], topics=[], rules=[], sources=[], language="und")


@pytest.mark.parametrize(
    ("asked", "about", "expected"),
    [
        ("UA-30", "UA-30", True),
        ("UA", "UA-30", True),
        ("europe", "UA-30", True),
        ("UA-30", "UA", False),
        ("central-asia", "KZ", True),
        ("KZ", "UA", False),
    ],
)
def test_a_region_is_itself_and_all_below(asked: str, about: str, *, expected: bool) -> None:
    """A filter on a country gets its provinces; one on a province does not get the country."""
    assert wanted({"regions": [asked]}, regions=region(about)) is expected


def test_an_unknown_region_is_never_everywhere() -> None:
    """An alert of unknown region reaches those only who ask for `unknown`."""
    assert not wanted({"regions": ["UA"]}, regions=[])
    assert wanted({"regions": ["UA", "unknown"]}, regions=[])
    assert not wanted({"regions": ["unknown"]}, regions=region("UA"))


def test_who_saw_an_alert_of_unknown_region_sees_its_correction() -> None:
    """Once the region is known the alert still reaches those who saw it while it was not."""
    first = view(make_alert(regions=[]))
    later = view(make_alert(revision=2, regions=region("UA")), first)
    assert matcher(Filter(regions=("unknown",))).matches(later)


def test_or_inside_and_across() -> None:
    """Values of one axis are alternatives; each axis must be met."""
    assert wanted({"topics": ["sport", "conflict"], "rules": ["troops-abroad"]})
    assert not wanted({"topics": ["conflict"], "rules": ["quakes"]})


@pytest.mark.parametrize(
    ("asked", "language", "expected"),
    [
        ("en", "en-GB", True),
        ("EN", "en", True),
        ("en-GB", "en", False),
        ("e", "en", False),
        ("zh-hant", "zh-Hant-TW", True),
    ],
)
def test_languages_match_by_prefix_of_subtags(asked: str, language: str, *, expected: bool) -> None:
    """`en` gets `en-GB`; parts of a subtag are nothing."""
    assert wanted({"languages": [asked]}, language=language) is expected


def test_sources_are_compared_without_case() -> None:
    """A publisher's name is the same in capitals."""
    assert wanted({"sources": ["Example.ORG"]})


@pytest.mark.parametrize(
    ("least", "expected"), [("routine", True), ("urgent", True), ("bulletin", False), ("flash", False)]
)
def test_min_priority_is_a_threshold(least: str, *, expected: bool) -> None:
    """This priority and those above it."""
    assert wanted({"min_priority": least}, priority="urgent") is expected


def test_not_takes_away_what_any_of_its_axes_names() -> None:
    """Each axis of `not` is enough to leave an alert out."""
    assert not wanted({"not": {"topics": ["conflict"], "languages": ["ru"]}})
    assert not wanted({"not": {"text": "headline"}})
    assert not wanted({"regions": ["UA"], "not": {"regions": ["europe"]}})
    assert wanted({"not": {"topics": ["sport"], "regions": ["KZ"]}})


def test_text_reads_headline_and_lead() -> None:
    """A text filter sees what a subscriber sees."""
    assert wanted({"text": "harbour"}, headline="Fire", summary="The harbour burns")
    assert not wanted({"text": "harbour"}, headline="Fire", summary="The mill burns")


def test_what_was_shown_stays_shown() -> None:
    """A later revision that alone would be left out still comes to whoever was shown an earlier one."""
    first = view(make_alert(headline="Fire in the harbour", topics=["fire"]))
    later = view(make_alert(revision=2, headline="All clear", topics=["sport"]), first)
    assert matcher(Filter(text="harbour")).matches(later)
    assert matcher(Filter.from_query([("not.topics", "sport")])).matches(later)
    assert not matcher(Filter(text="mill")).matches(later)


COMMON = "(the OR of OR to OR a OR and OR in OR that OR by OR on OR for)"


@pytest.mark.parametrize("axis", ["text", "not.text"])
def test_what_would_take_seconds_for_each_alert_is_no_filter(axis: str) -> None:
    """Lists of common words, one NEAR beside the other, multiply; one NEAR does not, nor do NEARs of single words."""
    with pytest.raises(InvalidFilter, match="11000 combinations of words, at most 1000: shorten the lists"):
        Filter.from_query([(axis, " NEAR/99 ".join([COMMON] * 4))])
    for fine in (f"{COMMON} NEAR/99 {COMMON}", "(troops OR soldiers) NEAR/5 (deploy* OR send) NEAR/5 Chad"):
        Filter.from_query([(axis, fine)])
    words = "the war of the north and the war of the south " * 8
    began = time.process_time()
    dearest = Filter.from_query([(axis, " NEAR/99 ".join([COMMON] * 3))])
    matcher(dearest).matches(view(make_alert("a", headline=words, summary=words)))
    assert time.process_time() - began < 2.0


def test_text_and_not_must_be_met_by_one_revision() -> None:
    """Nobody was shown an alert whose every revision was left out for one reason or the other."""
    first = view(make_alert(headline="Fire", topics=["sport"]))
    later = view(make_alert(revision=2, headline="Calm", topics=["fire"]), first)
    assert not matcher(Filter.from_query([("text", "fire"), ("not.topics", "sport")])).matches(later)


def test_a_query_is_a_filter() -> None:
    """Repeated parameters are alternatives; `not.` goes before what is not wanted."""
    query = [("regions", "UA"), ("regions", "kz"), ("min_priority", "urgent"), ("not.topics", "sport")]
    assert Filter.from_query(query) == Filter.model_validate(
        {"regions": ["KZ", "UA"], "min_priority": "urgent", "not": {"topics": ["sport"]}}, strict=False
    )


@pytest.mark.parametrize(
    "query",
    [
        [("region", "UA")],
        [("regions", "atlantis")],
        [("text", "a"), ("text", "b")],
        [("not.not", "x")],
        [("min_priority", "red")],
        [("topics", "")],
    ],
)
def test_a_query_that_cannot_be_used_is_refused(query: list[tuple[str, str]]) -> None:
    """Nothing in a query is silently ignored."""
    with pytest.raises(InvalidFilter):
        Filter.from_query(query)


def test_equal_filters_are_one() -> None:
    """Order, case and repeats make no other filter."""
    one = Filter.from_query([("regions", "ua"), ("regions", "KZ"), ("languages", "EN")])
    other = Filter.from_query([("languages", "en"), ("regions", "KZ"), ("regions", "UA"), ("regions", "KZ")])
    assert one == other
    assert matcher(one) is matcher(other)
