"""Which words of an article are marked, and as what: a rule's, a place's, a signal's; told by terminals and pages."""

from collections.abc import Iterator, Sequence
from typing import Literal

from alerts.rules.nearly import NearMiss
from alerts.text import Zone
from alerts.verdict import Span, Verdict

Role = Literal["rule", "region", "signal", "near", "good", "bad", "title", "faint"]
RANK: dict[Role, int] = {"region": 1, "near": 2, "signal": 3, "rule": 4}
"""Where marks lie over each other, the highest is seen."""
_ROLE: dict[str, Role] = {"signal": "signal", "unless": "signal", "not": "signal", "region": "region"}
_AROUND = 70


def marks(verdict: Verdict, nearly: Sequence[NearMiss]) -> list[tuple[Span, Role]]:
    """Every piece of text that had a say in a verdict, or nearly had."""
    fired: list[tuple[Span, Role]] = [(span, "rule") for match in verdict.matches for span in match.spans]
    near = [span for miss in nearly for span in miss.found if not any(_overlap(span, other) for other, _ in fired)]
    return [
        *fired,
        *((span, "region") for hit in verdict.regions for span in hit.spans),
        *((span, "signal") for signal in verdict.signals for span in signal.spans),
        *in_the_way(nearly),
        *((span, "near") for span in near),
    ]


def in_the_way(nearly: Sequence[NearMiss]) -> list[tuple[Span, Role]]:
    """What keeps rules from firing: words that speak against it, or its own words in the wrong place."""
    return [
        (span, _ROLE.get(obstacle.kind, "near"))
        for miss in nearly
        for obstacle in miss.obstacles
        for span in obstacle.spans
    ]


def _overlap(one: Span, other: Span) -> bool:
    return one.field == other.field and one.start < other.end and other.start < one.end


def runs(text: str, start: int, end: int, marked: Sequence[tuple[Span, Role]]) -> Iterator[tuple[str, Role | None]]:
    """Code points `start` to `end` of a field, cut where marks begin and end."""
    roles: list[Role | None] = [None] * (end - start)
    for span, role in sorted(marked, key=lambda pair: RANK.get(pair[1], 0)):
        for at in range(max(span.start, start), min(span.end, end)):
            roles[at - start] = role
    at = 0
    while at < len(roles):
        to = at
        while to < len(roles) and roles[to] == roles[at]:
            to += 1
        yield text[start + at : start + to], roles[at]
        at = to


def excerpts(whole: str, zone: Zone, spans: Sequence[Span]) -> list[tuple[int, int]]:
    """The surroundings of the marks within their paragraphs, those that touch as one, cut between words."""
    ranges: list[tuple[int, int]] = []
    for span in sorted(spans, key=lambda span: span.start):
        start, end = max(zone.start, span.start - _AROUND), min(zone.end, span.end + _AROUND)
        start, end = max(start, _paragraph(whole, start, span.start)), _until(whole, "\n\n", span.end, end)
        if start and not whole[start - 1].isspace():
            start = whole.find(" ", start, span.start) + 1 or start
        if end < len(whole) and not whole[end].isspace():
            blank = whole.rfind(" ", span.end, end)
            end = blank if blank >= 0 else end
        if ranges and start <= ranges[-1][1]:
            ranges[-1] = ranges[-1][0], max(end, ranges[-1][1])
        else:
            ranges.append((start, end))
    return ranges


def _paragraph(whole: str, start: int, end: int) -> int:
    at = whole.rfind("\n\n", start, end)
    return start if at < 0 else at + 2


def _until(whole: str, mark: str, start: int, end: int) -> int:
    at = whole.find(mark, start, end)
    return end if at < 0 else at
