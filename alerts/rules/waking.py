"""Which of very many expressions may hold, by the patterns that occur: those of which everything needed is there.

Each is looked up under one need only, the one whose words are likely to be the rarest: words that many rules share are
common in news as well, and a phrase is rarer than a word. So a common word never wakes thousands of rules, if they ask
for anything besides. An OR is looked up under each of its parts. So the cost of a text grows with what is in it, not
with the number of rules.

What grows with their number is memory, and among 100,000 rules a look at an object that was not looked at lately costs
more than ten lines of Python. So all that a pattern wakes lies side by side in arrays of numbers, and most patterns are
passed over after a look at a few bits.
"""

from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import reduce
from operator import or_

from alerts.rules.guards import Needs

_MANY = 12
"""So many ways woken by one pattern are found by what they need second."""
_PHRASE = 30
"""So many times rarer in a text than a word is a phrase, about."""
_SHORT = 20
"""So many patterns of one need are compared with what else is needed."""
_BITS = 63
"""So many patterns, those that are needed second most often, have a bit of their own."""
_NONE = -1

_Way = tuple[int, Needs]
"""A way in which an expression may hold: its number, and what must be there."""


class Wakers:
    """Ways in which expressions may hold, each under its rarest need.

    What is woken is written as a code: the number of an expression; below `_NONE`, a place among the ways of which more
    must be looked at.
    """

    def __init__(self, patterns: Sequence[bytes], ways: Iterable[_Way]) -> None:
        """Put each under its rarest need.

        Args:
            patterns: all of them; their numbers are their places.
            ways: of all expressions.
        """
        self._always, woken = _by_rarest(list(ways))
        self._numbers = {pattern: number for number, pattern in enumerate(patterns)}
        crowds = {pattern: woken.pop(pattern) for pattern in patterns if len(woken.get(pattern, ())) >= _MANY}
        asked = Counter(second for found in woken.values() for _, needs in found for second in (needs or ((),))[0])
        self._bits = {self._numbers[second]: 1 << bit for bit, (second, _) in enumerate(asked.most_common(_BITS))}
        self._common = frozenset(self._bits)
        # For each pattern: the only expression that it wakes, if that needs nothing else. If not, cells: a pattern that
        # is needed second, and the code of what is woken then; first those whose patterns are not common. Of them it is
        # the pattern if there is one, and minus their number if there are more. Of the others: their bits together.
        self._sole = array("i")
        self._partners = array("i")
        self._masks = array("Q")
        self._starts = array("i")
        self._seconds = array("i")
        self._codes = array("i")
        self._more: list[tuple[int, tuple[array[int], ...]]] = []
        for pattern in patterns:
            self._put(pattern, woken.get(pattern, ()))
        self._starts.append(len(self._seconds))
        self.are_names = sum(number != _NONE for number in self._sole) > len(patterns) / 2
        self._crowds = {self._numbers[pattern]: self._crowd(pattern, found) for pattern, found in crowds.items()}
        self._crowded = frozenset(self._crowds)
        del self._numbers

    def woken(self, patterns: Iterable[int]) -> list[int]:
        """The numbers of the expressions that may hold where these patterns occur, in order, each once."""
        seen = frozenset(patterns)
        if not seen:
            return [*self._always]
        codes = set(map(self._sole.__getitem__, seen))
        codes.update(self._always)
        if self._seconds:
            self._pair(seen, codes)
        for pattern in seen & self._crowded:
            crowd = self._crowds[pattern]
            # The first goes through the crowd, the second through what was seen.
            for second in seen.intersection(crowd) if len(crowd) < len(seen) else seen & crowd.keys():
                codes.update(crowd[second])
        ordered = sorted(codes)
        first = bisect_left(ordered, 0)
        numbers = ordered[first:]
        if first and ordered[0] < _NONE and (held := [*self._looked_into(ordered[:first], seen)]):
            return sorted({*numbers, *held})
        return numbers

    def _pair(self, seen: frozenset[int], codes: set[int]) -> None:
        """Add what is woken by a pattern together with a second."""
        starts = self._starts
        mask = reduce(or_, map(self._bits.__getitem__, seen & self._common), 0)
        partners, masks = map(self._partners.__getitem__, seen), map(self._masks.__getitem__, seen)
        for pattern, partner, bits in zip(seen, partners, masks, strict=True):
            if bits & mask:
                self._read(starts[pattern], starts[pattern + 1], seen, codes)
            elif partner >= 0:
                if partner in seen:
                    codes.add(self._codes[starts[pattern]])
            elif partner < _NONE:
                self._read(starts[pattern], starts[pattern] - partner, seen, codes)

    def _read(self, start: int, end: int, seen: frozenset[int], codes: set[int]) -> None:
        """Add the codes of some cells whose patterns were seen."""
        needed = self._seconds[start:end]
        for second in seen.intersection(needed):
            at = needed.index(second)
            while at < len(needed) and needed[at] == second:  # equal ones lie side by side
                codes.add(self._codes[start + at])
                at += 1

    def _looked_into(self, codes: Iterable[int], seen: frozenset[int]) -> Iterator[int]:
        """The numbers of those ways of which all that they need besides was seen."""
        for code in codes:
            if code < _NONE:
                number, needs = self._more[_NONE - 1 - code]
                if not any(map(seen.isdisjoint, needs)):
                    yield number

    def _put(self, pattern: bytes, ways: Sequence[_Way]) -> None:
        """Append what a pattern wakes; a way without a second need gets the pattern by which it is found."""
        sole = len(ways) == 1 and not ways[0][1]
        self._sole.append(ways[0][0] if sole else _NONE)
        self._starts.append(len(self._seconds))
        cells = [
            (self._bits.get(second, 0), second, code)
            for number, needs in (() if sole else ways)
            for code in (self._code(number, needs[1:]),)
            for second in self._numbered(needs[0] if needs else (pattern,))
        ]
        cells.sort()
        rare = [second for bit, second, _ in cells if not bit]
        self._partners.append(rare[0] if len(rare) == 1 else -len(rare) or _NONE)
        self._masks.append(reduce(or_, (bit for bit, _, _ in cells), 0))
        self._seconds.extend(second for _, second, _ in cells)
        self._codes.extend(code for _, _, code in cells)

    def _code(self, number: int, needs: Needs) -> int:
        if not needs:
            return number
        self._more.append((number, tuple(map(self._numbered, needs))))
        return _NONE - len(self._more)

    def _numbered(self, need: Iterable[bytes]) -> "array[int]":
        return array("i", sorted(self._numbers[pattern] for pattern in need))

    def _crowd(self, pattern: bytes, ways: Iterable[_Way]) -> "dict[int, array[int]]":
        """What many ways need second, and what it wakes then."""
        crowd: dict[int, array[int]] = {}
        for number, needs in ways:
            code = self._code(number, needs[1:])
            for second in self._numbered(needs[0] if needs else (pattern,)):
                crowd.setdefault(second, array("i")).append(code)
        return crowd


def _by_rarest(ways: Sequence[_Way]) -> tuple[list[int], dict[bytes, list[_Way]]]:
    """Expressions that need nothing; and the others under each pattern of their rarest need, with the rest of them."""
    asked = Counter(pattern for _, needs in ways for need in needs for pattern in need)
    often = {pattern: count if b" " in pattern[1:-1] else count * _PHRASE for pattern, count in asked.items()}
    always: dict[int, None] = {}
    woken: dict[bytes, list[_Way]] = {}
    for number, needs in ways:
        if not needs:
            always[number] = None
            continue
        rarest, *others = sorted(needs, key=lambda need: sum([often[pattern] for pattern in need]))
        for pattern, rest in _besides(rarest, others, often):
            woken.setdefault(pattern, []).append((number, rest))
    return sorted(always), woken


def _besides(
    need: frozenset[bytes], others: Sequence[frozenset[bytes]], often: dict[bytes, int]
) -> Iterator[tuple[bytes, Needs]]:
    """Each pattern by which a way is woken, and what it needs besides.

    Where needs have patterns in common, as those of `2 OF (...)`, one pattern meets several. And what a rarer pattern
    wakes together with another need not be woken by the other as well.
    """
    if len(need) > _SHORT or all(map(need.isdisjoint, others)):
        rest = tuple(others)
        for pattern in need:
            yield pattern, rest
        return
    rarer: set[bytes] = set()
    for pattern in sorted(need, key=lambda one: (often[one], one)):
        rest = tuple([other - rarer for other in others if pattern not in other])
        if all(rest):
            yield pattern, rest
        rarer.add(pattern)
