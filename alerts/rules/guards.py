"""Guards: patterns of which at least one occurs in every text for which an expression holds; None if there are none.

Most expressions have several, one for each thing that they ask for: these are their needs, and all must be met.
"""

from collections.abc import Iterable

Guard = frozenset[bytes] | None
Needs = tuple[frozenset[bytes], ...]


def width(guard: Guard) -> tuple[int, int]:
    """How often a guard is likely to be seen: fewer patterns are better, then longer ones; None is worst."""
    return (1 << 60, 0) if guard is None else (len(guard), -min(map(len, guard), default=0))


def narrowest(guards: Iterable[Guard]) -> Guard:
    """The guard that is seen least."""
    return min(guards, key=width)


def union(guards: Iterable[Guard]) -> Guard:
    """All guards together; None if one of them is."""
    together: frozenset[bytes] = frozenset()
    for guard in guards:
        if guard is None:
            return None
        together |= guard
    return together
