"""Has every article of the tail judged by the set in force, while nobody asks anything else."""

import asyncio
import contextlib
import time
from collections.abc import Iterator

from alerts.lab.sieve import Sieve
from alerts.lab.trial import carried, difference, known
from alerts.rules import RuleSet
from consumers.gateway.lab.reader import Reader
from consumers.gateway.lab.shelf import Shelf

SLICE = 0.05  # seconds of judging between two looks at what else there is to do
EVERY = 1.0


class Baseline:
    """Judges in advance."""

    def __init__(self, shelf: Shelf, reader: Reader) -> None:
        self._shelf = shelf
        self._reader = reader
        self._asked = 0
        self._idle = asyncio.Event()
        self._idle.set()

    @contextlib.contextmanager
    def waiting(self) -> Iterator[None]:
        """Somebody waits for an answer: it comes first."""
        self._asked += 1
        self._idle.clear()
        try:
            yield
        finally:
            self._asked -= 1
            if not self._asked:
                self._idle.set()

    async def run(self) -> None:
        """Judge until cancelled. What changed rules cannot have a say in is taken over from the set before."""
        rules = self._shelf.book.rules
        while True:
            if (newest := self._shelf.book.rules) is not rules:
                await asyncio.to_thread(self._carry, rules, newest)
                rules = newest
            await self._idle.wait()
            if not await asyncio.to_thread(self._some, rules):
                self._reader.fresh.clear()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(EVERY):
                        await self._reader.fresh.wait()

    def _some(self, rules: RuleSet) -> bool:
        """Judge for a moment, newest first; whether there is more to do."""
        until = time.monotonic() + SLICE
        for entry in reversed(list(self._reader.tail)):
            if entry.known is None or entry.known[0] != rules.hash:
                known(entry, rules)
                if time.monotonic() > until:
                    return True
        return False

    def _carry(self, before: RuleSet, after: RuleSet) -> None:
        changed = Sieve(difference(before, after))
        for entry in list(self._reader.tail):
            carried(entry, before, after, changed)
