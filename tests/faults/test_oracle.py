"""The judge of the fault tests is judged itself: it is content with what is right, and sees every kind of wrong."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from support.invariants import Evidence, breaches
from support.truth import RULES, Oracle, Truth

from alerts.alert import Alert
from alerts.article import Article
from alerts.backtest import backtest
from alerts.desk import Desk
from alerts.rules import load

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def right(truth: Truth) -> Evidence:
    """What the system says of the feed when nothing fails: as `alerts backtest` finds it."""
    poison = set(truth.poison)
    articles = [Article.from_json(record.value) for record in truth.records if record.value not in poison]
    timed = [(NOW + timedelta(milliseconds=n), article) for n, article in enumerate(articles)]
    said = backtest(timed, load(RULES.read_text(encoding="utf-8")), Desk(quiet=timedelta(0)))
    alerts = [(2 * n, alert) for n, alert in enumerate(said)]  # with holes, as transactions leave them
    return Evidence(alerts, dead=list(truth.poison), seen=[(n, alert.id, alert.revision) for n, alert in alerts])


@pytest.mark.parametrize("seed", range(5))
def test_the_oracle_and_the_pipeline_agree_when_nothing_fails(seed: int) -> None:
    """What is known by construction is what the same desk says, offline."""
    truth = Oracle(seed, NOW).truth(70, poison=12, giants=seed == 0)
    evidence = right(truth)
    assert len(evidence.alerts) > len(truth.stories)
    assert breaches(truth, evidence) == []


def _an_alert(evidence: Evidence, op: str = "new") -> int:
    return next(n for n, (_, alert) in enumerate(evidence.alerts) if alert.op == op)


def lose(evidence: Evidence) -> None:
    """The last revision of a withdrawn story."""
    del evidence.alerts[_an_alert(evidence, "withdrawal")]


def double(evidence: Evidence) -> None:
    evidence.alerts.append((10**6, evidence.alerts[0][1]))


def under_another_id(evidence: Evidence) -> None:
    evidence.alerts.append((10**6, evidence.alerts[0][1].model_copy(update={"id": "other"})))


def one_more_revision(evidence: Evidence) -> None:
    """A replay that the desk took for news."""
    n = len(evidence.alerts) - 1
    last: Alert = evidence.alerts[n][1]
    again = last.model_copy(update={"revision": last.revision + 1, "op": "update"})
    evidence.alerts.append((10**6, again))


def swap(evidence: Evidence) -> None:
    n = _an_alert(evidence, "withdrawal")
    before = next(m for m in range(n) if evidence.alerts[m][1].id == evidence.alerts[n][1].id)
    (a, first), (b, second) = evidence.alerts[before], evidence.alerts[n]
    evidence.alerts[before], evidence.alerts[n] = (a, second), (b, first)


def early(evidence: Evidence) -> None:
    evidence.alerts[:] = [(n, a.model_copy(update={"issued": NOW - timedelta(hours=1)})) for n, a in evidence.alerts]


def miss(evidence: Evidence) -> None:
    assert evidence.seen is not None
    del evidence.seen[3]


def see_twice(evidence: Evidence) -> None:
    assert evidence.seen is not None
    evidence.seen.insert(4, evidence.seen[3])


def forget_poison(evidence: Evidence) -> None:
    evidence.dead.pop()


def bury_the_good(evidence: Evidence) -> None:
    evidence.dead.append(b'{"uri": "good"}')


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        (lose, "lost"),
        (double, "doubled"),
        (under_another_id, "doubled"),
        (one_more_revision, "doubled"),
        (swap, "lost"),
        (early, "early"),
        (miss, "subscriber"),
        (see_twice, "subscriber"),
        (forget_poison, "lost"),
        (bury_the_good, "false"),
    ],
)
def test_every_kind_of_wrong_is_seen(wrong: Callable[[Evidence], None], word: str) -> None:
    """One thing changed in what is right, and it is told."""
    truth = Oracle(3, NOW).truth(35, poison=5)
    evidence = right(truth)
    wrong(evidence)
    assert word in {breach.split(":")[0] for breach in breaches(truth, evidence)}


def test_a_plain_article_in_an_alert_is_seen() -> None:
    """So is an alert about nothing that was sent."""
    truth = Oracle(3, NOW).truth(7)
    evidence = right(truth)
    plain, stranger = truth.silent[0], evidence.alerts[0][1]
    source = stranger.sources[0].model_copy(update={"uri": plain.uri, "source": plain.source})
    evidence.alerts.append((10**6, stranger.model_copy(update={"id": "p", "sources": (source,)})))
    evidence.alerts.append((10**6, stranger.model_copy(update={"id": "q", "sources": ()})))
    found = breaches(truth, evidence)
    assert sum(breach.startswith("false: ") for breach in found) == 2


def test_what_a_gap_declares_is_not_missed() -> None:
    """A subscriber may be told that something is missing."""
    truth = Oracle(3, NOW).truth(7)
    evidence = right(truth)
    assert evidence.seen is not None
    before, missed, following = evidence.seen[3:6]
    evidence.seen.remove(missed)
    evidence.gaps = [{"after": before[0], "next": following[0]}]
    assert breaches(truth, evidence) == []
