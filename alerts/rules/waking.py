"""Which of very many expressions may hold, by the patterns that occur: those of which everything needed is there.

Each is looked up under one need only, the one whose words the fewest others ask for: words that many rules share are
common in news as well, so a common word never wakes thousands of rules, if they ask for anything besides. An OR is
looked up under each of its parts. So the cost of a text grows with what is in it, not with the number of rules.

What grows with their number is memory, and among 100,000 rules a look at an object that was not looked at lately costs
more than ten lines of Python. So all that a pattern wakes lies side by side in arrays of numbers.
"""

from array import array
from collections import Counter
from collections.abc import Iterable, Sequence

from alerts.rules.guards import Needs

_MANY = 12
"""So many rules woken by one pattern are found by what they need second."""

_Way = tuple[int, Needs]
"""A way in which an expression may hold: its number, and what must be there."""


class Wakers:
    """Ways in which expressions may hold, each under its rarest need."""

    def __init__(self, patterns: Sequence[bytes], ways: Iterable[_Way]) -> None:
        """Put each under its rarest need.

        Args:
            patterns: all of them; their numbers are their places.
            ways: of all expressions.
        """
        always, woken = _by_rarest(list(ways))
        self._always = always
        self._numbers = {pattern: number for number, pattern in enumerate(patterns)}
        self._sole = array("i")  # for each pattern: the only expression that it wakes, if that needs nothing else
        self._starts = array("i")  # for each pattern: where its rows begin
        # Rows: the number of an expression, as -1 - number if it has more than two needs; where the second begins in
        # the cells; what else it needs.
        self._expressions = array("i")
        self._seconds = array("i")
        self._more: dict[int, tuple[array[int], ...]] = {}
        self._cells = array("i")
        for pattern in patterns:
            self._starts.append(len(self._expressions))
            found = woken.get(pattern, [])
            sole = len(found) == 1 and not found[0][1]
            self._sole.append(found[0][0] if sole else -1)
            if not sole and len(found) < _MANY:
                self._write(pattern, found)
        self._starts.append(len(self._expressions))
        self._crowds = {
            self._numbers[pattern]: self._crowd(pattern, found)
            for pattern, found in woken.items()
            if len(found) >= _MANY
        }
        self._seconds.append(len(self._cells))
        del self._numbers

    def woken(self, patterns: Iterable[int]) -> list[int]:
        """The numbers of the expressions that may hold where these patterns occur, in order, each once."""
        seen = frozenset(patterns)
        numbers = set(self._always)
        sole, starts = self._sole, self._starts
        for pattern in seen:
            if (number := sole[pattern]) >= 0:
                numbers.add(number)
            elif (start := starts[pattern]) < (end := starts[pattern + 1]):
                self._read(start, end, seen, numbers)
        for pattern in seen & self._crowds.keys():
            crowd = self._crowds[pattern]
            for second in seen & crowd.keys():
                self._read(*crowd[second], seen, numbers)
        return sorted(numbers)

    def _read(self, start: int, end: int, seen: frozenset[int], numbers: set[int]) -> None:
        """Those of some rows of which everything was seen."""
        cells = self._cells
        begins = self._seconds[start : end + 1]
        if seen.isdisjoint(cells[begins[0] : begins[-1]]):  # nothing that any of them needs
            return
        for row, number in enumerate(self._expressions[start:end]):
            if seen.isdisjoint(cells[begins[row] : begins[row + 1]]):
                continue
            if number >= 0:
                numbers.add(number)
            elif not any(map(seen.isdisjoint, self._more[start + row])):
                numbers.add(-1 - number)

    def _write(self, pattern: bytes, ways: Iterable[_Way]) -> None:
        """Append rows; one without a second need gets the pattern by which it is found."""
        for number, needs in ways:
            second, *others = (self._numbered(need) for need in needs or (frozenset((pattern,)),))
            if others:
                self._more[len(self._expressions)] = tuple(others)
            self._expressions.append(-1 - number if others else number)
            self._seconds.append(len(self._cells))
            self._cells.extend(second)

    def _numbered(self, need: Iterable[bytes]) -> "array[int]":
        return array("i", sorted(self._numbers[pattern] for pattern in need))

    def _crowd(self, pattern: bytes, ways: Iterable[_Way]) -> dict[int, tuple[int, int]]:
        """Rows of ways by what they need second: so that those are not looked at of which that is not there."""
        rows: dict[bytes, list[_Way]] = {}
        for number, needs in ways:
            for second in needs[0] if needs else (pattern,):
                rows.setdefault(second, []).append((number, needs[1:]))
        places = {}
        for second, row in rows.items():
            start = len(self._expressions)
            self._write(second, row)
            places[self._numbers[second]] = start, len(self._expressions)
        return places


def _by_rarest(ways: Sequence[_Way]) -> tuple[list[int], dict[bytes, list[_Way]]]:
    """Expressions that need nothing; and the others under each pattern of their rarest need, with the rest of them."""
    asked = Counter(pattern for _, needs in ways for need in needs for pattern in need)
    always: dict[int, None] = {}
    woken: dict[bytes, list[_Way]] = {}
    for number, needs in ways:
        if not needs:
            always[number] = None
            continue
        rarest, *others = sorted(needs, key=lambda need: sum(asked[pattern] for pattern in need))
        way = (number, tuple(others))
        for pattern in rarest:
            woken.setdefault(pattern, []).append(way)
    return list(always), woken
