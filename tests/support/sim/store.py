"""What Redis knows, in memory, and how it may fail: away, flushed, restarted without its last writes, lost replies."""

import asyncio
from collections.abc import Sequence
from copy import deepcopy

from alerts.copies import Answer, Claim, Memory
from support.sim.clients import SimCluster


class Store:
    """The server."""

    def __init__(self) -> None:
        self.memory = Memory()
        self.up = True
        self.faulty = False
        self._saved = Memory()

    def save(self) -> None:
        """What a restart will find."""
        self._saved = deepcopy(self.memory)

    def restart(self) -> None:
        """Writes since `save` are lost."""
        self.memory = deepcopy(self._saved)
        self.faulty = True

    def flush(self) -> None:
        """Everything is lost."""
        self.memory = Memory()
        self.faulty = True


class SimClaims:
    """The client. Stands in for `consumers.backends.claims.Claims`, with its debts to a server that was away."""

    def __init__(self, store: Store, cluster: SimCluster, lost_replies: float) -> None:
        self.store = store
        self.cluster = cluster
        self._lost_replies = lost_replies
        self._owed: list[tuple[Claim, Answer]] = []

    @property
    def available(self) -> bool:
        """As the breaker has it."""
        return self.store.up

    async def start(self) -> None:
        """Connect."""

    async def stop(self) -> None:
        """Disconnect."""

    async def probe(self) -> None:
        """Pay debts while nothing is to be asked."""
        if self._owed:
            await self.cluster.travel()
            await self._tell([])

    async def check(self, claims: Sequence[Claim]) -> list[Answer] | None:
        """Ask about a batch; None if no answer came, whether or not the server has done what it was asked."""
        if not claims:
            return []
        await self.cluster.travel()
        if not await self._tell([]):
            return None
        answers = [self.store.memory.check(claim) for claim in claims]
        await self.cluster.travel()
        return None if self.cluster.strikes(self._lost_replies) else answers

    async def confirm(self, done: Sequence[tuple[Claim, Answer]]) -> None:
        """Mark versions done."""
        await self.cluster.travel()
        await self._tell(list(done))
        await asyncio.sleep(0)

    async def _tell(self, done: list[tuple[Claim, Answer]]) -> bool:
        self._owed += done
        if not self.store.up:
            self.store.faulty = True
            return False
        for claim, answer in self._owed:
            self.store.memory.confirm(claim, answer)
        self._owed = []
        return True
