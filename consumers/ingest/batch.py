"""Many articles in one body: split so that a bad one never spoils the others."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic_core import from_json

from alerts.article import Article, InvalidArticle

_BOM = b"\xef\xbb\xbf"
_MOST_DIGITS = 1000
MOST_ITEMS = 100_000


class TooMany(ValueError):
    """More articles in one body than are answered one by one."""

    def __init__(self) -> None:
        super().__init__(f"more than {MOST_ITEMS:,} articles in one body; send fewer at a time")


@dataclass(frozen=True, slots=True)
class Item:
    """One article of a body, or why it is none; `index` counts from 0 as the sender wrote them."""

    index: int
    article: Article | InvalidArticle


def json_items(data: bytes) -> Iterator[Item]:
    """The articles of a JSON body: one object, or an array.

    Raises:
        InvalidArticle: nothing in it could be read.
        TooMany: before the first one is given.
    """
    data = data.removeprefix(_BOM)
    if data.lstrip()[:1] != b"[":
        yield Item(0, _parsed(data))
        return
    documents = array(data)
    if len(documents) > MOST_ITEMS:
        raise TooMany
    for index, document in enumerate(documents):
        try:
            yield Item(index, Article.from_mapping(document))
        except InvalidArticle as exc:
            yield Item(index, exc)


def line_items(data: bytes) -> Iterator[Item]:
    """The articles of a JSON lines body; blank lines are skipped and not counted.

    Raises:
        TooMany: before the first one is given; here blank lines count.
    """
    if data.count(b"\n") + data.count(b"\r") > 2 * MOST_ITEMS:  # \r\n ends one line
        raise TooMany
    lines = (line for line in data.removeprefix(_BOM).splitlines() if line.strip())
    for index, line in enumerate(lines):
        yield Item(index, _parsed(line))


def _parsed(data: bytes) -> Article | InvalidArticle:
    try:
        return Article.from_json(data)
    except InvalidArticle as exc:
        return exc


def array(data: bytes) -> list[Any]:
    """The items of a JSON array.

    Our usual parser refuses a whole document for one lone surrogate, NaN, number of thousands of digits or broken UTF-8
    sequence in it. Then Python's own, which lets them through (as surrogates, as infinite), has a second try, so that
    only that item is refused.

    Raises:
        InvalidArticle: it is not a JSON array.
    """
    try:
        items = from_json(data, allow_inf_nan=False)
    except ValueError as exc:
        items = _tolerant(data, exc)
    if not isinstance(items, list):
        raise InvalidArticle("not a JSON array", reason="json")
    return items


def _tolerant(data: bytes, first: ValueError) -> Any:
    try:
        return json.loads(data.decode(errors="surrogateescape"), parse_constant=float, parse_int=_whole)
    except (ValueError, RecursionError):
        raise InvalidArticle(f"not JSON: {first}", reason="json") from None


def _whole(digits: str) -> int | float:
    """Python refuses to read a number of more than 4,300 digits."""
    return int(digits) if len(digits) <= _MOST_DIGITS else float(digits)
