"""kill -9 of each role at random moments, articles by HTTP, an editor at work: nothing lost, nothing twice."""

import asyncio
import random
from datetime import UTC, datetime

import pytest
from support.line import Kafka, Line, MakeLine
from support.oracle import Oracle
from support.stack import Role

pytestmark = [pytest.mark.kafka, pytest.mark.redis, pytest.mark.long]

SEED = 20
ROUNDS = 2
ROLES = ("ingest", "classify", "desk", "gateway")


async def _publisher(line: Line, ingest: Role) -> None:
    await line.post(ingest, line.truth.records)


async def _editor(line: Line) -> None:
    """Claims one alert in ten as it comes."""
    assert line.subscriber is not None
    done = 0
    while True:
        await line.subscriber.until(done + 10, seconds=600)
        await line.claim(line.subscriber.alerts[done])
        done += 10


async def test_kill_9_of_each_role_at_random_loses_and_doubles_nothing(three: Kafka, make_line: MakeLine) -> None:
    """Each role is killed twice, in any order: what was sent is told once, and every claim answered."""
    rnd = random.Random(SEED)
    truth = Oracle(SEED, datetime.now(UTC)).truth(420)
    async with make_line(three, truth) as line:
        await line.watch()
        roles = dict(zip(ROLES[:3], await line.start(*ROLES[:3]), strict=True)) | {"gateway": line.gateway}
        await line.start("classify")
        posting = asyncio.create_task(_publisher(line, roles["ingest"]))
        editing = asyncio.create_task(_editor(line))
        for name in rnd.sample(ROLES * ROUNDS, len(ROLES) * ROUNDS):
            await asyncio.sleep(rnd.uniform(0, 1.5))
            line.kill(roles[name])
            roles[name] = await line.restart(roles[name])
        await posting
        await line.drain()
        editing.cancel()
        await line.drain()
        assert len(truth.actions) > 10
        assert await line.breaches() == []
