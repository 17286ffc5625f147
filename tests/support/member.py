"""A classifier's side of Redis, without the classifier: its store, and its chain as it is committed with offsets."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from zlib import crc32

from alerts.copies import Answer, Claim
from consumers.backends.claims import Asked, Claims
from consumers.chain import NONE, Chain

PARTITIONS = 3


def placed(claims: Sequence[Claim]) -> list[Asked]:
    """Each in the partition of its uri."""
    return [(crc32(claim.identity.uri.encode()) % PARTITIONS, claim) for claim in claims]


class Member:
    """Asks and confirms as a classifier does.

    Attributes:
        claims: its connection; chain: what it expects Redis to hold.
    """

    def __init__(self, url: str, *, prefix: str = "") -> None:
        self.claims = Claims(url, prefix=prefix)
        self.chain = Chain()

    async def check(self, claims: Sequence[Claim]) -> list[Answer] | None:
        """Ask about a batch."""
        return await self.claims.check(placed(claims), self.chain)

    async def confirm(self, *done: Claim) -> None:
        """The candidates of these are acknowledged."""
        await self.claims.confirm(placed(done), self.chain)

    @property
    def committed(self) -> dict[int, bytes]:
        """What it would commit now: the newest token of each partition."""
        return {partition: self.chain.newest(partition) for partition in range(PARTITIONS)}

    def resume(self, committed: dict[int, bytes]) -> None:
        """A rebalance, or a new process: it goes on with what was committed."""
        self.chain.forget()
        for partition in range(PARTITIONS):
            self.chain.begin(partition, committed.get(partition, NONE))


@asynccontextmanager
async def member(url: str, *, prefix: str = "", committed: dict[int, bytes] | None = None) -> AsyncIterator[Member]:
    """A member while it runs."""
    made = Member(url, prefix=prefix)
    made.resume(committed or {})
    await made.claims.start()
    try:
        yield made
    finally:
        await made.claims.stop()
