"""Redis down, slow, forgetful, full, read-only, loading or locked: nothing is known, and nothing is mistaken."""

import asyncio
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import BusyLoadingError, RedisError
from redis.retry import Retry
from support.member import Member, member, placed
from support.proxy import Proxy
from support.topics import until

from alerts.alert import Identity
from alerts.article import Article
from alerts.copies import Answer, Claim
from consumers.backends.claims import CHECK
from consumers.backends.embedded import Server, free_port
from consumers.backends.redis_server import RedisServer, find_redis

pytestmark = pytest.mark.redis

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
WORDS = "The quake was felt in Loja and many ran into the streets, said witnesses who spoke to the agency by phone."
ORIGINAL = Identity(source="a.example", uri="u:1")
DEADLINE = 30.0


def make_claim(uri: str = "u:1", **fields: Any) -> Claim:
    """The claim of an article; all of them share one text."""
    values = {"uri": uri, "source": "a.example", "headline": "Quake near Loja", "body_text": WORDS, **fields}
    return Claim.of(Article.model_validate(values), NOW, copies=True)


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisServer]:
    """A server of this test's own, to be mistreated."""
    if find_redis() is None:
        pytest.skip("no redis-server or valkey-server here")
    with RedisServer(log=tmp_path / "redis.log") as server:
        yield server


async def answered(claims: Member, *asked: Claim) -> list[Answer]:
    """Ask until there is an answer: the breaker lets one probe a second through."""
    answers = await until(partial(claims.check, asked))
    assert answers is not None
    return answers


async def unanswered(claims: Member) -> None:
    """Ask until the breaker has opened."""
    async with asyncio.timeout(DEADLINE):
        while claims.claims.available:
            assert await claims.check([make_claim("u:other")]) is None


async def test_without_redis_nothing_is_known_and_soon_nothing_is_asked() -> None:
    """Three failures open the breaker; a batch then costs no time."""
    async with member("redis://127.0.0.1:1/0") as claims:
        assert [await claims.check([make_claim()]) for _ in range(3)] == [None] * 3
        assert not claims.claims.available


async def test_a_redis_that_comes_back_empty_takes_nothing_for_a_repeat(redis: RedisServer) -> None:
    """What it forgot goes to the desk again, which knows its stories."""
    async with member(redis.url) as claims:
        await answered(claims, make_claim())
        await claims.confirm(make_claim())
        redis.kill()
        await unanswered(claims)
        redis.start()
        assert await answered(claims, make_claim()) == [Answer()]
        assert await answered(claims, make_claim("u:2")) == [Answer(copy_of=ORIGINAL)]


async def test_a_flushed_redis_takes_nothing_for_a_repeat(redis: RedisServer) -> None:
    """FLUSHALL, by hand or by mistake."""
    async with member(redis.url) as claims:
        await answered(claims, make_claim())
        await claims.confirm(make_claim())
        with Redis.from_url(redis.url) as admin:
            admin.flushall()
        assert await answered(claims, make_claim(), make_claim("u:2")) == [Answer(), Answer(copy_of=ORIGINAL)]


async def test_a_redis_that_lost_its_last_writes_takes_nothing_for_a_repeat(
    redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An older state comes back, as after a cut append-only file: a claim without its mark is not done."""
    monkeypatch.setattr("consumers.backends.claims.BUDGET_SECONDS", DEADLINE)
    admin = Redis.from_url(redis.url)
    async with member(redis.url) as claims:
        await answered(claims, make_claim())
        before = {key: admin.dump(key) for key in admin.scan_iter("*")}
        await claims.confirm(make_claim())
        assert await answered(claims, make_claim()) == [Answer(done=True)]
        admin.flushall()
        for key, value in before.items():
            admin.restore(key, 0, value or b"")
        assert await answered(claims, make_claim()) == [Answer()]
    admin.close()


async def test_what_redis_never_saw_leaves_nothing_known(redis: RedisServer) -> None:
    """Usable, then withheld which Redis never saw, then usable again: that is no repeat."""
    usable, withheld = make_claim(), make_claim(pubstatus="withheld")
    async with Proxy(redis.port) as proxy, member(f"redis://127.0.0.1:{proxy.port}/0") as claims:
        await answered(claims, usable)
        await claims.confirm(usable)
        proxy.hears = False
        assert await claims.check([withheld]) is None
        proxy.hears = True
        assert await answered(claims, usable) == [Answer()]


async def test_a_redis_that_is_back_is_noticed_though_nothing_is_asked(redis: RedisServer) -> None:
    """Health tells the truth in a quiet hour."""
    async with member(redis.url) as claims:
        redis.kill()
        await unanswered(claims)
        redis.start()
        async with asyncio.timeout(DEADLINE):
            while not claims.claims.available:
                await claims.claims.probe()
                await asyncio.sleep(0.05)


async def test_a_full_redis_answers_nothing_and_recovers(redis: RedisServer) -> None:
    """Out of memory under noeviction: nothing is noted, nothing is doubled, and room is enough to go on."""
    admin = Redis.from_url(redis.url)
    async with member(redis.url) as claims:
        await answered(claims, make_claim())
        admin.config_set("maxmemory", 1)
        await unanswered(claims)
        admin.config_set("maxmemory", 0)
        assert await answered(claims, make_claim(), make_claim("u:2")) == [Answer(), Answer(copy_of=ORIGINAL)]
    admin.close()


async def test_a_read_only_replica_answers_nothing_and_recovers(redis: RedisServer) -> None:
    """After a failover the old address may be a replica."""
    admin = Redis.from_url(redis.url)
    async with member(redis.url) as claims:
        await answered(claims, make_claim())
        admin.replicaof("127.0.0.1", "1")
        await unanswered(claims)
        admin.replicaof("NO", "ONE")
        assert await answered(claims, make_claim("u:2")) == [Answer(copy_of=ORIGINAL)]
    admin.close()


async def test_a_wrong_password_is_a_redis_that_does_not_answer(redis: RedisServer) -> None:
    """The password does not show in what we log."""
    admin = Redis.from_url(redis.url)
    admin.config_set("requirepass", "right")
    async with member(redis.url.replace("//", "//:wrong@")) as claims:
        await unanswered(claims)
    async with member(redis.url.replace("//", "//:right@")) as claims:
        assert await answered(claims, make_claim()) == [Answer()]
    admin.close()


async def test_a_redis_that_still_loads_its_data_answers_nothing_and_recovers(tmp_path: Path) -> None:
    """After a restart it answers LOADING until it has read its file."""
    with RedisServer(data=tmp_path / "data", log=tmp_path / "redis.log") as redis:
        admin = Redis.from_url(redis.url)
        async with member(redis.url) as claims:
            await answered(claims, make_claim())
        admin.mset({f"filler:{n}": n for n in range(3000)})
        admin.save()
        admin.close()
    port, slow = free_port(), ["--key-load-delay", "1000", "--loading-process-events-interval-bytes", "1024"]
    options = ["--port", str(port), "--bind", "127.0.0.1", "--appendonly", "no", "--dir", str(tmp_path / "data")]
    server = Server("Redis", [str(find_redis()), *options, *slow], log=tmp_path / "loading.log")
    server.start()
    try:
        server.wait_until(lambda: _loads(port), seconds=DEADLINE)
        async with member(f"redis://127.0.0.1:{port}/0") as claims:
            assert await claims.check([make_claim()]) is None
            assert await answered(claims, make_claim("u:2")) == [Answer(copy_of=ORIGINAL)]
    finally:
        server.stop()


def _loads(port: int) -> bool:
    with Redis(port=port, socket_timeout=1.0, retry=Retry(NoBackoff(), 0)) as client:
        try:
            client.ping()
        except BusyLoadingError:
            return True
        except RedisError:  # not even listening yet
            return False
    raise AssertionError("loaded its data before it was asked")


async def test_a_black_hole_costs_three_budgets_and_then_nothing(redis: RedisServer) -> None:
    """Packets vanish: the classifier goes on without asking, and asks again once they arrive."""
    async with Proxy(redis.port) as proxy, member(f"redis://127.0.0.1:{proxy.port}/0") as claims:
        await answered(claims, make_claim())
        proxy.hears = False
        await unanswered(claims)
        began = time.monotonic()
        asked = 0
        while time.monotonic() - began < 0.5:
            assert await claims.check([make_claim()]) is None
            asked += 1
            await asyncio.sleep(0)
        assert asked > 50  # waiting for each, there would be five
        proxy.hears = True
        assert await answered(claims, make_claim("u:2")) == [Answer(copy_of=ORIGINAL)]


@pytest.mark.parametrize("copies", [False, True])
async def test_a_lost_reply_makes_no_article_its_own_copy_or_repeat(redis: RedisServer, *, copies: bool) -> None:
    """The script ran, its answer was lost: asked again it says what it would have said."""
    async with Proxy(redis.port) as proxy, member(f"redis://127.0.0.1:{proxy.port}/0") as claims:
        await answered(claims, make_claim("u:0") if copies else make_claim("u:0", body_text="", headline="Other"))
        proxy.speaks = False
        assert await claims.check([make_claim()]) is None
        async with asyncio.timeout(DEADLINE):
            await proxy.swallowed.wait()
        proxy.speaks = True
        expected = Answer(copy_of=Identity(source="a.example", uri="u:0")) if copies else Answer()
        assert await answered(claims, make_claim()) == [expected]


async def test_a_client_that_sends_the_script_twice_gets_the_same_answer_twice(redis: RedisServer) -> None:
    """As redis-py's own retries would, which we have switched off."""
    batch = [make_claim(f"u:{n}") for n in range(1, 4)]
    admin = Redis.from_url(redis.url)
    async with member(redis.url) as claims:
        script, (keys, args) = admin.register_script(CHECK), claims.claims.arguments(placed(batch), claims.chain)
        first, again = (script(keys=keys, args=args) for _ in range(2))
        assert first[:-1] == again[:-1]
        copy = Answer(copy_of=ORIGINAL)
        assert await answered(claims, *batch) == [Answer(), copy, copy]
    admin.close()
