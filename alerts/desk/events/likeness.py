"""How sure it is that a report tells of a story's event, 0 to 1 (long texts: up to 5), and what speaks against it.

It is the cosine of the report and the story's first reports, fading with time. Brief texts are judged with doubt: of
two look-alikes a headline may say the same, so each trait of another event (its kind, its country, ...) takes its part
away.
Long texts speak for themselves, the more so the longer they are: there the traits are background as often as not, and
the cosine is that with the *mean* report of the story (group-average link). A sum of many long texts on one subject
comes near to any other text on it; brief ones, having few words in common with each other, need just that.

What tells look-alikes apart in long texts are names and numbers: who, where exactly, how many. How far both agree on
them counts once more, beside what they weigh in the cosine.

Tuned by `tests/quality/stories.py`; every number is for a kind of evidence, none for an item.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import exp, isqrt
from operator import mul

from alerts.desk.events.dates import APART
from alerts.desk.events.features import UNIT, Features
from alerts.desk.events.signature import Signature

ENOUGH = 0.19
"""So sure it must be for a report to join."""
WINDOW = timedelta(hours=72)
"""A report joins no story whose first report is older."""

_BRIEF, _LONG = 10 * UNIT, 25 * UNIT
"""What the briefer of two texts says: up to here all doubts count, from there on none."""
_FADING = 150.0
"""Hours after which a story draws only 1/e of what it did."""
_OTHER_ACT, _ANOTHER, _OTHER_RULES, _OTHER_DAYS = 0.35, 0.15, 0.9, 0.25
_OTHER_COUNTRY, _MISREAD = 0.3, 0.85
_ONLY_PLACE, _OTHER_KINDS, _LITTLE = 0.28, 0.8, 0.8
_OWN = UNIT // 2
_OWN_WORDS = 2
"""So many words of their own (no places, numbers, kinds or common words) that both have are as good as one kind of
event that both tell of, and make it likelier that a place was misread than that these are two events."""
_NAMES, _NUMBERS, _NEITHER = 1.0, 0.6, 0.64
"""Exponents for how far long texts agree on names and on numbers, and for no agreement at all: none takes half of the
likeness, agreement on everything makes five times as much of it. A logistic regression of "same event" on the cosine's
logarithm and such shares gave 1.0 for names, 0.9 for numbers (and held for subjects of ECB+ that it was not fitted on);
of a few values near these, the ones here made the best stories in four orders of its documents."""
_AGREED = exp(_NAMES + 2 * _NUMBERS - _NEITHER)
"""What agreement on all of them makes of a likeness, at most."""
_TOLD = 0.45
"""From this fullness on names and numbers are told, so that their absence tells something: no headline has it."""
_MAGNITUDE = 6
"""Tenths by which magnitudes of one quake may differ: the first figure is revised, seldom by more."""
_SAME_DATE, _OTHER_TIME = 2.0, 0.6
_SEASON = 100
"""Days within which a text's own date tells nothing against a story: pages bear the date of their last change."""


@dataclass(slots=True)
class Vector:
    """A weighted text, with what is asked of it again and again.

    Attributes:
        full: how far it speaks for itself: 0 if it is brief, 1 if it is long.
    """

    weights: dict[str, int]
    norm: int
    full: float
    _details: tuple[int, int] | None = None

    @classmethod
    def of(cls, weights: dict[str, int]) -> "Vector":
        """Measure it once."""
        values = weights.values()
        full = min(1.0, max(0, sum(values) - _BRIEF) / (_LONG - _BRIEF))
        return cls(weights, isqrt(sum(map(mul, values, values))) or 1, full)

    @property
    def details(self) -> tuple[int, int]:
        """Squared weights of its names and of its numbers; counted when first asked for, as most never are."""
        if self._details is None:
            self._details = squares(self.weights, [term for term in self.weights if term[0] in "^#"])
        return self._details


def squares(weights: dict[str, int], details: Collection[str]) -> tuple[int, int]:
    """The sums of the squared weights of names, and of numbers."""
    names = [weights[term] ** 2 for term in details if term[0] == "^"]
    numbers = [weights[term] ** 2 for term in details if term[0] == "#"] if len(names) < len(details) else ()
    return sum(names), sum(numbers)


@dataclass(slots=True)
class Known:
    """A story as the index holds it; what most comparisons need and no more lies together, for they wait for memory.

    Attributes:
        weights: those of `all`.
        norm: that of `all`; `mean_norm`: the mean report's, if that is larger.
        full: that of `first`.
    """

    began: datetime
    weights: dict[str, int]
    norm: int
    mean_norm: int
    full: float
    first: Vector
    all: Vector
    signature: Signature

    @classmethod
    def of(cls, signature: Signature, began: datetime, measured: Iterable[Vector] = ()) -> "Known":
        """Measure it once; `measured`: vectors that may be among its own."""
        first = next((vector for vector in measured if vector.weights is signature.first), None)
        first = first or Vector.of(signature.first)
        together = first if signature.together is None else Vector.of(signature.together)
        norm = together.norm
        return cls(began, together.weights, norm, max(norm, signature.norms), first.full, first, together, signature)


def likeness(features: Features, report: Vector, story: Known, now: datetime, least: float = 0.0) -> float:
    """How sure it is that the report tells of the story's event; 0 where something rules it out.

    Also 0 where it is certain to be less than `least`: most of what is compared is, and then no doubts need be weighed.
    """
    age = now - story.began
    if age > WINDOW or (features.magnitudes and _apart(features.magnitudes, story.signature.magnitudes) > _MAGNITUDE):
        return 0.0
    mine, in_all = report.weights, story.weights
    # Most terms of two texts are in one of them only: what is in both is found in C, and by looking up the report's
    # terms, which are at hand, not the story's, which are anywhere in memory.
    both = list(filter(in_all.__contains__, mine))
    shared = sum([mine[term] * in_all[term] for term in both])
    full = min(report.full, story.full)
    length = story.norm + full * (story.mean_norm - story.norm)
    undoubted: float = shared / (report.norm * length) * exp(-abs(age.total_seconds()) / 3600 / _FADING)
    most = undoubted * (_AGREED if full > _TOLD else 1.0) * (_SAME_DATE if features.dated else 1.0)
    if most < least:
        return 0.0
    signature, in_first = story.signature, story.first.weights
    in_both = both if in_first is in_all else filter(in_first.__contains__, both)
    own = [term[0] for term in in_both if mine[term] >= _OWN <= in_first[term]]
    same = len([sign for sign in own if sign not in "!#@^"])
    named = "^" in own
    # Long texts with no words of their own in common say nothing for themselves.
    weigh = 1 - full if same >= _OWN_WORDS else 1.0
    doubts: float = _doubts(features, signature, same) ** weigh if weigh else 1.0
    doubts *= _elsewhere(features, signature, agreed=same >= (_OWN_WORDS if named else 3 * _OWN_WORDS))
    if most * doubts < least:
        return 0.0
    if full > _TOLD:
        doubts *= _details(report, story.all, both) ** ((full - _TOLD) / (1 - _TOLD))
    if features.dated or signature.dated:
        doubts *= _own_dates(features.dated, story, now)
    return undoubted * doubts


def _details(report: Vector, story: Vector, both: Collection[str]) -> float:
    """What agreement on names and numbers makes of the likeness of long texts; `both`: the terms that both have."""
    details = [term for term in both if term[0] in "^#"]
    names, numbers = story.details
    known_names, known_numbers = squares(story.weights, details)
    told = _share(squares(report.weights, details)[1], report.details[1])
    return exp(_NAMES * _share(known_names, names) + _NUMBERS * (_share(known_numbers, numbers) + told) - _NEITHER)


def _share(part: int, whole: int) -> float:
    """How much of it both have; half where there is nothing to have."""
    return part / whole if whole else 0.5


def _doubts(features: Features, signature: Signature, same: int) -> float:
    """What look-alike traits leave of it; `same`: how many words of their own both have."""
    sure = 1.0
    if features.main and signature.acts and features.main.isdisjoint(signature.acts):
        sure *= _OTHER_ACT
    if same < _OWN_WORDS and features.acts.isdisjoint(signature.acts):
        sure *= _LITTLE if not signature.acts else _OTHER_KINDS if features.acts else _ONLY_PLACE
    if _apart(features.days, signature.days) > APART:
        sure *= _OTHER_DAYS
    if features.again and not signature.again:
        sure *= _ANOTHER
    if features.rules and signature.rules and features.rules.isdisjoint(signature.rules):
        sure *= _OTHER_RULES
    return sure


def _elsewhere(features: Features, signature: Signature, *, agreed: bool) -> float:
    """What is left of it where no country is common to both, however long the texts: two blasts are two events.

    Unless they agree on a name, or on much besides: then a place was misread.
    """
    if not features.countries or not signature.countries or not features.countries.isdisjoint(signature.countries):
        return 1.0
    return _MISREAD if agreed else _OTHER_COUNTRY


def _own_dates(dated: frozenset[int], story: Known, now: datetime) -> float:
    """What is left of it where texts bear dates of their own: an old page is not about what others report today.

    A text that bears none is of when it came out. Two that bear the same old date are likely of one event.
    """
    theirs = story.signature.dated
    apart = _apart(dated or frozenset({now.toordinal()}), theirs or (story.began.toordinal(),))
    if apart > _SEASON:
        return _OTHER_TIME
    return _SAME_DATE if dated and theirs and apart <= APART else 1.0


def _apart(one: frozenset[int], other: tuple[int, ...]) -> int:
    """The least difference between two sets of numbers; 0 if one is empty."""
    if not one or not other:
        return 0
    return min(abs(a - b) for a in one for b in other)
