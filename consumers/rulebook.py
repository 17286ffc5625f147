"""The rule set in force, and the watch over its files: a good edit replaces it, a broken one is told, no more."""

import asyncio
import gc
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from alerts.rules import InvalidRules, Problem, RuleSet, default_rules
from consumers import metrics
from consumers.rulefiles import Signature, read, signature
from consumers.settings import InvalidSetting

log = logging.getLogger(__name__)

_MOST_TOLD = 20
"""How many of a broken edit's problems health and log tell."""
_SWITCH_SECONDS = 0.0005


@contextmanager
def _beside_the_work() -> Iterator[None]:
    """While very many rules are read by another thread, the event loop goes on.

    The interpreter lets a thread go on for 5 ms before another that waits gets its turn: here a tenth of that. And the
    collector, which stops every thread for a pass, would go through the growing rules again and again: it waits.
    """
    interval, collects = sys.getswitchinterval(), gc.isenabled()
    sys.setswitchinterval(_SWITCH_SECONDS)
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()
        sys.setswitchinterval(interval)


def _settle() -> None:
    """One pass of the collector, then none through what is there now, for rules stay: until the next edit is in force.

    What others dropped meanwhile is freed by this pass, or by that of the next edit: nothing is kept for good.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()


class Rulebook:
    """The rules of a file or folder; without one, the default rules.

    Attributes:
        rules: the set in force. Ask once for what must be judged alike: `follow` may replace it at any await.
        problems: what is wrong with the newest edit; empty where that is the set in force.
    """

    def __init__(self, path: Path | None, *, named_by: str = "ALERTS_RULES", every: float = 1.0) -> None:
        """Read the rules.

        Args:
            path: a file, or a folder of `*.yaml`.
            named_by: the setting or option to blame.
            every: seconds between looks at the files.

        Raises:
            InvalidSetting: they cannot be read, or are not valid.
        """
        self._path = path
        self._every = every
        self._taken: Signature = signature(path) if path else ()
        self.problems: tuple[Problem, ...] = ()
        try:
            self.rules: RuleSet = read(path).rules if path else default_rules()
        except InvalidRules as exc:
            raise InvalidSetting(f"{named_by}={path}: {exc}") from None
        self._since = self._broken_since = datetime.now(UTC)
        self._measure()

    def status(self) -> dict[str, Any]:
        """For health: which set is in force since when, and what is wrong with the newest edit."""
        edit: dict[str, Any] = {"ok": not self.problems}
        if self.problems:
            edit |= {
                "since": self._broken_since.isoformat(timespec="seconds"),
                "problems_total": len(self.problems),
                "problems": [
                    {"file": _told(p.file), "line": p.line, "column": p.column, "message": _told(p.message)}
                    for p in self.problems[:_MOST_TOLD]
                ],
            }
        return {
            "file": _told(str(self._path)) if self._path else None,
            "ruleset": self.rules.hash,
            "count": len(self.rules.rules),
            "since": self._since.isoformat(timespec="seconds"),
            "newest_edit": edit,
        }

    async def follow(self) -> None:
        """Take every edit that is good, tell every one that is not. Ends only when cancelled.

        The files are looked at, not subscribed to: that works alike for files written in place, files replaced by a
        rename, Kubernetes' swapped links, network file systems, and files that are gone and come back.
        """
        if self._path is None:
            return
        before = self._taken
        while True:
            await asyncio.sleep(self._every)
            now = await asyncio.to_thread(signature, self._path)
            # What still changes is still being written: half a file may well be a valid one.
            settled, before = now == before, now
            if settled and now != self._taken:
                await self._take(self._path, now)

    async def _take(self, path: Path, seen: Signature) -> None:
        rules = self.rules
        problems: tuple[Problem, ...] = ()
        try:
            with _beside_the_work():
                rules = (await asyncio.to_thread(read, path)).rules
        except InvalidRules as exc:
            problems = exc.problems
        except Exception as exc:  # our fault, but a newsroom whose rules work must not stop for it
            log.exception("reading %s failed; the last good rules stay in force", path)
            problems = (Problem(str(path), 0, 0, f"reading it failed, which is a fault of Flashwire: {exc!r}"),)
        if await asyncio.to_thread(signature, path) != seen:
            return  # edited again while we read: the next look takes it
        self._taken = seen
        self._refuse(problems) if problems else self._accept(rules)
        self._measure()

    def _accept(self, rules: RuleSet) -> None:
        self.rules, self.problems = rules, ()
        self._since = datetime.now(UTC)
        _settle()
        metrics.rules_reloads.labels(result="taken").inc()
        log.info("rules from %s in force: %d rules, hash %s", self._path, len(rules.rules), rules.hash)

    def _refuse(self, problems: tuple[Problem, ...]) -> None:
        if not self.problems:
            self._broken_since = datetime.now(UTC)
        self.problems = problems
        metrics.rules_reloads.labels(result="refused").inc()
        for problem in problems[:_MOST_TOLD]:
            log.error("rules refused: %s", problem)
        more = f" ({len(problems) - _MOST_TOLD} more problems)" if len(problems) > _MOST_TOLD else ""
        log.error("the last good rules stay in force, hash %s%s", self.rules.hash, more)

    def _measure(self) -> None:
        metrics.rules_in_force.set(len(self.rules.rules))
        metrics.rules_since.set(self._since.timestamp())
        metrics.rules_refused.set(1 if self.problems else 0)


def _told(text: str) -> str:
    """As JSON can carry it: the name of a file need not be text."""
    return text.encode(errors="replace").decode()
