"""The rule language as a tree: what it asks of a text, which words are behind the answer, how it is written.

Every node answers three questions about a `Found` (what a search found in a text), with the zones it may look in:

- `holds`: is it true?
- `occurrences`: where does it stand (terms, OR of terms, NEAR: what has a place in the text)?
- `evidence`: which occurrences make it true? What is absent (NOT) or everywhere (`*`) has none.

and knows one thing of itself: `guard` is a set of patterns of which at least one occurs in every text for which it
holds, or None if there is no such set; by the guard a rule set finds the few rules worth asking (see `search`).
"""

import re
import unicodedata
from abc import ABC, abstractmethod
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import NamedTuple

from alerts.text import ZONES, Folded

BITS = {name: 1 << i for i, name in enumerate(ZONES)}
"""Zones as bits of a mask."""
EVERYWHERE = (1 << len(ZONES)) - 1

_Guard = frozenset[bytes] | None


class Occurrence(NamedTuple):
    """Bytes `start` to `end` of the folded data of one piece of text."""

    piece: int
    start: int
    end: int


class Piece(NamedTuple):
    """A piece of text that was searched: its zone's bit, its folded and its original text."""

    bit: int
    folded: Folded
    text: str


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found: every occurrence of every pattern, in order, in pieces of text."""

    pieces: Sequence[Piece]
    hits: dict[bytes, list[tuple[int, int, int]]]
    """By pattern: number of the piece, first and last byte of the pattern, with the spaces around it."""

    def words(self, occurrence: Occurrence) -> tuple[int, int]:
        """The numbers of its first and last word."""
        folded = self.pieces[occurrence.piece].folded
        return folded.word(occurrence.start), folded.word(occurrence.end - 1)

    def original(self, occurrence: Occurrence) -> str:
        """The words as they stood."""
        piece = self.pieces[occurrence.piece]
        start, end = piece.folded.original(occurrence.start, occurrence.end)
        return piece.text[start:end]


class Expression(ABC):
    """A node of the tree.

    Attributes:
        guard: patterns of which one occurs in every text for which it holds; None if there are none such.
    """

    __slots__ = ("guard",)

    guard: _Guard

    def __post_init__(self) -> None:
        object.__setattr__(self, "guard", self._narrowest_guard())

    @abstractmethod
    def holds(self, found: Found, zones: int) -> bool:
        """Whether it is true of the text."""

    @abstractmethod
    def evidence(self, found: Found, zones: int) -> list[Occurrence]:
        """The occurrences that make it true; empty where it is not."""

    @abstractmethod
    def _narrowest_guard(self) -> _Guard: ...

    def is_possible(self, found: Found) -> bool:
        """Whether a word of its guard was found: a quick look before `holds`."""
        return self.guard is None or not self.guard.isdisjoint(found.hits)

    @abstractmethod
    def __str__(self) -> str:
        """The expression as it is written, in one canonical way."""

    @property
    def parts(self) -> "tuple[Expression, ...]":
        """The nodes below."""
        return ()

    def occurrences(self, found: Found, zones: int) -> list[Occurrence]:  # noqa: ARG002 - the same for every node
        """Where it stands. Only for what has a place in the text (see `is_placed`)."""
        raise TypeError(f"{self} has no place in the text")

    @property
    def is_placed(self) -> bool:
        """Whether it has a place in the text, so that it can stand beside NEAR."""
        return False

    def walk(self) -> "Iterator[Expression]":
        """This node and all below."""
        stack: list[Expression] = [self]
        while stack:
            node = stack.pop()
            yield node
            stack.extend(node.parts)

    def patterns(self) -> frozenset[bytes]:
        """Every pattern it asks for."""
        return frozenset(node.pattern for node in self.walk() if isinstance(node, Term))

    def zones(self) -> int:
        """Mask of the zones it names itself."""
        return reduce(lambda mask, node: mask | (BITS[node.zone] if isinstance(node, In) else 0), self.walk(), 0)


@dataclass(frozen=True, slots=True)
class Anything(Expression):
    """`*`: matches every text."""

    def holds(self, found: Found, zones: int) -> bool:  # noqa: ARG002 - the same question to every node
        """Always."""
        return True

    def evidence(self, found: Found, zones: int) -> list[Occurrence]:  # noqa: ARG002
        """None: there is nothing to point at."""
        return []

    def _narrowest_guard(self) -> None:
        return  # no word must occur

    def __str__(self) -> str:
        return "*"


@dataclass(frozen=True, slots=True)
class Term(Expression):
    """A word or phrase, folded; with `prefix`, its last word may go on; with `exact`, case and accents must agree.

    Attributes:
        words: the folded words, with one space between.
        written: as it stood in the rule, without marks around it.
    """

    words: str
    written: str
    prefix: bool = False
    exact: str | None = None
    pattern: bytes = field(init=False, repr=False, compare=False)
    """What occurs in folded data where the term does: a space before, and behind unless the word may go on."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "pattern", f" {self.words}".encode() if self.prefix else f" {self.words} ".encode())
        object.__setattr__(self, "guard", frozenset((self.pattern,)))

    def holds(self, found: Found, zones: int) -> bool:
        """It occurs in one of the zones."""
        hits = found.hits.get(self.pattern)
        if not hits:
            return False
        if zones == EVERYWHERE and self.exact is None:
            return True
        return bool(self.occurrences(found, zones))

    def occurrences(self, found: Found, zones: int) -> list[Occurrence]:
        """Each one, in order."""
        pieces = found.pieces
        hits = [
            # A prefix may have stopped within a word.
            Occurrence(piece, start + 1, pieces[piece].folded.data.find(b" ", end - 1))
            for piece, start, end in found.hits.get(self.pattern, ())
            if pieces[piece].bit & zones
        ]
        if self.exact is None:
            return hits
        return [hit for hit in hits if self._is_exact(found.original(hit))]

    evidence = occurrences

    def _is_exact(self, original: str) -> bool:
        exact = exact_form(original)
        return exact.startswith(self.exact or "") if self.prefix else exact == self.exact

    def _narrowest_guard(self) -> _Guard:
        return frozenset((self.pattern,))

    @property
    def is_placed(self) -> bool:
        """Yes."""
        return True

    def __str__(self) -> str:
        plain = _PLAIN_WORD.fullmatch(self.written) and self.written not in _OPERATORS
        text = self.written if plain else f'"{self.written}"'
        if self.prefix:
            text = f"{text}*" if plain else f'"{self.written}*"'
        return f"={text}" if self.exact is not None else text


_PLAIN_WORD = re.compile(r"\w[\w'’.-]*")
_OPERATORS = frozenset(("AND", "OR", "NOT"))


def exact_form(text: str) -> str:
    """Text as exact terms compare it: compatibility forms and white space aside, as it stands."""
    return " ".join("".join(c if c.isalnum() else " " for c in unicodedata.normalize("NFKC", text)).split())


@dataclass(frozen=True, slots=True)
class And(Expression):
    """Every part holds."""

    members: tuple[Expression, ...]

    def holds(self, found: Found, zones: int) -> bool:
        """Every part does."""
        members = self.members
        return all(part.is_possible(found) for part in members) and all(part.holds(found, zones) for part in members)

    def evidence(self, found: Found, zones: int) -> list[Occurrence]:
        """That of all parts."""
        if not self.holds(found, zones):
            return []
        return [hit for part in self.members for hit in part.evidence(found, zones)]

    def _narrowest_guard(self) -> _Guard:
        return narrowest(part.guard for part in self.members)

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
    _by_pattern: dict[bytes, list[int]] = field(init=False, repr=False, compare=False)
    _unguarded: list[int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_pattern: dict[bytes, list[int]] = {}
        for number, part in enumerate(self.members):
            for pattern in part.guard or ():
                by_pattern.setdefault(pattern, []).append(number)
        object.__setattr__(self, "_by_pattern", by_pattern)
        object.__setattr__(self, "_unguarded", [i for i, part in enumerate(self.members) if part.guard is None])
        object.__setattr__(self, "guard", self._narrowest_guard())

    def _possible(self, found: Found) -> Iterator[Expression]:
        """The few of many parts of which a word was found, in order."""
        numbers = set(self._unguarded)
        for pattern in found.hits.keys() & self._by_pattern.keys():
            numbers.update(self._by_pattern[pattern])
        return (self.members[number] for number in sorted(numbers))

    def holds(self, found: Found, zones: int) -> bool:
        """One part does."""
        return any(part.holds(found, zones) for part in self._possible(found))

    def occurrences(self, found: Found, zones: int) -> list[Occurrence]:
        """Those of all parts, in order."""
        return sorted({hit for part in self._possible(found) for hit in part.occurrences(found, zones)})

    def evidence(self, found: Found, zones: int) -> list[Occurrence]:
        """That of all parts that hold."""
        return [hit for part in self._possible(found) for hit in part.evidence(found, zones)]

    def _narrowest_guard(self) -> _Guard:
        return union(part.guard for part in self.members)

    @property
    def parts(self) -> tuple[Expression, ...]:
        """The nodes below."""
        return self.members

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

    def holds(self, found: Found, zones: int) -> bool:
        """There is such a pair."""
        return next(self._pairs(found, zones), None) is not None

    def occurrences(self, found: Found, zones: int) -> list[Occurrence]:
        """From the beginning of the first to the end of the second, for each pair."""
        return sorted({_hull(left, right) for left, right in self._pairs(found, zones)})

    def evidence(self, found: Found, zones: int) -> list[Occurrence]:
        """The pairs, both sides of each."""
        return [hit for pair in self._pairs(found, zones) for hit in pair]

    def _pairs(self, found: Found, zones: int) -> Iterator[tuple[Occurrence, Occurrence]]:
        if not (self.right.is_possible(found) and self.left.is_possible(found)):
            return
        lefts = self.left.occurrences(found, zones)
        rights = self.right.occurrences(found, zones) if lefts else []
        if not rights:
            return
        placed = sorted((hit.piece, *found.words(hit), hit) for hit in rights)
        # A right side begins no earlier than this before the left one, and ends no later than `distance` behind it.
        longest = max(last - first for _, first, last, _ in placed) + 1
        for hit in lefts:
            first, last = found.words(hit)
            at = bisect_left(placed, (hit.piece, first - self.distance - longest))
            while at < len(placed) and placed[at][0] == hit.piece and placed[at][1] <= last + self.distance:
                _, other_first, other_last, other = placed[at]
                at += 1
                behind = 1 <= other_first - last <= self.distance
                before = not self.ordered and 1 <= first - other_last <= self.distance
                if behind or before:
                    yield hit, other

    def _narrowest_guard(self) -> _Guard:
        return narrowest((self.left.guard, self.right.guard))

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

    def _narrowest_guard(self) -> _Guard:
        # If n of k hold, one of any k - n + 1 does: of the narrowest of these together.
        guards = sorted((part.guard for part in self.members), key=_width)
        return union(guards[: len(guards) - self.number + 1])

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

    def holds(self, found: Found, zones: int) -> bool:  # noqa: ARG002
        """The part does, there."""
        return self.part.holds(found, BITS[self.zone])

    def occurrences(self, found: Found, zones: int) -> list[Occurrence]:  # noqa: ARG002
        """Those of the part, there."""
        return self.part.occurrences(found, BITS[self.zone])

    def evidence(self, found: Found, zones: int) -> list[Occurrence]:  # noqa: ARG002
        """That of the part, there."""
        return self.part.evidence(found, BITS[self.zone])

    def _narrowest_guard(self) -> _Guard:
        return self.part.guard

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


def _grouped(part: Expression, *looser: type[Expression]) -> str:
    return f"({part})" if isinstance(part, looser) else str(part)


def _hull(one: Occurrence, other: Occurrence) -> Occurrence:
    return Occurrence(one.piece, min(one.start, other.start), max(one.end, other.end))


def _width(guard: frozenset[bytes] | None) -> tuple[int, int]:
    """How often a guard is likely to be seen: fewer patterns are better, then longer ones; None is worst."""
    return (1 << 60, 0) if guard is None else (len(guard), -min(map(len, guard), default=0))


def narrowest(guards: Iterable[_Guard]) -> _Guard:
    """The guard that is seen least."""
    return min(guards, key=_width)


def union(guards: Iterable[_Guard]) -> _Guard:
    """All guards together; None if one of them is."""
    together: frozenset[bytes] = frozenset()
    for guard in guards:
        if guard is None:
            return None
        together |= guard
    return together
