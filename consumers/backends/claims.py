"""What Redis knows of articles: which exact versions are done, and whose text another one shares.

Redis saves work and labels copies; it can never cause a loss. An article is dropped only if it is known *done*, and it
is marked done only after Kafka acknowledged its candidate, so a crash, a retry or a lost reply at worst sends it
again, which the desk ignores. Nor does a mark count that a later text of its version may have passed by, unseen:
`consumers.chain`. One script call serves a whole batch (findings/performance.md, section 6); what it decides is in
`alerts.copies`, what it stores in `packing`.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Iterator, Sequence
from importlib.resources import files
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from alerts.copies import Answer, Claim, likeness, memory, sketch
from consumers import metrics
from consumers.backends import packing
from consumers.backends.breaker import Breaker
from consumers.chain import Chain

log = logging.getLogger(__name__)

# `articles` keeps 48 h; a redelivered record must still find its mark.
TTL_SECONDS: Final = 72 * 3600
BUDGET_SECONDS = 0.1
START_BUDGET_SECONDS = 5.0
MOST_MARKS: Final = 1_000
# Keys one call may name, so that it stays in its budget: a whole batch, unless most of it fires.
MOST_KEYS: Final = 1_500

_CONSTANTS = {
    "SLOTS": sketch.SLOTS,
    "MOST_NUMBERS": sketch.MOST_NUMBERS,
    "MOST_NAMES": sketch.MOST_NAMES,
    "MOST_ENTRIES": memory.MOST_ENTRIES,
    "WINDOW": likeness.WINDOW,
    "HEADLINE_WINDOW": likeness.HEADLINE_WINDOW,
    "COPY": likeness.COPY,
    "SAME_HEADLINE": likeness.SAME_HEADLINE,
    "SAME_PAGE": likeness.SAME_PAGE,
    "SHORTER": likeness.SHORTER,
    "SHORT_TEXT": likeness.SHORT_TEXT,
    "NUMBERS": likeness.NUMBERS,
    "NAMES": likeness.NAMES,
}
CHECK: Final = (
    f"local {', '.join(_CONSTANTS)} = {', '.join(map(str, _CONSTANTS.values()))}\n"
    + files("consumers.backends").joinpath("claims.lua").read_text()
)
CONFIRM: Final = files("consumers.backends").joinpath("confirm.lua").read_text()

Asked = tuple[int, Claim]
"""One article version, and the partition of `articles` that it was read from."""
Call = tuple[list[str], list[str | bytes | int]]
"""KEYS and ARGV of a script."""


class Claims:
    """The dedup store behind a circuit breaker. While Redis does not answer, nothing is known and nothing is lost."""

    def __init__(self, url: str, *, prefix: str = "") -> None:
        """`url` is `redis://...`; `prefix` goes before every key. All keys share one hash tag, so one cluster slot."""
        self._redis: Redis = Redis.from_url(
            url, socket_timeout=START_BUDGET_SECONDS, socket_connect_timeout=2.0, retry=Retry(NoBackoff(), 0)
        )
        self._tag = f"{prefix}{{fw}}:"
        self._check: Any = self._redis.register_script(CHECK)
        self._confirm: Any = self._redis.register_script(CONFIRM)
        self._breaker = Breaker()

    @property
    def available(self) -> bool:
        """False while the breaker is open."""
        return not self._breaker.open

    async def start(self) -> None:
        """Connect and load the script ahead of the first batch; an absent Redis is not an error."""
        await self._call("start", START_BUDGET_SECONDS, self._redis.script_load(CHECK))

    async def stop(self) -> None:
        """Disconnect."""
        with contextlib.suppress(RedisError, OSError):
            await self._redis.aclose()

    async def check(self, asked: Sequence[Asked], chain: Chain) -> list[Answer] | None:
        """Ask about a batch and note its texts, in one step; None if Redis cannot be asked now.

        The chain goes on in either case: so Redis will know what it has missed.
        """
        calls = [self.arguments(some, chain) for some in _portions(asked)]
        answers: list[Answer] = []
        for keys, args in calls:
            replies = await self._call("check", BUDGET_SECONDS, self._check(keys=keys, args=args))
            if replies is None:
                return None
            *said, broken = replies
            answers += packing.answers(said)
            metrics.claims_distrusted.inc(broken)
        return answers

    def arguments(self, asked: Sequence[Asked], chain: Chain) -> Call:
        """The script's arguments for a batch, which is the next link of its partitions' chains."""
        keys: list[str] = []
        args: list[str | bytes | int] = [TTL_SECONDS]
        for partition, some in groupby(asked, key=itemgetter(0)):
            claims = [claim for _, claim in some]
            keys.append(self._chain_key(partition))
            args += (*chain.step(partition), len(claims))
            for claim in claims:
                keys.append(self._version_key(claim))
                if claim.sketch is None:
                    args += (packing.content(claim), "", "")
                else:
                    keys += [f"{self._tag}{key}" for key in claim.sketch.keys]
                    args += (packing.content(claim), packing.kinds(claim.sketch), packing.entry(claim.sketch))
        return keys, args

    async def confirm(self, done: Sequence[Asked], chain: Chain) -> None:
        """Mark versions done that were asked about, after their candidates were acknowledged, in this order.

        Of two texts of one version the last is what the desk stands at. A failure costs a repeat, nothing else.
        """
        for start in range(0, len(done), MOST_MARKS):
            keys, args = self._marks(done[start : start + MOST_MARKS], chain)
            if await self._call("confirm", BUDGET_SECONDS, self._confirm(keys=keys, args=args)) is None:
                return

    def _marks(self, done: Sequence[Asked], chain: Chain) -> Call:
        keys: list[str] = []
        args: list[str | bytes | int] = [TTL_SECONDS]
        for partition, some in groupby(done, key=itemgetter(0)):
            claims = [claim for _, claim in some]
            keys += [self._chain_key(partition), *map(self._version_key, claims)]
            args += [chain.newest(partition), len(claims), *map(packing.done, claims)]
        return keys, args

    async def probe(self) -> None:
        """Nothing is to be asked: see whether a Redis that did not answer does again, which health tells."""
        if self._breaker.open:
            await self._call("probe", BUDGET_SECONDS, self._redis.ping())

    def _chain_key(self, partition: int) -> str:
        return f"{self._tag}c{partition}"

    def _version_key(self, claim: Claim) -> str:
        return f"{self._tag}m{claim.version}"

    async def _call(self, name: str, budget: float, awaitable: Any) -> Any:
        if not self._breaker.allows(time.monotonic()):
            awaitable.close()
            return None
        started = time.monotonic()
        try:
            async with asyncio.timeout(budget):
                answer = await awaitable
        except (RedisError, OSError, TimeoutError) as exc:
            self._failed(name, exc)
            return None
        metrics.claims_seconds.labels(call=name).observe(time.monotonic() - started)
        if self._breaker.open:
            log.warning("Redis answers again; duplicates are recognised again")
        self._breaker.succeeded()
        metrics.claims_open.set(0)
        return answer

    def _failed(self, name: str, exc: Exception) -> None:
        was_open = self._breaker.open
        self._breaker.failed(time.monotonic())
        metrics.claims_failed.inc()
        if self._breaker.open and not was_open:
            metrics.claims_open.set(1)
            log.warning(
                "Redis does not answer (%s: %s); alerts flow on, marked dedup unavailable",
                name,
                exc or type(exc).__name__,
            )


def _portions(asked: Sequence[Asked]) -> Iterator[Sequence[Asked]]:
    """The claims in order, as many at a time as one call may ask."""
    start = keys = 0
    for at, (_, claim) in enumerate(asked):
        needed = 1 + (len(claim.sketch.keys) if claim.sketch else 0)
        if keys + needed > MOST_KEYS:
            yield asked[start:at]
            start, keys = at, 0
        keys += needed
    if asked:
        yield asked[start:]
