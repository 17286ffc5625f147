"""Dates that a text names with their year, and the date that it bears: as ordinals, both readings of an unclear one."""

import re
from collections.abc import Iterator
from datetime import date, datetime

from alerts.article import Article
from alerts.desk.events.lexicon import telling

APART = 4
"""Days by which two dates may differ and be one: zones, a text's own date and its last change, ..."""

_MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTHS = {name: n for n, name in enumerate(_MONTH_NAMES, 1)}
_MONTH = rf"({'|'.join(_MONTHS)})[a-z]*\.?"
_DATE = re.compile(
    rf"\b(?:{_MONTH}\s(\d{{1,2}})(?:st|nd|rd|th)?,?\s?(\d{{4}})|(\d{{1,2}})(?:st|nd|rd|th)?\s{_MONTH},?\s?(\d{{4}})"
    r"|(\d{4})-(\d\d)-(\d\d))\b",
    re.IGNORECASE,
)
# In running text figures like these may be anything: a score, a price, a part number.
_FIGURES = re.compile(
    r"(?<!\d)(\d{1,2})\s?[/.]\s?(\d{1,2})\s?[/.]\s?(\d{4}|\d{2})(?!\d)|(\d{4})\s?-\s?(\d\d)\s?-\s?(\d\d)"
)
_CENTURY = 2000

_HEAD, _LINE, _TELLING = 400, 80, 1
"""A line that dates a text begins in its first 400 characters, has 80 at most, and tells nothing else: one word may be
a writer's, an agency's or a town's."""
_MAYBE = re.compile(r"\d{4}|\d\s?[/.]\s?\d\d?\s?[/.]\s?\d")
"""What each date has, found soon: most texts have none in their first lines."""
_END = re.compile(r"(?:\d|\w{3})\.\s*$|[,;]\s*$")
"""How the end of a sentence looks, or a part of one: lines of a text that was wrapped."""


def named(text: str) -> Iterator[int]:
    """Dates written with their year, in English or as ISO 8601 has them."""
    for found in _DATE.finditer(text):
        month, day, year, day2, month2, year2, iso_year, iso_month, iso_day = found.groups()
        number = _MONTHS.get((month or month2 or "").lower()) or int(iso_month or 0)
        yield from _ordinal(year or year2 or iso_year, number, day or day2 or iso_day)


def borne(article: Article, received: datetime | None) -> frozenset[int]:
    """The dates of the lines that date the text, where it came with another: an old page in a feed without dates.

    Args:
        article: the first lines of its texts count.
        received: when it reached us, if that is known.
    """
    latest = article.published.toordinal() + APART if article.published is not None else date.max.toordinal()
    came = [moment.toordinal() for moment in (article.published, received) if moment is not None]
    texts = (f"{article.headline}\n{article.description or ''}", article.body_text)
    found = {day for text in texts for line in _first_lines(text) for day in _of_line(line)}
    return frozenset(day for day in found if day <= latest and all(abs(day - at) > APART for at in came))


def _first_lines(text: str) -> Iterator[str]:
    head, at = text[: _HEAD + _LINE], 0
    for line in head.split("\n") if _MAYBE.search(head) else ():
        if at > _HEAD:
            return
        yield line
        at += len(line) + 1


def _of_line(line: str) -> Iterator[int]:
    """The dates of a line that has hardly anything else."""
    if len(line) > _LINE or not _MAYBE.search(line) or _END.search(line):
        return
    rest = _FIGURES.sub(" ", _DATE.sub(" ", line))
    if rest != line and len(telling(rest)) <= _TELLING:
        yield from named(line)
        yield from _in_figures(line)


def _in_figures(line: str) -> Iterator[int]:
    """28/04/2009, 28.04.09, 04/28/2009; a date that may be read with the day or the month first is taken both ways."""
    for one, two, short, year, month, day in _FIGURES.findall(line):
        if year:
            yield from _ordinal(year, int(month), day)
        else:
            whole = short if len(short) > 2 else str(_CENTURY + int(short))
            yield from _ordinal(whole, int(two), one)
            yield from _ordinal(whole, int(one), two)


def _ordinal(year: str, month: int, day: str) -> Iterator[int]:
    """None where the calendar has no such day."""
    try:
        yield date(int(year), month, int(day)).toordinal()
    except ValueError:
        return
