"""What Redis knows, in memory, and how it may fail: away, flushed, restarted without its last writes, lost replies."""

import asyncio
from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter

from alerts.copies import Answer, Memory
from consumers.backends.claims import Asked
from consumers.chain import Chain
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
        self._saved = self.memory.copy()

    def restart(self) -> None:
        """Writes since `save` are lost."""
        self.memory = self._saved.copy()
        self.faulty = True

    def flush(self) -> None:
        """Everything is lost."""
        self.memory = Memory()
        self.faulty = True


class SimClaims:
    """The client. Stands in for `consumers.backends.claims.Claims`."""

    def __init__(self, store: Store, cluster: SimCluster, lost_replies: float) -> None:
        self.store = store
        self.cluster = cluster
        self.lost_replies = lost_replies

    @property
    def available(self) -> bool:
        """As the breaker has it."""
        return self.store.up

    async def start(self) -> None:
        """Connect."""

    async def stop(self) -> None:
        """Disconnect."""

    async def probe(self) -> None:
        """It is asked for nothing but whether it is there."""

    async def check(self, asked: Sequence[Asked], chain: Chain) -> list[Answer] | None:
        """Ask about a batch; None if no answer came, whether or not the server has done what it was asked."""
        links = [
            (partition, *chain.step(partition), [claim for _, claim in some])
            for partition, some in groupby(asked, key=itemgetter(0))
        ]
        if not links:
            return []
        await self.cluster.travel()
        if not self.reached():
            return None
        answers: list[Answer] = []
        for partition, before, token, claims in links:
            generation = self.store.memory.follow(partition, before, token)
            answers += [self.store.memory.check(claim, generation) for claim in claims]
        await self.cluster.travel()
        return None if self.cluster.strikes(self.lost_replies / 2) else answers

    def reached(self) -> bool:
        """Whether what has just arrived there is done; if not, copies may go unlabelled."""
        if self.store.up and not self.cluster.strikes(self.lost_replies / 2):
            return True
        self.store.faulty = True
        return False

    async def confirm(self, done: Sequence[Asked], chain: Chain) -> None:
        """Mark versions done."""
        await self.cluster.travel()
        if self.reached():
            memory = self.store.memory
            for partition, claim in {claim.version: (partition, claim) for partition, claim in done}.values():
                memory.confirm(claim, memory.generation(partition, chain.newest(partition)))
        await asyncio.sleep(0)
