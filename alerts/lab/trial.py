"""A draft before the articles of the tail: where its rules fire, where they nearly do.

Every verdict is that of the whole set, as the classifier would have given it when the article came in. It is worked out
anew only where one of the edited rules may have a say; elsewhere it is what the set in force says.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from alerts.lab.book import Draft
from alerts.lab.sieve import Sieve
from alerts.lab.tail import Entry
from alerts.rules import Rule, RuleSet
from alerts.rules.examples import fires
from alerts.rules.nearly import NearMiss, near_misses
from alerts.verdict import Outcome, Verdict

MOST_FIRED = 2_000
"""A rule that fires on so many articles is too broad to be looked at any further, and that took seconds to find out."""
_LOOKED_INTO = 250
_NEAR = 30
_STEP = 200


Tell = Callable[[str, int, int], None]
"""Hears what is being done, and how much of how much; raises whatever it likes to end it."""


@dataclass(frozen=True, slots=True)
class Fired:
    """An article that a rule at hand fires on, by the draft; `before` is what the set in force says of it."""

    entry: Entry
    verdict: Verdict
    before: Verdict


@dataclass(frozen=True, slots=True)
class Near:
    """An article on which a rule at hand nearly fires."""

    entry: Entry
    miss: NearMiss


class Trial:
    """One draft, tried.

    Attributes:
        draft: what is tried.
        rules: the set in force.
        since: when the last article came in that was looked at, if the rule proved too broad to look at all.
        after: the draft's verdicts, by the entry's identity, where they may differ from those in force.
    """

    def __init__(self, rules: RuleSet, draft: Draft) -> None:
        self.draft = draft
        self.rules = rules
        self.since: datetime | None = None
        self.after: dict[int, Verdict] = {}
        self._sieve = Sieve(draft.asked)
        self._shown = Sieve(draft.shown)
        self._own = RuleSet(draft.asked)
        self._near: list[tuple[bool, int, int, Entry]] = []

    def fired(self, entries: Sequence[Entry], tell: Tell) -> Iterator[Fired]:
        """Where the rules at hand fire, in the order of the entries."""
        most = MOST_FIRED
        for number, entry in enumerate(entries):
            if number % _STEP == 0:
                tell("fired", number, len(entries))
            if not most:
                self.since = entries[number - 1].received
                break
            present = self._sieve.present(entry.folded)
            possible = self._sieve.possible(present)
            if possible and self._matches(entry):
                verdict = self.after[id(entry.article)] = judged(entry, self.draft.rules)
                if any(fires(verdict, rule) for rule in self.draft.shown):
                    most -= 1
                    yield Fired(entry, verdict, known(entry, self.rules))
                    continue
            words = self._shown.present(entry.folded) if present else ()
            if words:
                self._near.append((possible, len(words), -number, entry))
        tell("fired", len(entries), len(entries))

    def _matches(self, entry: Entry) -> bool:
        """Whether the words of one of the rules that matter are all there."""
        try:
            seen = self._own.look(entry.article, entry.received)
            return next(self._own.matching(seen), None) is not None
        except Exception:  # noqa: BLE001 - see `judged`
            return True

    def near(self, tell: Tell) -> list[Near]:
        """Where they nearly fire, nearest first, of the articles that `fired` has gone through."""
        rules, found = RuleSet(self.draft.shown), []
        chosen = sorted(self._near, key=lambda one: one[:3], reverse=True)[:_LOOKED_INTO]
        for number, (_, _, _, entry) in enumerate(chosen):
            if number % 20 == 0:
                tell("near", number, len(chosen))
            with suppress(Exception):  # see `judged`
                misses = near_misses(rules, entry.article, entry.received, at_most=1)
                found += [Near(entry, miss) for miss in misses[:1]]
            if len(found) == _NEAR:
                break
        return sorted(found, key=lambda near: (not near.miss.whole, len(near.miss.obstacles)))


def judged(entry: Entry, rules: RuleSet) -> Verdict:
    """What a set says of an article."""
    try:
        return rules.judge(entry.article, entry.received)
    except Exception:  # noqa: BLE001 - our fault; the classifier buries such an article, the others are still news
        return Verdict(Outcome.INVALID)


def known(entry: Entry, rules: RuleSet) -> Verdict:
    """What a set says of an article; asked once."""
    if entry.known is None or entry.known[0] != rules.hash:
        entry.known = (rules.hash, judged(entry, rules))
    return entry.known[1]


def carried(entry: Entry, before: RuleSet, after: RuleSet, changed: Sieve) -> bool:
    """Take a verdict over to the next set in force where none of the rules that changed can have a say."""
    if entry.known is None or entry.known[0] != before.hash or changed.possible(changed.present(entry.folded)):
        return False
    entry.known = (after.hash, entry.known[1])
    return True


def difference(before: RuleSet, after: RuleSet) -> list[Rule]:
    """The rules that one set has and the other has not, or not like this."""
    one, other = ({rule.id: rule for rule in rules.rules} for rules in (before, after))
    return [rule for rule in (*before.rules, *after.rules) if one.get(rule.id) != other.get(rule.id)]
