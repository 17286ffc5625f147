"""Look-alikes: named features of a text that say it is not news of what its words name, each with its evidence.

What they are is data (`signals.yaml`): expressions of the rule language and patterns for what words alone cannot say.
A rule names those that hold it back (`unless_signals`); nothing is scored and nothing is hidden. Two are judged where
the rule's own words stand: `negated` and `hypothetical` look at what stands right before each claim, and within it.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

import yaml

from alerts.rules.expression import Expression
from alerts.rules.found import BITS, Found, Occurrence, Piece
from alerts.rules.needles import Sieve
from alerts.rules.operators import Or
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
    """What, right before a claim or within it, makes it a signal; a stop word in between ends a cue's reach."""

    name: str
    cues: frozenset[bytes]
    within: frozenset[bytes]
    stops: frozenset[bytes]
    spared: tuple[bytes, ...]
    """Beginnings of words and phrases: with one of them before the cue, the text tells what happened all the same."""


@lru_cache(maxsize=1)
def _features() -> tuple[tuple[_Feature, ...], Index, Sieve]:
    features = tuple(_feature(entry) for entry in _DATA)
    wanted = [[query.expression for query in (f.match, f.unless) if query] for f in features]
    nothing = parse_query('"nothing asks for this"').expression
    index = Index([queries or [nothing] for queries in wanted])
    return features, index, Sieve(feature.headline for feature in features)


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
        _Cues(
            entry["name"],
            _words(entry["before"]),
            _words(entry.get("within", ())),
            _words(entry.get("stop", ())),
            tuple(_words(entry.get("spare", ()))),
        )
        for entry in _DATA
        if "before" in entry
    )


@lru_cache(maxsize=1)
def _stirs() -> dict[str, tuple[bytes, ...]]:
    return {entry["name"]: tuple(b" " + w for w in _words(entry["stirs"])) for entry in _DATA if "stirs" in entry}


def _words(words: Iterable[str]) -> frozenset[bytes]:
    return frozenset(fold(word).data.strip() for word in words)


def detect(prepared: Prepared) -> tuple[Signal, ...]:
    """The signals that the text as a whole gives, each with at most four spans of evidence."""
    features, index, sieve = _features()
    zones = prepared.of(*_ZONES)
    pieces = [Piece(BITS[zone.name], prepared.folded(zone), prepared.text(zone)) for zone in zones]
    found, possible = index.search(pieces)
    worth = sieve.worth(prepared.article.headline)
    signals = []
    for number, feature in enumerate(features):
        spans = [
            *(_by_words(prepared, zones, found, feature) if number in possible else ()),
            *_by_pattern(prepared, worth.get(number, ()), "headline"),
            *_by_pattern(prepared, feature.url, "url"),
        ]
        if spans and not (feature.unless and feature.unless.expression.holds(found, _MASK)):
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


def before(found: Found, claims: Sequence[Occurrence]) -> dict[str, list[Occurrence]]:
    """The signals given by what stands right before, or within, what a rule found; with the cues.

    A signal is given if every claim in the headline has a cue (where none stands in the headline: every one of all).
    One that is plainly told is enough to believe the rule.

    Args:
        found: what the search found.
        claims: stretches of text that the rule found, as `claims_of` gives them.
    """
    told = [claim for claim in claims if found.pieces[claim.piece].bit == BITS["headline"]] or list(claims)
    given = {}
    for kind in _cues():
        cues = []
        for claim in told:
            cue = _before(found, claim, kind) or _within(found, claim, kind)
            if cue is None:
                break
            cues.append(cue)
        else:
            if cues:
                given[kind.name] = list(dict.fromkeys(cues))
    return given


def beside(prepared: Prepared, found: Found, claims: Sequence[Occurrence]) -> dict[str, list[Occurrence]]:
    """The signals given where every claim stands below a headline that tells of no event at all, with the claims.

    Only English headlines are asked: of other languages we do not know every word that tells of an event.
    """
    data = next((piece.folded.data for piece in found.pieces if piece.bit == BITS["headline"]), b"")
    if not data or prepared.article.primary_language != "en":
        return {}
    if any(found.pieces[claim.piece].bit == BITS["headline"] for claim in claims):
        return {}
    return {name: list(claims) for name, stirs in _stirs().items() if not any(stir in data for stir in stirs)}


def claims_of(expression: Expression, found: Found, mask: int) -> list[Occurrence]:
    """Where an expression says that something happened: words near each other are one claim, from first to last."""
    if isinstance(expression, Or):
        return [hit for part in expression.possible(found) for hit in claims_of(part, found, mask)]
    return expression.occurrences(found, mask) if expression.is_placed else expression.evidence(found, mask)


def _before(found: Found, claim: Occurrence, kind: _Cues) -> Occurrence | None:
    """The nearest cue before a claim, within reach and not behind a stop word."""
    data = found.pieces[claim.piece].folded.data
    end = claim.start - 1
    following = b""
    for _ in range(_REACH):
        start = data.rfind(b" ", 0, end) + 1
        word = data[start:end]
        if not word:
            return None
        if word in kind.cues or (following and word + b" " + following in kind.cues):
            told = any(data.find(b" " + spared, 0, start) >= 0 for spared in kind.spared)
            return None if told else Occurrence(claim.piece, start, end)
        if word in kind.stops:
            return None
        following = word
        end = start - 1
    return None


def _within(found: Found, claim: Occurrence, kind: _Cues) -> Occurrence | None:
    """The first cue behind the first and before the last word of a claim."""
    if not kind.within:
        return None
    data = found.pieces[claim.piece].folded.data
    start = data.find(b" ", claim.start, claim.end) + 1
    last = data.rfind(b" ", claim.start, claim.end)
    while 0 < start < last:
        end = data.find(b" ", start, claim.end)
        following = data.find(b" ", end + 1, claim.end)
        if data[start:end] in kind.within or data[start : following if following > 0 else claim.end] in kind.within:
            return Occurrence(claim.piece, start, end)
        start = end + 1
    return None
