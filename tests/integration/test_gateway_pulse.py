"""What the gateway tells the page of the pipeline: over HTTP with a token, and from Kafka."""

import asyncio
from typing import Any

import httpx
import pytest
from aiokafka import TopicPartition
from support.newsroom import SECRET, newsroom, token
from support.topics import settings_for

from consumers.backends.kafka import Cluster
from consumers.gateway import pulse as pulses
from consumers.gateway.pulse import KafkaPulse, Pulse


@pytest.mark.parametrize("path", ["/v1/pulse", "/v1/check?text=a", "/v1/regions?q=ukr", "/v1/revisions?alert=x"])
async def test_lookups_need_the_token_that_all_else_needs(path: str) -> None:
    """401 without, 200 with, on both listeners; a foreign page gets nothing."""
    async with newsroom(gateway_secret=SECRET) as room, httpx.AsyncClient() as client:
        good = {"Authorization": f"Bearer {token()}"}
        for base in (room.gateway.url.rstrip("/"), room.web):
            assert (await client.get(base + path)).status_code == 401
            assert (await client.get(base + path, headers=good)).status_code == 200
            foreign = await client.get(base + path, headers={**good, "Origin": "https://evil.example"})
            assert foreign.status_code == 403


async def test_what_cannot_be_answered_is_a_400() -> None:
    """Not a stack trace."""
    async with newsroom() as room, httpx.AsyncClient() as client:
        answer = await client.get(f"{room.gateway.url}v1/regions?z=1")
        assert (answer.status_code, answer.json()["error"]) == (400, "bad_request")


@pytest.mark.parametrize("kafka", ["embedded_kafka", pytest.param("apache_kafka", marks=pytest.mark.kafka)])
async def test_what_waits_and_what_is_dead_is_counted(
    kafka: str, request: pytest.FixtureRequest, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Articles not committed by the classifiers' group, dead letters kept and of the last hour; by looking only."""
    monkeypatch.setattr(pulses, "EVERY", 0.05)
    settings = settings_for(request.getfixturevalue(kafka), "embedded", prefix)
    cluster = await Cluster.connect(settings, create_topics=True)
    articles, dead = settings.topic("articles"), settings.topic("articles.dead")
    producer = cluster.producer()
    await producer.start()
    for number in range(5):
        await producer.send_and_wait(articles, b"%d" % number, partition=0)
    await producer.send_and_wait(dead, b"broken", partition=0)
    await producer.stop()
    consumer = cluster.consumer(group=settings.topic("classifier"))
    await consumer.start()
    consumer.assign([TopicPartition(articles, 0)])
    await consumer.commit({TopicPartition(articles, 0): 2})
    pulse = Pulse()
    looking = asyncio.create_task(KafkaPulse(settings, cluster, pulse).run())
    try:
        await _until(pulse, articles_waiting=3, dead=1, dead_last_hour=1)
        await consumer.commit({TopicPartition(articles, 0): 5})
        await _until(pulse, articles_waiting=0)
        assert pulse.status()["dead"] == {"kept": 1, "last_hour": 1}
    finally:
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)
        await consumer.stop()


async def test_kafka_away_is_unknown_not_zero(
    embedded_kafka: str, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A figure that cannot be had is None, and looking goes on."""
    monkeypatch.setattr(pulses, "EVERY", 0.05)
    monkeypatch.setattr(pulses, "ANSWER_WITHIN", 0.2)
    settings = settings_for(embedded_kafka, "embedded", prefix)
    cluster = await Cluster.connect(settings)
    cluster.bootstrap = "127.0.0.1:9"
    pulse = Pulse()
    pulse.articles_waiting = 7
    looking = asyncio.create_task(KafkaPulse(settings, cluster, pulse).run())
    await _until(pulse, articles_waiting=None)
    assert not looking.done()
    looking.cancel()
    await asyncio.gather(looking, return_exceptions=True)


async def _until(pulse: Pulse, **figures: Any) -> None:
    async with asyncio.timeout(30):
        while {name: getattr(pulse, name) for name in figures} != figures:  # noqa: ASYNC110 - it has no event
            await asyncio.sleep(0.02)
