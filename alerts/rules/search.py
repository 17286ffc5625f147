"""Many expressions asked of one text: one pass of one automaton finds which of them are worth asking.

The automaton (Aho-Corasick over folded bytes) holds the words of all expressions, with their boundaries in the
patterns, so that it reports hardly anything that is no hit; then only those expressions are asked of whose guard a
word occurred. So the cost of a text grows with what is in it, not with the number of rules
(Aho and Corasick, 1975; what Python does per hit costs more than the scan: see the findings on performance).
"""

from collections.abc import Iterable, Iterator, Sequence

from ahocorasick_rs import BytesAhoCorasick

from alerts.rules.expression import Expression
from alerts.rules.found import Found, Piece
from alerts.text import Folded


class Index:
    """Expressions by number, made ready to be searched for together."""

    def __init__(self, expressions: Iterable[Iterable[Expression]]) -> None:
        """Build the automaton.

        Args:
            expressions: for each number, the one whose guard decides, then any others whose words must be found too.
        """
        self._watched: dict[bytes, list[int]] = {}
        self._always: list[int] = []
        patterns: dict[bytes, None] = {}
        for number, (first, *others) in enumerate(expressions):
            guard = first.guard
            if guard is None:
                self._always.append(number)
            for pattern in guard or ():
                self._watched.setdefault(pattern, []).append(number)
            for expression in (first, *others):
                patterns.update(dict.fromkeys(sorted(expression.patterns())))
        self._guards = BytesAhoCorasick(list(self._watched)) if self._watched else None
        self._patterns = list(patterns)
        self._automaton = BytesAhoCorasick(self._patterns) if self._patterns else None

    def find(self, pieces: Sequence[Piece]) -> Found:
        """Every occurrence of every word, in order."""
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

    def silent(self, texts: Iterable[Folded]) -> bool:
        """Whether no expression can hold, whichever parts of these texts it may look at: no guard word is in them."""
        if self._always:
            return False
        guards = self._guards
        return guards is None or not any(guards.find_matches_as_indexes(text.data) for text in texts)

    def candidates(self, found: Found) -> Iterator[int]:
        """The numbers of the expressions that may hold, in order, each once."""
        numbers = set(self._always)
        watched = self._watched
        for pattern in found.hits:
            numbers.update(watched.get(pattern, ()))
        return iter(sorted(numbers))
