"""Look-alikes: named features of a text that say it is not news of what its words name, each with its evidence.

What they are is data (`signals.yaml`): expressions of the rule language and patterns for what words alone cannot say.
A rule names those that hold it back (`unless_signals`); nothing is scored and nothing is hidden. Two are judged where
the rule's own words stand: `negated` and `hypothetical` look at what stands right before each of them.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

import yaml

from alerts.rules.found import BITS, Found, Occurrence, Piece
from alerts.rules.query import Query, parse_query
from alerts.rules.search import Index
from alerts.text import Prepared, fold
from alerts.verdict import Signal, Span

_DATA: list[dict[str, Any]] = yaml.safe_load(files("alerts.rules").joinpath("signals.yaml").read_text(encoding="utf-8"))
NAMES = tuple(entry["name"] for entry in _DATA)
"""Every look-alike signal, in the order of the file."""

_ZONES = ("headline", "lead", "slugline")
_MASK = BITS["headline"] | BITS["lead"] | BITS["slugline"]
_REACH = 4
"""How many words before a match a cue may stand."""
_MOST = 4


@dataclass(frozen=True, slots=True)
class _Feature:
    """One signal, made ready."""

    name: str
    match: Query | None
    unless: Query | None
    headline: tuple[re.Pattern[str], ...]
    url: tuple[re.Pattern[str], ...]


@dataclass(frozen=True, slots=True)
class _Cues:
    """What, right before a match, makes it a signal; a stop word between the two ends the cue's reach."""

    name: str
    cues: frozenset[bytes]
    stops: frozenset[bytes]


@lru_cache(maxsize=1)
def _features() -> tuple[tuple[_Feature, ...], Index]:
    features = tuple(_feature(entry) for entry in _DATA)
    wanted = [[query.expression for query in (f.match, f.unless) if query] for f in features]
    nothing = parse_query('"nothing asks for this"').expression
    return features, Index([queries or [nothing] for queries in wanted])


def _feature(entry: dict[str, Any]) -> _Feature:
    return _Feature(
        entry["name"],
        parse_query(entry["match"]) if "match" in entry else None,
        parse_query(entry["unless"]) if "unless" in entry else None,
        tuple(re.compile(pattern, re.IGNORECASE) for pattern in entry.get("headline", ())),
        tuple(re.compile(pattern, re.IGNORECASE) for pattern in entry.get("url", ())),
    )


@lru_cache(maxsize=1)
def _cues() -> tuple[_Cues, ...]:
    return tuple(
        _Cues(entry["name"], _words(entry["before"]), _words(entry.get("stop", ())))
        for entry in _DATA
        if "before" in entry
    )


def _words(words: Iterable[str]) -> frozenset[bytes]:
    return frozenset(fold(word).data.strip() for word in words)


def detect(prepared: Prepared) -> tuple[Signal, ...]:
    """The signals that the text as a whole gives, each with at most four spans of evidence."""
    features, index = _features()
    zones = prepared.of(*_ZONES)
    pieces = [Piece(BITS[zone.name], prepared.folded(zone), prepared.text(zone)) for zone in zones]
    found = index.find(pieces)
    signals = []
    for feature in features:
        if feature.unless is not None and feature.unless.expression.holds(found, _MASK):
            continue
        spans = [
            *_by_words(prepared, zones, found, feature),
            *_by_pattern(prepared, feature.headline, "headline"),
            *_by_pattern(prepared, feature.url, "url"),
        ]
        if spans:
            signals.append(Signal(feature.name, tuple(spans[:_MOST])))
    return tuple(signals)


def _by_words(prepared: Prepared, zones: Sequence[Any], found: Found, feature: _Feature) -> list[Span]:
    if feature.match is None or not feature.match.expression.holds(found, _MASK):
        return []
    hits = sorted(set(feature.match.expression.evidence(found, _MASK)))
    return [prepared.span(zones[hit.piece], hit.start, hit.end) for hit in hits[:_MOST]]


def _by_pattern(prepared: Prepared, patterns: Iterable[re.Pattern[str]], name: str) -> list[Span]:
    text = getattr(prepared.article, name)
    if not text:
        return []
    found = (pattern.search(text) for pattern in patterns)
    return [prepared.excerpt(name, *m.span()) for m in found if m and m.group()]


def before(found: Found, hits: Sequence[Occurrence]) -> dict[str, list[Occurrence]]:
    """The signals given by what stands right before a rule's words, with the cues.

    A signal is given if every one of the words in the headline has a cue before it (where no word stands in the
    headline: every one of all). One that is plainly told is enough to believe the rule.
    """
    in_headline = [hit for hit in hits if found.pieces[hit.piece].bit == BITS["headline"]]
    told = in_headline or hits
    given = {}
    for kind in _cues():
        cues = [_cue(found, hit, kind) for hit in told]
        if cues and None not in cues:
            given[kind.name] = [cue for cue in dict.fromkeys(cues) if cue]
    return given


def _cue(found: Found, hit: Occurrence, kind: _Cues) -> Occurrence | None:
    """The nearest cue before a match, within reach and not behind a stop word."""
    data = found.pieces[hit.piece].folded.data
    end = hit.start - 1
    following = b""
    for _ in range(_REACH):
        start = data.rfind(b" ", 0, end) + 1
        word = data[start:end]
        if not word:
            return None
        if word in kind.cues or (following and word + b" " + following in kind.cues):
            return Occurrence(hit.piece, start, end)
        if word in kind.stops:
            return None
        following = word
        end = start - 1
    return None
