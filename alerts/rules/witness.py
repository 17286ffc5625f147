"""Whether a rule can fire at all: a text is written on which it would, or every way to write one is found to fail.

An expression is true of some text if and only if it is true of one of its smallest texts: each word that it asks for
stands by itself, as far from the others as it may, in a case and with an ending that nothing else asks for. NOT is
drawn inward until it stands before words, and asks for nothing: whether what is written offends it is decided by the
matcher itself, so that a rule is never called dead by a second opinion of what matches what.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations

from alerts.rules.expression import Anything, Expression, Term
from alerts.rules.found import BITS, Found, Piece, scan
from alerts.rules.operators import And, AtLeast, In, Near, Not, Or
from alerts.rules.rule import Rule
from alerts.text import ZONES, fold

_TRIES = 2_000
_DEEP = 100
"""Parts of one AND that ask for words; what has more is not looked into."""
_FILLER = "qzq"

Draft = tuple[tuple[str, str], ...]
"""Pieces of text, each with its zone."""


class TooMany(Exception):
    """There are more ways to write a text than we try."""


def can_fire(rule: Rule) -> bool | None:
    """Whether some text fires a rule, as far as its words go; None if that is too much to find out."""
    unless = (Not(rule.unless.expression),) if rule.unless else ()
    return is_possible(And((rule.match.expression, *unless)), rule.zones)


def is_possible(wanted: Expression, zones: Sequence[str]) -> bool | None:
    """Whether some text, looked at in these zones, makes an expression true; None if that is too much to find out."""
    patterns = wanted.patterns()
    mask = sum(BITS[zone] for zone in zones)
    try:
        for tried, draft in enumerate(_Writer(wanted, zones).drafts(wanted)):
            if tried == _TRIES:
                return None
            pieces = [Piece(BITS[zone], fold(text), text) for zone, text in draft]
            found = Found(pieces, {p: hits for p in patterns if (hits := scan(p, pieces))})
            if wanted.holds(found, mask):
                return True
    except TooMany:
        return None
    return False


class _Writer:
    """Writes the smallest texts for one expression."""

    def __init__(self, wanted: Expression, zones: Sequence[str]) -> None:
        named = wanted.zones()
        # Zones that the expression does not name are all alike to it.
        other = [zone for zone in zones if not BITS[zone] & named]
        self._zones = (*other[-1:], *(zone for zone in zones if BITS[zone] & named))
        self._cased = any(isinstance(node, Term) and node.exact is not None for node in wanted.walk())

    def drafts(self, node: Expression) -> Iterator[Draft]:
        """Each text that offers the words asked for."""
        return self._true(node, self._zones)

    def _true(self, node: Expression, zones: Sequence[str]) -> Iterator[Draft]:
        match node:
            case Anything():
                yield ()
            case Not():
                yield from self._false(node.part, zones)
            case In():
                yield from self._true(node.part, (node.zone,))
            case And():
                yield from self._each([(part, True) for part in node.members], zones)
            case Or():
                for part in node.members:
                    yield from self._true(part, zones)
            case AtLeast():
                yield from self._some(node.members, node.number, zones, true=True)
            case _:
                for zone in zones:
                    for text in self._placed(node, zone):
                        yield ((zone, text),)

    def _false(self, node: Expression, zones: Sequence[str]) -> Iterator[Draft]:
        match node:
            case Anything():
                return
            case Not():
                yield from self._true(node.part, zones)
            case In():
                yield from self._false(node.part, (node.zone,))
            case And():
                for part in node.members:
                    yield from self._false(part, zones)
            case Or():
                yield from self._each([(part, False) for part in node.members], zones)
            case AtLeast():
                yield from self._some(node.members, len(node.members) - node.number + 1, zones, true=False)
            case _:
                yield ()  # nothing needs to be written for a word to be absent

    def _some(self, parts: Sequence[Expression], number: int, zones: Sequence[str], *, true: bool) -> Iterator[Draft]:
        for chosen in combinations(parts, number):
            yield from self._each([(part, true) for part in chosen], zones)

    def _each(self, parts: Sequence[tuple[Expression, bool]], zones: Sequence[str]) -> Iterator[Draft]:
        asking = [(part, true) for part, true in parts if true or not isinstance(part, Term | Near)]
        if len(asking) > _DEEP:
            raise TooMany
        yield from self._product(asking, zones)

    def _product(self, parts: Sequence[tuple[Expression, bool]], zones: Sequence[str]) -> Iterator[Draft]:
        if not parts:
            yield ()
            return
        (part, true), *others = parts
        for draft in self._true(part, zones) if true else self._false(part, zones):
            for rest in self._product(others, zones):
                yield draft + rest

    def _placed(self, node: Expression, zone: str) -> Iterator[str]:
        """Texts in which what has a place stands once."""
        match node:
            case Term():
                yield from self._forms(node)
            case Or():
                for part in node.members:
                    yield from self._placed(part, zone)
            case In() if node.zone == zone:
                yield from self._placed(node.part, zone)
            case Near():
                between = " ".join([""] + [_FILLER] * (node.distance - 1) + [""])
                for left in self._placed(node.left, zone):
                    for right in self._placed(node.right, zone):
                        yield f"{left}{between}{right}"
                        if not node.ordered:
                            yield f"{right}{between}{left}"

    def _forms(self, term: Term) -> Iterator[str]:
        # A prefix is asked for with an ending, so that it is not the bare word; in a script without spaces it is.
        endings = (term.words[-1] * 2, "") if term.prefix else ("",)
        for ending in endings:
            if term.exact is not None:
                yield term.written + ending
            else:
                yield term.words + ending
                if self._cased:
                    yield term.words[0] + (term.words[1:] + ending).upper()


def apart(node: Near) -> tuple[str, str] | None:
    """The two zones that the sides of a NEAR stand in, if they are not the same: then it never holds."""
    sides = [{part.zone for part in side.walk() if isinstance(part, In)} for side in (node.left, node.right)]
    whole = [len(zones) == 1 and _is_bound(side) for zones, side in zip(sides, (node.left, node.right), strict=True)]
    if all(whole) and sides[0] != sides[1]:
        return (next(z for z in ZONES if z in sides[0]), next(z for z in ZONES if z in sides[1]))
    return None


def _is_bound(node: Expression) -> bool:
    """Whether all of it stands inside zones that it names."""
    return isinstance(node, In) or (bool(node.parts) and all(_is_bound(part) for part in node.parts))
