from datetime import UTC, datetime, timedelta

import pytest

from alerts.article import Article
from consumers.retime import Pace, moved, until

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def make_article(minutes: float | None = 0, **dates: datetime) -> Article:
    published = None if minutes is None else NOON + timedelta(minutes=minutes)
    return Article(uri="u", headline="h", source="s", published=published, **dates)


def test_dates_move_together() -> None:
    """An embargo keeps its distance from publication."""
    article = moved(make_article(embargoed=NOON + timedelta(hours=1)), timedelta(days=2))
    assert article.published == NOON + timedelta(days=2)
    assert article.embargoed == NOON + timedelta(days=2, hours=1)


def test_unknown_dates_stay_unknown() -> None:
    """An article without a date does not get one."""
    assert moved(make_article(None), timedelta(days=2)) == make_article(None)


def test_the_newest_article_ends_now() -> None:
    """Undated ones have no say, and alone nothing moves."""
    assert until([make_article(0), make_article(30), make_article(None)], NOON) == timedelta(minutes=-30)
    assert until([make_article(None)], NOON) == timedelta(0)


@pytest.mark.parametrize(("speed", "dues"), [(1.0, [0.0, 60.0, 60.0, 60.0, 180.0]), (60.0, [0.0, 1.0, 1.0, 1.0, 3.0])])
def test_speed_keeps_the_articles_own_time(speed: float, dues: list[float]) -> None:
    """One without a date, or out of order, goes with the one before it."""
    pace = Pace(speed=speed)
    assert [pace.due(make_article(minutes)) for minutes in (0, 1, None, 0.5, 3)] == dues


def test_rate_ignores_the_articles_time() -> None:
    """So many a second."""
    pace = Pace(rate=4)
    assert [pace.due(make_article(minutes)) for minutes in (0, 100, 7)] == [0.0, 0.25, 0.5]
