"""Anchors: the numbers and names of a text, which a copy keeps and a template changes."""

import re
from collections.abc import Iterable
from importlib.resources import files
from zlib import crc32

import yaml

from alerts.text import fold

_DATA: dict[int, str] = yaml.safe_load(files("alerts.copies").joinpath("numerals.yaml").read_text(encoding="utf-8"))
_NUMERALS = {word.encode(): str(value) for value, words in _DATA.items() for word in words.split()}
_NUMBER = re.compile(r"\d+(?:[.,/:-]\d+)*")
_THOUSANDS = re.compile(r"(?<=\d)[.,](?=\d{3}(?!\d))")
_TOKEN = re.compile(r"[^\W\d_]{2,}")


def numbers(text: str, words: Iterable[bytes]) -> list[str]:
    """Every number of a text, `1,500` as `1500`, `seven` as `7`; a second 7 is `7#1`, so that counts count.

    Args:
        text: as written.
        words: the same text's folded words.
    """
    found = [_THOUSANDS.sub("", number) if len(number) > 4 else number for number in _NUMBER.findall(text)]
    found += filter(None, map(_NUMERALS.get, words))
    distinct = set(found)
    if len(distinct) == len(found):
        return found
    return [f"{number}#{n}" if n else number for number in distinct for n in range(found.count(number))]


def names(text: str) -> set[str]:
    """Words that a text writes with a capital and never without: people, places, companies; folded.

    In a text all in capitals that is every word, which makes the comparison strict there; in a script without
    capitals none, and numbers and likeness must do.
    """
    tokens = set(_TOKEN.findall(text))
    small = {token for token in tokens if token[0].islower()}
    return {fold(token).data.decode().strip() for token in tokens if token[0].isupper() and token.lower() not in small}


def smallest(items: Iterable[str], limit: int) -> tuple[int, ...]:
    """16-bit hashes of a set, the `limit` smallest in order: of two sets the same part is kept, so they compare."""
    return tuple(sorted({crc32(item.encode("utf-8", "surrogatepass")) >> 16 for item in items})[:limit])
