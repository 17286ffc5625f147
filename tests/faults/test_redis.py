"""Redis mistreated in every way while the feed flows: alerts flow on, and not one is lost or told twice."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from redis.asyncio import Redis
from support.line import Kafka, Line, MakeLine
from support.proxy import Proxy
from support.stack import Role, fetch
from support.topics import drained, until
from support.truth import UNIQUE, Oracle

from consumers.backends.redis_server import RedisServer, find_redis

pytestmark = [pytest.mark.kafka, pytest.mark.redis, pytest.mark.long]

HOLE_SECONDS = 30.0


class Store:
    """A Redis of this test's own that writes all it does to a file, and the wire to it."""

    def __init__(self, server: RedisServer, data: Path, wire: Proxy) -> None:
        self.server, self.data, self.wire = server, data, wire

    @property
    def url(self) -> str:
        """Through the wire."""
        return f"redis://127.0.0.1:{self.wire.port}/0"

    async def tell(self, *command: str) -> None:
        """Give the server an order, past the wire."""
        async with Redis.from_url(self.server.url) as admin:
            await admin.execute_command(*command)  # type: ignore[no-untyped-call]

    def cut(self) -> None:
        """Lose the last third of what was written since the file was begun, in the middle of a command if need be."""
        [file] = (self.data / "appendonlydir").glob("*.incr.aof")
        content = file.read_bytes()
        file.write_bytes(content[: len(content) * 2 // 3])


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    if find_redis() is None:
        pytest.skip("no redis-server or valkey-server here")
    data = tmp_path / "redis"
    with RedisServer(data=data, log=tmp_path / "redis.log") as server:
        async with Proxy(server.port) as wire:
            yield Store(server, data, wire)


Mistreat = Callable[[Store], Awaitable[None]]


async def kill(store: Store) -> None:
    await asyncio.to_thread(store.server.kill)


async def start(store: Store) -> None:
    await asyncio.to_thread(store.server.start)


async def flush(store: Store) -> None:
    await store.tell("FLUSHALL")


async def nothing(store: Store) -> None:
    """Nothing to heal."""


async def cut(store: Store) -> None:
    """The machine lost power: the last writes never reached the disk."""
    await kill(store)
    store.cut()
    await start(store)


async def fill(store: Store) -> None:
    await store.tell("CONFIG", "SET", "maxmemory", "1")


async def empty(store: Store) -> None:
    await store.tell("CONFIG", "SET", "maxmemory", "0")


async def swallow(store: Store) -> None:
    """Packets go in, none comes out: what was asked is done, and nobody hears of it."""
    store.wire.swallowed.clear()
    store.wire.speaks = False


async def hole(store: Store) -> None:
    """Packets go in and are never seen again."""
    store.wire.hears = store.wire.speaks = False


async def heal(store: Store) -> None:
    store.wire.hears = store.wire.speaks = True


FAULTS: dict[str, tuple[Mistreat, Mistreat, float]] = {
    "killed": (kill, start, 0),
    "flushed": (flush, nothing, 0),
    "lost its last writes": (cut, nothing, 0),
    "out of memory": (fill, empty, 0),
    "replies lost": (swallow, heal, 0),
    "black hole": (hole, heal, HOLE_SECONDS),
}


async def _answers(classifier: Role) -> bool:
    """Whether the classifier says that Redis does."""
    status: dict[str, object] = json.loads(await asyncio.to_thread(fetch, classifier.ready_url))
    return status["redis"] is True


async def _mistreated(line: Line, store: Store, classifier: Role, fault: str) -> None:
    """A part of the feed before the fault, one while it lasts, one after."""
    begin, end, seconds = FAULTS[fault]
    before, during, after = line.truth.parts(3)
    await line.publish(before)
    since = time.monotonic()
    # In the middle of what is on its way.
    await begin(store)
    await line.publish(during, pause=0.05)
    await until(partial(drained, line.cluster))
    await asyncio.sleep(max(0.0, seconds - (time.monotonic() - since)))
    await end(store)
    await until(partial(_answers, classifier))
    await line.publish(after)
    await line.drain()
    assert await line.breaches() == []


@pytest.mark.parametrize("fault", FAULTS)
async def test_whatever_happens_to_redis_no_alert_is_lost_or_doubled(
    apache_kafka: str, make_line: MakeLine, store: Store, fault: str
) -> None:
    """Repeats are in the feed all the time; while Redis cannot answer, alerts are marked."""
    truth = Oracle(41, datetime.now(UTC)).truth(90, kinds=UNIQUE, poison=6)
    async with make_line(Kafka(apache_kafka, 1), truth, redis=store.url, ALERTS_CLASSIFIER_BATCH="20") as line:
        await line.watch()
        classifier, _ = await line.start("classify", "desk")
        await _mistreated(line, store, classifier, fault)
        marked = {alert.dedup for _, alert in (await line.evidence()).alerts}
        assert "ok" in marked
        assert "unavailable" in marked or fault in {"flushed", "lost its last writes"}
