"""Guards: patterns of which at least one occurs in every text for which an expression holds; None if there are none.

Most expressions have several, one for each thing that they ask for: these are their needs, and all must be met.
"""

from collections.abc import Iterable

Guard = frozenset[bytes] | None
Needs = tuple[frozenset[bytes], ...]

_WORDS = (
    "a about after all amid an and are as at back be before but by down first for from has have he her his how in"
    " into is it its last more near new no not now of off on one or out over people says she than that the their"
    " they this to two under up us was we were what when who why will with you"
    " de del der des di die do du el en im la las le les los mit nach para por pour sur un una une von zu"
    " в до за з из и на не о от по с у bir da ve ile على عن في من"
)
_COMMON = frozenset(f" {word} ".encode() for word in _WORDS.split())
"""Words of very many texts: one of them wakes a rule nearly always."""
_OFTEN = 1000
"""So many times as often as another is one of them seen, about."""


def width(guard: Guard) -> tuple[int, int]:
    """How often a guard is likely to be seen: fewer patterns, none of them common, then longer ones; None is worst."""
    if guard is None:
        return 1 << 60, 0
    return len(guard) + _OFTEN * len(guard & _COMMON), -min(map(len, guard), default=0)


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
