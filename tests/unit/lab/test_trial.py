"""Where a draft fires and nearly fires: the same as asking the whole set about every article."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.laws import examples

from alerts.article import Article
from alerts.lab import Book, Entry, Fired, Snapshot, Trial, effect, telling
from alerts.lab.sieve import Sieve
from alerts.lab.trial import MOST_FIRED, carried, difference, known
from alerts.rules import RuleSet, load

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
RULES = """version: 1
rules:
  - {id: quakes, match: quake, priority: urgent, unless_signals: [anniversary]}
  - {id: floods, match: flood AND lagos}
  - {id: calm, kind: retraction, match: '"false alarm"'}
"""
BOOK = Book([("rules.yaml", RULES)])
WORDS = ["quake", "flood", "lagos", "false alarm", "fire", "anniversary of the", "lima", "tremor"]


def tell(_what: str, _done: int, _of: int) -> None:
    """Nobody listens."""


def entry(number: int, headline: str, **fields: Any) -> Entry:
    made = {"uri": f"urn:{number}", "version": "1", "source": "a.example", "headline": headline, "language": "en"}
    return Entry(Article.from_mapping({**made, **fields}), NOON + timedelta(minutes=number))


def tried(text: str, *headlines: str) -> tuple[Trial, list[Fired]]:
    entries = [entry(number, headline) for number, headline in enumerate(headlines)]
    trial = Trial(BOOK.rules, BOOK.draft(text))
    return trial, list(trial.fired(entries[::-1], tell))


def test_it_fires_where_the_edited_rule_does_and_says_what_was_before() -> None:
    """Newest first, with the verdict of the whole draft."""
    _, fired = tried("{id: quakes, match: quake OR tremor, priority: flash}", "Quake in Lima", "Tremor", "Fire")
    assert [(one.entry.article.headline, one.before.outcome) for one in fired] == [
        ("Tremor", "none"),
        ("Quake in Lima", "breaking"),
    ]
    assert {one.verdict.priority for one in fired} == {"flash"}


def test_a_retraction_of_the_set_is_heeded() -> None:
    """The edited rule does not live alone: what another rule takes back does not fire."""
    _, fired = tried("{id: quakes, match: quake}", "Quake was a false alarm")
    assert fired == []


def test_what_nearly_fires_comes_with_what_was_missing() -> None:
    """Words all there and something in the way first, then words that are missing."""
    trial, fired = tried(
        "{id: quakes, match: quake AND lima, unless_signals: [anniversary]}",
        "Quake in Lagos",
        "City marks anniversary of the quake in Lima",
        "Nothing",
    )
    assert fired == []
    assert [(near.miss.whole, near.miss.obstacles[0].kind) for near in trial.near(tell)] == [
        (True, "signal"),
        (False, "word"),
    ]


def test_a_rule_that_fires_on_everything_is_soon_given_up() -> None:
    """And it is said how far back it was tried."""
    trial, fired = tried("{id: all, match: '*'}", *(f"n{number}" for number in range(MOST_FIRED + 50)))
    assert len(fired) == MOST_FIRED
    assert trial.since == NOON + timedelta(minutes=50)


HEADLINES = st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(" ".join), max_size=12)
MATCHES = st.sampled_from(
    [
        "quake",
        "quake AND lima",
        "flood OR tremor",
        "2 OF (quake, flood, lagos)",
        "quake NEAR/2 lima",
        "'*'",
        "fire AND NOT quake",
    ]
)
DRAFTS = st.one_of(
    MATCHES.map(lambda match: f"id: quakes\nmatch: {match}"),
    MATCHES.map(lambda match: f"id: fresh\nmatch: {match}\npriority: flash"),
    MATCHES.map(lambda match: f"id: calm\nkind: retraction\nmatch: {match}"),
)


@given(HEADLINES, DRAFTS)
@settings(max_examples=examples(200), deadline=None)
def test_only_asking_where_it_matters_changes_nothing(headlines: list[str], text: str) -> None:
    """Verdicts and alerts are those of asking the whole draft about every article, and of a backtest of all of them."""
    entries = [entry(number, headline) for number, headline in enumerate(headlines)]
    draft = BOOK.draft(text)
    trial = Trial(BOOK.rules, draft)
    list(trial.fired(entries, tell))
    for one in entries:
        truth = draft.rules.judge(one.article, one.received)
        told = trial.after.get(id(one.article)) or known(one, BOOK.rules)
        assert (told.outcome, told.matches) == (truth.outcome, truth.matches)
    snapshot = Snapshot(entries, BOOK.rules, NOON + timedelta(hours=1))
    compared = effect(snapshot, trial, tell).comparison
    assert compared == _plainly(entries, draft.rules)


def _plainly(entries: list[Entry], rules: Any) -> Any:
    from alerts.backtest import backtest  # noqa: PLC0415 - the reference
    from alerts.comparison import Run, compare  # noqa: PLC0415
    from alerts.desk import Desk  # noqa: PLC0415

    timed = [(one.received, one.article) for one in entries]
    return compare(Run(backtest(timed, BOOK.rules, Desk())), Run(backtest(timed, rules, Desk())))


@given(HEADLINES, DRAFTS)
@settings(max_examples=examples(200), deadline=None)
def test_verdicts_taken_over_from_the_set_before_are_right(headlines: list[str], text: str) -> None:
    """After a save, only articles that the changed rules may have a say in are judged again."""
    after = BOOK.draft(text).rules
    changed = Sieve(difference(BOOK.rules, after))
    for number, headline in enumerate(headlines):
        one = entry(number, headline)
        known(one, BOOK.rules)
        if carried(one, BOOK.rules, after, changed):
            told = known(one, after)
            truth = after.judge(one.article, one.received)
            assert (told.outcome, told.matches) == (truth.outcome, truth.matches)


def test_alerts_come_and_go() -> None:
    """What a draft adds, takes away and changes is named with both sides."""
    entries = [entry(1, "Quake in Lima"), entry(2, "Flood in Lagos"), entry(3, "Wildfire near Porto", language="pt")]
    text = "version: 1\nrules: [{id: quakes, match: quake, priority: flash}, {id: fires, match: wildfire}]"
    trial = Trial(BOOK.rules, BOOK.draft(text))
    list(trial.fired(entries, tell))
    told = telling.effect(effect(Snapshot(entries, BOOK.rules, NOON + timedelta(hours=1)), trial, tell))
    changes = {change["headline"]: change for change in told["changes"]}
    assert {headline: change["change"] for headline, change in changes.items()} == {
        "Quake in Lima": "changed",
        "Flood in Lagos": "removed",
        "Wildfire near Porto": "added",
    }
    assert changes["Quake in Lima"]["before"]["priority"] == "urgent"
    assert changes["Quake in Lima"]["after"]["priority"] == "flash"
    assert (told["articles"], told["cut"]) == (3, False)


def test_only_the_last_day_is_reckoned_with() -> None:
    """Alerts of older articles are nobody's question."""
    entries = [entry(-60 * 30, "Quake in Lima"), entry(1, "Quake in Quito")]
    trial = Trial(BOOK.rules, BOOK.draft("version: 1\nrules: [{id: none, match: nothing}]"))
    list(trial.fired(entries, tell))
    told = telling.effect(effect(Snapshot(entries, BOOK.rules, NOON + timedelta(hours=1)), trial, tell))
    assert [change["headline"] for change in told["changes"]] == ["Quake in Quito"]


def test_a_reader_that_is_gone_ends_the_work() -> None:
    """What `tell` raises comes through at once."""

    class GoneError(Exception):
        pass

    def leave(_what: str, _done: int, _of: int) -> None:
        raise GoneError

    trial = Trial(BOOK.rules, BOOK.draft("{id: all, match: '*'}"))
    try:
        list(trial.fired([entry(1, "x")], leave))
    except GoneError:
        return
    raise AssertionError


def test_an_article_that_breaks_the_matcher_spoils_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The classifier buries it; here it fires nothing, and the others are told."""
    for name in ("judge", "look"):
        whole = getattr(RuleSet, name)

        def odd(self: RuleSet, article: Article, now: datetime, whole: Any = whole, **more: Any) -> Any:
            if article.headline.startswith("Odd"):
                raise ZeroDivisionError
            return whole(self, article, now, **more)

        monkeypatch.setattr(RuleSet, name, odd)
    trial, fired = tried("{id: quakes, match: quake}", "Odd quake", "Quake in Lima")
    assert [one.entry.article.headline for one in fired] == ["Quake in Lima"]
    assert trial.near(tell) == []


def test_texts_are_told_in_runs_that_make_up_the_text() -> None:
    """Marks cut a headline, and leave nothing out, also beyond the Basic Multilingual Plane."""
    _, (one,) = tried("{id: quakes, match: quake}", "🌋 Quake in Lima")
    told = telling.fired(one)
    assert ["Quake", "rule"] in [list(run) for run in told["headline"]]
    assert "".join(words for words, _ in told["headline"]) == "🌋 Quake in Lima"
    assert ["Lima", "region"] in [list(run) for run in told["headline"]]


def test_sets_differ_by_their_rules() -> None:
    """Rules that are the same on both sides are left out."""
    other = load(RULES.replace("flood AND lagos", "flood"))
    assert [rule.id for rule in difference(BOOK.rules, other)] == ["floods", "floods"]
