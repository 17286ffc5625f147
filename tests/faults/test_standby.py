"""A second desk takes over; who slept through its replacement neither writes nor fences its successor."""

import asyncio
import os
import signal
import time
from datetime import UTC, datetime
from functools import partial

import pytest
from support.line import SABOTEUR, Kafka, Line, MakeLine, asleep
from support.stack import Role
from support.topics import drained, until
from support.truth import Oracle

pytestmark = [pytest.mark.kafka, pytest.mark.redis]

TAKEOVER_SECONDS = 10.0
SLEEP_SECONDS = 30.0


async def _in_office(desk: Role) -> bool:
    return bool(await asyncio.to_thread(desk.metric, "alerts_desk_active"))


async def _asleep(role: Role) -> bool:
    return asleep(role)


async def test_a_standby_takes_over_within_10_s_of_kill_9(kafka: Kafka, make_line: MakeLine) -> None:
    """Killed inside a transaction, which hides all that follows until it is ended: the next alert is the standby's."""
    truth = Oracle(11, datetime.now(UTC)).truth(42)
    async with make_line(kafka, truth) as line:
        subscriber, (office,), _ = await asyncio.gather(
            line.watch(), line.start("desk", by=(*SABOTEUR, "in_transaction:3")), line.start("classify")
        )
        await until(partial(_in_office, office))
        await line.start("desk")
        publishing = asyncio.create_task(line.publish(truth.records, pause=0.3))
        assert await line.ended(office) == -signal.SIGKILL
        killed, seen = time.monotonic(), len(subscriber.log)
        await subscriber.until(seen + 1)
        assert time.monotonic() - killed < TAKEOVER_SECONDS
        await publishing
        await line.drain()
        assert await line.breaches() == []


async def _sleepers(line: Line, desk_point: str, classify_point: str, hasty: str, seconds: float) -> None:
    """One desk and one classifier fall asleep at these points, are replaced, and wake in the middle of the feed."""
    before, during, after = line.truth.parts(3)
    desk, classifier = await line.start("desk", by=(*SABOTEUR, f"{desk_point}:1:stop{hasty}")) + await line.start(
        "classify", by=(*SABOTEUR, f"{classify_point}:1:stop{hasty}")
    )
    await until(partial(_in_office, desk))
    standby, _ = await line.start("desk", "classify", by=(*SABOTEUR, f"none{hasty}"))
    publishing = asyncio.create_task(line.publish(before, pause=0.1))
    await asyncio.gather(until(partial(_asleep, desk)), until(partial(_asleep, classifier)))
    slept = time.monotonic()
    try:
        await publishing
        await line.publish(during)
        await until(partial(_in_office, standby))
        await until(partial(drained, line.cluster))
        await asyncio.sleep(max(0.0, seconds - (time.monotonic() - slept)))
    finally:
        for sleeper in (desk, classifier):
            os.kill(sleeper.pid, signal.SIGCONT)
    await line.publish(after, pause=0.1)
    await line.drain()
    assert await line.breaches() == []
    await until(partial(_in_office, standby))  # out of it while the group takes the sleeper in
    assert not await _in_office(desk)
    assert standby.metric("alerts_desk_aborts_total") == 0
    assert classifier.process.poll() is None


async def test_a_role_that_slept_through_its_replacement_does_no_harm(apache_kafka: str, make_line: MakeLine) -> None:
    """A desk in the middle of its transaction, a classifier between claim and send."""
    truth = Oracle(12, datetime.now(UTC)).truth(42, poison=6)
    async with make_line(Kafka(apache_kafka, 1), truth, ALERTS_CLASSIFIER_BATCH="10") as line:
        await line.watch()
        await _sleepers(line, "in_transaction", "after_claim", ",hasty", 0.0)


@pytest.mark.long
@pytest.mark.parametrize(
    ("desk_point", "classify_point"),
    [
        ("in_transaction", "after_append"),
        ("before_end", "after_acknowledgement"),
        ("after_end", "before_commit"),
    ],
)
async def test_zombies_of_30_s_do_no_harm(
    three: Kafka, make_line: MakeLine, desk_point: str, classify_point: str
) -> None:
    """As above with the sessions of the real thing, at other points, on three nodes."""
    truth = Oracle(13, datetime.now(UTC)).truth(105, poison=12)
    async with make_line(three, truth, ALERTS_CLASSIFIER_BATCH="10") as line:
        await line.watch()
        await _sleepers(line, desk_point, classify_point, "", SLEEP_SECONDS)
