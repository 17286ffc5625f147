"""Stems with `*` that run into other words: `war*` is in *warm* and *warehouse*, `мин*` in *министр* and *минута*.

A short list of common words in some languages (words.yaml) shows which. Endings of the stem itself are meant, so they
do not count; of a very short stem, everything that is no plain ending does.
"""

from bisect import bisect_left
from collections.abc import Iterable
from functools import lru_cache
from importlib.resources import files

import yaml

from alerts.rules.expression import Term
from alerts.text import fold

_SHORT = 3
"""So few letters are no stem: what follows is more often another word than an ending."""
_LONGEST = {"en": 6}
_LONGEST_ELSEWHERE = 4
"""From here on, a stem in an inflected language is its own word, as far as our list can tell."""

_PLAIN = {"", "s", "es", "ed", "d", "ing", "er", "ers", "r", "rs", "or", "ors", "e"}
_ENDINGS = {
    "en": _PLAIN
    | {"ion", "ions", "ation", "ive", "ment", "ments", "ly", "al", "ally", "able", "ist", "ists", "ism", "ity", "y"}
    | {"ies", "ied", "ful", "less", "ness", "ance", "ence", "ant", "ants", "ent", "ship", "ure", "age", "like", "hood"}
    | {"ate", "ial", "ous", "ian", "ians", "ary", "ery", "man", "men", "dom"},
    "ru": set("аяоёеыиуюйьъ") | {"ов", "ев", "ей", "ам", "ям", "ом", "ем", "ах", "ях", "ой", "ый", "ий", "ая", "ое"}
    | {"ые", "ого", "ому", "ым", "ых", "ик", "ец", "ник", "ный", "ать", "ить", "ами", "ями", "ка", "ки", "ство"},
    "uk": set("аяоеєиіїуюйь") | {"ів", "ам", "ям", "ом", "ем", "ах", "ях", "ій", "ий", "ого", "ому"}
    | {"ами", "ник", "ка"},
}  # fmt: skip
_ROMANCE = set("aeios") | {"as", "os", "es", "ar", "er", "ir", "ado", "ada", "ando", "ero", "eros", "ier", "ée", "és"}


def runs_into(term: Term, languages: Iterable[str] = ()) -> list[str]:
    """Common words that a stem matches and hardly means, shortest first.

    Args:
        term: of a rule; only a single word with `*` can have any.
        languages: those of the rule; none for all.
    """
    stem = term.words
    if not term.prefix or " " in stem or term.exact is not None:
        return []
    wanted = {tag.partition("-")[0].casefold() for tag in languages}
    found = {
        word
        for language, words in _common().items()
        if (not wanted or language in wanted) and len(stem) <= _LONGEST.get(language, _LONGEST_ELSEWHERE)
        for word in _beginning(words, stem)
        if not _is_ending(stem, word[len(stem) :], language)
    }
    return sorted(found, key=lambda word: (len(word), word))


def _is_ending(stem: str, rest: str, language: str) -> bool:
    if rest in _PLAIN:
        return True
    if len(stem) <= _SHORT:
        # A doubled letter before the ending: hit, hitting.
        return rest[:1] == stem[-1] and rest[1:] in _PLAIN - {""}
    endings = _ENDINGS.get(language, _ROMANCE)
    return rest in endings or (rest[:1] == stem[-1] and rest[1:] in endings)


def _beginning(words: tuple[str, ...], stem: str) -> Iterable[str]:
    at = bisect_left(words, stem)
    while at < len(words) and words[at].startswith(stem):
        yield words[at]
        at += 1


@lru_cache(maxsize=1)
def _common() -> dict[str, tuple[str, ...]]:
    data: dict[str, str] = yaml.safe_load(files("alerts.rules").joinpath("words.yaml").read_text(encoding="utf-8"))
    return {
        language: tuple(sorted({fold(word).data.decode().strip() for word in words.split()}))
        for language, words in data.items()
    }
