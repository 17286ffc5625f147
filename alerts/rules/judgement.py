"""One article before one rule set: how far each rule gets, and what that makes of the article."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import IntEnum
from functools import cached_property

from alerts.article import Article
from alerts.notices import notice_of
from alerts.regions import Places, ancestors, resolve
from alerts.rules import signals
from alerts.rules.found import Found, Occurrence
from alerts.rules.query import Query
from alerts.rules.rule import Rule
from alerts.text import Prepared, Zone
from alerts.verdict import Match, Outcome, Signal, Span

MAX_SPANS = 8
_SAME_WORD = 3
FUTURE = timedelta(minutes=10)
"""How far ahead of our clock `published` may be before it is taken for a mistake."""


class Stage(IntEnum):
    """How far a rule whose words were found gets. The furthest of any rule decides the outcome."""

    ELSEWHERE = 0  # not about one of its places
    STALE = 1
    OUT_OF_HOURS = 2
    HELD_BACK = 3
    FIRES = 4


# Corrected and repeated texts are still news to whoever missed the first; the desk knows who did.
_NOTICES = {"kill": "canceled", "hold": "withheld"}
_OUTCOMES = {
    Stage.ELSEWHERE: Outcome.NONE,
    Stage.STALE: Outcome.STALE,
    Stage.OUT_OF_HOURS: Outcome.OUT_OF_HOURS,
    Stage.HELD_BACK: Outcome.HELD_BACK,
    Stage.FIRES: Outcome.BREAKING,
}


class Judgement:
    """What is known of one article while it is judged; the dear parts are worked out when first needed.

    Attributes:
        candidates: the numbers of the rules whose `match` may hold, in order.
    """

    def __init__(
        self, prepared: Prepared, zones: Sequence[Zone], found: Found, candidates: Sequence[int], now: datetime
    ) -> None:
        self.prepared = prepared
        self.zones = zones
        self.found = found
        self.candidates = candidates
        self.now = now
        self._held_by: dict[str, Signal] = {}
        self._spans: dict[Occurrence, Span] = {}

    @property
    def article(self) -> Article:
        """The article."""
        return self.prepared.article

    @cached_property
    def places(self) -> Places:
        """Which places the text is about."""
        return resolve(self.prepared)

    @cached_property
    def look_alikes(self) -> dict[str, Signal]:
        """The signals of the text as a whole, by name."""
        return {signal.name: signal for signal in signals.detect(self.prepared)}

    @cached_property
    def dating(self) -> tuple[Signal, ...]:
        """What is wrong with the article's date."""
        return dating(self.article, self.now)

    @cached_property
    def age(self) -> timedelta:
        """How long the news has been out: since it was published, or its embargo ended."""
        known = [
            moment for moment in (self.article.published or self.article.received, self.article.embargoed) if moment
        ]
        since = min(max(known), self.now) if known else self.now
        return self.now - since

    @property
    def signals(self) -> tuple[Signal, ...]:
        """All that was found, worked out so far."""
        whole = self.__dict__.get("look_alikes", {})
        return (*self.dating, *({**whole, **self._held_by}).values())

    def stage(self, rule: Rule) -> Stage:
        """How far a rule gets whose words were found."""
        if rule.regions and self.is_elsewhere(rule):
            return Stage.ELSEWHERE
        if rule.max_age is not None and self.age > rule.max_age:
            return Stage.STALE
        if rule.hours is not None and not rule.hours.include(self.now):
            return Stage.OUT_OF_HOURS
        return Stage.HELD_BACK if self._is_held(rule) else Stage.FIRES

    def match(self, rule: Rule) -> Match:
        """The rule with the words behind it."""
        cooldown = rule.cooldown.total_seconds() if rule.cooldown is not None else None
        return Match(rule.id, rule.priority, rule.topic, cooldown, self.spans(self._evidence(rule.match, rule)))

    def spans(self, hits: Iterable[Occurrence]) -> tuple[Span, ...]:
        """A handful of occurrences, in reading order, as places in the article; no word too often."""
        chosen: list[Span] = []
        seen: dict[bytes, int] = {}
        for hit in sorted(set(hits)):
            word = self.found.pieces[hit.piece].folded.data[hit.start : hit.end]
            seen[word] = seen.get(word, 0) + 1
            if seen[word] <= _SAME_WORD:
                chosen.append(self._span(hit))
            if len(chosen) == MAX_SPANS:
                break
        return tuple(chosen)

    def _span(self, hit: Occurrence) -> Span:
        """Many rules ask for the same words."""
        span = self._spans.get(hit)
        if span is None:
            span = self._spans[hit] = self.prepared.span(self.zones[hit.piece], hit.start, hit.end)
        return span

    def _evidence(self, query: Query, rule: Rule) -> list[Occurrence]:
        return query.expression.evidence(self.found, rule.mask)

    def is_elsewhere(self, rule: Rule) -> bool:
        """Whether the text is about none of the regions that a rule names."""
        about = self._about
        return rule.regions.isdisjoint(about) if about else rule.when_region_unknown == "skip"

    @cached_property
    def _about(self) -> frozenset[str]:
        """Every region that the text is about, with those that they lie in."""
        return frozenset(code for hit in self.places.about for code in ancestors(hit.code))

    def cues(self, rule: Rule) -> dict[str, list[Occurrence]]:
        """The signals given by where all that a rule found stands and by what is around it, with what gives them."""
        claims = signals.claims_of(rule.match.expression, self.found, rule.mask)
        return signals.before(self.found, claims) | signals.beside(self.prepared, self.found, claims)

    def _is_held(self, rule: Rule) -> bool:
        if rule.unless is not None and rule.unless.expression.holds(self.found, rule.mask):
            spans = self.spans(self._evidence(rule.unless, rule))
            self._held_by.setdefault("unless", Signal("unless", spans))
            return True
        if not rule.unless_signals:
            return False
        given = self.cues(rule)
        for name, cues in given.items():  # in the order of the file, so that every process says the same
            if name in rule.unless_signals:
                self._held_by.setdefault(name, Signal(name, self.spans(cues)))
        return not rule.unless_signals.isdisjoint(given.keys() | self.look_alikes.keys())


def dating(article: Article, now: datetime) -> tuple[Signal, ...]:
    """What is wrong with an article's date, if something is."""
    if article.published is None:
        return (Signal("undated"),)
    return (Signal("future_dated"),) if article.published > now + FUTURE else ()


def withdrawn(article: Article) -> str | None:
    """The word by which its publisher takes an article back or corrects it, if one does."""
    if article.pubstatus != "usable":
        return article.pubstatus
    if (word := notice_of(article)) in _NOTICES:
        return _NOTICES[word]
    return "correction" if article.signal == "correction" else None


def outcome(stages: Iterable[Stage]) -> tuple[Stage, Outcome]:
    """The furthest stage, and what it makes of the article."""
    furthest = max(stages, default=Stage.ELSEWHERE)
    return furthest, _OUTCOMES[furthest]
