"""What words tell of an event: nothing (`stop`), little (`common`), its kind, or which one it is (all others).

Words are compared by their first letters, after the ending of a plural in Latin script: that finds `resigns`, `Kenyan`
and the cases of Russian or Turkish alike, and needs to know no language (McNamee and Mayfield, 2004, found truncation
as good as stemmers in most languages).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from itertools import pairwise
from typing import Any

import yaml

from alerts.text import fold

_DATA: dict[str, Any] = yaml.safe_load(files("alerts.desk.events").joinpath("lexicon.yaml").read_text(encoding="utf-8"))
_STEM = 6
_SHORTEST = 2
_ARABIC_ARTICLE = "ال"


def _folded(text: str) -> list[str]:
    return fold(text).data.decode().split()


def _words(name: str) -> frozenset[str]:
    return frozenset(word for text in _DATA[name].values() for word in _folded(text))


_STOP, _COMMON = _words("stop"), _words("common")
_DATING = _STOP | _COMMON | _words("dating")
_EXACT: dict[str, str] = {}
_BEGINNINGS: dict[str, str] = {}
_PHRASES: dict[str, str] = {}
"""Words of scripts without spaces, which fold to one character each."""
for _kind, _entry in _DATA["kinds"].items():
    for _word in _entry["words"].split():
        _parts = _folded(_word.rstrip("*"))
        if len(_parts) > 1:
            _PHRASES["".join(_parts)] = _kind
        else:
            (_BEGINNINGS if _word.endswith("*") else _EXACT)[_parts[0]] = _kind

ACTS = frozenset(kind for kind, entry in _DATA["kinds"].items() if entry.get("act"))
"""Kinds of events, rather than of what follows from them."""
SUDDEN = frozenset(kind for kind, entry in _DATA["kinds"].items() if entry.get("sudden"))
"""Events of which there can be another one at the same place within hours."""


@dataclass(frozen=True, slots=True)
class Term:
    """One word as it is compared.

    Attributes:
        key: equal for words that count as the same.
        kind: the kind of event that it names, if it names one.
        common: whether it tells little.
    """

    key: str
    kind: str | None = None
    common: bool = False


@lru_cache(maxsize=65_536)
def terms(word: str) -> tuple[Term, ...]:
    """What a word of a text counts as; a run of a script without spaces is as many as it has pairs of characters."""
    parts = _folded(word)
    if len(parts) == 1:
        return tuple(_terms(parts[0]))
    if word.isascii() or len(parts[0]) > _SHORTEST:
        return tuple(term for part in parts for term in _terms(part))
    run = "".join(parts)
    named = [Term(f"!{kind}", kind) for phrase, kind in _PHRASES.items() if phrase in run]
    return (*named, *(Term(one + other) for one, other in pairwise(parts)))


def telling(text: str) -> list[str]:
    """Words that are about something: neither stop words, nor common ones, nor what stands beside a text's date."""
    return [word for word in _folded(text) if len(word) > 1 and word.isalpha() and word not in _DATING]


def _terms(word: str) -> Iterator[Term]:
    if word in _STOP or len(word) < _SHORTEST or word[0].isdecimal():
        return
    kind = _kind_of(word)
    if kind is not None:
        yield Term(f"!{kind}", kind)
    else:
        yield Term(_stem(word), common=word in _COMMON)


def _kind_of(word: str) -> str | None:
    if (exact := _EXACT.get(word)) is not None:
        return exact
    if word.startswith(_ARABIC_ARTICLE) and len(word) > len(_ARABIC_ARTICLE) + _SHORTEST:
        return _kind_of(word.removeprefix(_ARABIC_ARTICLE))
    return next((_BEGINNINGS[word[:n]] for n in range(len(word), 2, -1) if word[:n] in _BEGINNINGS), None)


def _stem(word: str) -> str:
    if word.isascii() and len(word) > 3:
        if word.endswith("ies"):
            word = word[:-3] + "y"
        elif word.endswith("s") and not word.endswith("ss"):
            word = word[:-1]
    return word[:_STEM]
