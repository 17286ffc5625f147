"""Who gets an alert, found without asking each subscriber.

Distinct interests are numbered, and each value of each axis keeps the set of numbers that ask for it as the bits of
one integer. An alert's receivers are then a few ORs and ANDs, whatever the number of subscribers; only `text`, `not`
and the token's scope are asked one by one, of those that are left. Equal interests are one, however many share it.

Source: bitmap indexes over subscriptions, as in content-based publish/subscribe; measured in findings/push.md, 3.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator
from typing import Generic, NamedTuple, TypeVar

from alerts.facets import View
from alerts.filters import AXES, EVERYTHING, Filter, Matcher, matcher

Member = TypeVar("Member")

FEW = 64  # interests that match, up to which they are taken off one by one


class Interest(NamedTuple):
    """A subscriber's filter, AND the scope of the token, which no filter can widen."""

    filter: Filter
    scope: Filter = EVERYTHING

    def matches(self, view: View) -> bool:
        """Whether an alert is wanted and allowed."""
        return matcher(self.filter).matches(view) and matcher(self.scope).matches(view)


class _Class(Generic[Member]):
    """One distinct interest and those who share it."""

    __slots__ = ("members", "number", "scope", "wanted")

    def __init__(self, number: int, interest: Interest) -> None:
        self.number = number
        self.wanted: Matcher = matcher(interest.filter)
        self.scope: Matcher = matcher(interest.scope)
        self.members: dict[Member, None] = {}


class Index(Generic[Member]):
    """Interests of many members. A member may hold several."""

    def __init__(self) -> None:
        self._classes: dict[Interest, _Class[Member]] = {}
        self._by_number: list[_Class[Member] | None] = []
        self._free: list[int] = []
        self._values: dict[str, defaultdict[str, int]] = {axis: defaultdict(int) for axis in AXES}
        self._unbound: dict[str, int] = dict.fromkeys(AXES, 0)  # interests that do not name the axis
        self._by_rank = [0] * 5  # interests content with a priority of this rank

    def __len__(self) -> int:
        """How many distinct interests there are."""
        return len(self._classes)

    def add(self, interest: Interest, member: Member) -> None:
        """Let the member have what matches; once, however often added."""
        group = self._classes.get(interest)
        if group is None:
            group = self._classes[interest] = _Class(self._number(), interest)
            self._by_number[group.number] = group
            self._set(group)
        group.members[member] = None

    def discard(self, interest: Interest, member: Member) -> None:
        """Take the interest back, if the member had it."""
        group = self._classes.get(interest)
        if group is None:
            return
        group.members.pop(member, None)
        if not group.members:
            del self._classes[interest]
            self._by_number[group.number] = None
            self._free.append(group.number)
            self._clear(group)

    def match(self, view: View) -> Iterator[Member]:
        """Everyone who gets this alert; one with several interests may come several times."""
        for members in self.matching(view):
            yield from members

    def matching(self, view: View) -> Iterator[Collection[Member]]:
        """The same, interest by interest, so that a caller may do something else in between.

        An interest that is asked for text and does not match gives nobody, rather than nothing: asking may take long.
        The index may change meanwhile; whoever left an interest before its turn is not among its members.
        """
        allowed: dict[int, bool] = {}  # few scopes are shared by many
        for group in self._candidates(view):
            if not group.wanted.passes(view):
                yield ()
                continue
            scope = group.scope
            if id(scope) not in allowed:
                allowed[id(scope)] = scope.matches(view)
            yield group.members if allowed[id(scope)] else ()

    def _candidates(self, view: View) -> list[_Class[Member]]:
        left = self._by_rank[view.reach.rank]
        for axis in AXES:
            hit, values = self._unbound[axis], self._values[axis]
            for value in getattr(view.reach, axis):
                hit |= values.get(value, 0)
            left &= hit
            if not left:
                return []
        groups = (self._by_number[number] for number in _bits(left))
        return [group for group in groups if group is not None]

    def _number(self) -> int:
        if self._free:
            return self._free.pop()
        self._by_number.append(None)
        return len(self._by_number) - 1

    def _set(self, group: _Class[Member]) -> None:
        bit = 1 << group.number
        for rank in range(group.wanted.rank, len(self._by_rank)):
            self._by_rank[rank] |= bit
        for axis in AXES:
            if axis not in group.wanted.axes:
                self._unbound[axis] |= bit
            for value in group.wanted.axes.get(axis, ()):
                self._values[axis][value] |= bit

    def _clear(self, group: _Class[Member]) -> None:
        keep = ~(1 << group.number)
        for rank in range(group.wanted.rank, len(self._by_rank)):
            self._by_rank[rank] &= keep
        for axis in AXES:
            self._unbound[axis] &= keep
            for value in group.wanted.axes.get(axis, ()):
                self._values[axis][value] &= keep
                if not self._values[axis][value]:
                    del self._values[axis][value]


def _bits(number: int) -> Iterator[int]:
    """The bits that are set, ascending.

    A few are taken off one by one, each at the cost of copying the number; many are found in its digits.
    """
    if number.bit_count() > FEW:
        digits = f"{number:b}"[::-1]
        at = digits.find("1")
        while at >= 0:
            yield at
            at = digits.find("1", at + 1)
        return
    while number:
        lowest = number & -number
        number ^= lowest
        yield lowest.bit_length() - 1
