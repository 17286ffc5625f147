"""What Redis knows of articles: which exact versions are done, and whose text another one shares.

Redis saves work and labels copies; it can never cause a loss. An article is dropped only if it is known *done*, and it
is marked done only after Kafka acknowledged its candidate, so a crash, a retry or a lost reply at worst sends it
again, which the desk ignores. One script call serves a whole batch (findings/performance.md, section 6).
"""

import asyncio
import contextlib
import hashlib
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from alerts.alert import Identity
from alerts.article import Article
from alerts.fingerprint import content_hash, copy_keys
from consumers import metrics
from consumers.backends.breaker import Breaker

log = logging.getLogger(__name__)

# `articles` keeps 48 h; a redelivered record must still find its mark.
TTL_SECONDS = 72 * 3600
BUDGET_SECONDS = 0.1
START_BUDGET_SECONDS = 5.0

# KEYS: per article its done key, then its copy keys. ARGV: ttl, then per article its owner text and how many copy
# keys it has. Answers per article: the content last done under its key, else '', then the owner of the first copy key
# that another owns.
# Asking again gives the same answer for the same article, so a retried call cannot make it its own duplicate.
_CHECK = """
local answers, k, a = {}, 1, 2
while a < #ARGV do
  local owner, copies = ARGV[a], tonumber(ARGV[a + 1])
  local done, first = redis.call('GET', KEYS[k]), ''
  for i = k + 1, k + copies do
    local held = redis.call('GET', KEYS[i])
    if not held then
      redis.call('SET', KEYS[i], owner, 'EX', ARGV[1])
    elseif held ~= owner and first == '' then
      first = held
    end
  end
  answers[#answers + 1] = done or ''
  answers[#answers + 1] = first
  k, a = k + copies + 1, a + 2
end
return answers
"""
_CONFIRM = "for i = 1, #KEYS do redis.call('SET', KEYS[i], ARGV[i + 1], 'EX', ARGV[1]) end return #KEYS"


@dataclass(frozen=True, slots=True)
class Claim:
    """One article version as Redis is asked about it.

    `done_key` names the version, `content` what it says: after usable, withheld, usable again under one version number
    the third is no repeat of the last, though it equals the first.
    """

    done_key: str
    content: str
    owner: str
    copies: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What Redis knows: `done` if this exact version's candidate is acknowledged; `copy_of` if another was first."""

    done: bool = False
    copy_of: Identity | None = None


class Claims:
    """The dedup store behind a circuit breaker. While Redis does not answer, nothing is known and nothing is lost."""

    def __init__(self, url: str, *, prefix: str = "") -> None:
        """`url` is `redis://...`; `prefix` goes before every key. All keys share one hash tag, so one cluster slot."""
        self._redis: Redis = Redis.from_url(
            url, socket_timeout=START_BUDGET_SECONDS, socket_connect_timeout=2.0, retry=Retry(NoBackoff(), 0)
        )
        self._tag = f"{prefix}{{fw}}:"
        self._check: Any = self._redis.register_script(_CHECK)
        self._confirm: Any = self._redis.register_script(_CONFIRM)
        self._breaker = Breaker()

    @property
    def available(self) -> bool:
        """False while the breaker is open."""
        return not self._breaker.open

    async def start(self) -> None:
        """Connect and load the scripts ahead of the first batch; an absent Redis is not an error."""
        await self._call("start", START_BUDGET_SECONDS, self._redis.ping())

    async def stop(self) -> None:
        """Disconnect."""
        with contextlib.suppress(RedisError, OSError):
            await self._redis.aclose()

    def claim(self, article: Article, *, copies: bool) -> Claim:
        """The claim of one version; `copies` False leaves its text unlabelled (nothing matched)."""
        owner = f"{article.source}\x1f{article.uri}"
        version = f"{owner}\x1f{article.version or ''}"
        keys = tuple(f"{self._tag}c:{_short(key)}" for key in copy_keys(article)) if copies else ()
        return Claim(f"{self._tag}d:{_short(version)}", content_hash(article), owner, keys)

    async def check(self, claims: Sequence[Claim]) -> list[Answer] | None:
        """Ask about a batch; None if Redis cannot be asked now."""
        keys: list[str] = []
        args: list[str | int] = [TTL_SECONDS]
        for claim in claims:
            keys += (claim.done_key, *claim.copies)
            args += (claim.owner, len(claim.copies))
        if not keys:
            return []
        answers = await self._call("check", BUDGET_SECONDS, self._check(keys=keys, args=args))
        if answers is None:
            return None
        triples = zip(claims, answers[::2], answers[1::2], strict=True)
        return [Answer(done=last == claim.content.encode(), copy_of=_identity(first)) for claim, last, first in triples]

    async def confirm(self, claims: Sequence[Claim]) -> None:
        """Mark a batch done, after its candidates were acknowledged. A failure costs a repeat, nothing else."""
        if claims:
            keys, contents = [claim.done_key for claim in claims], [claim.content for claim in claims]
            await self._call("confirm", BUDGET_SECONDS, self._confirm(keys=keys, args=[TTL_SECONDS, *contents]))

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


def _short(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _identity(owner: bytes | str) -> Identity | None:
    if not owner:
        return None
    text = owner.decode() if isinstance(owner, bytes) else owner
    source, _, uri = text.partition("\x1f")
    return Identity(source=source, uri=uri)
