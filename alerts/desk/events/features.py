"""What a report can be recognised by: its words, names, numbers, places, and the kind of event it tells of.

Everything is one sparse vector of terms with whole-number weights (whole, so that sums never depend on their order):
words as `lexicon` has them, `^arica` a name (which counts as a word too, for the headlines that capitalise every word),
`#250` a number, `@AF` a place, `!quake` a kind.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import log

from alerts.alert import Candidate
from alerts.article import Article
from alerts.copies.anchors import numbers
from alerts.desk.events.dates import borne, named
from alerts.desk.events.lexicon import ACTS, SUDDEN, Term, terms
from alerts.text import Prepared, prepare

UNIT = 100
"""The weight of a plain word of a headline."""
NUMBER, SMALL_NUMBER, COMMON = 2.0, 0.3, 0.3
DETAIL_NAME, DETAIL_NUMBER = 1.7, 1.3
"""What names and numbers of lead and body count for: there stands which of two look-alikes it is."""
EVENNESS = 0.75
"""Exponent of all weights: what is said once weighs not that much less than what is said often, or at the top."""
ACT, CONSEQUENCE = 1.7, 0.8
PLACE, PART = 2.2, 0.6
LEAD, BODY = 0.6, 0.6
"""Which of two look-alikes it is, stands in the body: who, where exactly, how many."""
REPEATED = 0.4
SUBJECT, SUBJECT_WORDS = 2.0, 2
"""A headline begins with whom it is about: what follows may be said of a hundred companies a day."""
MOST_TERMS = 200
MOST_WORDS = 250
"""Words looked at in a zone; what is new stands at the beginning of news."""

_TOKEN = re.compile(r"cease-fire|[^\W_]+(?:[.,]\d+)*", re.IGNORECASE)
_SMALL = re.compile(r"(?<![^\W_])[^\W\d_]+")
# Behind these a headline tells what came before: "resigns as protests spread".
_BACKGROUND = re.compile(
    r"\b(?:as|after|following|amid|over|during|since|despite|while|before|ahead of|because of|in the wake of)\b",
    re.IGNORECASE,
)
_AGAIN = frozenset({"another", "new", "fresh", "second", "latest"})
_RUNNING = 0.4
"""From this share of words in small letters on, a capital makes a name; headlines often capitalise every word."""
_MAGNITUDE = re.compile(r"(?<![\d.,])([3-9][.,]\d)(?![\d.,])")
_LOOK = 700


@dataclass(slots=True)
class Features:
    """What one report can be recognised by.

    Attributes:
        terms: weight by term.
        shown: how each term stands in this report, for people.
        acts: the kinds of events it speaks of; `main` those that its headline is about.
        again: its headline speaks of "another" event of a kind that can happen twice.
        countries: ISO codes.
        magnitudes: of a quake, in tenths.
        days: dates named with their year, as ordinals.
        dated: dates that the text bears, where it came with another (see `dates`), as ordinals.
        rules: ids and topics of the rules that fired.
    """

    terms: dict[str, int] = field(default_factory=dict)
    shown: dict[str, str] = field(default_factory=dict)
    acts: frozenset[str] = frozenset()
    main: frozenset[str] = frozenset()
    again: bool = False
    countries: frozenset[str] = frozenset()
    magnitudes: frozenset[int] = frozenset()
    days: frozenset[int] = frozenset()
    dated: frozenset[int] = frozenset()
    rules: frozenset[str] = frozenset()


def features_of(candidate: Candidate) -> Features:
    """What a candidate can be recognised by; made of its headline alone where it has no more."""
    return _Reading(candidate).result()


class _Reading:
    def __init__(self, candidate: Candidate) -> None:
        self._candidate = candidate
        self._weights: dict[str, float] = {}
        self._counts: dict[str, int] = {}
        self._kinds: dict[str, float] = {}
        self._main: set[str] = set()
        self._again = False
        self._shown: dict[str, str] = {}
        # Chile is a place already: as a word it tells no more.
        self._lands = {term.key for region in candidate.regions for word in region.name.split() for term in terms(word)}

    def result(self) -> Features:
        article = self._candidate.article
        text = f"{article.headline} {article.description or ''} {article.body_text[:_LOOK]}"
        self._zones(prepare(_beginning(self._candidate)), text)
        for key, count in self._counts.items():
            if count > 1:
                self._weights[key] *= 1 + REPEATED * log(count)
        for kind, weight in self._kinds.items():
            self._weights[f"!{kind}"] = weight * (ACT if kind in ACTS else CONSEQUENCE)
        countries = self._places()
        heaviest = sorted(self._weights.items(), key=lambda one: (-one[1], one[0]))[:MOST_TERMS]
        kept = {key: round(weight**EVENNESS * UNIT) for key, weight in heaviest}
        matches = self._candidate.matches
        return Features(
            terms=kept,
            shown=self._shown,
            acts=frozenset(kind for kind, weight in self._kinds.items() if kind in ACTS and weight >= LEAD),
            main=frozenset(self._main),
            again=self._again,
            countries=frozenset(countries),
            magnitudes=frozenset(_magnitudes(text) if "quake" in self._kinds else ()),
            days=frozenset(named(text)),
            dated=self._dated(),
            rules=frozenset([m.rule for m in matches] + [m.topic for m in matches if m.topic]),
        )

    def _zones(self, cut: Prepared, text: str) -> None:
        small = {word for word in _SMALL.findall(text) if word[0].islower()}
        for zone in cut.of("headline", "lead", "body"):
            weight = {"headline": 1.0, "lead": LEAD}.get(zone.name, BODY)
            self._words(cut.text(zone), weight, small, zone.name)

    def _words(self, text: str, weight: float, small: set[str], zone: str) -> None:
        tokens = [(m.group(), m.start()) for _, m in zip(range(MOST_WORDS), _TOKEN.finditer(text), strict=False)]
        long = [token for token, _ in tokens if len(token) > 3 and token[0].isalpha()]
        running = sum(token[0].islower() for token in long) > _RUNNING * len(long)
        background = _BACKGROUND.search(text, 1) if zone == "headline" else None
        until = (background.start() if background else len(text)) if zone == "headline" else -1
        before = ""
        subject = SUBJECT_WORDS if zone == "headline" else 0
        for token, at in tokens:
            named = running and at > 0 and token[0].isupper() and token.lower() not in small
            for term in terms(token.replace("-", "")):
                if term.kind is not None:
                    self._kind(term, token, weight, is_main=at < until, is_again=at < until and before in _AGAIN)
                else:
                    little = term.common or term.key in self._lands
                    worth = COMMON if little else 1.0
                    if subject and not little:
                        subject -= 1
                        worth *= SUBJECT
                    self._add(term.key, weight * worth, token)
                    if named and not little:
                        self._add(f"^{term.key}", weight * (1.0 if zone == "headline" else DETAIL_NAME), token)
            before = token.lower()
        self._numbers([token for token, _ in tokens], weight * (1.0 if zone == "headline" else DETAIL_NUMBER))

    def _add(self, key: str, weight: float, token: str) -> None:
        known = self._weights.get(key)
        if known is None or weight > known:
            self._weights[key] = weight
            self._shown.setdefault(key, token)
        self._counts[key] = self._counts.get(key, 0) + 1

    def _kind(self, term: Term, token: str, weight: float, *, is_main: bool, is_again: bool) -> None:
        kind = term.kind or ""
        self._kinds[kind] = max(self._kinds.get(kind, 0.0), weight)
        self._shown.setdefault(term.key, token)
        if is_main and kind in ACTS:
            self._main.add(kind)
            self._again = self._again or (is_again and kind in SUDDEN)

    def _numbers(self, tokens: list[str], weight: float) -> None:
        found = numbers(" ".join(tokens), (token.lower().encode() for token in tokens))
        for number in {one.partition("#")[0] for one in found}:
            self._add(f"#{number}", weight * NUMBER * (SMALL_NUMBER if len(number) < 2 else 1.0), number)

    def _dated(self) -> frozenset[int]:
        received = self._candidate.received
        at = datetime.fromtimestamp(received / 1000, UTC) if received is not None else None
        return borne(self._candidate.article, at)

    def _places(self) -> set[str]:
        countries = set()
        for region in self._candidate.regions:
            country = region.code.partition("-")[0]
            countries.add(country)
            share = min(1.0, region.weight * 2)
            keys = ((country, PLACE),) if country == region.code else ((country, PLACE), (region.code, PLACE * PART))
            for code, worth in keys:
                self._weights[f"@{code}"] = max(self._weights.get(f"@{code}", 0.0), worth * share)
                self._shown.setdefault(f"@{code}", region.name)
        return countries


def _beginning(candidate: Candidate) -> Article:
    article = candidate.article
    if len(article.body_text) <= 4 * _LOOK:
        return article
    return article.model_copy(update={"body_text": article.body_text[: 4 * _LOOK]})


def _magnitudes(text: str) -> Iterator[int]:
    return (int(found.replace(",", "").replace(".", "")) for found in _MAGNITUDE.findall(text))
