"""Brokers of a cluster of three that die: one costs nothing but time; with two gone everything waits."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from functools import partial

import pytest
from support.line import Kafka, Line, MakeLine
from support.topics import until, whole
from support.truth import Oracle

from consumers.backends.apache import ApacheKafka

pytestmark = [pytest.mark.kafka, pytest.mark.redis, pytest.mark.long]


@pytest.fixture
async def nodes(three_nodes: ApacheKafka) -> AsyncIterator[ApacheKafka]:
    """The session's cluster, which is whole again when the test ends."""
    yield three_nodes
    for node, server in three_nodes.servers.items():
        if not server.alive:
            await asyncio.to_thread(three_nodes.restart, node)
    await until(partial(whole, three_nodes.bootstrap, 3), 120)


async def _line(line: Line) -> None:
    await line.watch()
    await line.start("classify", "classify", "desk", "desk")


async def test_each_broker_killed_in_turn_costs_time_and_nothing_else(
    nodes: ApacheKafka, three: Kafka, make_line: MakeLine
) -> None:
    """Whichever of them leads `alerts`, the desk's group and its transactions: alerts go on while it is gone."""
    truth = Oracle(31, datetime.now(UTC)).truth(210, poison=12)
    parts = list(truth.parts(6))
    async with make_line(three, truth) as line:
        await _line(line)
        assert line.subscriber is not None
        for node in (1, 2, 3):
            await line.publish(parts.pop(0))
            await asyncio.to_thread(nodes.kill, node)
            seen = len(line.subscriber.log)
            await line.publish(parts.pop(0))
            await line.subscriber.until(seen + 10, seconds=90)
            await asyncio.to_thread(nodes.restart, node)
            await until(partial(whole, nodes.bootstrap, 3), 120)
        await line.drain()
        assert await line.breaches() == []


async def test_with_two_of_three_brokers_gone_everything_waits(
    nodes: ApacheKafka, three: Kafka, make_line: MakeLine
) -> None:
    """Nothing is acknowledged that could be lost; when they are back, nothing was."""
    truth = Oracle(32, datetime.now(UTC)).truth(105, poison=12)
    before, during, after = truth.parts(3)
    async with make_line(three, truth) as line:
        await _line(line)
        await line.publish(before)
        await asyncio.gather(*(asyncio.to_thread(nodes.kill, node) for node in (1, 2)))
        publishing = asyncio.create_task(line.publish(during))
        await asyncio.sleep(20)
        assert not publishing.done()
        await asyncio.gather(*(asyncio.to_thread(nodes.restart, node) for node in (1, 2)))
        await publishing
        await line.publish(after)
        await line.drain()
        assert await line.breaches() == []
