"""Near misses: what kept a rule from firing is named, with the words that show it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.laws import examples

from alerts.article import Article
from alerts.rules import load
from alerts.rules.nearly import NearMiss, near_misses

NOON = datetime(2025, 6, 4, 12, tzinfo=UTC)  # a Wednesday

pytestmark = pytest.mark.usefixtures("about")


def misses(article: dict[str, Any], *rules: str) -> list[NearMiss]:
    text = "version: 1\nrules:\n" + "".join(f"  - {{id: r{i}, {rule}}}\n" for i, rule in enumerate(rules))
    fields = {"uri": "u", "source": "example.org", "headline": "Quake hits Quito", "published": NOON} | article
    return list(near_misses(load(text), Article.from_mapping(fields), NOON))


@pytest.mark.parametrize(
    ("article", "rule", "kind", "said", "shown"),
    [
        ({}, "match: quake AND tsunami", "word", "misses tsunami", ""),
        ({}, "match: quake AND (dead OR killed)", "word", "misses one of dead, killed", ""),
        ({}, "match: 'quake AND NOT quito'", "not", "must not hold: quito", "Quito"),
        ({}, "match: quake NEAR/3 tsunami", "word", "misses tsunami", ""),
        ({}, "match: quake NEAR/1 quito", "distance", "2 words apart; 1, side by side", "Quake Quito"),
        ({}, "match: quito ONEAR/3 quake", "distance", "wants quito before quake", "Quake Quito"),
        ({"description": "In Peru."}, "match: quake NEAR/9 peru", "distance", "not in one piece of text", ""),
        ({}, "match: '3 OF (quake, hits, storm, flood)'", "word", "misses 1 more of one of storm, flood", ""),
        ({}, "match: quake AND =QUITO", "case", "wants =QUITO in exactly this case, but finds 'Quito'", "Quito"),
        (
            {"byline": "Ana"},
            "match: quake AND ana",
            "zone",
            "in the headline and lead and body; it is in the byline",
            "Ana",
        ),
        ({}, "match: quake AND body:quito", "zone", "looks for quito in the body; it is in the headline", "Quito"),
        ({}, "match: quake, unless: hits", "unless", "held back by its `unless`", "hits"),
        ({"headline": "Quake film opens"}, "match: quake, unless_signals: all", "signal", "signal fiction", "film"),
        ({"headline": "No quake in Quito"}, "match: quake, unless_signals: [negated]", "signal", "negated", "No"),
        (
            {"headline": "Troops pause as ministers mull whether to deploy"},
            "match: troops NEAR/9 deploy, unless_signals: all",
            "signal",
            "hypothetical",
            "whether",
        ),
        (
            {"language": "es"},
            "match: quake, languages: [en]",
            "language",
            "is for articles in en; this one is in es",
            "",
        ),
        ({}, "match: quake, sources: [a.org]", "source", "does not listen to example.org", ""),
        ({}, "match: quake, regions: [AF]", "region", "is for AF; this is about no place we know", ""),
        ({"published": NOON - timedelta(hours=9, minutes=1)}, "match: quake, max_age: 6h", "age", "this is 9h old", ""),
        ({}, "match: quake, hours: 08:00-20:00 Asia/Tokyo", "hours", "there it was Wed 21:00", ""),
    ],
)
def test_what_was_missing_is_named(article: dict[str, Any], rule: str, kind: str, said: str, shown: str) -> None:
    """One thing each, with its evidence."""
    (miss,) = misses(article, rule)
    (obstacle,) = miss.obstacles
    assert obstacle.kind == kind
    assert said in obstacle.text
    assert " ".join(span.text for span in obstacle.spans) == shown
    assert miss.whole is (kind in {"unless", "signal", "language", "source", "region", "age", "hours"})
    assert miss.found


def test_everything_in_the_way_is_named(about: Callable[..., None]) -> None:
    """An editor who removes one obstacle must not find the next."""
    about("PE")
    (miss,) = misses({"language": "es"}, "match: quake, unless: hits, regions: [AF], languages: [en]")
    assert [obstacle.kind for obstacle in miss.obstacles] == ["language", "region", "unless"]
    assert "this is about Peru" in miss.obstacles[1].text


def test_what_fires_is_no_near_miss() -> None:
    """Nor is a rule of which no word is there, or one for other places, or one of which far too much is missing."""
    others = ("match: storm", "match: 'quake AND a AND b AND c'", "match: quake AND storm, regions: [AF]")
    assert misses({}, "match: quake", *others) == []


def test_the_nearest_come_first() -> None:
    """Rules whose words are all there, then those that lack least; a single common word is told of two at most."""
    weak = [f"match: quake AND storm{i}" for i in range(5)]
    found = misses({}, *weak, "match: quake AND hits AND storm", "match: quake NEAR/1 quito")
    assert [miss.rule.id for miss in found] == ["r6", "r5", "r0", "r1"]
    found = misses({}, *weak, "match: quake AND hits AND storm", "match: quake, unless: hits")
    assert [miss.rule.id for miss in found] == ["r6", "r5"]


words = st.sampled_from(["quake", "hits", "quito", "storm", "=QUITO", "hit*", "headline:quake", "body:quito"])
queries = st.recursive(
    words,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"({' AND '.join(parts)})"),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"({' OR '.join(parts)})"),
        inner.map(lambda part: f"(NOT {part})"),
        st.tuples(inner, inner).map(lambda two: f"2 OF ({two[0]}, {two[1]}, storm)"),
        st.just("quake NEAR/1 quito"),
        st.just("(hits OR storm) ONEAR/2 (quake OR quito)"),
    ),
    max_leaves=6,
)


@given(queries, st.sampled_from(["", "hits", "storm"]))
@settings(max_examples=examples(50), suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_rule_either_fires_or_has_an_obstacle(query: str, unless: str) -> None:
    """Never both; and every span is a piece of the article."""
    rules = load(f"version: 1\nrules: [{{id: r, match: '{query}'{unless and f', unless: {unless}'}}}]")
    article = Article(uri="u", source="s", headline="Quake hits Quito", body_text="x", published=NOON)
    found = near_misses(rules, article, NOON)
    if rules.judge(article, NOON).fires:
        assert found == ()
    for miss in found:
        assert miss.obstacles
        for span in (*miss.found, *(span for obstacle in miss.obstacles for span in obstacle.spans)):
            assert getattr(article, span.field)[span.start : span.end] == span.text
