"""Roles that do what most people would write first: `python -m support.naive POINT:N ROLE`, as `support.saboteur`.

- The classifier claims an article with `SET NX`, sends, and commits; whoever finds the claim taken drops the article.
- The desk writes revisions, state and position one after the other instead of in one transaction.

Neither is wrong while nothing goes wrong. Fault tests must find both out.
"""

import copy
import sys
from collections.abc import Sequence

from redis.asyncio import Redis

from alerts.copies import Answer, Claim
from alerts.desk import Desk
from consumers import desk
from consumers.__main__ import main
from consumers.backends.claims import Asked
from consumers.backends.kafka import Cluster
from consumers.chain import Chain
from consumers.commands import classify
from consumers.office import Office
from consumers.settings import Settings
from support.saboteur import sabotage

TTL_SECONDS = 3600


class SetNx:
    """The dedup store of a hundred tutorials, where `Claims` should be."""

    available = True

    def __init__(self, url: str, *, prefix: str = "") -> None:
        self._redis: Redis = Redis.from_url(url)
        self._prefix = prefix

    async def start(self) -> None:
        """Nothing to load."""

    async def stop(self) -> None:
        """Disconnect."""
        await self._redis.aclose()

    async def check(self, asked: Sequence[Asked], _: Chain) -> list[Answer]:
        """Who comes first has it; for everybody else it is done."""
        return [Answer(done=not await self._claim(claim)) for _, claim in asked]

    async def _claim(self, claim: Claim) -> bool:
        name = f"{self._prefix}naive:{claim.version}:{claim.content}"
        return bool(await self._redis.set(name, b"1", nx=True, ex=TTL_SECONDS))

    async def probe(self) -> None:
        """It is always there."""

    async def confirm(self, done: Sequence[Asked], chain: Chain) -> None:
        """Nothing more to say."""


class Untransacted(Office):
    """An office that writes as on a broker without transactions."""

    def __init__(self, settings: Settings, cluster: Cluster, desk: Desk) -> None:
        plain = copy.copy(cluster)
        plain.embedded = True
        super().__init__(settings, plain, desk)


def spoil() -> None:
    """Put both in place of what we ship."""
    vars(classify)["Claims"] = SetNx
    vars(desk)["Office"] = Untransacted


if __name__ == "__main__":
    order, name = sys.argv[1:3]
    spoil()
    sabotage(name, order)
    main(sys.argv[2:])
