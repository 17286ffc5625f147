"""The rule language as a tree: what it asks of a text, which words are behind the answer, how it is written.

Every node answers three questions about a `Found` (what a search found in a text), with the zones it may look in:

- `holds`: is it true?
- `occurrences`: where does it stand (terms, OR of terms, NEAR: what has a place in the text)?
- `evidence`: which occurrences make it true? What is absent (NOT) or everywhere (`*`) has none.

and knows one thing of itself: `guard` is a set of patterns of which at least one occurs in every text for which it
holds, or None if there is no such set; `needs` are all such sets. By them a rule set finds the few rules worth asking
(see `search`).
"""

import re
import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache, reduce
from operator import or_

from alerts.rules.found import EVERYWHERE, Found, Occurrence
from alerts.rules.guards import Guard, Needs
from alerts.text.folding import is_invisible


class Expression(ABC):
    """A node of the tree.

    Attributes:
        guard: patterns of which one occurs in every text for which it holds; None if there are none such.
    """

    __slots__ = ("guard",)

    guard: Guard

    def __post_init__(self) -> None:
        object.__setattr__(self, "guard", self._narrowest_guard())

    @abstractmethod
    def holds(self, found: Found, zones: int) -> bool:
        """Whether it is true of the text."""

    @abstractmethod
    def evidence(self, found: Found, zones: int) -> list[Occurrence]:
        """The occurrences that make it true; empty where it is not."""

    @abstractmethod
    def _narrowest_guard(self) -> Guard: ...

    def needs(self) -> Needs:
        """Sets of patterns; of each of them one occurs in every text for which it holds."""
        return () if self.guard is None else (self.guard,)

    def is_possible(self, found: Found) -> bool:
        """Whether a word of its guard was found: a quick look before `holds`."""
        return self.guard is None or not found.present.isdisjoint(self.guard)

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

    @property
    def is_plain(self) -> bool:
        """Whether it stands wherever a pattern of its guard does, and nowhere else."""
        return False

    def relaxed(self) -> "Expression":
        """A form without NOT and zones, which is true wherever this one is; itself, if it has none."""
        return self

    def walk(self) -> "Iterator[Expression]":
        """This node and all below."""
        stack: list[Expression] = [self]
        while stack:
            node = stack.pop()
            yield node
            stack.extend(node.parts)

    def patterns(self) -> frozenset[bytes]:
        """Every pattern it asks for."""
        return frozenset(pattern for node in self.walk() for pattern in node.own_patterns)

    def zones(self) -> int:
        """Mask of the zones it names itself."""
        return reduce(or_, (node.own_zone for node in self.walk()), 0)

    @property
    def own_patterns(self) -> tuple[bytes, ...]:
        """The patterns this node itself asks for, without those below."""
        return ()

    @property
    def own_zone(self) -> int:
        """Mask of the zone this node itself names."""
        return 0


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

    @property
    def own_patterns(self) -> tuple[bytes, ...]:
        """The one pattern of a term."""
        return (self.pattern,)

    def holds(self, found: Found, zones: int) -> bool:
        """It occurs in one of the zones."""
        if self.pattern not in found.hits:
            return False
        if zones == EVERYWHERE and self.exact is None:
            return True
        return bool(self.occurrences(found, zones))

    def occurrences(self, found: Found, zones: int) -> list[Occurrence]:
        """Each one, in order."""
        places = found.placed.get(self.pattern) if zones == EVERYWHERE else found.places(self.pattern, zones)
        if places is None:
            places = found.place(self.pattern)
        if self.exact is None:
            return places
        return [place for place in places if self._is_exact(found.original(place))]

    evidence = occurrences

    def _is_exact(self, original: str) -> bool:
        if original == self.exact:
            return True
        exact = exact_form(original)
        return exact.startswith(self.exact or "") if self.prefix else exact == self.exact

    def _narrowest_guard(self) -> Guard:
        return frozenset((self.pattern,))

    @property
    def is_plain(self) -> bool:
        """In any case it is."""
        return self.exact is None

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


# A few words are in very many texts in the other case.
@lru_cache(maxsize=4096)
def exact_form(text: str) -> str:
    """Text as exact terms compare it: compatibility forms, white space and what cannot be seen aside, as it stands."""
    if not text.isascii():
        text = "".join(c for c in unicodedata.normalize("NFKC", text) if not is_invisible(c))
    return " ".join("".join(c if c.isalnum() else " " for c in text).split())
