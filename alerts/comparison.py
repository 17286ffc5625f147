"""What two rule sets make of the same articles: which alerts one has and the other has not, and how many a day.

Two alerts are the same if they hold an article in common: a rule set that fires on another report of an event first
gives it another id.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from alerts.alert import Alert
from alerts.verdict import Priority, highest


@dataclass(slots=True)
class Story:
    """One alert over all its revisions.

    Attributes:
        first: its first revision.
        priority: the highest of any revision.
        rules: of all revisions, in order of appearance.
        items: (source, uri) of every article in it.
    """

    first: Alert
    priority: Priority
    rules: tuple[str, ...]
    items: set[tuple[str, str]] = field(default_factory=set)

    def add(self, alert: Alert) -> None:
        """One more revision."""
        self.priority = highest(self.priority, alert.priority)
        self.rules = tuple(dict.fromkeys((*self.rules, *alert.rules)))
        self.items |= {(source.source, source.uri) for source in alert.sources}


class Run:
    """The alerts of one rule set.

    Attributes:
        stories: by id, in the order in which they began.
    """

    def __init__(self, alerts: Iterable[Alert]) -> None:
        self.stories: dict[str, Story] = {}
        for alert in alerts:
            story = self.stories.setdefault(alert.id, Story(alert, alert.priority, ()))
            story.add(alert)

    def by_day(self) -> Counter[date]:
        """How many alerts began on each day (UTC)."""
        return Counter(story.first.issued.date() for story in self.stories.values())


@dataclass(frozen=True, slots=True)
class Change:
    """One alert that is not the same by both rule sets; `before` is None where it is added, `after` where removed."""

    kind: Literal["added", "removed", "changed"]
    before: Story | None
    after: Story | None

    @property
    def story(self) -> Story:
        """The newer of the two."""
        story = self.after or self.before
        assert story is not None  # noqa: S101 - a change has a side
        return story

    @property
    def at(self) -> datetime:
        """When the alert was issued."""
        return self.story.first.issued


@dataclass(frozen=True, slots=True)
class Comparison:
    """All changes, in order of time, and the number of alerts that are the same by both."""

    changes: tuple[Change, ...]
    same: int

    def count(self, kind: str) -> int:
        """How many changes are of a kind."""
        return sum(change.kind == kind for change in self.changes)


def compare(before: Run, after: Run) -> Comparison:
    """What changes from one run to another over the same articles."""
    order = {id_: number for number, id_ in enumerate(before.stories)}
    homes: dict[tuple[str, str], list[str]] = {}
    for id_, story in before.stories.items():
        for item in story.items:
            homes.setdefault(item, []).append(id_)
    kept: set[str] = set()
    changes: list[Change] = []
    same = 0
    for story in after.stories.values():
        ids = sorted({id_ for item in story.items for id_ in homes.get(item, ())}, key=order.__getitem__)
        kept.update(ids)
        if not ids:
            changes.append(Change("added", None, story))
            continue
        old = before.stories[ids[0]]
        if (old.priority, set(old.rules)) == (story.priority, set(story.rules)):
            same += 1
        else:
            changes.append(Change("changed", old, story))
    changes += [Change("removed", story, None) for id_, story in before.stories.items() if id_ not in kept]
    return Comparison(tuple(sorted(changes, key=lambda change: change.at)), same)
