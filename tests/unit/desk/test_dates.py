"""The date that a text bears, where it came with another: an old page in a feed that gives no dates."""

from datetime import UTC, date, datetime

import pytest
from unit.desk.factories import NOON, make_candidate

from alerts.article import Article
from alerts.desk.events import Events, Signature, features_of
from alerts.desk.events.dates import borne

OLD = date(2012, 7, 8).toordinal()
FIGHT = (
    "The champion Ivo Maric stopped his challenger Ben Adair in the sixth round in Zagreb to keep both of his titles."
)
SECOND = "In the sixth round Ben Adair went down in Zagreb, and the titles stay with Ivo Maric, champion for six years."


def dates(body: str, **fields: object) -> set[date]:
    """The dates that a text bears which reached us today."""
    article = Article.model_validate({"uri": "1", "source": "s", "headline": "A fight", "body_text": body, **fields})
    return {date.fromordinal(day) for day in borne(article, NOON)}


@pytest.mark.parametrize(
    "line",
    [
        "July 8, 2012",
        "Posted: Jul 08, 2012 7:40 PM ET",
        "8th July 2012 Last updated at 22:46 GMT",
        "SUNDAY, JULY 8, 2012 | 5:00 PM",
        "2012-07-08",
        "Опубликовано 08.07.2012, 10:30",
        "Publié le 8/7/2012 à 10h30",
        "NTB | July 8, 2012",
    ],
)
def test_a_line_dates_a_text(line: str) -> None:
    assert date(2012, 7, 8) in dates(f"{line}\n{FIGHT}")
    assert date(2012, 7, 8) in dates(FIGHT, headline=line)
    assert date(2012, 7, 8) in dates(FIGHT, description=f"{line}\n{FIGHT}")


@pytest.mark.parametrize(
    "text",
    [
        "The champion won his first title on July 8, 2012, in the same hall.",
        "He has kept his titles since a fight\nagainst another Dane on\nJuly 8, 2012.",
        "The bond that pays for the hall is\ndue March 30, 1990, paying nine pct and\nwas sold last year.",
        "Kick-off 8.7.12 tonight, doors and bars open",
        "February 30, 2012",
        f"{FIGHT}\n" * 5 + "July 8, 2012",
    ],
    ids=["sentence", "last line of a paragraph", "wrapped", "other words", "no such day", "far down"],
)
def test_other_lines_do_not(text: str) -> None:
    assert not dates(text)


def test_a_date_in_figures_may_be_read_both_ways() -> None:
    assert dates("08/07/2012") == {date(2012, 7, 8), date(2012, 8, 7)}
    assert dates("04/28/09") == {date(2009, 4, 28)}


def test_the_date_that_a_text_came_with_tells_nothing() -> None:
    """Nor one ahead of when it was published: that is something else's."""
    assert not dates("March 1, 2026")
    assert not dates("July 8, 2012", published="2012-07-07T22:00:00Z")
    assert not dates("July 8, 2012", published="2011-12-24T12:00:00Z")
    assert dates("July 8, 2012", published=NOON)
    article = Article.model_validate({"uri": "1", "source": "s", "headline": "July 8, 2012"})
    assert borne(article, None) == {OLD}
    assert not borne(article, datetime(2012, 7, 9, tzinfo=UTC))


def score(first: str, second: str) -> float:
    """How sure a desk is that two undated texts are of one event."""
    events = Events()
    known, report = (
        features_of(make_candidate(headline="Maric keeps titles", body_text=text, published=None, regions=()))
        for text in (first, second)
    )
    events.put("story", Signature.of(known, events.weigh(known)), NOON)
    found = events.find(report, events.weigh(report), NOON)
    return found.score if found is not None else 0.0


def test_an_old_page_is_less_likely_what_others_report_today() -> None:
    dated = f"Sunday, July 8, 2012\n{SECOND}"
    assert 0 < score(FIGHT, dated) < 0.7 * score(FIGHT, SECOND)
    assert 0 < score(dated, FIGHT) < 0.7 * score(SECOND, FIGHT)


def test_two_old_pages_of_one_day_are_likelier_of_one_event() -> None:
    one, other = f"Sunday, July 8, 2012\n{FIGHT}", f"Posted July 9, 2012\n{SECOND}"
    assert score(one, other) > 1.5 * score(FIGHT, SECOND)
    assert score(one, f"Posted July 9, 2011\n{SECOND}") < 0.7 * score(FIGHT, SECOND)


def test_pages_of_one_season_may_be_of_one_event() -> None:
    """A page bears the date of its last change, and a case goes on for weeks."""
    one, later, years = (f"Posted {day}\n" for day in ("July 8, 2012", "August 20, 2012", "August 20, 2009"))
    assert score(one + FIGHT, years + SECOND) < 0.7 * score(one + FIGHT, later + SECOND)


def test_a_story_knows_the_dates_of_all_its_reports() -> None:
    events = Events()
    plain, dated = (
        features_of(make_candidate(body_text=body, published=None)) for body in (FIGHT, f"July 8, 2012\n{FIGHT}")
    )
    weights = events.weigh(plain)
    story = Signature.of(plain, weights).joined(dated, weights).joined(plain, weights)
    assert story.dated == (OLD,)
