"""How sure it is that a report tells of a story's event, 0 to 1, and what speaks against it.

For it: what the report shares with the story's first report (which keeps a story from wandering off), with all of its
first reports together, and how much of the shorter of the two is in the other. Each look-alike trait takes its part
away: a good deal of agreement outweighs one, for places and kinds can be misread.

Tuned by `tests/quality/stories.py`; every number is for a kind of evidence, none for an item.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import exp, isqrt

from alerts.desk.events.features import UNIT, Features
from alerts.desk.events.signature import Signature

ENOUGH = 0.2
_SURER, _BRIEF, _LONG = 0.35, 10 * UNIT, 30 * UNIT
"""The more both say, the more of it must agree: look-alikes share a headline more easily than a whole text."""
WINDOW = timedelta(hours=72)
"""A report joins no story whose first report is older."""

_FIRST, _WITHIN = 0.45, 0.1
AVG = 1.0
_SHORT = 4.5 * UNIT
"""The least that a text counts as saying, however short it is."""
_FADING = 300.0
"""Hours after which a story draws only 1/e of what it did."""
_OTHER_ACT, _NEW_ACT, _NO_ACT, _ANOTHER, _OTHER_RULES = 0.35, 0.8, 0.8, 0.22, 0.9
_OTHER_COUNTRY, _MISREAD = 0.3, 0.85
_ONLY_PLACE, _LITTLE = 0.35, 0.6
_OWN = UNIT // 2
_OWN_WORDS = 2
"""So many words of their own (no places, numbers, kinds or common words) that both have are as good as one kind of
event that both tell of, and make it likelier that a place was misread than that these are two events."""
_MAGNITUDE = 6
"""Tenths by which magnitudes of one quake may differ: the first figure is revised, seldom by more."""
_DAYS = 4
_OTHER_DAYS = 0.5


@dataclass(slots=True)
class Vector:
    """A weighted text, with what is asked of it again and again."""

    weights: dict[str, int]
    norm: int
    total: int

    @classmethod
    def of(cls, weights: dict[str, int]) -> "Vector":
        """Measure it once."""
        return cls(weights, isqrt(sum(w * w for w in weights.values())) or 1, sum(weights.values()))


@dataclass(slots=True)
class Known:
    """A story as the index holds it."""

    signature: Signature
    first: Vector
    all: Vector
    began: datetime

    @classmethod
    def of(cls, signature: Signature, began: datetime) -> "Known":
        """Measure it once."""
        return cls(signature, Vector.of(signature.first), Vector.of(signature.all), began)


def likeness(features: Features, report: Vector, story: Known, now: datetime) -> float:
    """How sure it is that the report tells of the story's event; 0 where something rules it out."""
    age = now - story.began
    signature = story.signature
    if age > WINDOW or _apart(features.magnitudes, signature.magnitudes) > _MAGNITUDE:
        return 0.0
    first, together = story.first, story.all
    in_first, in_all = first.weights, together.weights
    by_first = by_all = shared = same = 0
    for term, weight in report.weights.items():
        if (other := in_all.get(term)) is not None:
            by_all += weight * other
        if (other := in_first.get(term)) is not None:
            by_first += weight * other
            shared += min(weight, other)
            if weight >= _OWN <= other and term[0] not in "!#@^":
                same += 1
    within = shared / max(_SHORT, min(report.total, first.total))
    score = (
        _FIRST * by_first / (report.norm * first.norm)
        + (1 - _FIRST - _WITHIN) * by_all / (report.norm * ((1-AVG)*together.norm+AVG*max(together.norm,signature.norms)))
        + _WITHIN * within
    )
    return score * _doubts(features, signature, same) ** (1 - STR*fullness(report, story)) * exp(-abs(age.total_seconds()) / 3600 / _FADING)


def enough(report: Vector, story: Known) -> float:
    """How sure it must be for the report to join."""
    return ENOUGH * (1 + _SURER * fullness(report, story))


STR = 1.0


def fullness(report: Vector, story: Known) -> float:
    both = min(report.total, story.first.total)
    return min(1.0, max(0, both - _BRIEF) / (_LONG - _BRIEF))


def _doubts(features: Features, signature: Signature, same: int) -> float:
    """What look-alike traits leave of it; `same`: how many words of their own both have."""
    sure = 1.0
    if features.main and features.main.isdisjoint(signature.acts):
        sure *= _OTHER_ACT if signature.acts else _NEW_ACT
    if features.acts.isdisjoint(signature.acts):
        if signature.acts:
            sure *= _NO_ACT
        if same < _OWN_WORDS:
            sure *= _ONLY_PLACE if signature.acts else _LITTLE
    if features.countries and signature.countries and features.countries.isdisjoint(signature.countries):
        sure *= _MISREAD if same >= _OWN_WORDS else _OTHER_COUNTRY
    if _apart(features.days, signature.days) > _DAYS:
        sure *= _OTHER_DAYS
    if features.again and not signature.again:
        sure *= _ANOTHER
    if features.rules and signature.rules and features.rules.isdisjoint(signature.rules):
        sure *= _OTHER_RULES
    return sure


def _apart(one: frozenset[int], other: tuple[int, ...]) -> int:
    """The least difference between two sets of numbers; 0 if one is empty."""
    if not one or not other:
        return 0
    return min(abs(a - b) for a in one for b in other)
