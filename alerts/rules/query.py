"""A parsed expression: asked of plain texts here, of articles by a rule set."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from math import prod
from weakref import WeakValueDictionary

from alerts.rules.building import NO_LISTS, Lists
from alerts.rules.expression import Expression
from alerts.rules.found import BITS, EVERYWHERE, Found, Piece, scan
from alerts.rules.operators import Near
from alerts.rules.syntax import parse
from alerts.text import ZONES, Folded, fold


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Query:
    """An expression of the rule language.

    Attributes:
        text: as it was written.
        expression: its tree. `str(expression)` is the same in canonical form.
    """

    text: str = field(compare=False)
    expression: Expression

    def __str__(self) -> str:
        return str(self.expression)

    @property
    def combinations(self) -> int:
        """How many combinations of words the NEARs that stand beside NEARs ask for: what the expression may cost.

        Each is looked for from each place of each of its words, so that a few lists of common words, one NEAR beside
        the other, can take seconds for one text.
        """
        nears = (node for node in self.expression.walk() if isinstance(node, Near))
        return sum(_combinations(near) for near in nears if any(map(_is_near, _below(near))))

    def matches(self, texts: Mapping[str, str]) -> bool:
        """Whether the texts, by the zones they stand in, match as one article would."""
        pieces = [Piece(BITS[name], _folded(texts[name]), texts[name]) for name in ZONES if texts.get(name)]
        scanned = ((pattern, scan(pattern, pieces)) for pattern in self.expression.patterns())
        found = Found(pieces, {pattern: hits for pattern, hits in scanned if hits})
        return self.expression.is_possible(found) and self.expression.holds(found, EVERYWHERE)


def _below(node: Expression) -> Iterator[Expression]:
    """All nodes below one."""
    return (each for part in node.parts for each in part.walk())


def _is_near(node: Expression) -> bool:
    return isinstance(node, Near)


def _combinations(node: Expression) -> int:
    ways = [_combinations(part) for part in node.parts]
    return prod(ways) if isinstance(node, Near) else sum(ways) or 1


# The same alert is shown to many subscribers' filters.
@lru_cache(maxsize=1024)
def _folded(text: str) -> Folded:
    return fold(text)


# An edit of a rules file changes one of many expressions: what is in force need not be read again.
_known: WeakValueDictionary[str, Query] = WeakValueDictionary()


def parse_query(expression: str, lists: Lists = NO_LISTS) -> Query:
    """Read an expression. Queries do not change, so equal ones that are in use are one.

    Args:
        expression: as it is written.
        lists: what `$name` stands for; in subscribers' filters for nothing.

    Raises:
        InvalidQuery: with the column, what was found and what was expected.
    """
    if "$" in expression:  # what it says is not all that it stands for
        return Query(expression, parse(expression, lists))
    query = _known.get(expression)
    if query is None:
        query = _known[expression] = Query(expression, parse(expression))
    return query
