"""kill -9 of each role exactly where it hurts; and naive roles, killed at the same points, are found out."""

import asyncio
import signal
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from support.line import NAIVE, SABOTEUR, Kafka, Line, MakeLine
from support.stack import Role
from support.truth import Oracle, Record

from alerts.alert import MAX_ALERT_BYTES

pytestmark = [pytest.mark.kafka, pytest.mark.redis]

CLASSIFY = ("after_claim", "after_append:3", "after_acknowledgement", "before_commit", "after_commit")
DESK = ("while_loading", "in_transaction", "before_end", "after_end")
GATEWAY = ("while_serving:4",)
# Small, so that a part of the feed takes many of them.
BATCH = "10"


async def _killed(line: Line, role: str, orders: Sequence[str], by: Sequence[str], hasty: str) -> Role:
    """One process after the other of a role, each killing itself at its point; then one that lives."""
    for order in orders:
        victim = await line.begin(role, by=(*by, f"{order}{hasty}"))
        assert await line.ended(victim) == -signal.SIGKILL, f"{role} {order}: {victim.tail()}"
    [alive] = await line.start(role, by=(*by, f"none{hasty}"))
    return alive


async def _schedule(line: Line, part: Sequence[Record], by: Sequence[str], hasty: str) -> Role:
    """The kill schedule: while a part of the feed flows, every point of classifier and desk; the last classifier."""
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(line.publish(part, pause=0.2))
        classifier = tasks.create_task(_killed(line, "classify", CLASSIFY, by, hasty))
        tasks.create_task(_killed(line, "desk", DESK, by, hasty))
    return classifier.result()


async def test_kill_9_at_every_named_point_loses_and_doubles_nothing(kafka: Kafka, make_line: MakeLine) -> None:
    """Classifier, desk and gateway: between any two steps of theirs. Nor does judging everything again say a thing."""
    short = kafka.replication == 1
    truth = Oracle(1, datetime.now(UTC)).truth(56 if short else 210, poison=12, giants=True)
    async with make_line(kafka, truth, ALERTS_CLASSIFIER_BATCH=BATCH) as line:
        subscriber = await line.watch(by=(*SABOTEUR, *GATEWAY))
        dying = asyncio.create_task(line.ended(line.gateway))
        classifier = await _schedule(line, truth.records, SABOTEUR, ",hasty" if short else "")
        assert await dying == -signal.SIGKILL
        await line.restart(line.gateway)
        await line.drain()
        assert await line.breaches() == []
        assert subscriber.connections > 1
        said = (await line.evidence()).alerts
        assert max(len(alert.to_json()) for _, alert in said) <= MAX_ALERT_BYTES
        await line.judge_all_again([classifier])
        await line.drain()
        assert await line.breaches() == []
        assert (await line.evidence()).alerts == said


async def test_naive_roles_fail_under_the_same_schedule(apache_kafka: str, make_line: MakeLine) -> None:
    """`SET NX` and then send loses; writing one after the other doubles: the judge of these tests sees both."""
    truth = Oracle(2, datetime.now(UTC)).truth(24)
    async with make_line(Kafka(apache_kafka, 1), truth, ALERTS_CLASSIFIER_BATCH=BATCH) as line:
        await _schedule(line, truth.records, NAIVE, ",hasty")
        await line.drain(seconds=40, complete=False)
        kinds = {breach.split(":")[0] for breach in await line.breaches()}
        assert {"lost", "doubled"} <= kinds
