"""The cap: how often one rule may interrupt with new stories within an hour.

A rule gone wrong, or a day on which everything happens, must not deafen editors. Stories over the cap are issued all
the same, and grow and escalate as others do; only their first revision interrupts nobody, which is on record. What is
more urgent than what filled the cap passes, and a flash always does.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta

from alerts.alert import Audit
from alerts.desk import words
from alerts.desk.story import Announced
from alerts.verdict import Priority

_DO = "suppress"
HOUR = timedelta(hours=1)


def is_capped(audit: Audit) -> bool:
    """Whether a record of `desk.audit` tells of a new alert that the cap kept from interrupting."""
    return audit.do == _DO and (audit.reason or "").startswith(words.FLOODED)


class Floods:
    """The stories that interrupted as new, by rule. Made of what stories carry in their records, nothing else."""

    def __init__(self, cap: int) -> None:
        """`cap`: so many stories of one rule may interrupt within an hour; 0: any number."""
        self.cap = cap
        self._by_rule: dict[str, _Tally] = {}

    def full(self, rules: Iterable[str], priority: Priority, now: datetime) -> str | None:
        """The rule whose cap keeps a new story quiet, if all of its rules have interrupted too often; else None."""
        if not self.cap or priority is Priority.FLASH:
            return None
        last = None
        for last in rules:
            tally = self._by_rule.get(last)
            if tally is None or tally.count(priority.rank, now) < self.cap:
                return None
        return last

    def note(self, story: str, announced: Announced | None) -> None:
        """Count a story that interrupted."""
        if self.cap and announced is not None:
            for rule in announced.rules:
                self._by_rule.setdefault(rule, _Tally()).add(story, announced)

    def drop(self, story: str, announced: Announced | None) -> None:
        """Forget a story."""
        for rule in announced.rules if announced else ():
            if (tally := self._by_rule.get(rule)) is not None:
                tally.remove(story)


class _Tally:
    """Stories that interrupted by one rule, counted by rank: a day on which everything happens has thousands."""

    def __init__(self) -> None:
        self._stories: dict[str, Announced] = {}
        self._by_rank: Counter[int] = Counter()
        # Not after the oldest that is counted: until that is an hour ago there is nothing to look for.
        self._oldest: datetime | None = None

    def add(self, story: str, announced: Announced) -> None:
        self.remove(story)
        self._stories[story] = announced
        self._by_rank[announced.rank] += 1
        self._oldest = min(announced.at, self._oldest or announced.at)

    def remove(self, story: str) -> None:
        if (announced := self._stories.pop(story, None)) is not None:
            self._by_rank[announced.rank] -= 1

    def count(self, rank: int, now: datetime) -> int:
        """How many interrupted within the hour, with this rank or a higher one."""
        since = now - HOUR
        if self._oldest is not None and self._oldest <= since:
            for story in [story for story, announced in self._stories.items() if announced.at <= since]:
                self.remove(story)
            self._oldest = min((announced.at for announced in self._stories.values()), default=None)
        return sum(many for counted, many in self._by_rank.items() if counted >= rank)
