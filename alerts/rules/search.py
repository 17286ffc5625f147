"""Many expressions asked of one text: one pass of one automaton finds which of them are worth asking.

The automaton (Aho-Corasick over folded bytes) holds the words of all expressions, with their boundaries in the
patterns, so that it reports hardly anything that is no hit (Aho and Corasick, 1975; what Python does per hit costs more
than the scan: see the findings on performance).

Then only those expressions are asked of which everything needed was found (see `waking`).
"""

from collections.abc import Iterable, Iterator, Sequence

from ahocorasick_rs import BytesAhoCorasick

from alerts.rules.expression import Expression
from alerts.rules.found import Found, Occurrence, Piece, scan
from alerts.rules.guards import Needs
from alerts.rules.operators import Or
from alerts.rules.waking import Wakers

_FEW = 40
"""So many patterns are found faster one by one than by the automaton."""


class Index:
    """Expressions by number, made ready to be searched for together."""

    def __init__(self, expressions: Iterable[Iterable[Expression]]) -> None:
        """Build the automaton.

        Args:
            expressions: for each number, the one that decides, then any others whose words must be found too.
        """
        patterns: set[bytes] = set()
        ways: list[tuple[int, Needs]] = []
        for number, (first, *others) in enumerate(expressions):
            ways.extend((number, needs) for needs in _ways(first))
            for expression in (first, *others):
                patterns |= expression.patterns()
        # In order, so that what begins alike lies side by side in the automaton: fewer looks into cold memory.
        in_order = sorted(patterns)
        self._automaton = BytesAhoCorasick(in_order) if in_order else None
        self._wakers = Wakers(in_order, ways)
        self._are_names = self._wakers.are_names and all(pattern.endswith(b" ") for pattern in in_order)

    def find(self, pieces: Sequence[Piece], among: frozenset[bytes] | None = None) -> Found:
        """Every occurrence of every word, in order.

        Args:
            pieces: what to search.
            among: where it is known: the only patterns that can occur there. Of a few, each is looked for by itself.
        """
        if among is not None and len(among) <= _FEW:
            scanned = ((pattern, scan(pattern, pieces)) for pattern in among)
            return Found(pieces, {pattern: hits for pattern, hits in scanned if hits})
        return self._find(pieces)[0]

    def search(self, pieces: Sequence[Piece]) -> tuple[Found, list[int]]:
        """Every occurrence of every word, and the numbers of the expressions that may hold there, in order."""
        found, seen = self._find(pieces)
        return found, self._wakers.woken(seen)

    def _find(self, pieces: Sequence[Piece]) -> tuple[Found, list[int]]:
        """Every occurrence, and the numbers of the patterns that occur."""
        hits: dict[bytes, list[tuple[int, int, int]]] = {}
        seen: list[int] = []
        if self._automaton is None:
            return Found(pieces, hits), seen
        if self._are_names:
            return self._find_names(self._automaton, pieces)
        for number, piece in enumerate(pieces):
            data = piece.folded.data
            for which, start, end in self._automaton.find_matches_as_indexes(data, overlapping=True):
                pattern = data[start:end]  # the very same bytes, and they are at hand
                if pattern in hits:
                    hits[pattern].append((number, start, end))
                else:
                    hits[pattern] = [(number, start, end)]
                    seen.append(which)
        return Found(pieces, hits), seen

    @staticmethod
    def _find_names(automaton: BytesAhoCorasick, pieces: Sequence[Piece]) -> tuple[Found, list[int]]:
        """The same of a list of names to watch: nearly all that is found is shown, so it is made ready at once."""
        placed: dict[bytes, list[Occurrence]] = {}
        seen: list[int] = []
        new, kind = tuple.__new__, Occurrence  # many are made; as a call of the class, each costs twice as much
        for number, piece in enumerate(pieces):
            data = piece.folded.data
            for which, start, end in automaton.find_matches_as_indexes(data, overlapping=True):
                pattern = data[start:end]
                hit = new(kind, (number, start + 1, end - 1))
                if pattern in placed:
                    placed[pattern].append(hit)
                else:
                    placed[pattern] = [hit]
                    seen.append(which)
        return Found(pieces, placed, placed), seen


def _ways(expression: Expression) -> Iterator[Needs]:
    """What each way asks for in which an expression may hold: the parts of an OR, single words of it together."""
    if not isinstance(expression, Or):
        yield expression.needs()
        return
    words: frozenset[bytes] = frozenset()
    for part in expression.members:
        for needs in _ways(part):
            if len(needs) == 1:
                words |= needs[0]
            else:
                yield needs
    if words:
        yield (words,)
