"""Which of the day's alerts a draft adds and which it takes away: two backtests over the same articles."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from alerts.article import Article
from alerts.backtest import backtest
from alerts.comparison import Comparison, Run, compare
from alerts.desk import Desk
from alerts.lab.tail import Entry
from alerts.lab.trial import Tell, Trial, known
from alerts.rules import RuleSet
from alerts.verdict import Outcome, Verdict

DAY = timedelta(hours=24)
MOST = 2_500
"""Articles that a desk is asked about in one run (some seconds); of more, the newest are taken, and it is told."""
_STEP = 100

Ask = Callable[[Entry], Verdict]


@dataclass(frozen=True, slots=True)
class Effect:
    """What changes.

    Attributes:
        comparison: of the set in force with the draft.
        since: when the first article came in that both were asked about; None without any.
        articles: how many both were asked about.
        cut: there were more than could be asked about.
    """

    comparison: Comparison
    since: datetime | None
    articles: int
    cut: bool


class Snapshot:
    """The tail at one moment, and what the set in force makes of its last day, worked out once.

    Attributes:
        articles: all of them, oldest first.
        entries: those of the last 24 hours.
        rules: the set in force.
    """

    def __init__(self, entries: Sequence[Entry], rules: RuleSet, now: datetime) -> None:
        self.rules = rules
        self.articles = list(entries)
        self.entries = [entry for entry in entries if entry.received > now - DAY]
        self._run: tuple[datetime | None, Run] | None = None

    def run(self, since: datetime | None, tell: Tell) -> Run:
        """The alerts by the set in force."""
        if self._run is None or self._run[0] != since:
            ask = self._ask
            self._run = since, _run(_since(relevant(self.entries, ask), since), ask, self.rules.hash, "before", tell)
        return self._run[1]

    def judged(self, tell: Tell) -> None:
        """Have every article judged by the set in force."""
        for number, entry in enumerate(self.entries):
            if number % _STEP == 0:
                tell("judged", number, len(self.entries))
            known(entry, self.rules)

    def _ask(self, entry: Entry) -> Verdict:
        return known(entry, self.rules)


def effect(snapshot: Snapshot, trial: Trial, tell: Tell) -> Effect:
    """What a draft changes, after `Trial.fired` has gone through all articles of the snapshot."""
    snapshot.judged(tell)

    def before(entry: Entry) -> Verdict:
        return known(entry, snapshot.rules)

    def after(entry: Entry) -> Verdict:
        return trial.after.get(id(entry.article)) or before(entry)

    entries = snapshot.entries
    asked = relevant(entries, after)
    cut = [part[-MOST].received for part in (relevant(entries, before), asked) if len(part) > MOST]
    if trial.since is not None:
        cut.append(trial.since)
    since = max(cut, default=None)
    was = snapshot.run(since, tell)
    would_be = _run(_since(asked, since), after, trial.draft.rules.hash, "after", tell)
    window = _since(entries, since)
    return Effect(compare(was, would_be), window[0].received if window else None, len(window), bool(cut))


def relevant(entries: Sequence[Entry], ask: Ask) -> list[Entry]:
    """The articles that a desk does something with; of all others it would say that it does not know them."""
    news = [entry for entry in entries if _is_news(entry.article, ask(entry))]
    items = {entry.article.identity for entry in news}
    return [entry for entry in entries if entry.article.identity in items]


def _is_news(article: Article, verdict: Verdict) -> bool:
    plain = article.pubstatus == "usable" and article.signal is None
    return not plain or verdict.fires or verdict.outcome is Outcome.RETRACTION


def _since(entries: Sequence[Entry], since: datetime | None) -> list[Entry]:
    return [entry for entry in entries if since is None or entry.received >= since]


@dataclass(frozen=True, slots=True)
class _Judge:
    """Verdicts that were given before, for the backtest."""

    hash: str
    verdicts: dict[int, Verdict]

    def judge(self, article: Article, _now: datetime) -> Verdict:
        return self.verdicts[id(article)]


def _run(entries: Sequence[Entry], ask: Ask, ruleset: str, what: str, tell: Tell) -> Run:
    judge = _Judge(ruleset, {id(entry.article): ask(entry) for entry in entries})

    def timed() -> Iterator[tuple[datetime, Article]]:
        for number, entry in enumerate(entries):
            if number % _STEP == 0:
                tell(what, number, len(entries))
            yield entry.received, entry.article

    return Run(backtest(timed(), judge, Desk()))
