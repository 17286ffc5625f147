"""The verdict: what each check does, which comes first, and what is said of it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from alerts.article import Article
from alerts.rules import failures, load
from alerts.verdict import Outcome, Priority, Verdict

NOON = datetime(2025, 6, 4, 12, tzinfo=UTC)  # a Wednesday

pytestmark = pytest.mark.usefixtures("about")


def judge(article: dict[str, Any], *rules: str, thorough: bool = False) -> Verdict:
    text = "version: 1\nrules:\n" + "".join(
        f"  - {{id: r{i}, match: 'quake*', {rule}}}\n" for i, rule in enumerate(rules)
    )
    fields = {"uri": "u", "source": "example.org", "headline": "Quake hits Quito", "published": NOON} | article
    return load(text).judge(Article.from_mapping(fields), NOON, thorough=thorough)


def names(verdict: Verdict) -> list[str]:
    return [signal.name for signal in verdict.signals]


@pytest.mark.parametrize(
    ("article", "rule", "outcome"),
    [
        ({}, "", Outcome.BREAKING),
        ({"headline": "Nothing"}, "", Outcome.NONE),
        ({"pubstatus": "canceled"}, "", Outcome.RETRACTION),
        ({"pubstatus": "withheld", "headline": "Nothing"}, "", Outcome.RETRACTION),
        ({"signal": "correction"}, "", Outcome.RETRACTION),
        ({"signal": "update"}, "", Outcome.BREAKING),
        ({}, "kind: retraction", Outcome.RETRACTION),
        ({"embargoed": NOON + timedelta(hours=1)}, "", Outcome.EMBARGOED),
        ({"embargoed": NOON + timedelta(hours=1), "headline": "Nothing"}, "", Outcome.NONE),
        ({"embargoed": NOON + timedelta(hours=1), "pubstatus": "canceled"}, "", Outcome.RETRACTION),
        ({"embargoed": NOON, "published": NOON - timedelta(days=9)}, "max_age: 6h", Outcome.BREAKING),
        ({"published": NOON - timedelta(hours=7)}, "max_age: 6h", Outcome.STALE),
        ({"published": NOON - timedelta(hours=5)}, "max_age: 6h", Outcome.BREAKING),
        ({"published": NOON - timedelta(days=99)}, "", Outcome.BREAKING),
        ({"published": None, "received": NOON - timedelta(hours=7)}, "max_age: 6h", Outcome.STALE),
        ({"published": None}, "max_age: 6h", Outcome.BREAKING),
        ({}, "hours: 13:00-11:00 UTC", Outcome.OUT_OF_HOURS),
        ({}, "hours: 22:00-06:00 Asia/Tokyo", Outcome.OUT_OF_HOURS),  # 21:00 there
        ({}, "hours: 20:00-06:00 Asia/Tokyo", Outcome.BREAKING),
        ({}, "hours: 08:00-18:00 UTC sat-sun", Outcome.OUT_OF_HOURS),
        ({}, "hours: 18:00-13:00 UTC tue", Outcome.BREAKING),  # Tuesday's span goes on into Wednesday
        ({}, "hours: 18:00-13:00 UTC wed", Outcome.OUT_OF_HOURS),
        ({}, "unless: hits", Outcome.HELD_BACK),
        ({}, "unless: 'body:hits'", Outcome.BREAKING),
        ({"headline": "Quake film opens"}, "unless_signals: all", Outcome.HELD_BACK),
        ({"headline": "Quake film opens"}, "", Outcome.BREAKING),
        ({"headline": "No quake in Quito"}, "unless_signals: [negated]", Outcome.HELD_BACK),
        ({"headline": "No injuries after quake in Quito"}, "unless_signals: [negated]", Outcome.BREAKING),
        ({"language": "en-GB"}, "languages: [en]", Outcome.BREAKING),
        ({"language": "es"}, "languages: [en]", Outcome.NONE),
        ({"language": "und"}, "languages: [en]", Outcome.BREAKING),
        ({}, "sources: [example.org]", Outcome.BREAKING),
        ({"source": "news.Example.org"}, "sources: [example.org]", Outcome.BREAKING),
        ({"source": "badexample.org"}, "sources: [example.org]", Outcome.NONE),
        ({}, "sources: {deny: [example.org]}", Outcome.NONE),
        ({"headline": "x", "body_text": "A lead.\n\nThen a quake."}, "in: [headline, lead]", Outcome.NONE),
        ({"headline": "x", "body_text": "A lead.\n\nThen a quake."}, "in: [body]", Outcome.BREAKING),
        ({"published": NOON - timedelta(hours=7)}, "max_age: 6h, unless: hits", Outcome.STALE),
        ({}, "hours: 13:00-14:00 UTC, unless: hits", Outcome.OUT_OF_HOURS),
    ],
)
def test_outcomes(article: dict[str, Any], rule: str, outcome: Outcome) -> None:
    """What makes of an article what it is."""
    assert judge(article, rule).outcome is outcome


def test_one_rule_that_fires_is_enough() -> None:
    """Only those that fire are in the verdict; the priority is their highest."""
    verdict = judge({}, "unless: hits, priority: flash", "priority: urgent", "priority: routine", "regions: [PE]")
    assert verdict.outcome is Outcome.BREAKING
    assert [match.rule for match in verdict.matches] == ["r1", "r2"]
    assert verdict.priority is Priority.URGENT
    assert verdict.fires


def test_what_did_not_fire_says_what_would_have() -> None:
    """The rules that got furthest, and the words that held them."""
    verdict = judge({}, "unless: hits, cooldown: 5m", "max_age: 1h, hours: 13:00-14:00 UTC")
    assert verdict.outcome is Outcome.HELD_BACK
    assert [(match.rule, match.cooldown) for match in verdict.matches] == [("r0", 300.0)]
    assert [(signal.name, [span.text for span in signal.spans]) for signal in verdict.signals] == [("unless", ["hits"])]
    assert verdict.priority is None


def test_dates_that_cannot_be_are_marked() -> None:
    """No date, or one ahead of the clock: judged as of now, and said so."""
    assert names(judge({"published": None}, "max_age: 1h")) == ["undated"]
    ahead = judge({"published": NOON + timedelta(days=300)}, "max_age: 1h")
    assert (ahead.outcome, names(ahead)) == (Outcome.BREAKING, ["future_dated"])
    assert names(judge({"published": NOON + timedelta(minutes=9)}, "")) == []


def test_taken_back_is_named() -> None:
    """By the publisher's own word."""
    assert names(judge({"pubstatus": "canceled"}, "")) == ["canceled"]
    assert names(judge({"signal": "correction"}, "")) == ["correction"]


@pytest.mark.parametrize(
    ("places", "rule", "outcome"),
    [
        (("UA-30",), "regions: [UA]", Outcome.BREAKING),
        (("UA-30",), "regions: [eastern-europe]", Outcome.BREAKING),
        (("UA",), "regions: [UA-30]", Outcome.NONE),
        (("PE", "UA"), "regions: [UA]", Outcome.BREAKING),
        ((), "regions: [UA]", Outcome.NONE),
        ((), "regions: [UA], when_region_unknown: fire", Outcome.BREAKING),
        (("PE",), "regions: [UA], when_region_unknown: fire", Outcome.NONE),
        ((), "", Outcome.BREAKING),
    ],
)
def test_regions(about: Callable[..., None], places: tuple[str, ...], rule: str, outcome: Outcome) -> None:
    """A place the text is about must be one of the rule's, or lie in it; unknown is not everywhere."""
    about(*places)
    assert judge({}, rule).outcome is outcome


def test_regions_and_signals_are_worked_out_when_needed(about: Callable[..., None]) -> None:
    """Nothing is spent on an article that no rule's words are in, unless all is asked for."""
    about("PE")
    quiet = {"headline": "Film opens in Lima"}
    assert judge(quiet, "").regions == ()
    thorough = judge(quiet, "", thorough=True)
    assert (thorough.outcome, thorough.regions[0].code, names(thorough)) == (Outcome.NONE, "PE", ["fiction"])
    assert judge({}, "").regions[0].code == "PE"


@pytest.mark.parametrize(
    ("headline", "signal"),
    [
        ("Opinion: the quake we should have seen coming", "opinion"),
        ("Twenty years after the quake, a village sings", "anniversary"),
        ("Pupils hide under desks in earthquake drill", "drill"),
        ("Earthquake thriller tops box office", "fiction"),
        ("Couple marries in earthquake shelter", "feature"),
        ("Striker's late goal sends quake through World Cup match", "sport"),
        ("Quake in bond yields as investors flee", "market"),
        ("Vote is a political earthquake", "metaphor"),
        ("Could an earthquake hit the coast?", "hypothetical"),
        ("Ministry denies quake damaged reactor", "negated"),
        ("What to know about earthquake insurance", "explainer"),
    ],
)
def test_look_alikes_are_named_with_evidence(headline: str, signal: str) -> None:
    """Each kind of look-alike holds a rule back that names it, and shows the words."""
    article = Article.from_mapping({"uri": "u", "source": "s", "headline": headline, "published": NOON})
    rules = load("version: 1\nrules: [{id: r, match: 'quake* OR earthquake*', unless_signals: all}]")
    verdict = rules.judge(article, NOON)
    assert verdict.outcome is Outcome.HELD_BACK
    given = {found.name: found for found in verdict.signals}
    assert given[signal].spans
    for found in verdict.signals:
        for span in found.spans:
            assert getattr(article, span.field)[span.start : span.end] == span.text


@pytest.mark.parametrize(
    "headline",
    [
        "Strong earthquake hits Peru, no tsunami warning",
        "Earthquake kills 12 at anniversary celebration",
        "Earthquake destroys cinema where film crew was shot at",
        "WHO sends teams after quake",
    ],
)
def test_real_news_is_not_held_back(headline: str) -> None:
    """A signal must be sure of itself."""
    article = Article.from_mapping({"uri": "u", "source": "s", "headline": headline, "published": NOON})
    rules = load("version: 1\nrules: [{id: r, match: 'quake* OR earthquake*', unless_signals: all}]")
    assert rules.judge(article, NOON).outcome is Outcome.BREAKING


@pytest.mark.parametrize(
    ("headline", "language", "outcome"),
    [
        ("Mayor unveils garden for readers", "en", Outcome.HELD_BACK),
        ("Mayor unveils garden for readers", "en-GB", Outcome.HELD_BACK),
        ("Mayor unveils garden as quake victims return", "en", Outcome.BREAKING),  # told in the headline too
        ("Dozens trapped in Quito", "en", Outcome.BREAKING),  # another word for it
        ("Alcalde inaugura un parque para lectores", "es", Outcome.BREAKING),  # whose words we do not all know
        ("", "en", Outcome.BREAKING),
    ],
)
def test_the_lead_alone_is_background_where_the_headline_tells_of_nothing(
    headline: str, language: str, outcome: Outcome
) -> None:
    """Held back by name, with the words in the lead as evidence."""
    lead = "The city was struck by a quake last spring."
    article = {"headline": headline, "language": language, "body_text": lead}
    verdict = judge(article, "unless_signals: [background]")
    assert verdict.outcome == outcome
    if outcome == Outcome.HELD_BACK:
        (signal,) = (signal for signal in verdict.signals if signal.name == "background")
        assert [lead[span.start : span.end] for span in signal.spans] == ["quake"]


def test_banner_and_sign_off_play_no_part() -> None:
    """Words of the page around a story fire nothing."""
    page = "Breaking News\nHome | Quake | Sport\n\nThe council met on Monday.\n\n"
    body = f"{page}Ana Ruiz is a reporter for Quake Daily in Quito."
    assert judge({"headline": "Council meets - Quake Times", "body_text": body}, "").outcome is Outcome.NONE


def test_a_failing_example_says_what_came_out() -> None:
    """With the verdict, so that the author sees why."""
    rules = load(
        "version: 1\nrules: [{id: r, match: quake, unless: toy, examples: {match: [Quake toy], no_match: [A quake]}}]"
    )
    assert [str(failure) for failure in failures(rules)] == [
        "r: must match: 'Quake toy': held_back (unless); rules: r",
        "r: must not match: 'A quake': breaking; rules: r",
    ]
