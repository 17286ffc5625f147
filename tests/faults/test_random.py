"""Faults at random moments, alone and together, with an editor at work: nothing lost, nothing twice."""

import asyncio
import random
import signal
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from redis.asyncio import Redis
from support.line import Kafka, Line, MakeLine
from support.stack import Role
from support.topics import until, whole
from support.truth import UNIQUE, Oracle

from consumers.backends.apache import ApacheKafka
from consumers.backends.redis_server import RedisServer

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


class Chaos:
    """Breaks one thing after the other, never the same half of the system twice at a time."""

    def __init__(self, line: Line, nodes: ApacheKafka, redis: RedisServer, rnd: random.Random) -> None:
        self._line, self._nodes, self._redis, self._rnd = line, nodes, redis, rnd
        self.roles: list[Role] = []

    async def roles_die(self) -> None:
        """A role is killed, or asked to end, or sleeps for longer than its session; then it is there again."""
        number = self._rnd.randrange(len(self.roles))
        role = self.roles[number]
        how = self._rnd.choice((signal.SIGKILL, signal.SIGTERM, signal.SIGSTOP))
        if how == signal.SIGSTOP:
            role.process.send_signal(how)
            await asyncio.sleep(self._rnd.uniform(1, 12))
            role.process.send_signal(signal.SIGCONT)
        else:
            end = self._line.kill if how == signal.SIGKILL else self._line.ask_to_end
            end(role)
            await self._line.ended(role)
            self.roles[number] = await self._line.restart(role, ready=False)

    async def nodes_die(self) -> None:
        """A node is killed and comes back; the next waits until the cluster is whole."""
        node = self._rnd.choice((1, 2, 3))
        await asyncio.to_thread(self._nodes.kill, node)
        await asyncio.sleep(self._rnd.uniform(1, 8))
        await asyncio.to_thread(self._nodes.restart, node)
        await until(partial(whole, self._nodes.bootstrap, 3), 120)

    async def redis_dies(self) -> None:
        """Redis is killed and comes back, or forgets everything."""
        if self._rnd.random() < 0.5:
            await asyncio.to_thread(self._redis.kill)
            await asyncio.sleep(self._rnd.uniform(1, 8))
            await asyncio.to_thread(self._redis.start)
        else:
            async with Redis.from_url(self._redis.url) as admin:
                await admin.flushall()
            await asyncio.sleep(3)


@pytest.mark.parametrize("seed", [81, 82])
async def test_everything_at_once_loses_and_doubles_nothing(
    three_nodes: ApacheKafka, three: Kafka, make_line: MakeLine, tmp_path: Path, seed: int
) -> None:
    """Roles, nodes and Redis break side by side for more than a minute, while articles come and an editor claims."""
    rnd = random.Random(seed)
    truth = Oracle(seed, datetime.now(UTC)).truth(360, kinds=UNIQUE, poison=24, embargo=timedelta(seconds=40))
    with RedisServer(data=tmp_path / "redis", log=tmp_path / "redis.log") as redis:
        async with make_line(three, truth, redis=redis.url, ALERTS_CLASSIFIER_BATCH="20") as line:
            await line.watch()
            chaos = Chaos(line, three_nodes, redis, rnd)
            chaos.roles = [*await line.start("classify", "classify", "desk", "desk"), line.gateway]
            editing = asyncio.create_task(_editor(line))
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(line.publish(truth.records, pause=0.6))
                for fault, times in ((chaos.roles_die, 7), (chaos.nodes_die, 3), (chaos.redis_dies, 6)):
                    tasks.create_task(_again(fault, times))
            await line.drain()
            editing.cancel()
            await line.drain()
            assert await line.breaches() == []


async def _again(fault: Callable[[], Awaitable[None]], times: int) -> None:
    for _ in range(times):
        await fault()
