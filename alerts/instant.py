"""Date-times as publishers must write them: RFC 3339 with an offset, read into UTC.

Numbers are refused, since nobody can tell seconds from milliseconds; so is a time without an offset, since nobody
can tell whose clock it was.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator

_RFC3339 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})?"
)
_YEARS = range(1900, 2101)
AHEAD = timedelta(minutes=10)
"""Clocks may differ by so much; a date further ahead is a mistake."""


def instant(text: str) -> datetime:
    """Read an RFC 3339 date-time (https://www.rfc-editor.org/rfc/rfc3339#section-5.6).

    As the RFC allows, `t`, `z` and a space between date and time are accepted; a leap second counts as the one
    before it, and digits beyond microseconds are dropped.

    Returns:
        The instant in UTC.

    Raises:
        ValueError: it is something else, has no offset, or lies outside the years 1900 to 2100; the text says which.
    """
    shape = _RFC3339.fullmatch(text)
    if shape is None:
        raise ValueError("must be an RFC 3339 date-time, such as 2026-05-01T09:30:00Z")
    if shape[1] is None:
        raise ValueError("needs an offset, such as Z or +06:00")
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        value = _unusual(text.upper())
    return in_our_era(value)


def believable(published: datetime | None, received: datetime | None) -> datetime | None:
    """When something came out, as far as that can be believed: what is dated far ahead came out as it reached us.

    Else nothing that its publisher sends in time could ever replace it, not even a kill.
    """
    if published is None or received is None or published <= received + AHEAD:
        return published
    return received


def _unusual(text: str) -> datetime:
    """What RFC 3339 allows and Python does not read: lower-case letters and 23:59:60."""
    if text[17:19] == "60":
        text = f"{text[:17]}59{text[19:]}"
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("is not a time that exists in the calendar") from None


def in_our_era(value: datetime) -> datetime:
    """The same instant in UTC.

    Raises:
        ValueError: it has no offset, or lies outside the years 1900 to 2100 (counted in UTC, so that what was
            accepted once is accepted again after a round trip).
    """
    if value.tzinfo is not UTC:
        if value.utcoffset() is None:
            raise ValueError("needs an offset, such as Z or +06:00")
        try:
            value = value.astimezone(UTC)
        except OverflowError:
            raise ValueError(f"year {value.year} cannot be right") from None
    if value.year not in _YEARS:
        raise ValueError(f"year {value.year} cannot be right")
    return value


def _instant(value: Any) -> Any:
    if isinstance(value, str):
        return instant(value)
    if isinstance(value, datetime):
        return in_our_era(value)
    raise ValueError("must be an RFC 3339 date-time in text")


def _optional_instant(value: Any) -> Any:
    """Blank text is how many systems write "none"."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    return _instant(value)


Instant = Annotated[datetime, BeforeValidator(_instant)]
OptionalInstant = Annotated[datetime | None, BeforeValidator(_optional_instant)]
