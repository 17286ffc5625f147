"""Facts in a report that may be worth another interruption: how many died, and which leader it happened to."""

import re
from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files

import yaml

from alerts.article import Article
from alerts.desk.events.lexicon import terms

_NUMERALS: dict[str, int] = {
    word: value
    for value, words in yaml.safe_load(
        files("alerts.copies").joinpath("numerals.yaml").read_text(encoding="utf-8")
    ).items()
    for word in words.split()
}
_VAGUE = {"dozens": 24, "scores": 40, "hundreds": 200, "thousands": 2000}


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_TOKEN = re.compile(r"\d{1,3}(?:[.,\u00a0\u202f]\d{3})+(?!\d)|\d+[.,]\d+|\d+|[^\W\d_]+|[.;:!?]")
_THOUSANDS = re.compile(r"[.,\u00a0\u202f](?=\d{3}(?!\d))")
_BEFORE, _AFTER = 6, 5
"""Words between a number and the word that says they died."""
# A number beside one of these counts something else; "dead at 84" is an age.
_NOT_DEAD = frozenset({"injured", "evacuate", "rescue"})
_NO_COUNT = _words(
    "at aged age years year old magnitude days day hours hour months weeks week percent pct am pm million"
)
_MOST = 500_000
_TITLES = (
    "president|prime minister|premier|chancellor|supreme leader|king|queen|crown prince|emir|sultan|pope|"
    "presidente|primer ministro|président|premier ministre|präsident|bundeskanzler|kanzler|primeiro ministro|"
    "президент|премьер-министр|прем'єр-міністр|премʼєр-міністр|президенті"
)
_NAME = r"[^\W\d_a-zа-я][\w’'-]+"
_LEADER = re.compile(rf"(?<!(?i:vice) )(?<!(?i:vice)-)\b(?i:{_TITLES}|PM)\s+({_NAME}(?:\s{_NAME}){{0,2}})")
_BEFALLS = frozenset(
    {"death", "killed", "resign", "arrest", "coup", "shooting", "stabbing", "hostage", "crash", "explosion"}
)
_LOOK = 500


def toll_of(article: Article) -> int | None:
    """How many are dead, by the headline or else the lead; the highest number if there are several. None: not said.

    "Dozens" and the like are taken for a number in the middle of what they may mean, where no number stands.
    """
    for text in (article.headline, article.description or article.body_text[:_LOOK]):
        words = _TOKEN.findall(text[:_LOOK].lower())
        kinds = [_kinds(word) for word in words]
        if any("killed" in found for found in kinds):
            for vague in ({}, _VAGUE):
                if tolls := list(_tolls(words, kinds, vague)):
                    return max(tolls)
    return None


@lru_cache(maxsize=16_384)
def _kinds(word: str) -> frozenset[str | None]:
    return frozenset(term.kind for term in terms(word))


def _tolls(words: list[str], kinds: list[frozenset[str | None]], vague: dict[str, int]) -> Iterator[int]:
    for at, found in enumerate(kinds):
        if "killed" in found and (number := _nearest(words, kinds, at, vague)) is not None:
            yield number


def _nearest(words: list[str], kinds: list[frozenset[str | None]], at: int, vague: dict[str, int]) -> int | None:
    """The number nearest to the word at this place, those before it first, within its clause."""
    for steps in (range(at - 1, at - 1 - _BEFORE, -1), range(at + 1, at + 1 + _AFTER)):
        for place in steps:
            if not 0 <= place < len(words) or words[place] in ".;:!?" or kinds[place] & _NOT_DEAD:
                break
            number = vague.get(words[place], _number(words[place]))
            if number is None:
                continue
            around = words[max(0, place - 1) : place] + words[place + 1 : place + 2]
            behind = kinds[place + 1] if place + 1 < len(words) else frozenset()
            if _NO_COUNT.isdisjoint(around) and not behind & _NOT_DEAD and 0 < number <= _MOST:
                return number
    return None


def _number(word: str) -> int | None:
    digits = _THOUSANDS.sub("", word)
    if digits.isdecimal():
        return int(digits[:9])
    return _NUMERALS.get(word)


def leaders_of(article: Article) -> tuple[str, ...]:
    """Leaders whom a headline or lead names in a report of a death, a fall, an arrest or an attack; last names."""
    text = f"{article.headline}. {(article.description or article.body_text)[:_LOOK]}"
    kinds = {term.kind for word in re.findall(r"[^\W\d_]+", article.headline) for term in terms(word)}
    if _BEFALLS.isdisjoint(kinds):
        return ()
    last = (re.sub(r"[’']s?$", "", found.split()[-1]) for found in _LEADER.findall(text))
    return tuple(dict.fromkeys(name for name in last if name))[:5]
