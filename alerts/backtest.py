"""The live matcher and the live desk over a file of articles, in simulated time."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from alerts.alert import Alert, Identity
from alerts.article import Article
from alerts.classify import candidate, matters
from alerts.desk import Desk
from alerts.fingerprint import content_hash, copy_keys
from alerts.rules import RuleSet
from alerts.verdict import Verdict

# Articles without a date are judged as of the one before them; a file that begins with one begins here.
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
# Longer than any quiet update waits, shorter than any story lives.
AFTERMATH = timedelta(hours=1)


def in_order(articles: Iterable[Article]) -> list[tuple[datetime, Article]]:
    """Each article with its time, by `published`; equal times keep input order."""
    timed = []
    last = BEGINNING
    for article in articles:
        last = article.published or last
        timed.append((last, article))
    return sorted(timed, key=lambda pair: pair[0])


def backtest(timed: Iterable[tuple[datetime, Article]], rules: RuleSet, desk: Desk) -> Iterator[Alert]:
    """The alert revisions that would have gone out, exactly as topic `alerts` would hold them.

    Args:
        timed: articles with their times, in order (see `in_order`).
        rules: the rule set to judge by.
        desk: a new desk.

    Timers run between articles and, at the end, until no embargo and no quiet update is pending.
    """
    seen = _Seen()
    now = embargo = BEGINNING
    for now, article in timed:
        embargo = max(embargo, article.embargoed or embargo)
        yield from _until(desk, now)
        verdict = rules.judge(article, now)
        if matters(article, verdict) and not seen.done(article):
            made = candidate(
                article,
                verdict,
                ruleset=rules.hash,
                received=now,
                classified=now,
                copy_of=seen.copy_of(article, verdict),
            )
            yield from desk.handle(made, now).alerts
    yield from _until(desk, max(now, embargo) + AFTERMATH)


def _until(desk: Desk, now: datetime) -> Iterator[Alert]:
    """Let every timer that is due by `now` run at its own time."""
    while (due := desk.next_due()) is not None and due <= now:
        yield from desk.tick(due).alerts


class _Seen:
    """What Redis would know: which versions are done, and whose text another one shares."""

    def __init__(self) -> None:
        self._done: dict[tuple[str, str, str | None], str] = {}
        self._owner: dict[str, Identity] = {}

    def done(self, article: Article) -> bool:
        key, content = (article.source, article.uri, article.version), content_hash(article)
        repeat = self._done.get(key) == content
        self._done[key] = content
        return repeat

    def copy_of(self, article: Article, verdict: Verdict) -> Identity | None:
        if not verdict.fires:
            return None
        me = Identity(source=article.source, uri=article.uri)
        owners = [self._owner.setdefault(key, me) for key in copy_keys(article)]
        return next((owner for owner in owners if owner != me), None)
