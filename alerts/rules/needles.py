"""Many regular expressions asked of one headline: only those are tried of which something needed is in it.

Of each is read off, once, what must be in a text that it matches: one of a few strings of letters. One pass of an
automaton finds which of them are there, so nearly every pattern is passed over without being tried (as FilteredRE2
does; before, the patterns of the look-alikes were a sixth of what a headline costs). One that needs nothing in
particular is always tried: what is found is the same.
"""

import re
from collections.abc import Iterable, Sequence
from importlib import import_module
from typing import Any

from ahocorasick_rs import BytesAhoCorasick

# The parser of `re` has no public name. What it gives is only read here, and what is not known there needs nothing.
_PARSER: Any = import_module("re._parser")
_SAME = str.maketrans("ıİſ", "iis")
"""Letters that are the same to `re.IGNORECASE` and not the same in lower case."""
_MOST = 200
"""So many strings at most for one pattern."""


class Sieve:
    """Groups of patterns, made ready to be asked together."""

    def __init__(self, groups: Iterable[Sequence[re.Pattern[str]]]) -> None:
        self._patterns = [(number, pattern) for number, group in enumerate(groups) for pattern in group]
        self._always: list[int] = []
        asked: dict[bytes, list[int]] = {}
        for place, (_, pattern) in enumerate(self._patterns):
            needles = needed(pattern)
            if not needles:
                self._always.append(place)
            for needle in needles:
                asked.setdefault(_plain(needle), []).append(place)
        self._asked = list(asked.values())
        self._automaton = BytesAhoCorasick(list(asked)) if asked else None

    def worth(self, text: str) -> dict[int, list[re.Pattern[str]]]:
        """For each group: those of its patterns, in their order, that may match somewhere in a text."""
        places = set(self._always)
        if self._automaton is not None:
            seen = {which for which, _, _ in self._automaton.find_matches_as_indexes(_plain(text), overlapping=True)}
            places.update(*map(self._asked.__getitem__, seen))
        groups: dict[int, list[re.Pattern[str]]] = {}
        for place in sorted(places):
            number, pattern = self._patterns[place]
            groups.setdefault(number, []).append(pattern)
        return groups


def needed(pattern: re.Pattern[str]) -> frozenset[str]:
    """Strings, one of which is in every text that a pattern matches, but for case; none if nothing is known."""
    return _needed([*_PARSER.parse(pattern.pattern, pattern.flags)])


def _plain(text: str) -> bytes:
    return text.translate(_SAME).lower().encode("utf-8", "surrogatepass")


def _needed(items: Sequence[Any]) -> frozenset[str]:
    """The best of what the parts of a sequence need; what stands right before a branch belongs to each of its ways."""
    best: frozenset[str] = frozenset()
    run: list[Any] = []
    for name, value in ((str(op), value) for op, value in items):
        if name == "LITERAL":
            run.append(("LITERAL", value))
            continue
        if name == "AT":
            continue
        best = max(best, _spelled(run), _of_part(name, value, run), key=_worth)
        run = []
    return max(best, _spelled(run), key=_worth)


def _of_part(name: str, value: Any, run: list[Any]) -> frozenset[str]:
    if name == "SUBPATTERN":
        return _needed([*run, *value[-1]])
    if name in ("MAX_REPEAT", "MIN_REPEAT") and value[0]:
        return _needed([*run, *value[-1]])
    if name == "ASSERT" and value[0] > 0:
        return _needed([*value[-1]])
    if name == "BRANCH":
        ways = [_needed([*run, *way]) for way in value[-1]]
        return frozenset().union(*ways) if all(ways) else frozenset()
    return frozenset()


def _spelled(run: list[Any]) -> frozenset[str]:
    return frozenset(["".join(chr(value) for _, value in run)]) if run else frozenset()


def _worth(strings: frozenset[str]) -> tuple[int, int]:
    """Long ones are rare, and few are found more cheaply than many."""
    if not strings or len(strings) > _MOST:
        return 0, 0
    return min(len(string.encode()) for string in strings), -len(strings)
