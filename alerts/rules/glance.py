"""A first look at an article: most hold nothing of what any rule asks for, and that is seen before it is cut in zones.

Whole fields are looked at, so what is found is more than the zones hold, never less. Therefore each expression is asked
in a form that is true wherever the expression is: without NOT and without zones. NEAR keeps its distance: a piece of a
zone is a stretch of a field.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from alerts.article import Article
from alerts.rules.expression import Expression
from alerts.rules.found import BITS, EVERYWHERE, Piece
from alerts.rules.search import Index
from alerts.text import BODY_AT_MOST, Folded, fold


@dataclass(frozen=True, slots=True)
class Glance:
    """What a first look found.

    Attributes:
        numbers: of the expressions that may hold, in order.
        patterns: all that occur anywhere in the article.
        folded: the fields that were looked at.
    """

    numbers: list[int]
    patterns: frozenset[bytes]
    folded: dict[str, Folded]


def glance(article: Article, index: Index, asked: Sequence[Expression], zones: int) -> Glance:
    """Look at an article once over.

    Args:
        article: as it stands on the topic.
        index: of the expressions.
        asked: for each expression, its `relaxed` form.
        zones: mask of all zones that any of them may look in.
    """
    pieces = []
    folded = {}
    for name, text in _fields(article, zones):
        folded[name] = fold(text)
        pieces.append(Piece(EVERYWHERE, folded[name], text))
    found, numbers = index.search(pieces)
    # If one may hold, all are asked again when the zones are known: up to there is enough.
    first = next((i for i, number in enumerate(numbers) if asked[number].holds(found, EVERYWHERE)), len(numbers))
    return Glance(numbers[first:], found.present, folded)


def _fields(article: Article, zones: int) -> Iterator[tuple[str, str]]:
    """Everything of the article that any zone may show."""
    yield "headline", article.headline
    if article.body_text:
        yield "body_text", article.body_text[:BODY_AT_MOST]
    if article.description:
        yield "description", article.description
    for name in ("byline", "slugline", "source"):
        if BITS[name] & zones and (text := getattr(article, name)):
            yield name, text
