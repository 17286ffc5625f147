"""The one judge of all fault tests: compares what was said with what had to be said, and puts each breach into words.

It knows nothing of how the system works, only what stands on the topics and what a subscriber saw.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from alerts.alert import Alert, Audit
from consumers.backends.kafka import Cluster
from support.subscriber import Subscriber
from support.topics import records
from support.truth import Story, Truth

Seen = tuple[int, str, int]  # offset in `alerts`, alert id, revision


@dataclass
class Evidence:
    """What stands on the topics, read committed, and what one subscriber was told.

    Attributes:
        alerts: (offset, revision) in the topic's order.
        audits: every record of `desk.audit`.
        dead: every value on `articles.dead`.
        seen: what the subscriber saw, in order; None where there was none.
        gaps: the gaps it was told of.
    """

    alerts: list[tuple[int, Alert]] = field(default_factory=list)
    audits: list[Audit] = field(default_factory=list)
    dead: list[bytes] = field(default_factory=list)
    seen: list[Seen] | None = None
    gaps: list[dict[str, Any]] = field(default_factory=list)


async def gather(cluster: Cluster, subscriber: Subscriber | None = None) -> Evidence:
    """Read the topics to their ends."""
    name = cluster.settings.topic
    said, audits, dead = await asyncio.gather(
        *(records(cluster, name(t)) for t in ("alerts", "desk.audit", "articles.dead"))
    )
    return Evidence(
        alerts=[(record.offset, Alert.from_json(record.value or b"")) for record in said],
        audits=[Audit.from_json(record.value or b"") for record in audits],
        dead=[record.value or b"" for record in dead],
        seen=list(subscriber.log) if subscriber else None,
        gaps=list(subscriber.gaps) if subscriber else [],
    )


def breaches(truth: Truth, evidence: Evidence) -> list[str]:
    """Every breach, in words that begin with its kind; none is what every test wants."""
    return [
        *_order(evidence),
        *_stories(truth, evidence),
        *_dead(truth, evidence),
        *_answers(truth, evidence),
        *_subscriber(evidence),
    ]


def _order(evidence: Evidence) -> Iterator[str]:
    """Each (id, revision) once, and 1, 2, 3, ... in order."""
    last: dict[str, int] = {}
    for _, alert in evidence.alerts:
        expected = last.get(alert.id, 0) + 1
        if alert.revision < expected:
            yield f"doubled: {alert.id} revision {alert.revision} again"
        elif alert.revision > expected:
            yield f"lost: {alert.id} revision {alert.revision} follows {expected - 1}"
        last[alert.id] = max(alert.revision, expected - 1)


def _stories(truth: Truth, evidence: Evidence) -> Iterator[str]:
    """The set of alerts is the oracle's, and each says what it had to."""
    homes: dict[tuple[str, str], set[str]] = {}
    by_id: dict[str, list[Alert]] = {}
    for _, alert in evidence.alerts:
        by_id.setdefault(alert.id, []).append(alert)
        for source in alert.sources:
            homes.setdefault((source.source, source.uri), set()).add(alert.id)
    kept = {(a.article.source, a.article.uri, a.article.version) for a in evidence.audits if a.article}
    known: set[str] = set()
    for story in truth.stories:
        ids = story.ids & set(by_id)
        ids |= {i for a in story.articles for i in homes.get((a.source, a.uri), ())}
        known |= ids
        if len(ids) == 1:
            yield from _story(story, by_id[ids.pop()], kept)
        elif ids and story.kind in {"copied", "giant"} and any(a.dedup != "ok" for i in ids for a in by_id[i]):
            pass  # it is said that copies could not be told: they stand alone
        else:
            word = "doubled" if ids else "lost"
            yield f"{word}: {story.kind} {story.articles[0].uri} is in {len(ids)} alerts {sorted(ids)}"
    for article in truth.silent:
        known |= homes.get((article.source, article.uri), set())
        if found := homes.get((article.source, article.uri)):
            yield f"false: plain {article.uri} is in {sorted(found)}"
    for stranger in set(by_id) - known:
        yield f"false: alert {stranger} is of no article that was sent"


def _story(story: Story, revisions: Sequence[Alert], kept: set[tuple[str, str, str | None]]) -> Iterator[str]:
    name = f"{story.kind} {story.articles[0].uri}"
    first, last = revisions[0], revisions[-1]
    shown = {(s.source, s.uri, s.version) for revision in revisions for s in revision.sources}
    if first.id not in story.ids:
        yield f"false: {name} is alert {first.id}, which is another story's name"
    if first.op != "new":
        yield f"lost: {name} begins with {first.op}"
    if again := sum(revision.op == "new" for revision in revisions[1:]):
        yield f"doubled: {name} is new {again + 1} times"
    if len(revisions) > len(story.articles):
        yield f"doubled: {name} has {len(revisions)} revisions of {len(story.articles)} versions"
    if missing := story.versions - shown - kept:
        yield f"lost: {name}: {sorted(missing, key=str)}"
    if last.status != story.status:
        yield f"lost: {name} ends {last.status}, not {story.status}"
    if story.status == "live" and story.kind not in {"copied", "giant"} and last.headline[:200] != story.headline:
        yield f"lost: {name} ends with {last.headline!r}"
    if story.not_before and first.issued < story.not_before:
        yield f"early: {name} was issued {story.not_before - first.issued} before its time"


def _dead(truth: Truth, evidence: Evidence) -> Iterator[str]:
    """What could not be read is kept, byte for byte; twice does no harm, but nothing else may be there."""
    sent, dead = Counter(truth.poison), Counter(evidence.dead)
    for value in sent - dead:
        yield f"lost: poison {value[:40]!r} is not among the dead letters"
    for value in set(dead) - set(sent):
        yield f"false: a dead letter that was none: {value[:80]!r}"


def _answers(truth: Truth, evidence: Evidence) -> Iterator[str]:
    """An editor's action has one answer."""
    given = Counter(audit.action for audit in evidence.audits)
    for action in truth.actions:
        if given[action] != 1:
            yield f"{'doubled' if given[action] else 'lost'}: action {action} has {given[action]} answers"


def _subscriber(evidence: Evidence) -> Iterator[str]:
    """Each once, in order; what is missing was declared."""
    if evidence.seen is None:
        return
    topic = [(offset, alert.id, alert.revision) for offset, alert in evidence.alerts]
    before = -1
    for seen in evidence.seen:
        if seen[0] <= before:
            yield f"subscriber: {seen} came after {before}"
        before = max(before, seen[0])
    for never in set(evidence.seen) - set(topic):
        yield f"subscriber: {never} was never written"
    for missed in set(topic) - set(evidence.seen):
        if not any(gap["after"] < missed[0] < gap["next"] for gap in evidence.gaps):
            yield f"subscriber: {missed} was missed without a word"
