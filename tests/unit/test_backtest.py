from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from alerts.alert import Alert
from alerts.article import Article
from alerts.backtest import backtest, in_order
from alerts.desk import Desk
from alerts.explain import explanation
from alerts.rules import RuleSet, load

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
RULES = load(
    "version: 1\nrules:\n  - {id: quake, name: Quakes, topic: disaster, priority: bulletin, match: earthquake}\n"
)


def make_article(minutes: float = 0, **fields: Any) -> Article:
    values = {"uri": "u:1", "source": "a.example", "headline": "Earthquake near Patras, Greece", "version": "1"}
    return Article.model_validate({**values, "published": NOON + timedelta(minutes=minutes), **fields})


def run(*articles: Article) -> list[Alert]:
    return list(backtest(in_order(articles), RULES, Desk()))


def test_articles_are_taken_in_order_of_publication() -> None:
    """The file's order is not the news' order."""
    alerts = run(make_article(5, version="2", headline="Earthquake near Patras, Greece kills two"), make_article(0))
    assert [(a.op, a.headline) for a in alerts] == [
        ("new", "Earthquake near Patras, Greece"),
        ("update", "Earthquake near Patras, Greece kills two"),
    ]


def test_time_is_simulated() -> None:
    """`issued` is the article's own time, not today's."""
    assert run(make_article())[0].issued == NOON


def test_an_embargo_ends_in_simulated_time_also_after_the_last_article() -> None:
    """Nothing before, once at its time."""
    until = NOON + timedelta(hours=3)
    (alert,) = run(make_article(embargoed=until))
    assert (alert.op, alert.issued) == ("new", until)


@pytest.mark.parametrize(
    ("rules", "desk"),
    [
        (RULES, Desk(cooldown=timedelta(hours=3))),
        (load("version: 1\nrules:\n  - {id: quake, priority: bulletin, match: earthquake, cooldown: 3h}\n"), Desk()),
    ],
    ids=["the desk's", "the rule's"],
)
def test_a_cooldown_ends_in_simulated_time_also_after_the_last_article(rules: RuleSet, desk: Desk) -> None:
    """News that had to wait interrupts at the end of what it waited for, however long that is."""
    headline = "Earthquake near Patras, Greece kills {}"
    articles = [make_article(n, version=str(n), headline=headline.format(10**n)) for n in (1, 2)]
    alerts = list(backtest(in_order(articles), rules, desk))
    assert [(alert.op, alert.interrupt) for alert in alerts] == [("new", True), ("update", False), ("update", True)]
    assert alerts[-1].issued == articles[0].published + timedelta(hours=3)  # type: ignore[operator]


def test_exact_repeats_and_copies_make_no_further_alert() -> None:
    """What Redis would drop or label is dropped or labelled here."""
    headline = "Strong earthquake shakes the port of Patras, Greece"
    first, copy = make_article(headline=headline), make_article(1, uri="u:2", source="b.example", headline=headline)
    alerts = run(first, first, copy)
    assert [alert.op for alert in alerts] == ["new", "update"]
    assert [source.role for source in alerts[1].sources] == ["first", "copy"]


def test_a_kill_is_a_withdrawal() -> None:
    """Also in a backtest."""
    assert [a.op for a in run(make_article(), make_article(2, version="2", pubstatus="canceled"))] == [
        "new",
        "withdrawal",
    ]


def test_explain_prints_every_key_whatever_the_outcome() -> None:
    """Programs read it line by line."""
    keys = {"uri", "outcome", "rules", "regions", "mentioned", "priority", "why", "signals", "error"}
    fires = explanation(make_article(), RULES.judge(make_article(), NOON, thorough=True))
    plain = make_article(headline="Ten recipes from Greece")
    quiet = explanation(plain, RULES.judge(plain, NOON, thorough=True))
    assert keys <= set(fires)
    assert keys <= set(quiet)
    assert (fires["outcome"], fires["rules"], fires["priority"]) == ("breaking", ["quake"], "bulletin")
    assert (quiet["outcome"], quiet["rules"], quiet["priority"]) == ("none", [], None)
    assert quiet["regions"][0]["code"] == "GR"
