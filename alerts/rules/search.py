"""Many expressions asked of one text: one pass of one automaton finds which of them are worth asking.

The automaton (Aho-Corasick over folded bytes) holds the words of all expressions, with their boundaries in the
patterns, so that it reports hardly anything that is no hit (Aho and Corasick, 1975; what Python does per hit costs more
than the scan: see the findings on performance).

Then only those expressions are asked of which everything needed was found. Each is looked up under one need only, the
one whose words the fewest others ask for: words that many rules share are common in news as well, so a common word
never wakes thousands of rules, if they ask for anything besides. An OR is looked up under each of its parts. So the
cost of a text grows with what is in it, not with the number of rules.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet

from ahocorasick_rs import BytesAhoCorasick

from alerts.rules.expression import Expression
from alerts.rules.found import Found, Piece, scan
from alerts.rules.guards import Needs
from alerts.rules.operators import Or

_FEW = 40
"""So many patterns are found faster one by one than by the automaton."""


class Index:
    """Expressions by number, made ready to be searched for together."""

    def __init__(self, expressions: Iterable[Iterable[Expression]]) -> None:
        """Build the automaton.

        Args:
            expressions: for each number, the one that decides, then any others whose words must be found too.
        """
        self._always: list[int] = []
        self._watched: dict[bytes, list[tuple[int, Needs]]] = {}
        patterns: dict[bytes, None] = {}
        ways: list[tuple[int, Needs]] = []
        for number, (first, *others) in enumerate(expressions):
            ways.extend((number, needs) for needs in _ways(first))
            for expression in (first, *others):
                patterns.update(dict.fromkeys(sorted(expression.patterns())))
        self._watch(ways)
        self._patterns = list(patterns)
        self._automaton = BytesAhoCorasick(self._patterns) if self._patterns else None

    def _watch(self, ways: Sequence[tuple[int, Needs]]) -> None:
        """Put each way in which an expression may hold under its rarest need."""
        asked = Counter(pattern for _, needs in ways for need in needs for pattern in need)
        always: dict[int, None] = {}
        for number, needs in ways:
            if not needs:
                always[number] = None
                continue
            rarest, *others = sorted(needs, key=lambda need: sum(asked[pattern] for pattern in need))
            entry = (number, tuple(others))
            for pattern in rarest:
                self._watched.setdefault(pattern, []).append(entry)
        self._always = list(always)

    def find(self, pieces: Sequence[Piece], among: AbstractSet[bytes] | None = None) -> Found:
        """Every occurrence of every word, in order.

        Args:
            pieces: what to search.
            among: where it is known: the only patterns that can occur there. Of a few, each is looked for by itself.
        """
        if among is not None and len(among) <= _FEW:
            scanned = ((pattern, scan(pattern, pieces)) for pattern in among)
            return Found(pieces, {pattern: hits for pattern, hits in scanned if hits})
        hits: dict[bytes, list[tuple[int, int, int]]] = {}
        if self._automaton is None:
            return Found(pieces, hits)
        patterns = self._patterns
        for number, piece in enumerate(pieces):
            for which, start, end in self._automaton.find_matches_as_indexes(piece.folded.data, overlapping=True):
                pattern = patterns[which]
                if pattern in hits:
                    hits[pattern].append((number, start, end))
                else:
                    hits[pattern] = [(number, start, end)]
        return Found(pieces, hits)

    def candidates(self, present: AbstractSet[bytes]) -> list[int]:
        """The numbers of the expressions that may hold where these patterns occur, in order, each once."""
        numbers = set(self._always)
        watched = self._watched
        for pattern in present & watched.keys():
            for number, needs in watched[pattern]:
                for need in needs:
                    if present.isdisjoint(need):
                        break
                else:
                    numbers.add(number)
        return sorted(numbers)


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
