"""The default rules, with the real gazetteer: some of them ask for a place."""

from datetime import UTC, datetime

import pytest

from alerts.article import Article
from alerts.rules import default_rules, failures
from alerts.verdict import Outcome

NOON = datetime(2001, 1, 1, 12, tzinfo=UTC)


def test_the_default_rules_examples_hold() -> None:
    """What stands beside each rule proves it."""
    assert [str(failure) for failure in failures(default_rules())] == []


@pytest.mark.parametrize(
    ("headline", "language", "outcome"),
    [
        ("Erdbeben in Chile", "de", Outcome.BREAKING),
        ("Erdbeben in der Chefetage", "de", Outcome.NONE),
        ("Взрыв в Ташкенте", "ru", Outcome.BREAKING),
        ("Взрыв хохота в зале", "ru", Outcome.NONE),
        ("Une explosion dans une usine", "fr", Outcome.BREAKING),
    ],
)
def test_a_bare_word_of_disaster_needs_a_place_or_a_deed(headline: str, language: str, outcome: Outcome) -> None:
    """By itself it is a figure of speech as often as not."""
    article = Article(uri="u", source="example.org", headline=headline, language=language, published=NOON)
    assert default_rules().judge(article, NOON).outcome is outcome


@pytest.mark.parametrize(
    ("headline", "fires"),
    [("Port cut off after typhoon roars ashore", True), ("Council to meet after typhoon roars ashore", False)],
)
def test_what_stands_before_after_is_the_news_if_it_tells_of_an_event(headline: str, *, fires: bool) -> None:
    """In words or in a phrase."""
    article = Article(uri="u", source="example.org", headline=headline, language="en", published=NOON)
    verdict = default_rules().judge(article, NOON)
    assert (verdict.outcome is Outcome.BREAKING and "storm" in {match.rule for match in verdict.matches}) is fires
