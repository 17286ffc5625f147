"""Reads the sample wire and dates it.

`wire.jsonl` holds one item a line:

- `at`: seconds after the start at which it is sent;
- `article`: an Article without dates; its `uri` gets the run's mark, so that every run is new to the system;
- `embargo`: seconds after the start until which the article is embargoed;
- `id` names a line, and `again` sends the very bytes of the line so named once more;
- `expect`: how the default rules should take it: `alert`, `quiet` (also a look-alike), `retraction` or `embargoed`;
- `raw`: text that is sent as it is, to show what becomes of a broken article.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.resources import files
from typing import Any

from pydantic_core import from_json

from alerts.article import Article

# Agencies publish a moment before we hear of it.
_AGE = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Item:
    """One record: when it is sent, in seconds after the start, and what."""

    at: float
    key: bytes
    value: bytes


def lines() -> list[dict[str, Any]]:
    """The wire as it stands in the package, in order of `at`."""
    text = files(__package__).joinpath("wire.jsonl").read_bytes()
    return [from_json(line) for line in text.splitlines() if line.strip()]


def items(start: datetime, run: str, *, speed: float = 1.0) -> Iterator[Item]:
    """The records of one run.

    Args:
        start: when the first item is sent.
        run: put behind every uri as a fragment.
        speed: the wire's seconds are so many times shorter.
    """
    sent: dict[str, Item] = {}
    for line in lines():
        at = line["at"] / speed
        if "again" in line:
            earlier = sent[line["again"]]
            item = Item(at, earlier.key, earlier.value)
        elif "raw" in line:
            item = Item(at, b"broken", line["raw"].encode())
        else:
            item = _item(line, at, start, run, speed)
        if "id" in line:
            sent[line["id"]] = item
        yield item


def _item(line: dict[str, Any], at: float, start: datetime, run: str, speed: float) -> Item:
    sent = start + timedelta(seconds=at)
    embargo = line.get("embargo")
    article = Article.from_mapping(
        {
            **line["article"],
            "uri": f"{line['article']['uri']}#{run}",
            "published": sent - _AGE,
            "received": sent,
            "embargoed": start + timedelta(seconds=embargo / speed) if embargo is not None else None,
        }
    )
    return Item(at, article.uri.encode(), article.to_json())
