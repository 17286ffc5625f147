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

from ahocorasick_rs import BytesAhoCorasick

from alerts.rules.expression import Expression
from alerts.rules.found import Found, Piece, scan
from alerts.rules.guards import Needs
from alerts.rules.operators import Or

_FEW = 40
"""So many patterns are found faster one by one than by the automaton."""
_MANY = 12
"""So many rules woken by one pattern are not all looked at."""


_Entry = tuple[int, frozenset[bytes] | None, Needs]
"""A rule that a pattern wakes: its number, the second of its needs if it has one, and the others."""


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
        self._patterns = sorted(patterns)
        self._automaton = BytesAhoCorasick(self._patterns) if self._patterns else None
        woken, self._always = _watch(ways)
        self._woken = [_arranged(pattern, woken.get(pattern, ())) for pattern in self._patterns]

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
        present = found.present
        woken = self._woken
        numbers = set(self._always)
        for which in seen:
            entries = woken[which]
            if isinstance(entries, int):
                numbers.add(entries)
                continue
            if isinstance(entries, dict):
                entries = [entry for pattern in present & entries.keys() for entry in entries[pattern]]
            for number, second, needs in entries:
                if second is not None and present.isdisjoint(second):
                    continue
                for need in needs:
                    if present.isdisjoint(need):
                        break
                else:
                    numbers.add(number)
        return found, sorted(numbers)

    def _find(self, pieces: Sequence[Piece]) -> tuple[Found, list[int]]:
        """Every occurrence, and the numbers of the patterns that occur."""
        hits: dict[bytes, list[tuple[int, int, int]]] = {}
        seen: list[int] = []
        if self._automaton is None:
            return Found(pieces, hits), seen
        patterns = self._patterns
        for number, piece in enumerate(pieces):
            for which, start, end in self._automaton.find_matches_as_indexes(piece.folded.data, overlapping=True):
                pattern = patterns[which]
                if pattern in hits:
                    hits[pattern].append((number, start, end))
                else:
                    hits[pattern] = [(number, start, end)]
                    seen.append(which)
        return Found(pieces, hits), seen


def _watch(ways: Sequence[tuple[int, Needs]]) -> tuple[dict[bytes, list[_Entry]], list[int]]:
    """Each way in which an expression may hold, under its rarest need; the numbers of those that need nothing."""
    asked = Counter(pattern for _, needs in ways for need in needs for pattern in need)
    woken: dict[bytes, list[_Entry]] = {}
    always: dict[int, None] = {}
    for number, needs in ways:
        if not needs:
            always[number] = None
            continue
        rarest, *others = sorted(needs, key=lambda need: sum(asked[pattern] for pattern in need))
        entry = (number, others[0] if others else None, tuple(others[1:]))
        for pattern in rarest:
            woken.setdefault(pattern, []).append(entry)
    return woken, list(always)


def _arranged(pattern: bytes, entries: Sequence[_Entry]) -> int | Sequence[_Entry] | dict[bytes, list[_Entry]]:
    """What a pattern wakes: just the number, if that is a single rule which needs nothing else.

    Many rules are found by what they need second, so that those are not asked of which that is not there.
    """
    if len(entries) == 1 and entries[0][1] is None:
        return entries[0][0]
    if len(entries) < _MANY:
        return tuple(entries)
    by_second: dict[bytes, list[_Entry]] = {}
    for number, second, needs in entries:
        entry = (number, needs[0] if needs else None, needs[1:])
        for other in second or (pattern,):
            by_second.setdefault(other, []).append(entry)
    return by_second


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
