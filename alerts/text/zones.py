"""Which parts of an article are which: headline, lead, body, byline, slugline, source. Page furniture is in none."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from alerts.article import Article
from alerts.text import furniture
from alerts.text.excerpt import context
from alerts.text.folding import Folded, fold
from alerts.verdict import Span

ZONES = ("headline", "lead", "body", "byline", "slugline", "source")
"""Names of zones, in the order in which a reader meets them."""

_LEAD_AT_MOST = 600
"""A lead ends with the line that passes this; a first paragraph that goes on and on is cut at twice as much."""
# How much is looked at, in code points. News is never as long; a text that is must not hold up the others.
_HEADLINE_AT_MOST = 1_000
_DESCRIPTION_AT_MOST = 10_000
BODY_AT_MOST = 200_000

_Ranges = list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Zone:
    """One piece of a zone: code points `start` to `end` of `getattr(article, field)`. A zone may have several."""

    name: str
    field: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """An article cut into zones, each folded when first asked for."""

    article: Article
    zones: tuple[Zone, ...]
    _whole: Mapping[str, Folded] = field(default_factory=dict)
    _folded: dict[Zone, Folded] = field(default_factory=dict)

    def of(self, *names: str) -> tuple[Zone, ...]:
        """The pieces of the named zones, in order."""
        return tuple(zone for zone in self.zones if zone.name in names)

    def text(self, zone: Zone) -> str:
        """The original text of a piece."""
        whole: str = getattr(self.article, zone.field)
        return whole[zone.start : zone.end]

    def folded(self, zone: Zone) -> Folded:
        """The folded text of a piece; its offsets count from `zone.start`."""
        known = self._folded.get(zone)
        if known is None:
            whole = zone.start == 0 and zone.end == len(getattr(self.article, zone.field))
            known = (self._whole.get(zone.field) if whole else None) or fold(self.text(zone))
            self._folded[zone] = known
        return known

    def span(self, zone: Zone, start: int, end: int) -> Span:
        """The span for bytes `start` to `end` of the piece's folded data; its context stays within the piece."""
        first, last = self.folded(zone).original(start, end)
        piece = self.text(zone)
        return Span(zone.field, zone.start + first, zone.start + last, piece[first:last], context(piece, first, last))

    def excerpt(self, name: str, start: int, end: int) -> Span:
        """The span for code points of a field."""
        whole: str = getattr(self.article, name)
        return Span(name, start, end, whole[start:end], context(whole, start, end))


def prepare(article: Article, folded: Mapping[str, Folded] = MappingProxyType({})) -> Prepared:
    """Cut an article into zones.

    The lead is `description`; without one, the first paragraph of the story in `body_text` (one that only repeats the
    headline is passed over). The body is the rest of the story. What stands behind 200,000 code points of a body
    (10,000 of a description, 1,000 of a headline) is in no zone.

    Args:
        article: as it stands on the topic.
        folded: fields that were folded already, whole.
    """
    return Prepared(article, tuple(_zones(article)), folded)


def _zones(article: Article) -> Iterator[Zone]:
    start, end = furniture.headline(article.headline[:_HEADLINE_AT_MOST], article.source)
    if start < end:
        yield Zone("headline", "headline", start, end)
    paragraphs = _story(article, article.body_text[:BODY_AT_MOST])
    if article.description and article.description.strip():
        for start, end in _joined(article.description, _story(article, article.description[:_DESCRIPTION_AT_MOST])):
            yield Zone("lead", "description", start, end)
    else:
        lead, paragraphs = _split_lead(article, paragraphs)
        for start, end in lead:
            yield Zone("lead", "body_text", start, end)
    for start, end in _joined(article.body_text, paragraphs):
        yield Zone("body", "body_text", start, end)
    for name in ("byline", "slugline", "source"):
        value = getattr(article, name)
        if value:
            yield Zone(name, name, 0, len(value))


def _story(article: Article, text: str) -> _Ranges:
    """The lines of a text that are this story."""
    return furniture.without_banners(text, furniture.story(text), article.headline[:_HEADLINE_AT_MOST])


def _split_lead(article: Article, paragraphs: _Ranges) -> tuple[_Ranges, _Ranges]:
    """The pieces of the first paragraph, and those of the rest (with a repeated headline, which stays in the body)."""
    body = article.body_text
    first = 0
    headline = fold(article.headline).data
    while first < min(3, len(paragraphs) - 1) and fold(body[slice(*paragraphs[first])]).data.strip() in headline:
        first += 1
    paragraphs = [*paragraphs[:first], *_cut(body, paragraphs[first:])]
    last = first
    while last < len(paragraphs):
        _, end = paragraphs[last]
        last += 1
        if body[end - 1] in '.!?…。！？"”»)' or end - paragraphs[first][0] > _LEAD_AT_MOST:
            break
        if last < len(paragraphs) and "\n" in body[end : paragraphs[last][0]].strip(" \t\r")[1:]:
            break  # an empty line ends a paragraph, whatever stands before it
    return _joined(body, paragraphs[first:last]), paragraphs[:first] + paragraphs[last:]


def _cut(text: str, paragraphs: _Ranges) -> _Ranges:
    """The paragraphs, with the first one in two if it is far too long to be a lead."""
    if not paragraphs or paragraphs[0][1] - paragraphs[0][0] <= 2 * _LEAD_AT_MOST:
        return paragraphs
    start, end = paragraphs[0]
    at = start + 2 * _LEAD_AT_MOST
    blank = text.rfind(" ", start + _LEAD_AT_MOST, at)
    at = at if blank < 0 else blank
    return [(start, at), (at, end), *paragraphs[1:]]


def _joined(text: str, ranges: _Ranges) -> _Ranges:
    """Neighbouring lines as one piece, so that a phrase is found across a line break, but not across furniture."""
    joined: _Ranges = []
    for start, end in ranges:
        if joined and not text[joined[-1][1] : start].strip():
            joined[-1] = joined[-1][0], end
        else:
            joined.append((start, end))
    return joined
