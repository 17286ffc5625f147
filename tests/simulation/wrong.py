"""Mistakes that pipelines like this one make, each put into the simulated one: what does not find them sees nothing."""

from collections.abc import Sequence
from functools import partial
from typing import Any, ClassVar, Final

from support.sim.clients import SimCluster, SimConsumer
from support.sim.store import SimClaims
from support.sim.world import World

from alerts.copies import Answer, Claim
from alerts.desk import Desk
from consumers.backends.claims import Asked
from consumers.chain import Chain
from consumers.classifier import Classifier
from consumers.office import Office, Position


class ClaimsAtOnce(SimClaims):
    """Marks an article done when it is first asked about, as `SET NX` before `send` does."""

    async def check(self, asked: Sequence[Asked], chain: Chain) -> list[Answer] | None:
        """As `SimClaims.check`."""
        await self.cluster.travel()
        if not asked or not self.store.up:
            return None
        answers = [self.store.memory.check(claim) for _, claim in asked]
        for _, claim in asked:
            self.store.memory.confirm(claim)
        await self.cluster.travel()
        return answers


def claims_first(settings: Any, cluster: SimCluster, claims: SimClaims, rules: Any) -> Classifier:
    """A classifier that claims, then sends."""
    naive: Any = ClaimsAtOnce(claims.store, cluster, 0.0)
    return Classifier(settings, cluster, naive, rules)  # type: ignore[arg-type]  # stands in for Cluster


class OwesMarks(SimClaims):
    """Knows of no chain: what it could not tell a server that was away it tells it later, if it lives so long."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._owed: list[Claim] = []

    async def check(self, asked: Sequence[Asked], chain: Chain) -> list[Answer] | None:
        """As `SimClaims.check`."""
        if not asked:
            return []
        await self.cluster.travel()
        if not self._told([]):
            return None
        answers = [self.store.memory.check(claim) for _, claim in asked]
        await self.cluster.travel()
        return None if self.cluster.strikes(self.lost_replies) else answers

    async def confirm(self, done: Sequence[Asked], chain: Chain) -> None:
        """As `SimClaims.confirm`."""
        await self.cluster.travel()
        self._told([claim for _, claim in done])

    def _told(self, done: list[Claim]) -> bool:
        self._owed += done
        if not self.store.up:
            self.store.faulty = True
            return False
        for claim in self._owed:
            self.store.memory.confirm(claim)
        self._owed = []
        return True


def owes_marks(settings: Any, cluster: SimCluster, claims: SimClaims, rules: Any) -> Classifier:
    """A classifier that believes every mark it finds."""
    owing: Any = OwesMarks(claims.store, cluster, claims.lost_replies)
    return Classifier(settings, cluster, owing, rules)  # type: ignore[arg-type]  # stands in for Cluster


class WaitsForAnswers(SimClaims):
    """Goes on in its chain only when it was answered."""

    async def check(self, asked: Sequence[Asked], chain: Chain) -> list[Answer] | None:
        """As `SimClaims.check`."""
        before = {partition: chain.newest(partition) for partition, _ in asked}
        answers = await super().check(asked, chain)
        if answers is None:
            for partition, token in before.items():
                chain.begin(partition, token)
        return answers


def waits_for_answers(settings: Any, cluster: SimCluster, claims: SimClaims, rules: Any) -> Classifier:
    """A classifier that does not tell Redis what it has missed."""
    waiting: Any = WaitsForAnswers(claims.store, cluster, claims.lost_replies)
    return Classifier(settings, cluster, waiting, rules)  # type: ignore[arg-type]  # stands in for Cluster


class CommitsWhatItReads(SimConsumer):
    """Commits what it hands out, as `enable_auto_commit` may."""

    async def getmany(self, *, timeout_ms: int, max_records: int | None = None) -> dict[Any, list[Any]]:
        """As `SimConsumer.getmany`."""
        fetched = await super().getmany(timeout_ms=timeout_ms, max_records=max_records)
        if fetched and self.group is not None:
            self.group.offsets |= {tp: records[-1].offset + 1 for tp, records in fetched.items()}
        return fetched


def commits_first(settings: Any, cluster: SimCluster, claims: Any, rules: Any) -> Classifier:
    """A classifier whose offsets run ahead of its work."""
    cluster.consumer_class = CommitsWhatItReads
    return Classifier(settings, cluster, claims, rules)  # type: ignore[arg-type]  # stands in for Cluster


class NeverGoesBack(Classifier):
    """After a read that failed it goes on with the next records."""

    async def _rewind(self, consumer: Any) -> None:
        pass


class HearsNoRefusal(Office):
    """Commits a transaction although one of its sends failed."""

    async def _send_all(self, producer: Any, outputs: Any, position: Any, dead: Any) -> int | None:
        for topic, key, value, headers in self._records(outputs, position, dead):
            future = await producer.send(topic, key=key, value=value, headers=headers, partition=0)
            future.add_done_callback(lambda done: done.cancelled() or done.exception())
        return None


class KeepsItsMemory(Office):
    """Begins a term where the last one of its process ended, instead of reading back what was written."""

    _kept: ClassVar[dict[int, tuple[Desk, Position]]] = {}

    async def _load(self) -> tuple[bool, int]:
        kept = self._kept.get(id(self._cluster))
        if kept is None:
            loaded = await super()._load()
            self._kept[id(self._cluster)] = (self.desk, self.position)
            return loaded
        self.desk, self.position = kept
        return True, self.position.alerts_end

    async def write(self, outputs: Any, offset: int, dead: Any = ()) -> None:
        """As `Office.write`."""
        await super().write(outputs, offset, dead)
        self._kept[id(self._cluster)] = (self.desk, self.position)


WRONG: Final = {
    "claims-first": partial(World, make_classifier=claims_first),
    "owes-marks": partial(World, make_classifier=owes_marks),
    "waits-for-answers": partial(World, make_classifier=waits_for_answers),
    "commits-first": partial(World, make_classifier=commits_first),
    "never-goes-back": partial(World, make_classifier=NeverGoesBack),
    "hears-no-refusal": partial(World, make_office=HearsNoRefusal),
    "keeps-its-memory": partial(World, make_office=KeepsItsMemory),
    "no-transactions": partial(World, embedded=True),
}


def wrong_world(name: str, seed: int) -> World:
    """A schedule with a mistake in it."""
    return WRONG[name](seed)
