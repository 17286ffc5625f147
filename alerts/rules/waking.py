"""Which of very many expressions may hold, by the patterns that occur: those of which everything needed is there.

Each is looked up under one need only, the one whose words the fewest others ask for: words that many rules share are
common in news as well, so a common word never wakes thousands of rules, if they ask for anything besides. An OR is
looked up under each of its parts. So the cost of a text grows with what is in it, not with the number of rules.

What grows with their number is memory, and among 100,000 rules a look at an object that was not looked at lately costs
more than ten lines of Python. So what must be looked at is one array of numbers, where all that a pattern wakes lies
side by side: for each rule its number, how long the rest is, then each other need as a count and its patterns.
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
        ways = list(ways)
        self._numbers = {pattern: number for number, pattern in enumerate(patterns)}
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
        self._always = list(always)
        self._cells = array("i")
        self._starts = array("i")
        for pattern in patterns:
            self._starts.append(len(self._cells))
            if len(entries := woken.get(pattern, ())) < _MANY:
                self._write(entries)
        self._starts.append(len(self._cells))
        self._crowds = {
            self._numbers[pattern]: self._crowd(pattern, entries)
            for pattern, entries in woken.items()
            if len(entries) >= _MANY
        }
        del self._numbers

    def woken(self, seen: Iterable[int]) -> list[int]:
        """The numbers of the expressions that may hold where these patterns occur, in order, each once."""
        seen = frozenset(seen)
        numbers = set(self._always)
        starts = self._starts
        for pattern in seen:
            if (start := starts[pattern]) < (end := starts[pattern + 1]):
                self._read(start, end, seen, numbers)
        for pattern in seen & self._crowds.keys():
            crowd = self._crowds[pattern]
            for second in seen & crowd.keys():
                self._read(*crowd[second], seen, numbers)
        return sorted(numbers)

    def _read(self, at: int, end: int, seen: frozenset[int], numbers: set[int]) -> None:
        """Those of a row of entries of which everything was seen."""
        cells = self._cells
        while at < end:
            number, length = cells[at], cells[at + 1]
            at += 2
            behind = at + length
            while at < behind:
                need = at + 1 + cells[at]
                if seen.isdisjoint(cells[at + 1 : need]):
                    break
                at = need
            else:
                numbers.add(number)
            at = behind

    def _write(self, ways: Iterable[_Way]) -> None:
        cells, numbers = self._cells, self._numbers
        for number, needs in ways:
            cells.extend((number, sum(map(len, needs)) + len(needs)))
            for need in needs:
                cells.append(len(need))
                cells.extend(sorted(numbers[pattern] for pattern in need))

    def _crowd(self, pattern: bytes, ways: Iterable[_Way]) -> dict[int, tuple[int, int]]:
        """Rows of ways by what they need second: so that those are not looked at of which that is not there."""
        rows: dict[bytes, list[_Way]] = {}
        for number, needs in ways:
            for second in needs[0] if needs else (pattern,):
                rows.setdefault(second, []).append((number, needs[1:]))
        places = {}
        for second, row in rows.items():
            start = len(self._cells)
            self._write(row)
            places[self._numbers[second]] = start, len(self._cells)
        return places
