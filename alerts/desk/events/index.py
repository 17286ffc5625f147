"""The open stories by their terms: which one tells of a report's event?

How rare a term is, is counted over the stories that are open, so that the index is wholly made of what stories carry
in their records: a desk that is restored has the same one. Sums are of whole numbers, so their order is no matter.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from heapq import nlargest
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
        self._stories: defaultdict[str, set[int]] = defaultdict(set)
        """Numbers of stories by term: small whole numbers are found and added up faster than ids."""
        self._numbers: dict[str, int] = {}
        self._ids: list[str] = []
        self._free: list[int] = []
        self._products: list[int] = []
        """By number, what a story shares with the report at hand; all 0 between two reports."""
        self._rarity: dict[int, float] = {}
        """The logarithm by how many stories have a term; of `_rarity_of` stories in all."""
        self._rarity_of = 0

    def __len__(self) -> int:
        return len(self._known)

    def put(self, story: str, signature: Signature, began: datetime) -> None:
        """Know a story by this signature; `began` is the time of its first report."""
        known = self._known.get(story)
        if known is not None and known.signature is signature:
            return
        now = Known.of(signature, began)
        old, new = known.all.weights if known is not None else {}, now.all.weights
        if known is not None:
            self._unlist(story, old.keys() - new.keys())
        stories, number = self._stories, self._number(story)
        for term in new.keys() - old.keys() if old else new:
            stories[term].add(number)
        self._known[story] = now

    def drop(self, story: str) -> None:
        """Forget a story."""
        if (known := self._known.pop(story, None)) is not None:
            self._unlist(story, known.all.weights.keys())
            self._free.append(self._numbers.pop(story))

    def weigh(self, features: Features) -> dict[str, int]:
        """The report's terms, each worth the more the fewer stories have it."""
        many = len(self._known) + _AS_IF
        most = log(many)
        stories, rarity = self._stories, self._rarity
        if self._rarity_of != many:
            self._rarity_of = many
            rarity.clear()
        weights = {}
        for term, weight in features.terms.items():
            if (having := stories.get(term)) is not None:
                count = len(having)
                if (rare := rarity.get(count)) is None:
                    rare = rarity[count] = log(many / count)
                weight = round(weight * rare / most)  # noqa: PLW2901 - what it is worth
            weights[term] = weight
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
        stories = self._stories
        heaviest = sorted([(-weight, term) for term, weight in weights.items()])[:_TERMS]
        having = sorted([(len(stories[term]), term, -less) for less, term in heaviest if term in stories])
        products = self._products
        looked, lists = 0, []
        for place, (many, term, weight) in enumerate(having):
            looked += many
            if looked > _LOOK and place >= _RARE_TERMS:
                break
            lists.append(stories[term])
            for number in stories[term]:
                products[number] += weight
        found = set().union(*lists)
        nearest = self._largest(found)
        for number in found:
            products[number] = 0
        return nearest

    def _largest(self, found: set[int]) -> list[str]:
        """Those of the stories with the largest products, largest first, equal ones by id."""
        products, ids = self._products, self._ids
        least = nlargest(_COMPARED, [products[number] for number in found])[-1] if len(found) > _COMPARED else 0
        return [
            story for _, story in sorted([(-products[n], ids[n]) for n in found if products[n] >= least])[:_COMPARED]
        ]

    def _shared(self, features: Features, weights: dict[str, int], story: str) -> tuple[str, ...]:
        together = self._known[story].all.weights
        both = sorted((term for term in weights if term in together), key=lambda t: (-weights[t] * together[t], t))
        return tuple(dict.fromkeys(features.shown.get(term, term) for term in both))[:MOST_SHARED]

    def _number(self, story: str) -> int:
        number = self._numbers.get(story)
        if number is None:
            if self._free:
                number = self._free.pop()
                self._ids[number] = story
            else:
                number = len(self._ids)
                self._ids.append(story)
                self._products.append(0)
            self._numbers[story] = number
        return number

    def _unlist(self, story: str, terms: Iterable[str]) -> None:
        number = self._numbers[story]
        for term in terms:
            stories = self._stories[term]
            stories.discard(number)
            if not stories:
                del self._stories[term]
