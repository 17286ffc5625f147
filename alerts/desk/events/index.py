"""The open stories by their terms: which one tells of a report's event?

How rare a term is, is counted over the stories that are open, so that the index is wholly made of what stories carry
in their records: a desk that is restored has the same one. Sums are of whole numbers, so their order is no matter.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from heapq import nsmallest
from math import log

from alerts.desk.events.features import Features
from alerts.desk.events.likeness import ENOUGH, Known, Vector, likeness
from alerts.desk.events.signature import Signature

_AS_IF = 115
"""Stories that a desk which has just begun counts as if it had seen: until then nothing is known to be common."""
_TERMS = 30
"""So many of a report's terms are looked up, the heaviest."""
_LOOK = 500
"""Entries of stories looked at for one report, rarest terms first."""
_RARE_TERMS = 4
"""So many terms are looked up however common they are."""
_COMPARED = 6
MOST_SHARED = 6


@dataclass(frozen=True, slots=True)
class Found:
    """The story that a report belongs to, and why.

    Attributes:
        story: its id.
        score: see `likeness`.
        shared: what weighs most among what both say, as this report says it.
    """

    story: str
    score: float
    shared: tuple[str, ...]


class Events:
    """The open stories, by what they are recognised by."""

    def __init__(self) -> None:
        self._known: dict[str, Known] = {}
        self._stories: dict[str, set[str]] = {}

    def __len__(self) -> int:
        return len(self._known)

    def put(self, story: str, signature: Signature, began: datetime) -> None:
        """Know a story by this signature; `began` is the time of its first report."""
        known = self._known.get(story)
        if known is not None and known.signature is signature:
            return
        if known is not None:
            self._unlist(story, known.all.weights.keys() - signature.all.keys())
        for term in signature.all.keys() - (known.all.weights.keys() if known else set()):
            self._stories.setdefault(term, set()).add(story)
        self._known[story] = Known.of(signature, began)

    def drop(self, story: str) -> None:
        """Forget a story."""
        if (known := self._known.pop(story, None)) is not None:
            self._unlist(story, known.all.weights.keys())

    def weigh(self, features: Features) -> dict[str, int]:
        """The report's terms, each worth the more the fewer stories have it."""
        many = len(self._known) + _AS_IF
        most = log(many)
        weights = {}
        for term, weight in features.terms.items():
            having = self._stories.get(term)
            weights[term] = round(weight * log(many / len(having)) / most) if having else weight
        return weights

    def find(self, features: Features, weights: dict[str, int], now: datetime) -> Found | None:
        """The story that most likely tells of the report's event, if one likely enough does.

        Args:
            features: of the report.
            weights: its terms as `weigh` has them.
            now: the time of the report.
        """
        report = Vector.of(weights)
        best: tuple[float, str] | None = None
        for story in self._nearest(weights):
            score = likeness(features, report, self._known[story], now)
            if score >= ENOUGH and (best is None or (-score, story) < best):
                best = -score, story
        if best is None:
            return None
        return Found(best[1], -best[0], self._shared(features, weights, best[1]))

    def _nearest(self, weights: dict[str, int]) -> list[str]:
        """The stories that share most with a report, going by its rarest terms."""
        heaviest = sorted(weights, key=lambda term: (-weights[term], term))[:_TERMS]
        having = sorted((len(self._stories[term]), term) for term in heaviest if term in self._stories)
        products: dict[str, int] = {}
        looked = 0
        for number, (many, term) in enumerate(having):
            looked += many
            if looked > _LOOK and number >= _RARE_TERMS:
                break
            weight = weights[term]
            for story in self._stories[term]:
                products[story] = products.get(story, 0) + weight
        return nsmallest(_COMPARED, products, key=lambda story: (-products[story], story))

    def _shared(self, features: Features, weights: dict[str, int], story: str) -> tuple[str, ...]:
        together = self._known[story].all.weights
        both = sorted((term for term in weights if term in together), key=lambda t: (-weights[t] * together[t], t))
        return tuple(dict.fromkeys(features.shown[term] for term in both))[:MOST_SHARED]

    def _unlist(self, story: str, terms: Iterable[str]) -> None:
        for term in terms:
            stories = self._stories[term]
            stories.discard(story)
            if not stories:
                del self._stories[term]
