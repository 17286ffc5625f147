"""What the lab says, as JSON values. Texts come in runs `[words, role]`, so that a page need not count characters."""

from collections.abc import Sequence
from typing import Any

from alerts.article import Article
from alerts.comparison import Change, Story
from alerts.explain import explanation
from alerts.lab.book import Book, Draft
from alerts.lab.effect import Effect
from alerts.lab.trial import Fired, Near
from alerts.marks import Role, excerpts, in_the_way, marks, runs
from alerts.rules import Problem, RuleSet
from alerts.rules.nearly import NearMiss
from alerts.text import Zone, prepare
from alerts.verdict import Outcome, Span, Verdict

_HEADLINE = 400
_LEAD = 320
_EXCERPTS = 2
_TEXT = 20_000
_PLACES = 5
_CHANGES = 300

Marks = Sequence[tuple[Span, Role]]


def problem(found: Problem) -> dict[str, Any]:
    """A fault or an oddity with its place in the editor; `file` only where it is in another file."""
    told: dict[str, Any] = {"line": found.line, "column": found.column, "message": found.message}
    for name in ("file", "found", "expected", "suggestion"):
        if value := getattr(found, name):
            told[name] = value
    return told


def rules(book: Book, draft: Draft) -> list[dict[str, Any]]:
    """The rules at hand and those that would be gone."""
    shown = [
        {
            "id": rule.id,
            "name": rule.name or rule.id,
            "priority": rule.priority.value,
            "topic": rule.topic,
            "change": "same" if rule.id not in draft.new else "changed" if rule.id in book.by_id else "new",
        }
        for rule in draft.shown
    ]
    after = {rule.id for rule in draft.every}
    gone = (rule for rule in draft.gone if rule.id not in after)
    return shown + [{"id": rule.id, "name": rule.name or rule.id, "change": "removed"} for rule in gone]


def fired(one: Fired) -> dict[str, Any]:
    """An article that a rule fires on, and whether that is new."""
    return {
        **_article(one.entry.article, marks(one.verdict, ())),
        "received": one.entry.received,
        **_verdict(one.verdict),
        "before": _verdict(one.before),
    }


def near(one: Near) -> dict[str, Any]:
    """An article that a rule nearly fires on, and what was missing."""
    found: list[tuple[Span, Role]] = [(span, "near") for span in one.miss.found]
    found += in_the_way([one.miss])
    told = _article(one.entry.article, found)
    return {**told, "received": one.entry.received, **missed(one.miss)}


def missed(miss: NearMiss) -> dict[str, Any]:
    """A rule that nearly fired."""
    return {
        "rule": miss.rule.id,
        "whole": miss.whole,
        "found": list(dict.fromkeys(span.text for span in miss.found)),
        "obstacles": [
            {"kind": each.kind, "text": each.text, "evidence": list(dict.fromkeys(span.text for span in each.spans))}
            for each in miss.obstacles
        ],
    }


def effect(found: Effect) -> dict[str, Any]:
    """Which alerts change; at most 300 of them, the newest."""
    compared = found.comparison
    return {
        "since": found.since,
        "articles": found.articles,
        "cut": found.cut,
        **{kind: compared.count(kind) for kind in ("added", "removed", "changed")},
        "same": compared.same,
        "changes": [_change(change) for change in reversed(compared.changes[-_CHANGES:])],
    }


def verdict(article: Article, seen: Verdict, nearly: Sequence[NearMiss]) -> dict[str, Any]:
    """Everything about one article: `alerts explain` with the text, marked, and what nearly fired."""
    found = marks(seen, nearly)
    return {
        **explanation(article, seen),
        "article": {
            **_article(article, found),
            "texts": [
                {"field": name, "runs": _runs(text[:_TEXT], 0, min(len(text), _TEXT), _of(found, name))}
                for name in ("headline", "description", "body_text")
                if (text := getattr(article, name))
            ],
        },
        "matches": [
            {"rule": m.rule, "priority": m.priority, "topic": m.topic, "words": _words(m.spans)} for m in seen.matches
        ],
        "places": [{"code": hit.code, "name": hit.name, "words": _words(hit.spans)} for hit in seen.regions],
        "nearly": [missed(miss) for miss in nearly],
    }


def ruleset(found: RuleSet) -> dict[str, Any]:
    """A rule set in a few words."""
    return {"ruleset": found.hash, "count": len(found.rules)}


def _verdict(seen: Verdict) -> dict[str, Any]:
    fires = seen.fires or seen.outcome is Outcome.RETRACTION
    return {
        "outcome": seen.outcome.value,
        "priority": seen.priority,
        "rules": [match.rule for match in seen.matches] if fires else [],
        "regions": [{"code": hit.code, "name": hit.name} for hit in seen.regions[:_PLACES]],
        "signals": [signal.name for signal in seen.signals],
    }


def _article(article: Article, found: Marks) -> dict[str, Any]:
    """What a list shows of an article: headline, lead, and the words elsewhere that had a say."""
    passages: list[dict[str, Any]] = []
    for zone in prepare(article).zones:
        whole: str = getattr(article, zone.field)
        inside = [(span, role) for span, role in found if span.field == zone.field and _within(span, zone)]
        if zone.name == "lead" and not any(passage["zone"] == "lead" for passage in passages):
            end = min(zone.end, zone.start + _LEAD)
            passages.append({"zone": "lead", "runs": _runs(whole, zone.start, end, inside)})
        elif zone.name not in {"headline", "lead"} and len(passages) <= _EXCERPTS:
            for start, end in excerpts(whole, zone, [span for span, _ in inside])[:_EXCERPTS]:
                passages.append({"zone": zone.name, "runs": _runs(whole, start, end, inside)})
    return {
        "uri": article.uri,
        "source": article.source,
        "version": article.version,
        "language": article.language,
        "url": article.url,
        "published": article.published,
        "headline": _runs(article.headline, 0, min(len(article.headline), _HEADLINE), _of(found, "headline")),
        "passages": passages,
    }


def _within(span: Span, zone: Zone) -> bool:
    return zone.start <= span.start < zone.end


def _of(found: Marks, field: str) -> list[tuple[Span, Role]]:
    return [(span, role) for span, role in found if span.field == field]


def _runs(text: str, start: int, end: int, found: Marks) -> list[tuple[str, str]]:
    return [(words, role or "") for words, role in runs(text, start, end, found)]


def _words(spans: Sequence[Span]) -> list[str]:
    return list(dict.fromkeys(span.text for span in spans))


def _change(change: Change) -> dict[str, Any]:
    first = change.story.first
    return {
        "change": change.kind,
        "id": first.id,
        "at": change.at,
        "headline": first.headline,
        "language": first.language,
        "source": first.sources[0].source if first.sources else None,
        "reports": len(change.story.items),
        "after": _side(change.after),
        "before": _side(change.before),
    }


def _side(story: Story | None) -> dict[str, Any] | None:
    return None if story is None else {"priority": story.priority, "rules": story.rules}
