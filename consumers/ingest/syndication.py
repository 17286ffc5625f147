"""RSS and Atom entries as articles."""

import calendar
import io
import re
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import feedparser

from alerts.text import html_to_text

_REFERENCE = re.compile(rb"&#(?:[xX]([0-9a-fA-F]+)|([0-9]+));?")
_MOST = 0x110000


def articles(data: bytes, *, source: str | None = None) -> Iterator[dict[str, Any]]:
    """The entries of a feed document, with the field names of an Article; what an entry lacks is left out.

    `published` counts before `updated`: a typo mended in an old entry must not make it fresh news.

    Args:
        data: the feed as it came: RSS 0.9 to 2.0, RDF, or Atom, in any encoding it declares.
        source: the publisher; absent, the feed's title, else the domain of the feed or of the entry.
    """
    # resolve_relative_uris and sanitize_html cost time; html_to_text drops what they would clean.
    data = _REFERENCE.sub(_sayable, data)
    parsed = feedparser.parse(io.BytesIO(data), resolve_relative_uris=False, sanitize_html=False)
    for entry in parsed.entries:
        yield {name: value for name, value in _fields(entry, parsed.feed, source).items() if value}


def _sayable(reference: re.Match[bytes]) -> bytes:
    """A reference to a character that does not exist becomes U+FFFD: feedparser would give up the whole feed for it."""
    digits, base = (reference[1], 16) if reference[1] else (reference[2], 10)
    number = int(digits, base) if len(digits) < 12 else _MOST
    return b"&#xFFFD;" if number >= _MOST or 0xD800 <= number < 0xE000 else reference[0]


def _fields(entry: dict[str, Any], feed: Mapping[str, Any], source: str | None) -> dict[str, Any]:
    link = _text(entry.get("link"))
    summary, content = html_to_text(_text(entry.get("summary"))), _content(entry)
    return {
        "uri": _text(entry.get("id")) or link,
        "headline": html_to_text(_text(entry.get("title"))),
        # Without a separate content the summary is all there is: the lead.
        "description": summary,
        "body_text": content if content != summary else "",
        "source": source or _text(feed.get("title")) or _domain(_text(feed.get("link"))) or _domain(link),
        "url": link,
        "byline": _text(entry.get("author")),
        "language": _text(entry.get("language")) or _text(feed.get("language")),
        "published": _published(entry),
        "subject": [text for tag in entry.get("tags") or () if (text := _text(tag.get("term")))],
    }


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""


def _content(entry: Mapping[str, Any]) -> str:
    """The longest of the entry's contents, as text."""
    return max((html_to_text(_text(part.get("value"))) for part in entry.get("content") or ()), key=len, default="")


def _domain(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def _published(entry: dict[str, Any]) -> str | None:
    # dict.get: feedparser's own would answer for one name with the other, and warn about it.
    return _instant(dict.get(entry, "published_parsed")) or _instant(dict.get(entry, "updated_parsed"))


def _instant(parsed: time.struct_time | None) -> str | None:
    """The UTC tuple of feedparser as RFC 3339; a date it read wrongly (year 0, month 13) is no date."""
    if parsed is None:
        return None
    try:
        moment = datetime.fromtimestamp(calendar.timegm(parsed), UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return moment.isoformat() if 1900 < moment.year < 2100 else None
