"""A parsed expression: asked of plain texts here, of articles by a rule set."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from weakref import WeakValueDictionary

from alerts.rules.building import NO_LISTS, Lists
from alerts.rules.expression import Expression
from alerts.rules.found import BITS, EVERYWHERE, Found, Piece, scan
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

    def matches(self, texts: Mapping[str, str]) -> bool:
        """Whether the texts, by the zones they stand in, match as one article would."""
        pieces = [Piece(BITS[name], _folded(texts[name]), texts[name]) for name in ZONES if texts.get(name)]
        scanned = ((pattern, scan(pattern, pieces)) for pattern in self.expression.patterns())
        found = Found(pieces, {pattern: hits for pattern, hits in scanned if hits})
        return self.expression.is_possible(found) and self.expression.holds(found, EVERYWHERE)


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
