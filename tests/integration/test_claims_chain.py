"""Redis misses something, or loses it, and nobody notices: what it had marked done counts no more."""

import random
from collections.abc import Iterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis
from support.member import Member, member, placed
from support.proxy import Proxy

from alerts.alert import Identity
from alerts.article import Article
from alerts.copies import Answer, Claim, Memory
from consumers.backends import packing
from consumers.backends.claims import CHECK
from consumers.backends.redis_server import RedisServer, find_redis

pytestmark = pytest.mark.redis

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
BODY = "The quake was felt in Loja and many ran into the streets, said witnesses who spoke to the agency by phone."


def make_claim(uri: str = "u:1", *, copies: bool = False, **fields: Any) -> Claim:
    """The claim of an article."""
    values = {"uri": uri, "source": "a.example", "headline": "Quake near Loja", "body_text": BODY, **fields}
    return Claim.of(Article.model_validate(values), NOW, copies=copies)


USABLE, WITHHELD = make_claim(), make_claim(pubstatus="withheld")


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A loaded machine may answer late, which is no failure of what is tested here."""
    monkeypatch.setattr("consumers.backends.claims.BUDGET_SECONDS", 10.0)


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """A server of this test's own, to be flushed and set back."""
    if find_redis() is None:
        pytest.skip("no redis-server or valkey-server here")
    with RedisServer(log=tmp_path / "redis.log") as server:
        yield server.url


async def said(claims: Member, *asked: Claim) -> list[Answer]:
    """What Redis says of them; it does answer."""
    answers = await claims.check(asked)
    assert answers is not None
    return answers


async def done(claims: Member, *asked: Claim) -> None:
    """These are asked about, sent and confirmed."""
    await said(claims, *asked)
    await claims.confirm(*asked)


async def state(redis: Redis) -> dict[bytes, bytes]:
    """All that it holds, to be set back to."""
    held: dict[bytes, Any] = {key: await redis.get(key) async for key in redis.scan_iter("*")}
    return held


async def set_back(redis: Redis, before: dict[bytes, bytes]) -> None:
    """It restarted, and its newest writes are lost."""
    await redis.flushall()
    if before:
        await redis.mset(dict(before))


async def test_who_takes_over_in_order_knows_what_is_done(url: str) -> None:
    """A restart, or a rebalance, after a commit: an exact repeat is dropped as before."""
    async with member(url) as before:
        await done(before, USABLE)
    async with member(url, committed=before.committed) as after:
        assert await said(after, USABLE) == [Answer(done=True)]


@pytest.mark.parametrize("seen", [False, True])
async def test_who_takes_over_from_the_dead_knows_nothing(url: str, *, seen: bool) -> None:
    """It died before it committed, after a call that Redis saw or did not see."""
    async with member(url) as before:
        await done(before, USABLE)
        committed = before.committed
        if seen:
            await said(before, WITHHELD)
            await said(before, USABLE)
        else:
            committed = _missed(before, WITHHELD)
    async with member(url, committed=committed) as after:
        assert await said(after, USABLE) == [Answer()]


def _missed(claims: Member, *asked: Claim) -> dict[int, bytes]:
    """A batch that Redis never heard of; what is committed after it."""
    claims.claims.arguments(placed(asked), claims.chain)
    return claims.committed


async def test_what_redis_never_saw_is_not_forgotten_with_the_process(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Usable; withheld while Redis is away; the classifier is killed; usable again: that is no repeat."""
    port = int(url.rpartition(":")[2].split("/")[0])
    async with Proxy(port) as proxy, member(f"redis://127.0.0.1:{proxy.port}/0") as before:
        await done(before, USABLE)
        proxy.hears = False
        with monkeypatch.context() as patched:
            patched.setattr("consumers.backends.claims.BUDGET_SECONDS", 0.1)
            assert await before.check([WITHHELD]) is None
        committed = before.committed
    async with member(url, committed=committed) as after:
        assert await said(after, USABLE) == [Answer()]


async def test_a_mark_that_was_lost_does_not_bring_back_the_one_before(url: str) -> None:
    """Redis restarts from an older state, and is back before anybody asks."""
    async with member(url) as claims, Redis.from_url(url) as redis:
        await done(claims, USABLE)
        before = await state(redis)
        await done(claims, WITHHELD)
        await set_back(redis, before)
        assert await said(claims, USABLE) == [Answer()]


async def test_a_redis_that_was_flushed_and_filled_by_others_knows_nothing(url: str) -> None:
    """Every mark is young then, but not every article was asked about since."""
    async with member(url) as claims, Redis.from_url(url) as redis:
        await done(claims, USABLE)
        before = await state(redis)
        await redis.flushall()
        await said(claims, make_claim("u:2"))
        await redis.mset({key: value for key, value in before.items() if b":m" in key})
        assert await said(claims, USABLE) == [Answer()]


async def test_without_its_chain_a_partition_knows_nothing(url: str) -> None:
    """A full Redis that evicts may evict it; the other partitions are as they were."""
    other = next(claim for n in range(9) if placed([claim := make_claim(f"u:{n}")])[0][0] != placed([USABLE])[0][0])
    async with member(url) as claims, Redis.from_url(url) as redis:
        await done(claims, USABLE, other)
        assert await said(claims, USABLE, other) == [Answer(done=True)] * 2
        await redis.delete(f"{{fw}}:c{placed([USABLE])[0][0]}")
        assert await said(claims, USABLE, other) == [Answer(), Answer(done=True)]


async def test_a_sleeper_takes_nothing_for_done_and_leaves_nothing_done(url: str) -> None:
    """It wakes with a batch in hand, asks, and confirms; whoever has its partitions by now sends once more."""
    async with member(url) as sleeper, member(url) as awake:
        await done(sleeper, USABLE)
        awake.resume(sleeper.committed)
        await done(awake, WITHHELD)
        await done(awake, USABLE)
        assert await said(sleeper, USABLE, WITHHELD) == [Answer(), Answer()]
        await sleeper.confirm(WITHHELD)
        assert await said(awake, WITHHELD) == [Answer()]


async def test_a_sleeper_that_only_confirms_marks_nothing(url: str) -> None:
    """What it asked about is asked about again by another: that one confirms, or nobody."""
    async with member(url) as sleeper, member(url) as awake:
        await said(sleeper, USABLE)
        await said(awake, USABLE)
        await sleeper.confirm(USABLE)
        assert await said(awake, USABLE) == [Answer()]
        await awake.confirm(USABLE)
        await sleeper.confirm(USABLE)
        assert await said(awake, USABLE) == [Answer(done=True)]
        await sleeper.confirm(WITHHELD)
        assert await said(awake, USABLE) == [Answer()]


async def test_a_broken_chain_makes_no_article_its_own_copy(url: str) -> None:
    """Asked again, each is labelled as before, by the texts that are kept."""
    first, copy = make_claim(copies=True), make_claim("u:2", headline="Shaken: Loja", copies=True)
    expected = [Answer(), Answer(copy_of=Identity(source="a.example", uri="u:1"))]
    async with member(url) as claims:
        assert await said(claims, first, copy) == expected
        await claims.confirm(first, copy)
        claims.resume({})
        assert await said(claims, first, copy) == expected


async def test_a_call_that_fails_half_way_breaks_the_chain(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A script that fails takes nothing back: what it has noted by then must not look like all."""
    async with member(url) as claims:
        await done(claims, USABLE)
        with monkeypatch.context() as patched:
            patched.setattr(packing, "entry", lambda _: b"no entry")
            assert await claims.check([make_claim("u:1", copies=True, version="2"), WITHHELD]) is None
        assert await said(claims, USABLE) == [Answer()]


class Line:
    """One partition on its way through classifiers that crash and a Redis that forgets, and what the desk hears.

    Beside Redis the store in memory is asked the same, and suffers the same.
    """

    def __init__(self, claims: Member, redis: Redis, dice: random.Random) -> None:
        self.claims, self.redis, self.dice = claims, redis, dice
        texts = [make_claim(headline=f"Quake near Loja, {n}", copies=n > 1) for n in range(3)]
        self.log = [dice.choice(texts) for _ in range(60)]
        self.desk: list[Claim] = []
        self.at = self.committed_at = 0
        self.committed = claims.committed
        self.asleep = 0, self.committed
        self.memory = Memory()
        self.repeats = 0

    async def run(self) -> None:
        """To the end of the log."""
        saved = await state(self.redis), self.memory.copy()
        while self.at < len(self.log):
            event = self.dice.random()
            if event < 0.05:
                saved = await state(self.redis), self.memory.copy()
            elif event < 0.1:
                await set_back(self.redis, saved[0])
                self.memory = saved[1].copy()
            elif event < 0.13:
                self.asleep = self.at, self.claims.committed
            elif event < 0.16:
                await self._wake()
            await self.batch(self.log[self.at : self.at + self.dice.randint(1, 3)])
        assert self.desk[-1] == self.log[-1]
        heard = iter(self.desk)
        changes = [claim for n, claim in enumerate(self.log) if not n or claim != self.log[n - 1]]
        assert all(claim in heard for claim in changes), "some text never reached the desk, or not in its place"

    async def batch(self, asked: list[Claim]) -> None:
        """Ask, send, confirm, commit; or less."""
        answers = await self._asked(asked)
        before = None
        made = []
        for claim, answer in zip(asked, answers or [Answer()] * len(asked), strict=True):
            if claim.repeats(before) if before else answer.done:
                self.repeats += answer.done
                continue
            before = claim
            made.append(claim)
        if self.dice.random() < 0.05:
            return self._crash()
        self.desk += made
        if answers is not None and self.dice.random() < 0.9:
            await self.claims.confirm(*made)
            [(partition, _)] = placed(asked[:1])
            for claim in made[-1:]:
                self.memory.confirm(claim, self.memory.generation(partition, self.claims.chain.newest(partition)))
        if self.dice.random() < 0.05:
            return self._crash()
        self.at += len(asked)
        self.committed_at, self.committed = self.at, self.claims.committed
        if self.dice.random() < 0.1:
            self._crash()
        return None

    async def _wake(self) -> None:
        """A classifier that fell asleep long ago asks about what it had in hand, and is told that it is no member."""
        at, asleep = self.asleep
        awake = self.claims.committed
        self.claims.resume(asleep)
        await self._asked(self.log[at : at + 2])
        self.claims.resume(awake)

    def _crash(self) -> None:
        self.at = self.committed_at
        self.claims.resume(self.committed)

    async def _asked(self, asked: list[Claim]) -> list[Answer] | None:
        [(partition, _), *_] = placed(asked)
        before = self.claims.chain.newest(partition)
        if self.dice.random() < 0.1:
            _missed(self.claims, *asked)
            return None
        answers = await said(self.claims, *asked)
        generation = self.memory.follow(partition, before, self.claims.chain.newest(partition))
        assert answers == [self.memory.check(claim, generation) for claim in asked]
        return answers if self.dice.random() < 0.95 else None


async def test_whatever_redis_misses_or_loses_the_desk_stands_at_what_came_last(url: str) -> None:
    """Histories of one version that changes and changes back; Redis and the store in memory agree all the way."""
    repeats = 0
    async with AsyncExitStack() as stack:
        redis = await stack.enter_async_context(Redis.from_url(url))
        claims = await stack.enter_async_context(member(url))
        for seed in range(150):
            await redis.flushall()
            claims.resume({})
            line = Line(claims, redis, random.Random(seed))
            await line.run()
            repeats += line.repeats
    assert repeats > 500  # it still does its work


async def test_the_same_call_twice_is_one_call(url: str) -> None:
    """A proxy or a client that sends again what it has sent: nothing is missing, so the chain holds."""
    async with Redis.from_url(url) as redis, member(url) as claims:
        await done(claims, USABLE)
        script = redis.register_script(CHECK)
        keys, args = claims.claims.arguments(placed([make_claim("u:1", version="2")]), claims.chain)
        for _ in range(2):
            *_, broken = await script(keys=keys, args=args)
            assert broken == 0
        assert await said(claims, USABLE) == [Answer(done=True)]


async def test_what_was_in_hand_across_a_rebalance_marks_nothing(url: str) -> None:
    """It asks and confirms though the partition is another's, or its own again by now: with no chain to go on from."""
    async with member(url) as claims:
        await done(claims, USABLE)
        committed = claims.committed
        claims.chain.forget()
        await done(claims, WITHHELD)
        claims.resume(committed)
        assert await said(claims, USABLE, WITHHELD) == [Answer(), Answer()]
