"""Expressions made of expressions: AND, OR, NOT, NEAR, `n OF`, and `zone:(...)`."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations
from math import comb

from alerts.rules.expression import Anything, Expression
from alerts.rules.found import BITS, EVERYWHERE, Found, Occurrence, Pair
from alerts.rules.guards import Guard, Needs, narrowest, union, width

_FEW = 6
"""So many parts of an OR are looked at one by one."""
_CHOICES = 12
"""So many needs of one `n OF` are kept apart."""
_STEP = 16
"""For each word that may lie between, so many bytes are looked at at a time: they hold more words than that, mostly."""


@dataclass(frozen=True, slots=True)
class And(Expression):
    """Every part holds."""

    members: tuple[Expression, ...]

    def holds(self, found: Found, zones: int) -> bool:
        """Every part does."""
        # Plain loops, here and below: generators cost more than what they ask.
        present = found.present
        for part in self.members:
            if part.guard is not None and present.isdisjoint(part.guard):
                return False
        for part in self.members:  # noqa: SIM110
            if not part.holds(found, zones):
                return False
        return True

    def evidence(self, found: Found, zones: int) -> list[Occurrence]:
        """That of all parts."""
        if not self.holds(found, zones):
            return []
        return [hit for part in self.members for hit in part.evidence(found, zones)]

    def relaxed(self) -> Expression:
        """Of its parts."""
        members = _relaxed(self.members)
        return self if members is self.members else And(members)

    def _narrowest_guard(self) -> Guard:
        return narrowest(part.guard for part in self.members)

    def needs(self) -> Needs:
        """Those of all parts."""
        return tuple(dict.fromkeys(need for part in self.members for need in part.needs()))

    @property
    def parts(self) -> tuple[Expression, ...]:
        """The nodes below."""
        return self.members

    def __str__(self) -> str:
        return " AND ".join(_grouped(part, Or) for part in self.members)


@dataclass(frozen=True, slots=True)
class Or(Expression):
    """At least one part holds."""

    members: tuple[Expression, ...]
    _by_pattern: dict[bytes, list[int]] | None = field(init=False, repr=False, compare=False, default=None)
    """The parts that have a pattern in their guard; only where there are many parts."""
    _unguarded: tuple[int, ...] = field(init=False, repr=False, compare=False, default=())
    _is_list: bool = field(init=False, repr=False, compare=False, default=False)
    """Whether all parts are words and phrases in any case: then only what was found of them is looked at."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "guard", self._narrowest_guard())
        object.__setattr__(self, "_is_list", all(part.is_plain for part in self.members))
        if len(self.members) <= _FEW:
            return
        by_pattern: dict[bytes, list[int]] = {}
        for number, part in enumerate(self.members):
            for pattern in part.guard or ():
                by_pattern.setdefault(pattern, []).append(number)
        object.__setattr__(self, "_by_pattern", by_pattern)
        object.__setattr__(self, "_unguarded", tuple(i for i, part in enumerate(self.members) if part.guard is None))

    def possible(self, found: Found) -> list[Expression]:
        """The few of many parts of which a word was found, in order."""
        if self._by_pattern is None:
            present = found.present
            return [part for part in self.members if part.guard is None or not present.isdisjoint(part.guard)]
        numbers = set(self._unguarded)
        for pattern in found.present & self._by_pattern.keys():
            numbers.update(self._by_pattern[pattern])
        return [self.members[number] for number in sorted(numbers)]

    def holds(self, found: Found, zones: int) -> bool:
        """One part does."""
        if self._is_list and zones == EVERYWHERE:
            return not found.present.isdisjoint(self.guard or ())
        for part in self.possible(found):  # noqa: SIM110
            if part.holds(found, zones):
                return True
        return False

    def occurrences(self, found: Found, zones: int) -> list[Occurrence]:
        """Those of all parts, in order."""
        if self._is_list:
            return found.places_of(found.present & (self.guard or frozenset()), zones)
        there = [part.occurrences(found, zones) for part in self.possible(found)]
        return there[0] if len(there) == 1 else sorted({hit for hits in there for hit in hits})

    def evidence(self, found: Found, zones: int) -> list[Occurrence]:
        """That of all parts that hold."""
        if self._is_list:
            return self.occurrences(found, zones)
        return [hit for part in self.possible(found) for hit in part.evidence(found, zones)]

    def relaxed(self) -> Expression:
        """Of its parts."""
        members = _relaxed(self.members)
        return self if members is self.members else Or(members)

    def _narrowest_guard(self) -> Guard:
        return union(part.guard for part in self.members)

    @property
    def parts(self) -> tuple[Expression, ...]:
        """The nodes below."""
        return self.members

    @property
    def is_plain(self) -> bool:
        """If all parts are."""
        return self._is_list

    @property
    def is_placed(self) -> bool:
        """If all parts are."""
        return all(part.is_placed for part in self.members)

    def __str__(self) -> str:
        return " OR ".join(map(str, self.members))


@dataclass(frozen=True, slots=True)
class Not(Expression):
    """The part does not hold."""

    part: Expression

    def holds(self, found: Found, zones: int) -> bool:
        """The part does not."""
        return not self.part.holds(found, zones)

    def evidence(self, found: Found, zones: int) -> list[Occurrence]:  # noqa: ARG002
        """None: what is absent cannot be pointed at."""
        return []

    def relaxed(self) -> Expression:
        """Anything: a zone may be without what the whole text has."""
        return Anything()

    def _narrowest_guard(self) -> None:
        return  # no word must occur

    @property
    def parts(self) -> tuple[Expression, ...]:
        """The node below."""
        return (self.part,)

    def __str__(self) -> str:
        return f"NOT {_grouped(self.part, Or, And)}"


@dataclass(frozen=True, slots=True)
class Near(Expression):
    """Both sides stand in one piece of text, the second at most `distance` words from the first.

    Neighbours are at distance 1. The sides may not overlap. `ordered`: the left side stands before the right one.
    """

    left: Expression
    right: Expression
    distance: int
    ordered: bool = False
    # Of lists, the words; so that many rules are asked without a look at their parts.
    _lefts: Guard = field(init=False, repr=False, compare=False, default=None)
    _rights: Guard = field(init=False, repr=False, compare=False, default=None)

    def __post_init__(self) -> None:
        object.__setattr__(self, "guard", self._narrowest_guard())
        if self.left.is_plain and self.right.is_plain:
            object.__setattr__(self, "_lefts", self.left.guard)
            object.__setattr__(self, "_rights", self.right.guard)

    def holds(self, found: Found, zones: int) -> bool:
        """There is such a pair."""
        return bool(self._pairs(found, zones))

    def occurrences(self, found: Found, zones: int) -> list[Occurrence]:
        """From the beginning of the first to the end of the second, for each pair."""
        return sorted({_hull(left, right) for left, right in self._pairs(found, zones)})

    def evidence(self, found: Found, zones: int) -> list[Occurrence]:
        """The pairs, both sides of each."""
        return [hit for pair in self._pairs(found, zones) for hit in pair]

    def _pairs(self, found: Found, zones: int) -> Sequence[Pair]:
        if self._lefts is None or self._rights is None:
            if not self.right.is_possible(found):
                return ()
            lefts = self.left.occurrences(found, zones)
            return self._near(found, lefts, self.right.occurrences(found, zones)) if lefts else ()
        if not (left := found.present & self._lefts) or not (right := found.present & self._rights):
            return ()
        # Many lists have the same words of a text in them.
        asked = left, right, zones, self.distance, self.ordered
        pairs = found.pairs.get(asked)
        if pairs is None:
            near = self._near(found, found.places_of(left, zones), found.places_of(right, zones))
            pairs = found.pairs[asked] = near
        return pairs

    def _near(self, found: Found, lefts: Sequence[Occurrence], rights: Sequence[Occurrence]) -> list[Pair]:
        """Those pairs that are near enough."""
        pairs: list[Pair] = []
        ending: list[tuple[int, int, Occurrence]] = []
        for hit in lefts:
            piece, start, end = hit
            data = found.pieces[piece].folded.data
            at = bisect_left(rights, (piece, end))
            while at < len(rights) and rights[at].piece == piece and self._reaches(data, end, rights[at].start):
                pairs.append((hit, rights[at]))
                at += 1
            if self.ordered or not rights or hit < rights[0]:
                continue
            ending = ending or sorted((other.piece, other.end, other) for other in rights)
            at = bisect_left(ending, (piece, start)) - 1
            while at >= 0 and ending[at][0] == piece and self._reaches(data, ending[at][1], start):
                pairs.append((hit, ending[at][2]))
                at -= 1
        return pairs

    def _reaches(self, data: bytes, end: int, start: int) -> bool:
        """Whether the word that begins at `start` is near enough to the one that ends at `end`, before it."""
        words = self.distance
        step = words * _STEP
        while start - end > step:  # most pairs are far apart, and that is seen after the first step
            words -= data.count(b" ", end, end + step)
            if words < 0:
                return False
            end += step
        return data.count(b" ", end, start) <= words

    def relaxed(self) -> Expression:
        """Of its sides."""
        left, right = self.left.relaxed(), self.right.relaxed()
        return self if left is self.left and right is self.right else Near(left, right, self.distance, self.ordered)

    def _narrowest_guard(self) -> Guard:
        return narrowest((self.left.guard, self.right.guard))

    def needs(self) -> Needs:
        """Those of both sides."""
        return tuple(dict.fromkeys((*self.left.needs(), *self.right.needs())))

    @property
    def parts(self) -> tuple[Expression, ...]:
        """The two sides."""
        return self.left, self.right

    @property
    def is_placed(self) -> bool:
        """Yes."""
        return True

    def __str__(self) -> str:
        word = "ONEAR" if self.ordered else "NEAR"
        return f"{_grouped(self.left, Or)} {word}/{self.distance} {_grouped(self.right, Or, Near)}"


@dataclass(frozen=True, slots=True)
class AtLeast(Expression):
    """`2 OF (a, b, c)`: at least that many of the parts hold."""

    number: int
    members: tuple[Expression, ...]

    def holds(self, found: Found, zones: int) -> bool:
        """Enough parts do."""
        wanted = self.number
        for i, part in enumerate(self.members):
            wanted -= part.holds(found, zones)
            if wanted == 0:
                return True
            if wanted > len(self.members) - i - 1:
                return False
        return False

    def evidence(self, found: Found, zones: int) -> list[Occurrence]:
        """That of all parts that hold."""
        if not self.holds(found, zones):
            return []
        return [hit for part in self.members for hit in part.evidence(found, zones)]

    def relaxed(self) -> Expression:
        """Of its parts."""
        members = _relaxed(self.members)
        return self if members is self.members else AtLeast(self.number, members)

    def _narrowest_guard(self) -> Guard:
        # If n of k hold, one of any k - n + 1 does: of the narrowest of these together.
        guards = sorted((part.guard for part in self.members), key=width)
        return union(guards[: len(guards) - self.number + 1])

    def needs(self) -> Needs:
        """Those of all parts where all must hold; else one for each choice of so many parts that one of them does."""
        few = len(self.members) - self.number + 1
        if few == 1:
            return tuple(dict.fromkeys(need for part in self.members for need in part.needs()))
        if comb(len(self.members), few) > _CHOICES:
            return Expression.needs(self)
        choices = (union(part.guard for part in some) for some in combinations(self.members, few))
        return tuple(dict.fromkeys(need for need in choices if need is not None))

    @property
    def parts(self) -> tuple[Expression, ...]:
        """The nodes below."""
        return self.members

    def __str__(self) -> str:
        return f"{self.number} OF ({', '.join(map(str, self.members))})"


@dataclass(frozen=True, slots=True)
class In(Expression):
    """`headline:(...)`: looked for in this zone, whatever the rule's `in` says."""

    zone: str
    part: Expression

    @property
    def own_zone(self) -> int:
        """The zone it names."""
        return BITS[self.zone]

    def holds(self, found: Found, zones: int) -> bool:  # noqa: ARG002
        """The part does, there."""
        return self.part.holds(found, BITS[self.zone])

    def occurrences(self, found: Found, zones: int) -> list[Occurrence]:  # noqa: ARG002
        """Those of the part, there."""
        return self.part.occurrences(found, BITS[self.zone])

    def evidence(self, found: Found, zones: int) -> list[Occurrence]:  # noqa: ARG002
        """That of the part, there."""
        return self.part.evidence(found, BITS[self.zone])

    def relaxed(self) -> Expression:
        """The part's."""
        return self.part.relaxed()

    def _narrowest_guard(self) -> Guard:
        return self.part.guard

    def needs(self) -> Needs:
        """Those of the part."""
        return self.part.needs()

    @property
    def parts(self) -> tuple[Expression, ...]:
        """The node below."""
        return (self.part,)

    @property
    def is_placed(self) -> bool:
        """If the part is."""
        return self.part.is_placed

    def __str__(self) -> str:
        return f"{self.zone}:({self.part})"


def _relaxed(members: tuple[Expression, ...]) -> tuple[Expression, ...]:
    """The relaxed forms; the very same tuple, if there is none other."""
    forms = tuple([part.relaxed() for part in members])
    return members if all(form is part for form, part in zip(forms, members, strict=True)) else forms


def _grouped(part: Expression, *looser: type[Expression]) -> str:
    return f"({part})" if isinstance(part, looser) else str(part)


def _hull(one: Occurrence, other: Occurrence) -> Occurrence:
    return Occurrence(one.piece, min(one.start, other.start), max(one.end, other.end))
