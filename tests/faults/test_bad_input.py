"""Input that is too large, and writes that Kafka refuses: what is beside them goes through, whole or not at all."""

import asyncio
from datetime import UTC, datetime
from functools import partial

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from support.line import Kafka, Line, MakeLine
from support.stack import Role
from support.topics import until
from support.truth import Oracle

from alerts.alert import MAX_ALERT_BYTES
from consumers.backends.kafka import MAX_RECORD_BYTES

pytestmark = [pytest.mark.kafka, pytest.mark.redis]


async def _limit(line: Line, topic: str, most: int) -> None:
    """Let a topic refuse records of more than so many bytes."""
    resource = ConfigResource(
        ConfigResourceType.TOPIC, line.cluster.settings.topic(topic), {"max.message.bytes": str(most)}
    )
    admin = AIOKafkaAdminClient(bootstrap_servers=line.cluster.bootstrap)
    await admin.start()
    await admin.alter_configs([resource])
    await admin.close()


async def _gave_up(desk: Role) -> bool:
    return await asyncio.to_thread(desk.metric, "alerts_desk_aborts_total") >= 2


@pytest.mark.long
async def test_poison_and_giants_on_every_partition_hold_nothing_up(three: Kafka, make_line: MakeLine) -> None:
    """What cannot be read is kept byte for byte; an alert that would be too large is cut to 64 KiB."""
    truth = Oracle(61, datetime.now(UTC)).truth(28, poison=36, giants=True)
    async with make_line(three, truth) as line:
        await line.watch()
        await line.start("classify", "desk")
        await line.publish(truth.records)
        await line.drain()
        assert await line.breaches() == []
        sizes = [len(alert.to_json()) for _, alert in (await line.evidence()).alerts]
        assert MAX_ALERT_BYTES // 2 < max(sizes) <= MAX_ALERT_BYTES


async def test_a_refused_send_never_commits_the_rest(kafka: Kafka, make_line: MakeLine) -> None:
    """While Kafka takes the alerts of a transaction but not its state, no reader sees any; then each is there once."""
    truth = Oracle(62, datetime.now(UTC)).truth(14)
    async with make_line(kafka, truth) as line:
        await line.watch()
        _, desk = await line.start("classify", "desk")
        await _limit(line, "desk.state", 200)
        await line.publish(truth.records)
        await until(partial(_gave_up, desk))
        assert (await line.evidence()).alerts == []
        await _limit(line, "desk.state", MAX_RECORD_BYTES)
        await line.drain()
        assert await line.breaches() == []
