"""Old articles as if they came in now: dates moved, and when to send each."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from alerts.article import Article


def moved(article: Article, by: timedelta, **others: datetime) -> Article:
    """The article with `published` and `embargoed` moved by the same time, and `others` set; unknown stays unknown."""
    dates = {"published": article.published, "embargoed": article.embargoed} if by else {}
    changes = {name: date + by for name, date in dates.items() if date is not None}
    return article.model_copy(update={**changes, **others})


def until(articles: Iterable[Article], now: datetime) -> timedelta:
    """By how much to move so that the newest of the articles is published `now`; nothing if none has a date."""
    newest = max((a.published for a in articles if a.published is not None), default=now)
    return now - newest


class Pace:
    """When each article of a sequence is due, in seconds after the first.

    With `speed` the sequence's own time runs that many times faster; with `rate` so many articles go out a second;
    with neither all are due at once. An article without a date, or older than the one before it, is due with it.
    """

    def __init__(self, *, speed: float | None = None, rate: float | None = None) -> None:
        self._speed = speed
        self._rate = rate
        self._count = 0
        self._first: datetime | None = None
        self._due = 0.0

    def due(self, article: Article) -> float:
        """Seconds after the first article at which this one, the next in the sequence, goes out."""
        if self._rate is not None:
            self._due = self._count / self._rate
        elif self._speed is not None and article.published is not None:
            self._first = self._first or article.published
            self._due = max(self._due, (article.published - self._first).total_seconds() / self._speed)
        self._count += 1
        return self._due
