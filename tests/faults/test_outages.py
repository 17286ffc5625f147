"""Servers that go away and come back: everything waits or flows on, says so, and nothing is lost."""

import asyncio
import json
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from urllib.error import HTTPError

import pytest
from support.line import line
from support.stack import Role, fetch
from support.topics import until
from support.truth import UNIQUE, Oracle

from consumers.backends.apache import ApacheKafka
from consumers.backends.redis_server import RedisServer, find_redis

pytestmark = [pytest.mark.kafka, pytest.mark.redis]


async def _says(role: Role, name: str, value: object) -> bool:
    """What a role's readiness says, whatever its status."""
    try:
        answer: dict[str, object] = json.loads(await asyncio.to_thread(fetch, role.ready_url))
    except HTTPError as exc:
        with exc:
            answer = json.load(exc)
    return answer.get(name) == value


async def test_a_broker_and_redis_killed_and_started_again_cost_time_and_nothing_else(
    jars_folder: Path, prefix: str, tmp_path: Path
) -> None:
    """Health tells; after both are back each story is one alert, and the subscriber saw the topic."""
    if find_redis() is None:
        pytest.skip("no redis-server or valkey-server here")
    truth = Oracle(3, datetime.now(UTC)).truth(60, kinds=UNIQUE)
    before, without_kafka, without_redis = truth.parts(3)
    with (
        RedisServer(log=tmp_path / "redis.log") as redis,
        ApacheKafka(data=tmp_path / "kafka", libs=jars_folder, heap_mib=256) as kafka,
    ):
        async with line(tmp_path, kafka.bootstrap, redis.url, prefix, truth) as running:
            subscriber, (classifier, desk) = await asyncio.gather(running.watch(), running.start("classify", "desk"))
            await running.publish(before)
            await subscriber.until(1)
            await asyncio.to_thread(kafka.kill)
            publishing = asyncio.create_task(running.publish(without_kafka))
            await until(partial(_says, classifier, "kafka", False))
            await until(partial(_says, desk, "kafka", False))
            await asyncio.to_thread(kafka.restart)
            await publishing
            await asyncio.to_thread(redis.kill)
            await running.publish(without_redis, pause=0.1)
            await until(partial(_says, classifier, "redis", False))
            await asyncio.to_thread(redis.start)
            await until(partial(_says, classifier, "redis", True))
            await running.drain()
            assert await running.breaches() == []
            marks = {alert.dedup for _, alert in (await running.evidence()).alerts}
            assert marks == {"ok", "unavailable"}
