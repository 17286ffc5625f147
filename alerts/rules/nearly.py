"""Which rules nearly fired on an article, and what was missing or in the way of each.

A rule whose words are all there is in the way of something we can name: its regions, its age, a signal. Of the others
those come near of whose conditions all but one or two hold; what is missing is worked out along the tree of `match`,
taking of each OR the part that lacks least. The cost is bounded: only rules of which a word was found are looked at,
and of those only the ones with most words.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import reduce
from itertools import islice
from operator import or_
from typing import Any, Literal

from alerts.article import Article
from alerts.regions import name
from alerts.rules import signals
from alerts.rules.expression import Expression, Term
from alerts.rules.found import BITS, EVERYWHERE, Found, Occurrence
from alerts.rules.judgement import Judgement
from alerts.rules.operators import And, AtLeast, In, Near, Not, Or
from alerts.rules.rule import Rule, written
from alerts.rules.ruleset import RuleSet
from alerts.text import ZONES
from alerts.verdict import Span

_LOOKED_INTO = 60
"""Rules whose words are not all there; those with most of them are looked into."""
_LISTED = 5
_WEAK = 2
_SPANS = 6
Kind = Literal[
    "word", "zone", "case", "distance", "not", "language", "source", "region", "age", "hours", "unless", "signal"
]


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One thing that kept a rule from firing, in words, with the places in the text that show it."""

    kind: Kind
    text: str
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A rule that nearly fired.

    Attributes:
        found: words of it that are in the text.
        obstacles: what was missing or in the way, all of it.
        whole: its `match` holds: the words are all there.
    """

    rule: Rule
    found: tuple[Span, ...]
    obstacles: tuple[Obstacle, ...]
    whole: bool = False


def near_misses(rules: RuleSet, article: Article, now: datetime, *, at_most: int = 4) -> tuple[NearMiss, ...]:
    """The rules that came nearest without firing: first those whose words are all there, then others, nearest first.

    Args:
        rules: the rule set.
        article: as it stands on the topic.
        now: as for `RuleSet.judge`.
        at_most: so many of either kind.
    """
    seen = rules.look(article, now)
    matched = [rules.rules[number] for number in rules.matching(seen)]
    stopped = [
        NearMiss(rule, seen.spans(rule.match.expression.evidence(seen.found, rule.mask)), tuple(obstacles), whole=True)
        for rule in matched[:_LOOKED_INTO]
        if (obstacles := list(_obstacles(rule, seen)))
    ]
    others = _unmatched(rules, seen, {rule.id for rule in matched}, weak=0 if matched else _WEAK)
    return (*sorted(stopped, key=lambda miss: len(miss.obstacles))[:at_most], *islice(others, at_most))


def _obstacles(rule: Rule, seen: Judgement) -> Iterator[Obstacle]:
    """What is in the way of a rule whose words are all there."""
    article = seen.article
    if not rule.speaks(article.language):
        yield Obstacle("language", f"is for articles in {', '.join(rule.languages)}; this one is in {article.language}")
    if rule.sources is not None and not rule.sources.include(article.source):
        yield Obstacle("source", f"does not listen to {article.source}")
    if rule.regions and seen.is_elsewhere(rule):
        yield _elsewhere(rule, seen)
    if rule.max_age is not None and seen.age > rule.max_age:
        yield Obstacle("age", f"takes news up to {written(rule.max_age)} old; this is {_rough(seen.age)} old")
    if rule.hours is not None and not rule.hours.include(seen.now):
        there = seen.now.astimezone(rule.hours.zone)
        yield Obstacle("hours", f"is active {rule.hours}; there it was {there:%a %H:%M}")
    if rule.unless is not None and rule.unless.expression.holds(seen.found, rule.mask):
        spans = seen.spans(rule.unless.expression.evidence(seen.found, rule.mask))
        yield Obstacle("unless", "is held back by its `unless`", spans)
    for signal, spans in _signals(rule, seen):
        yield Obstacle("signal", f"is held back by the signal {signal}", spans)


def _signals(rule: Rule, seen: Judgement) -> Iterator[tuple[str, tuple[Span, ...]]]:
    if not rule.unless_signals:
        return
    before = seen.cues(rule)
    for signal in signals.NAMES:
        if signal not in rule.unless_signals:
            continue
        if signal in before:
            yield signal, seen.spans(before[signal])
        elif signal in seen.look_alikes:
            yield signal, seen.look_alikes[signal].spans


def _elsewhere(rule: Rule, seen: Judgement) -> Obstacle:
    wanted = ", ".join(sorted(rule.regions)[:_LISTED]) + (" and others" if len(rule.regions) > _LISTED else "")
    about = seen.places.about[:3]
    if not about:
        return Obstacle("region", f"is for {wanted}; this is about no place we know (`when_region_unknown: skip`)")
    spans = tuple(span for hit in about for span in hit.spans[:1])
    return Obstacle("region", f"is for {wanted}; this is about {', '.join(name(hit.code) for hit in about)}", spans)


@dataclass(slots=True)
class _Gap:
    """How far an expression is from being true: what it has, and what it lacks."""

    has: list[Occurrence] = field(default_factory=list)
    lacks: list[Obstacle] = field(default_factory=list)
    parts: int = 0
    """Conditions that hold."""

    @property
    def distance(self) -> tuple[int, int, int]:
        """Less is nearer: first by what is lacking (a missing word weighs more than one in the wrong place)."""
        return (len(self.lacks), sum(obstacle.kind == "word" for obstacle in self.lacks), -self.parts)


def _unmatched(rules: RuleSet, seen: Judgement, matched: set[str], *, weak: int) -> Iterator[NearMiss]:
    """Those of which words are missing; at most `weak` of which no more than one word is there."""
    counted = Counter(number for pattern in seen.found.hits for number in rules.asking(pattern))
    chosen = [rules.rules[number] for number, _ in counted.most_common(_LOOKED_INTO + len(matched))]
    gaps = [
        (_Measure(seen).gap(rule.match.expression, rule.mask), rule)
        for rule in chosen
        if rule.id not in matched and not any(obstacle.kind != "unless" for obstacle in _outside(rule, seen))
    ]
    near = [(gap, rule) for gap, rule in gaps if gap.has and len(gap.lacks) <= min(2, gap.parts)]
    for gap, rule in sorted(near, key=lambda pair: (pair[0].distance, -pair[1].priority.rank)):
        if gap.parts == 1 and all(obstacle.kind == "word" for obstacle in gap.lacks):
            weak -= 1
            if weak < 0:
                continue
        yield NearMiss(rule, seen.spans(gap.has)[:_SPANS], tuple(gap.lacks))


def _outside(rule: Rule, seen: Judgement) -> Iterable[Obstacle]:
    """What keeps a rule from an article whatever its words: then it did not come near."""
    article = seen.article
    if not rule.speaks(article.language) or (rule.sources is not None and not rule.sources.include(article.source)):
        return (Obstacle("language", ""),)
    return (Obstacle("region", ""),) if rule.regions and seen.is_elsewhere(rule) else ()


class _Measure:
    """Measures the gap of expressions in one article."""

    def __init__(self, seen: Judgement) -> None:
        self._seen = seen
        self._found: Found = seen.found

    def gap(self, node: Expression, zones: int) -> _Gap:
        """How far a node is from being true in these zones."""
        if node.holds(self._found, zones):
            return _Gap(has=node.evidence(self._found, zones), parts=1)
        if isinstance(node, And):
            return _joined([self.gap(part, zones) for part in node.members])
        if isinstance(node, In):
            return self.gap(node.part, BITS[node.zone])
        ways: dict[type, Callable[[Any, int], _Gap]] = {Or: self._or, AtLeast: self._at_least, Near: self._near}
        way = ways.get(type(node), self._leaf)
        return way(node, zones)

    def _leaf(self, node: Expression, zones: int) -> _Gap:
        return _Gap(lacks=[self._missing(node, zones)])

    def _missing(self, node: Expression, zones: int) -> Obstacle:
        if isinstance(node, Not):
            spans = self._seen.spans(node.part.evidence(self._found, zones))
            return Obstacle("not", f"must not hold: {_short(node.part)}", spans)
        return self._word(node, zones) if isinstance(node, Term) else Obstacle("word", f"misses {_short(node)}")

    def _or(self, node: Or, zones: int) -> _Gap:
        """The part that lacks least; where no word of any part is there, all of them together are one thing missing."""
        begun = [part for part in node.members if not part.patterns().isdisjoint(self._found.hits)]
        if not begun:
            return _Gap(lacks=[Obstacle("word", f"misses {_one_of(node.members)}")])
        return min((self.gap(part, zones) for part in begun), key=lambda gap: gap.distance)

    def _at_least(self, node: AtLeast, zones: int) -> _Gap:
        gaps = [self.gap(part, zones) for part in node.members]
        held = _joined([gap for gap in gaps if not gap.lacks])
        open_ = [part for part, gap in zip(node.members, gaps, strict=True) if gap.lacks]
        more = node.number - held.parts
        return _Gap(held.has, [Obstacle("word", f"misses {more} more of {_one_of(open_)}")] * more, held.parts)

    def _near(self, node: Near, zones: int) -> _Gap:
        left, right = self.gap(node.left, zones), self.gap(node.right, zones)
        both = _joined([left, right])
        if not both.lacks:
            both.lacks.append(self._distance(node, zones))
        return both

    def _distance(self, node: Near, zones: int) -> Obstacle:
        """How far apart the sides of a NEAR stand where they come nearest."""
        found = self._found
        order = "in this order, " if node.ordered else ""
        limit = f"at most {node.distance}" if node.distance > 1 else "1, side by side"
        places = [
            [(hit.piece, *found.words(hit), hit) for hit in islice(side.occurrences(found, zones), 20)]
            for side in (node.left, node.right)
        ]
        pairs = [(left, right) for left in places[0] for right in places[1] if left[0] == right[0]]
        if not pairs:
            return Obstacle("distance", "has both sides of NEAR, but not in one piece of text")
        apart, left, right = min(
            ((max(one[1] - other[2], other[1] - one[2]), one, other) for one, other in pairs), key=lambda pair: pair[0]
        )
        spans = self._seen.spans((left[3], right[3]))
        backwards = node.ordered and left[1] > right[1] and apart <= node.distance
        if backwards:
            return Obstacle("distance", f"wants {_short(node.left)} before {_short(node.right)}", spans)
        return Obstacle("distance", f"has them {apart} words apart; {order}{limit}", spans)

    def _word(self, term: Term, zones: int) -> Obstacle:
        found = self._found
        if term.exact is not None and (loose := [hit for hit in _loosely(term, found) if _bit(found, hit) & zones]):
            spans = self._seen.spans(loose[:1])
            return Obstacle("case", f"wants {term} in exactly this case, but finds {spans[0].text!r}", spans)
        if elsewhere := term.occurrences(found, EVERYWHERE):
            there = _names(reduce(or_, (_bit(found, hit) for hit in elsewhere)))
            spans = self._seen.spans(elsewhere[:1])
            return Obstacle("zone", f"looks for {term} in the {_names(zones)}; it is in the {there}", spans)
        return Obstacle("word", f"misses {term}")


def _rough(age: timedelta) -> str:
    """An age as one says it."""
    for unit in (timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)):
        if age >= 2 * unit:
            return written(age - age % unit)
    return written(age) or "0s"


def _joined(gaps: Sequence[_Gap]) -> _Gap:
    return _Gap(
        [hit for gap in gaps for hit in gap.has],
        [obstacle for gap in gaps for obstacle in gap.lacks],
        sum(gap.parts for gap in gaps),
    )


def _loosely(term: Term, found: Found) -> list[Occurrence]:
    """Where an exact term stands in another case."""
    return Term(term.words, term.written, term.prefix).occurrences(found, EVERYWHERE)


def _bit(found: Found, hit: Occurrence) -> int:
    return found.pieces[hit.piece].bit


def _names(zones: int) -> str:
    return " and ".join(zone for zone in ZONES if BITS[zone] & zones)


def _one_of(parts: Sequence[Expression]) -> str:
    if len(parts) == 1:
        return _short(parts[0])
    listed = ", ".join(_short(part, 30) for part in parts[:_LISTED])
    return f"one of {listed}" + (f" and {len(parts) - _LISTED} more" if len(parts) > _LISTED else "")


def _short(node: Expression, width: int = 60) -> str:
    text = str(node)
    return text if len(text) <= width else f"{text[: width - 3]}..."
