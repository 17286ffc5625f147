"""The cap: how often one rule may interrupt with new stories within an hour.

A rule gone wrong, or a day on which everything happens, must not deafen editors. Stories over the cap are issued all
the same, and grow and escalate as others do; only their first revision interrupts nobody, which is on record. What is
more urgent than what filled the cap passes, and a flash always does.
"""

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
        self._by_rule: dict[str, dict[str, Announced]] = {}
        # Not after the oldest that is counted of each rule: until that is an hour ago there is nothing to look for.
        self._oldest: dict[str, datetime] = {}

    def full(self, rules: Iterable[str], priority: Priority, now: datetime) -> str | None:
        """The rule whose cap keeps a new story quiet, if all of its rules have interrupted too often; else None."""
        if not self.cap or priority is Priority.FLASH:
            return None
        last = None
        for last in rules:
            if self._count(last, priority.rank, now) < self.cap:
                return None
        return last

    def note(self, story: str, announced: Announced | None) -> None:
        """Count a story that interrupted."""
        if self.cap and announced is not None:
            for rule in announced.rules:
                self._by_rule.setdefault(rule, {})[story] = announced
                self._oldest[rule] = min(announced.at, self._oldest.get(rule, announced.at))

    def drop(self, story: str, announced: Announced | None) -> None:
        """Forget a story."""
        for rule in announced.rules if announced else ():
            if rule in self._by_rule:
                self._by_rule[rule].pop(story, None)

    def _count(self, rule: str, rank: int, now: datetime) -> int:
        known = self._by_rule.get(rule)
        if not known:
            return 0
        since = now - HOUR
        if self._oldest[rule] <= since:
            for story in [story for story, announced in known.items() if announced.at <= since]:
                del known[story]
            self._oldest[rule] = min((announced.at for announced in known.values()), default=now)
        counted = 0
        for announced in known.values():
            counted += announced.rank >= rank
            if counted == self.cap:
                break  # a day on which everything happens has thousands
        return counted
