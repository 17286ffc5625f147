"""What a claim costs in Redis, beside a plain `SET NX`, on one server in one run.

Usage: bench_claims.py [--articles 10000] [--words 120] [--rounds 5]

Prints, one line each: claims/s of the batch script for versions that fire (with a text to compare) and for those that
do not, each beside as many pipelined `SET key 1 NX EX`; client CPU an article, and the sketch's; bytes an article. A
tenth of the articles are copies. The text is invented.
"""

import argparse
import asyncio
import itertools
import random
import statistics
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from redis.asyncio import Redis

from alerts.article import Article
from alerts.copies import Answer, Claim, sketch_of
from consumers.backends import packing
from consumers.backends.claims import CHECK, TTL_SECONDS, Claims
from consumers.backends.redis_server import RedisServer
from consumers.chain import NONE, Chain

BATCH = 500
PARTITIONS = 12
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def main() -> None:
    """Run every measurement on a server of its own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=10_000)
    parser.add_argument("--words", type=int, default=120)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    articles = made_articles(options.articles, options.words)
    with RedisServer() as server:
        asyncio.run(Bench(server.url, articles, options.rounds).run())


def made_articles(count: int, words: int) -> list[Article]:
    """Reports of random words, every tenth a copy of an earlier one with a few words changed."""
    dice = random.Random(1)
    plain = ["".join(letters) for letters in itertools.product("bdfgklmnprst", "aeiou", "bdfgklmnprst", "aeiou")]
    vocabulary = plain + [word.capitalize() + "ov" for word in plain[:300]] + [str(n) for n in range(300)]
    made: list[Article] = []
    for n in range(count):
        text = dice.choices(vocabulary, k=words)
        if n % 10 == 9:
            text = made[dice.randrange(len(made))].body_text.split()
            text[dice.randrange(len(text))] = "edited"
        made.append(
            Article(
                uri=f"urn:newsml:agency.example:20260101:{n:08}",
                source="agency.example",
                headline=" ".join(dice.choices(plain, k=9)),
                body_text=" ".join(text),
                url=f"https://agency.example/{n}",
            )
        )
    return made


class Bench:
    """Rounds of each kind in turn, so that all meet the same machine; figures are medians."""

    def __init__(self, url: str, articles: list[Article], rounds: int) -> None:
        self.url, self.articles, self.rounds = url, articles, rounds
        self.redis: Redis = Redis.from_url(url)
        self.firing = [Claim.of(article, NOW, copies=True) for article in articles]
        self.quiet = [Claim.of(article, NOW, copies=False) for article in articles]

    async def run(self) -> None:
        """Print every figure."""
        kinds: dict[str, Callable[[], Awaitable[object]]] = {
            "SET NX EX, pipelined": self._set_nx,
            "claims that fire": lambda: self._check(self.firing),
            "claims that do not": lambda: self._check(self.quiet),
        }
        rates: dict[str, list[float]] = {kind: [] for kind in kinds}
        client: dict[str, list[float]] = {kind: [] for kind in kinds}
        size: dict[str, float] = {}
        for _ in range(self.rounds):
            for kind, work in kinds.items():
                await self.redis.flushall()
                empty = await self._used()
                wall, cpu = time.perf_counter(), time.process_time()
                await work()
                rates[kind].append(len(self.articles) / (time.perf_counter() - wall))
                client[kind].append((time.process_time() - cpu) / len(self.articles) * 1e6)
                size[kind] = (await self._used() - empty) / len(self.articles)
        plain = statistics.median(rates["SET NX EX, pipelined"])
        for kind, values in rates.items():
            rate = statistics.median(values)
            print(
                f"{kind}: {rate:,.0f}/s, ratio {rate / plain:.2f}; client {statistics.median(client[kind]):.1f} us "
                f"an article; {size[kind]:,.0f} bytes an article"
            )
        await self._sizes()
        self._sketches()
        await self.redis.aclose()

    async def _set_nx(self) -> None:
        for start in range(0, len(self.articles), BATCH):
            pipeline = self.redis.pipeline(transaction=False)
            for claim in self.firing[start : start + BATCH]:
                pipeline.set(f"{{fw}}:v{claim.version}", 1, nx=True, ex=TTL_SECONDS)
            assert all(await pipeline.execute())

    async def _check(self, claims: list[Claim]) -> None:
        """The script alone, without the breaker's budget: a loaded machine must not stop a benchmark."""
        store, script, chain = Claims(self.url), self.redis.register_script(CHECK), Chain()
        for partition in range(PARTITIONS):
            chain.begin(partition, NONE)
        answers: list[Answer] = []
        for start in range(0, len(claims), BATCH):
            asked = [(n * PARTITIONS // BATCH, claim) for n, claim in enumerate(claims[start : start + BATCH])]
            keys, args = store.arguments(asked, chain)
            answers += packing.answers((await script(keys=keys, args=args))[:-1])
        labelled = sum(answer.copy_of is not None for answer in answers)
        assert labelled == 0 if claims is self.quiet else labelled > len(claims) * 0.08

    async def _used(self) -> int:
        info = await self.redis.info("memory")
        return int(info["used_memory"])

    async def _sizes(self) -> None:
        """By MEMORY USAGE, key by key, of one article: with a text and an address, and with a headline only."""
        alone = self.articles[0].model_copy(update={"body_text": "", "url": None})
        for name, article in (("text, address and headline", self.articles[0]), ("headline only", alone)):
            await self.redis.flushall()
            await self._check_one(Claim.of(article, NOW, copies=True))
            keys = [key async for key in self.redis.scan_iter("*")]
            used = sum([await self.redis.memory_usage(key) or 0 for key in keys])
            print(f"one article with {name}: {len(keys)} keys, {used:,} bytes by MEMORY USAGE")

    async def _check_one(self, claim: Claim) -> None:
        keys, args = Claims(self.url).arguments([(0, claim)], Chain())
        await self.redis.register_script(CHECK)(keys=keys, args=args)

    def _sketches(self) -> None:
        some = self.articles[:1000]
        took = []
        for _ in range(self.rounds):
            began = time.process_time()
            for article in some:
                sketch_of(article, NOW)
            took.append((time.process_time() - began) / len(some) * 1e6)
        words = len(some[0].body_text.split())
        print(f"sketch of a text of {words} words: {statistics.median(took):.0f} us, for versions that fire only")


if __name__ == "__main__":
    main()
