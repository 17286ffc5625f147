"""The compiled gazetteer: every place with its relations, every name with what it may mean, and how to find the names.

Loaded once, when first asked for, in about 0.1 s; what a name means is only decoded when it is found.
"""

import gzip
import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib import resources

from ahocorasick_rs import BytesAhoCorasick, Implementation

from alerts.regions.inflection import is_ending

_SPACE = ord(" ")
_LONGEST_ENDING = 24
"""In bytes: what is longer need not be tried."""

_LATIN = re.compile(r"[a-z\u00c0-\u024f ]")
_SCRIPTS = frozenset({"cyrillic", "greek"})
"""Instead of a language: any that is written so."""

Languages = frozenset[str]
"""Languages in which a name is used; empty: in any text."""


@dataclass(frozen=True, slots=True)
class Place:
    """A country, subdivision or group. `parents`: of a country or group all groups, of a subdivision the next unit."""

    code: str
    name: str
    parents: tuple[str, ...]
    children: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """One thing a name may mean.

    Attributes:
        code: ISO 3166-1 alpha-2 or ISO 3166-2; `-` for what is no place (`Indian Ocean`).
        kind: `n` name of a country, `s` of a part of it, `a` its abbreviation, `c` city, `k` capital, `d` adjective or
            people, `e` the same in a language that writes it small, `i` institution of a state, `x` no place.
        prior: how often the name means this, all else unknown, 0..1.
    """

    code: str
    kind: str
    prior: float
    languages: Languages

    @property
    def country(self) -> str:
        """The country's code."""
        return self.code[:2]


@dataclass(frozen=True, slots=True)
class Name:
    """A name of the gazetteer.

    Attributes:
        folded: the name as it is compared; a stem if endings may follow.
        is_word: also an ordinary word or a person's name: no evidence by itself.
        is_given_name: also a given name: a capitalised word behind it may be the surname.
        endings: of a stem, the classes of endings that may follow it (see `inflection`); else empty.
        exact: if not empty, only these spellings count (`US` is not `us`).
        readings: what it may mean, likeliest first.
    """

    folded: str
    is_word: bool
    is_given_name: bool
    endings: str
    exact: frozenset[str]
    readings: tuple[Reading, ...]

    @property
    def is_saint(self) -> bool:
        """A small place named after a saint, as are churches, hospitals and schools: `St. Martin's`."""
        return self.is_word and self.folded.startswith(("st ", "saint "))


class Gazetteer:
    """All of it. `gazetteer()` gives the one instance."""

    def __init__(self, data: bytes) -> None:
        places, patterns, names, clues, given, languages = gzip.decompress(data).split(b"\n\n")
        self._places = places
        self._patterns = patterns.split(b"\n")
        self._names = names.split(b"\n")
        self._clues = clues
        self._known: dict[int, Name] = {}
        self._spoken: dict[tuple[int, str], tuple[Reading, ...]] = {}
        self.given_names = frozenset(given.decode().split())
        self.languages = frozenset(languages.decode().split())

    @cached_property
    def places(self) -> dict[str, Place]:
        """Every place by its code."""
        found = {}
        for line in self._places.decode().split("\n"):
            code, name, parents, children = line.split("\t")
            found[code] = Place(code, name, tuple(parents.split()), tuple(children.split()))
        return found

    @cached_property
    def subdivisions(self) -> dict[str, list[str]]:
        """The subdivisions directly in each country or subdivision."""
        found: dict[str, list[str]] = {}
        for place in self.places.values():
            if place.code[0].isupper() and "-" in place.code:
                found.setdefault(place.parents[0], []).append(place.code)
        return found

    @cached_property
    def clues(self) -> dict[str, dict[str, tuple[bytes, ...]]]:
        """Name shared by several places -> code -> folded words that speak for that one, as they stand in the text."""
        found: dict[str, dict[str, tuple[bytes, ...]]] = {}
        for line in self._clues.decode().split("\n"):
            name, code, words = line.split("\t")
            found.setdefault(name, {})[code] = tuple(f" {word} ".encode() for word in words.split())
        return found

    @cached_property
    def _automaton(self) -> BytesAhoCorasick:
        # The contiguous automaton searches a little faster, but takes longer to build than all else together.
        return BytesAhoCorasick(self._patterns, implementation=Implementation.NoncontiguousNFA)

    def find(self, data: bytes) -> list[tuple[int, int, int]]:
        """Every name in folded text as (start, end, number), the words themselves without the spaces around them."""
        found = []
        for number, start, end in self._automaton.find_matches_as_indexes(data, overlapping=True):
            if data[end - 1] == _SPACE:
                found.append((start + 1, end - 1, number))
                continue
            whole = data.index(b" ", end)
            if whole - end <= _LONGEST_ENDING and is_ending(self.name(number).endings, data[end:whole]):
                found.append((start + 1, whole, number))
        return found

    def name(self, number: int) -> Name:
        """The name that `find` numbers so."""
        known = self._known.get(number)
        if known is None:
            known = self._known[number] = self._decode(number)
        return known

    def readings(self, number: int, language: str) -> tuple[Reading, ...]:
        """What the name means in a text of this language (ISO 639-1, or `und`); nothing if it is none there."""
        found = self._spoken.get((number, language))
        if found is None:
            if language and language != "und" and language not in self.languages:
                return self.readings(number, "")  # one entry for all that we know nothing of
            found = self._spoken[number, language] = _in_language(self.name(number), language)
        return found

    def lookup(self, folded: str) -> Name | None:
        """The name that is exactly this folded text."""
        data = f" {folded} ".encode()
        whole = [number for start, end, number in self.find(data) if start == 1 and end == len(data) - 1]
        return self.name(whole[-1]) if whole else None

    def _decode(self, number: int) -> Name:
        flags, endings, exact, readings = self._names[number].decode().split("\t")
        return Name(
            folded=self._patterns[number].decode().strip(),
            is_word="w" in flags,
            is_given_name="g" in flags,
            endings=endings,
            exact=frozenset(exact.split("|")) if exact else frozenset(),
            readings=tuple(_reading(text) for text in readings.split()),
        )


def _reading(text: str) -> Reading:
    code, kind, prior, languages = text.split("/")
    return Reading(code, kind, float(prior), frozenset(languages.split(",")) if languages else frozenset())


def _in_language(name: Name, language: str) -> tuple[Reading, ...]:
    readings = name.readings
    if not any(reading.languages for reading in readings):
        return readings
    # Where the language is not told, a foreign name counts unless it is short, a stem, or an English word as well.
    is_foreign = _LATIN.match(name.folded) is None
    unsure = language == "und" and not name.is_word and (is_foreign or (len(name.folded) > 4 and not name.endings))
    # What one language thinks likelier of a name than the others do is nothing to a text that may be in any.
    common = {reading.code for reading in readings if not reading.languages}
    return tuple(
        reading
        for reading in readings
        if not reading.languages
        or (unsure and reading.code not in common)
        or language in reading.languages
        or not reading.languages.isdisjoint(_SCRIPTS)
    )


@lru_cache(maxsize=1)
def gazetteer() -> Gazetteer:
    """The gazetteer of this distribution."""
    return Gazetteer((resources.files("alerts.regions") / "gazetteer.txt.gz").read_bytes())
