"""What Redis is asked and told, on a real one."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from redis.asyncio import Redis

from alerts.alert import Identity
from alerts.article import Article
from consumers.backends.claims import Claims

pytestmark = pytest.mark.redis

BODY = (
    "The quake was felt in the whole province and many people ran into the streets, witnesses told the agency by phone."
)


def make_article(**fields: Any) -> Article:
    values = {"uri": "u:1", "source": "a.example", "headline": "Earthquake near Patras", "body_text": BODY}
    return Article.model_validate({**values, **fields})


@pytest.fixture
async def claims(redis_url: str, prefix: str) -> AsyncIterator[Claims]:
    made = Claims(redis_url, prefix=prefix)
    await made.start()
    yield made
    await made.stop()


async def test_an_article_is_done_only_after_it_was_confirmed(claims: Claims) -> None:
    """Asked twice without an acknowledgement in between, it is its own original, not its own duplicate."""
    claim = claims.claim(make_article(), copies=True)
    for _ in range(2):
        answers = await claims.check([claim])
        assert answers is not None
        assert not answers[0].done
        assert answers[0].copy_of is None
    await claims.confirm([claim])
    answers = await claims.check([claim])
    assert answers is not None
    assert answers[0].done


async def test_a_text_that_comes_back_after_another_one_is_no_repeat(claims: Claims) -> None:
    """Usable, withheld, usable again under one version: the third must reach the desk."""
    usable, withheld = (claims.claim(make_article(pubstatus=status), copies=False) for status in ("usable", "withheld"))
    for claim in (usable, withheld, usable):
        answers = await claims.check([claim])
        assert answers is not None
        assert not answers[0].done
        await claims.confirm([claim])


async def test_a_copy_is_labelled_with_its_original_in_the_same_batch_and_later(claims: Claims) -> None:
    """Another publisher's headline over the same text; never dropped."""
    first = claims.claim(make_article(), copies=True)
    copy = claims.claim(make_article(uri="u:9", source="b.example", headline="Patras shaken by quake"), copies=True)
    answers = await claims.check([first, copy])
    assert answers is not None
    assert [a.copy_of for a in answers] == [None, Identity(source="a.example", uri="u:1")]
    again = await claims.check([copy])
    assert again == [answers[1]]


async def test_every_key_ends_with_its_time(claims: Claims, redis_url: str, prefix: str) -> None:
    """Redis must not fill up; all keys share one hash tag, so that a cluster can run the script."""
    claim = claims.claim(make_article(), copies=True)
    await claims.check([claim])
    await claims.confirm([claim])
    async with Redis.from_url(redis_url) as redis:
        lives = {key: await redis.ttl(key) async for key in redis.scan_iter(f"{prefix}*")}
    assert len(lives) == 2
    assert all(b"{fw}" in key for key in lives)
    assert min(lives.values()) > 48 * 3600


async def test_without_redis_nothing_is_known_and_soon_nothing_is_asked() -> None:
    """Three failures open the breaker; a batch then costs no time."""
    claims = Claims("redis://127.0.0.1:1/0")
    claim = claims.claim(make_article(), copies=True)
    assert [await claims.check([claim]) for _ in range(3)] == [None] * 3
    assert not claims.available
    await claims.stop()
