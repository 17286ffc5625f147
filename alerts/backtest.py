"""The live matcher and the live desk over a file of articles, in simulated time."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Protocol

from alerts.alert import Alert
from alerts.article import Article
from alerts.classify import candidate, matters
from alerts.copies import Claim, Memory
from alerts.desk import Desk
from alerts.verdict import Verdict

# Articles without a date are judged as of the one before them; a file that begins with one begins here.
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
# So long at least the desk goes on after the last article: shorter than any story lives.
AFTERMATH = timedelta(hours=1)


def in_order(articles: Iterable[Article]) -> list[tuple[datetime, Article]]:
    """Each article with its time, by `published`; equal times keep input order."""
    timed = []
    last = BEGINNING
    for article in articles:
        last = article.published or last
        timed.append((last, article))
    return sorted(timed, key=lambda pair: pair[0])


class Judge(Protocol):
    """A rule set, or verdicts that one has given before."""

    @property
    def hash(self) -> str:
        """The rule set's."""

    def judge(self, article: Article, now: datetime, /) -> Verdict:
        """What it says of an article."""


def backtest(timed: Iterable[tuple[datetime, Article]], rules: Judge, desk: Desk) -> Iterator[Alert]:
    """The alert revisions that would have gone out, exactly as topic `alerts` would hold them.

    Args:
        timed: articles with their times, in order (see `in_order`).
        rules: the rule set to judge by.
        desk: a new desk.

    Timers run between articles and, at the end, until no embargo, no quiet update and no cooldown is pending.
    """
    seen = Memory()
    now = embargo = BEGINNING
    aftermath = max(AFTERMATH, desk.patience)
    for now, article in timed:
        embargo = max(embargo, article.embargoed or embargo)
        yield from _until(desk, now)
        verdict = rules.judge(article, now)
        if not matters(article, verdict):
            continue
        claim = Claim.of(article, now, copies=verdict.fires)
        answer = seen.check(claim)
        if not answer.done:
            seen.confirm(claim)
            aftermath = max([aftermath, *(timedelta(seconds=match.cooldown or 0) for match in verdict.matches)])
            made = candidate(
                article,
                verdict,
                ruleset=rules.hash,
                received=now,
                classified=now,
                content=claim.content,
                copy_of=answer.copy_of,
            )
            yield from desk.handle(made, now).alerts
    yield from _until(desk, max(now, embargo) + aftermath)


def _until(desk: Desk, now: datetime) -> Iterator[Alert]:
    """Let every timer that is due by `now` run at its own time."""
    while (due := desk.next_due()) is not None and due <= now:
        yield from desk.tick(due).alerts
