"""The open stories by their terms: which one tells of a report's event?

How rare a term is, is counted over the stories that are open, so that the index is wholly made of what stories carry
in their records: a desk that is restored has the same one. Sums are of whole numbers, so their order is no matter.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import filterfalse
from math import log

from alerts.desk.events.features import Features
from alerts.desk.events.likeness import ENOUGH, Known, Vector, likeness
from alerts.desk.events.signature import Signature
from alerts.desk.events.table import keeping_hashes

_AS_IF = 115
"""Stories that a desk which has just begun counts as if it had seen: until then nothing is known to be common."""
_TERMS = 30
"""So many of a report's terms are looked up, the heaviest."""
_LOOK = 80
"""Entries of stories looked at for one report, rarest terms first."""
_RARE_TERMS = 4
"""So many terms are looked up however common they are."""
_COMPARED = 4
_ITSELF = frozenset({""})
"""The stories with a term that no story has: counted as one."""
_NEAR = 0.2
"""Only stories that share so much of what the nearest shares are compared."""
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
        self._having: defaultdict[str, set[str]] = keeping_hashes(defaultdict(set))
        """The stories that have a term."""
        self._sought = Vector.of({})
        """The last report that was looked for: as often as not it begins a story."""

    def __len__(self) -> int:
        return len(self._known)

    def put(self, story: str, signature: Signature, began: datetime) -> None:
        """Know a story by this signature; `began` is the time of its first report."""
        known = self._known.get(story)
        if known is not None and known.signature is signature:
            return
        measured = (self._sought,) if known is None else (known.first,)
        now = Known.of(signature, began, measured)
        having, new = self._having, now.weights
        if known is None:
            for term in new:
                having[term].add(story)
        else:
            old = known.weights
            added = list(filterfalse(old.__contains__, new))
            for term in added:
                having[term].add(story)
            # What a story says grows, but the least of it is let go when there is too much.
            if len(new) != len(old) + len(added):
                self._forget(story, old.keys() - new.keys())
        self._known[story] = now

    def drop(self, story: str) -> None:
        """Forget a story."""
        if (known := self._known.pop(story, None)) is not None:
            self._forget(story, known.weights)

    def weigh(self, features: Features) -> dict[str, int]:
        """The report's terms, each worth the more the fewer stories have it."""
        having, share = self._having.get, 1 / log(len(self._known) + _AS_IF)
        return keeping_hashes(
            {
                term: round(weight * (1 - log(len(having(term, _ITSELF))) * share))
                for term, weight in features.terms.items()
            }
        )

    def find(self, features: Features, weights: dict[str, int], now: datetime) -> Found | None:
        """The story that most likely tells of the report's event, if one likely enough does.

        Args:
            features: of the report.
            weights: its terms as `weigh` has them.
            now: the time of the report.
        """
        report = self._sought = Vector.of(weights)
        best: tuple[float, str] | None = None
        for story in self._nearest(weights):
            score = likeness(features, report, self._known[story], now, -best[0] if best else ENOUGH)
            if score >= ENOUGH and (best is None or (-score, story) < best):
                best = -score, story
        if best is None:
            return None
        return Found(best[1], -best[0], self._shared(features, weights, best[1]))

    def _nearest(self, weights: dict[str, int]) -> list[str]:
        """The stories that share most with a report, going by its rarest terms; most first, equal ones by id."""
        stories = self._having.get
        having = [(len(found), term, found) for term in _heaviest(weights, _TERMS) if (found := stories(term))]
        having.sort()  # no two terms are equal, so no sets are compared
        shares: dict[str, int] = {}
        so_far = shares.get
        looked = 0
        for place, (many, term, found) in enumerate(having):
            looked += many
            if looked > _LOOK and place >= _RARE_TERMS:
                break
            weight = weights[term]
            for story in found:
                shares[story] = so_far(story, 0) + weight
        if not shares:
            return []
        # Only the few that can be among the first are put in order.
        most = sorted(shares.values(), reverse=True)[:_COMPARED]
        least = max(most[-1], most[0] * _NEAR)
        return [
            story for _, story in sorted([(-share, s) for s, share in shares.items() if share >= least])[:_COMPARED]
        ]

    def _shared(self, features: Features, weights: dict[str, int], story: str) -> tuple[str, ...]:
        together, shown = self._known[story].weights, features.shown
        both = sorted([(-weights[term] * together[term], term) for term in filter(together.__contains__, weights)])
        return tuple(dict.fromkeys([shown.get(term, term) for _, term in both]))[:MOST_SHARED]

    def _forget(self, story: str, terms: Iterable[str]) -> None:
        """The story no longer has these terms."""
        having = self._having
        for term in terms:
            stories = having[term]
            stories.discard(story)
            if not stories:
                del having[term]


def _heaviest(weights: dict[str, int], most: int) -> list[str]:
    """The terms that weigh most; of equal ones those that come first in the text's own order."""
    return sorted(weights, key=weights.__getitem__, reverse=True)[:most]
