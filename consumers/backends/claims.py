"""What Redis knows of articles: which exact versions are done, and whose text another one shares.

Redis saves work and labels copies; it can never cause a loss. An article is dropped only if it is known *done*, and it
is marked done only after Kafka acknowledged its candidate, so a crash, a retry or a lost reply at worst sends it
again, which the desk ignores. One script call serves a whole batch (findings/performance.md, section 6); what it
decides is in `alerts.copies`, what it stores in `packing`.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Iterator, Sequence
from importlib.resources import files
from typing import Any, Final

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from alerts.copies import Answer, Claim, likeness, memory, sketch
from consumers import metrics
from consumers.backends import packing
from consumers.backends.breaker import Breaker

log = logging.getLogger(__name__)

# `articles` keeps 48 h; a redelivered record must still find its mark.
TTL_SECONDS: Final = 72 * 3600
BUDGET_SECONDS = 0.1
START_BUDGET_SECONDS = 5.0
# Acknowledged while Redis was away, and to be told when it is back.
MOST_OWED: Final = 20_000
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
# A mark that finds another text of its version than it is about came too late, from a classifier that slept through its
# replacement, or of what Redis never saw. Which text is the newer one nobody knows here; so neither is done.
CONFIRM: Final = """
local held = redis.call('MGET', unpack(KEYS))
for i = 1, #KEYS do
  if held[i] and string.sub(held[i], 2, 17) ~= string.sub(ARGV[i + 1], 2, 17) then
    redis.call('DEL', KEYS[i])
  else
    redis.call('SET', KEYS[i], ARGV[i + 1], 'EX', ARGV[1])
  end
end
return #KEYS
"""


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
        self._owed: dict[str, bytes] = {}

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

    async def check(self, claims: Sequence[Claim]) -> list[Answer] | None:
        """Ask about a batch and note its texts, in one step; None if Redis cannot be asked now.

        What was acknowledged while Redis was away is told first: after usable, withheld (unseen), usable again under
        one version number, the last would else be taken for a repeat of the first.
        """
        if not claims:
            return []
        if self._owed and not await self._tell({}):
            return None
        answers: list[Answer] = []
        for some in _portions(claims):
            keys, args = self.arguments(some)
            replies = await self._call("check", BUDGET_SECONDS, self._check(keys=keys, args=args))
            if replies is None:
                return None
            answers += packing.answers(replies)
        return answers

    def arguments(self, claims: Sequence[Claim]) -> tuple[list[str], list[str | bytes | int]]:
        """KEYS and ARGV of the script for a batch."""
        keys: list[str] = []
        args: list[str | bytes | int] = [TTL_SECONDS]
        for claim in claims:
            keys.append(self._version_key(claim))
            if claim.sketch is None:
                args += (packing.content(claim), "", "")
            else:
                keys += [f"{self._tag}{key}" for key in claim.sketch.keys]
                args += (packing.content(claim), packing.kinds(claim.sketch), packing.entry(claim.sketch))
        return keys, args

    async def confirm(self, done: Sequence[tuple[Claim, Answer]]) -> None:
        """Mark versions done, after their candidates were acknowledged. A failure costs a repeat, nothing else."""
        if done:
            await self._tell({self._version_key(claim): packing.done(claim, answer) for claim, answer in done})

    async def probe(self) -> None:
        """Nothing is to be asked: see whether a Redis that did not answer does again, and tell it what is owed.

        Else health would call it absent, and marks would wait in memory, until the next article comes.
        """
        if self._breaker.open:
            await (self._tell({}) if self._owed else self._call("probe", BUDGET_SECONDS, self._redis.ping()))

    async def _tell(self, marks: dict[str, bytes]) -> bool:
        """Write what is owed, then these marks, some at a time so that each call stays in its budget.

        What cannot be written is owed.
        """
        owed = list({**self._owed, **marks}.items())
        while owed:
            some = dict(owed[:MOST_MARKS])
            call = self._confirm(keys=list(some), args=[TTL_SECONDS, *some.values()])
            if await self._call("confirm", BUDGET_SECONDS, call) is None:
                break
            del owed[:MOST_MARKS]
        self._owed = dict(owed[-MOST_OWED:])
        return not owed

    def _version_key(self, claim: Claim) -> str:
        return f"{self._tag}v{claim.version}"

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


def _portions(claims: Sequence[Claim]) -> Iterator[Sequence[Claim]]:
    """The claims in order, as many at a time as one call may ask."""
    start = keys = 0
    for at, claim in enumerate(claims):
        needed = 1 + (len(claim.sketch.keys) if claim.sketch else 0)
        if keys + needed > MOST_KEYS:
            yield claims[start:at]
            start, keys = at, 0
        keys += needed
    yield claims[start:]
