from datetime import UTC, datetime
from typing import Any

import pytest

from alerts.article import Article
from alerts.classify import candidate, matters
from alerts.desk.reading import read
from alerts.rules import RuleSet, load
from alerts.verdict import Outcome, Verdict

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def make_article(**fields: Any) -> Article:
    text = {"headline": "Ten recipes for spring", "body_text": "Peas, mint and lemon in a bowl."}
    return Article.model_validate({"uri": "u:1", "source": "a.example", "published": NOON, **text, **fields})


def make_rules() -> RuleSet:
    return load(
        "version: 1\nrules:\n  - {id: quake, name: Quakes, topic: disaster, priority: bulletin, match: earthquake}\n"
    )


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"version": "1"}, False),
        ({"version": "2"}, True),
        ({"version": None}, True),
        ({"version": "20260301T120000"}, True),
        ({"version": "1", "pubstatus": "canceled"}, True),
        ({"version": "1", "pubstatus": "withheld"}, True),
        ({"version": "1", "signal": "update"}, True),
        ({"version": "1", "headline": "Earthquake near Patras, Greece"}, True),
    ],
)
def test_the_desk_hears_of_all_but_first_plain_versions_that_do_not_match(
    fields: dict[str, Any],
    expected: bool,  # noqa: FBT001 - a parameter of the table
) -> None:
    """Invariant 2: what is not certainly a first plain version may change what an alert says."""
    article = make_article(**fields)
    assert matters(article, make_rules().judge(article, NOON)) is expected


def test_a_retraction_reaches_the_desk_whatever_its_version() -> None:
    """An all-clear by another publisher is somebody's first version."""
    assert matters(make_article(version="1"), Verdict(Outcome.RETRACTION))


def test_a_candidate_that_matched_carries_the_article_and_its_reasons() -> None:
    """Rules first, then regions; each span is a piece of the article."""
    article = make_article(headline="Earthquake near Patras, Greece")
    made = candidate(
        article, make_rules().judge(article, NOON), ruleset="r", received=NOON, classified=NOON, dedup="ok"
    )
    assert made.matched
    assert made.article == article
    assert [m.rule for m in made.matches] == ["quake"]
    assert made.why[0].rule == "quake"
    assert "GR" in {why.region for why in made.why}
    for why in made.why:
        assert getattr(article, why.field)[why.start : why.end] == why.text
    assert made.timing.received == int(NOON.timestamp() * 1000)


def test_a_candidate_that_did_not_match_leaves_the_body_out() -> None:
    """The desk needs its headline and lead, and knows its content by the hash."""
    article = make_article(version="2")
    made = candidate(article, make_rules().judge(article, NOON), ruleset="r", received=NOON, classified=NOON)
    assert not made.matched
    assert made.article.body_text == ""
    assert made.content
    assert made.from_json(made.to_json()) == made


def test_a_candidate_carries_the_reading_of_what_matched_only() -> None:
    """What no rule matches hardly ever gets as far as being read."""
    verdicts = [(headline, make_rules()) for headline in ("Earthquake near Patras, Greece", "Ten recipes")]
    made = [
        candidate(a, rules.judge(a, NOON), ruleset="r", received=NOON, classified=NOON)
        for a, rules in ((make_article(headline=headline), rules) for headline, rules in verdicts)
    ]
    assert made[0].reading == read(made[0])
    assert made[1].reading is None
