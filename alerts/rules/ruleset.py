"""A rule set: all rules together, asked of an article in one pass."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import cached_property, reduce
from operator import or_
from typing import Any

import yaml
from pydantic_core import to_json

from alerts.article import Article
from alerts.rules.found import BITS, EVERYWHERE, Piece
from alerts.rules.glance import Glance, glance
from alerts.rules.judgement import Judgement, Stage, dating, outcome, withdrawn
from alerts.rules.query import Query
from alerts.rules.rule import DEFAULT_ZONES, Rule, Sources, written
from alerts.rules.search import Index
from alerts.text import ZONES, prepare
from alerts.verdict import Outcome, Priority, Signal, Verdict


class RuleSet:
    """Rules in force together. Made by `load` or `default_rules`; never changed.

    Attributes:
        rules: in the order of the file.
        hash: 16 hexadecimal digits, the same for every set that judges the same (names and examples apart).
    """

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules = tuple(rules)
        self.hash = hashlib.blake2b(to_json([_plain(r, canonical=True) for r in self.rules]), digest_size=8).hexdigest()
        queries = [(rule.match, rule.unless) if rule.unless else (rule.match,) for rule in self.rules]
        self._index = Index([query.expression for query in queries_of_rule] for queries_of_rule in queries)
        named = (query.expression.zones() for queries_of_rule in queries for query in queries_of_rule)
        self._expressions = [rule.match.expression for rule in self.rules]
        self._relaxed = [expression.relaxed() for expression in self._expressions]
        self._masks = [rule.mask for rule in self.rules]
        self._zones = reduce(or_, (*named, *self._masks), 0)

    def judge(self, article: Article, now: datetime, *, thorough: bool = False) -> Verdict:
        """What the rules say of one article.

        Checks, in this order: taken back or corrected by its publisher, or a retraction rule fires (`retraction`); a
        rule fires but the embargo is not over (`embargoed`); `stale`; `out_of_hours`; `held_back`; else `none`. One
        rule that fires is enough for `breaking`, whatever became of the others.

        Args:
            article: as it stands on the topic.
            now: with a time zone.
            thorough: resolve regions and look for signals also where no rule's words were found.
        """
        looked = None if thorough else glance(article, self._index, self._relaxed, self._zones)
        if looked is not None and not looked.numbers:
            # Most articles: no need to know which part of the page is which, if no rule's words are on it.
            mark = withdrawn(article)
            outcome_of_silence = Outcome.RETRACTION if mark else Outcome.NONE
            return Verdict(outcome_of_silence, signals=(*((Signal(mark),) if mark else ()), *dating(article, now)))
        seen = self._judgement(article, now, self._zones, looked)
        matched = [rule for number in self.matching(seen) if _listens(rule := self.rules[number], article)]
        staged = [(rule, seen.stage(rule)) for rule in matched]
        taken_back = withdrawn(article)
        denials = [rule for rule, stage in staged if rule.kind == "retraction" and stage is Stage.FIRES]
        alarms = [(rule, stage) for rule, stage in staged if rule.kind == "alert"]
        furthest, verdict = outcome(stage for _, stage in alarms)
        counting = [rule for rule, stage in alarms if stage is furthest and furthest is not Stage.ELSEWHERE]
        marks: tuple[Signal, ...] = ()
        if taken_back or denials:
            verdict, counting = Outcome.RETRACTION, denials + counting
            marks = (Signal(taken_back),) if taken_back else ()
        elif verdict is Outcome.BREAKING and article.embargoed is not None and now < article.embargoed:
            verdict = Outcome.EMBARGOED
        if thorough:
            _ = seen.look_alikes
        placed = bool(counting) or thorough
        return Verdict(
            verdict,
            tuple(seen.match(rule) for rule in counting),
            seen.places.about if placed else (),
            seen.places.mentioned if placed else (),
            marks + (seen.signals if placed or thorough else seen.dating),
        )

    def _judgement(self, article: Article, now: datetime, mask: int, looked: Glance | None = None) -> Judgement:
        prepared = prepare(article, looked.folded if looked else {})
        zones = [zone for zone in prepared.zones if BITS[zone.name] & mask]
        pieces = [Piece(BITS[zone.name], prepared.folded(zone), prepared.text(zone)) for zone in zones]
        if looked:
            return Judgement(prepared, zones, self._index.find(pieces, looked.patterns), looked.numbers, now)
        return Judgement(prepared, zones, *self._index.search(pieces), now)

    def look(self, article: Article, now: datetime) -> Judgement:
        """What the words of all rules find in an article, in all its zones: for questions besides the verdict."""
        return self._judgement(article, now, EVERYWHERE)

    def matching(self, seen: Judgement) -> Iterator[int]:
        """The numbers of the rules whose `match` holds, whatever else they ask, in order."""
        for number in seen.candidates:
            if self._expressions[number].holds(seen.found, self._masks[number]):
                yield number

    def asking(self, pattern: bytes) -> Sequence[int]:
        """The numbers of the rules whose `match` asks for a pattern."""
        return self._asking.get(pattern, ())

    @cached_property
    def _asking(self) -> dict[bytes, list[int]]:
        asking: dict[bytes, list[int]] = {}
        for number, expression in enumerate(self._expressions):
            for pattern in expression.patterns():
                asking.setdefault(pattern, []).append(number)
        return asking

    def dump(self) -> str:
        """The rules as a file that `load` reads back to an equal set."""
        document = {"version": 1, "rules": [_plain(rule, canonical=False) for rule in self.rules]}
        return yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=120)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RuleSet) and self.rules == other.rules

    def __hash__(self) -> int:
        return hash(self.hash)

    def __repr__(self) -> str:
        return f"RuleSet({len(self.rules)} rules, {self.hash})"


def _listens(rule: Rule, article: Article) -> bool:
    return rule.speaks(article.language) and (rule.sources is None or rule.sources.include(article.source))


def _plain(rule: Rule, *, canonical: bool) -> dict[str, Any]:
    """A rule as plain data, what is as by default left out; canonical: only what makes a difference to a verdict."""
    plain = {
        "id": rule.id,
        "name": rule.name if rule.name != rule.id and not canonical else None,
        "kind": rule.kind if rule.kind != "alert" else None,
        "topic": rule.topic,
        "media_topic": rule.media_topic,
        "priority": rule.priority.value if rule.priority is not Priority.ROUTINE else None,
        "match": _written(rule.match, canonical=canonical),
        "unless": rule.unless and _written(rule.unless, canonical=canonical),
        "unless_signals": sorted(rule.unless_signals),
        "in": None if rule.zones == DEFAULT_ZONES else [zone for zone in ZONES if zone in rule.zones],
        "regions": sorted(rule.regions),
        "when_region_unknown": rule.when_region_unknown if rule.when_region_unknown != "skip" else None,
        "languages": list(rule.languages),
        "sources": rule.sources and _lists(rule.sources),
        "max_age": rule.max_age and written(rule.max_age),
        "hours": rule.hours and str(rule.hours),
        "cooldown": rule.cooldown and written(rule.cooldown),
        "examples": None
        if canonical
        else {"match": _short(rule.examples.match), "no_match": _short(rule.examples.no_match)},
    }
    return {name: value for name, value in plain.items() if value not in (None, [], {}) and _holds_any(value)}


def _written(query: Query, *, canonical: bool) -> str:
    """As its author wrote it; what lists stand for is written out, since those are the file's."""
    return str(query) if canonical or "$" in query.text else query.text


def _holds_any(value: Any) -> bool:
    return not isinstance(value, dict) or any(value.values())


def _lists(sources: Sources) -> dict[str, list[str]]:
    return {name: list(names) for name, names in (("allow", sources.allow), ("deny", sources.deny)) if names}


def _short(examples: Iterable[Any]) -> list[Any]:
    return [example["headline"] if list(example) == ["headline"] else dict(example) for example in examples]
