"""Classifiers that come and go under load, in an orderly way, by force, and with other rules."""

import asyncio
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from support.line import Kafka, MakeLine
from support.stack import Role
from support.topics import until
from support.truth import RULES, Oracle

pytestmark = [pytest.mark.kafka, pytest.mark.redis, pytest.mark.long]


async def _judging(role: Role) -> bool:
    return bool(await asyncio.to_thread(role.metric, "alerts_articles_judged_total"))


async def test_one_to_four_to_two_classifiers_under_load(three: Kafka, make_line: MakeLine) -> None:
    """Three join one after the other, one leaves, one is killed: each article is judged, none is told twice."""
    truth = Oracle(51, datetime.now(UTC)).truth(420, poison=12)
    async with make_line(three, truth, ALERTS_CLASSIFIER_BATCH="20") as line:
        await line.watch()
        classifiers = await line.start("classify", "desk")
        publishing = asyncio.create_task(line.publish(truth.records, pause=0.5))
        await until(partial(_judging, classifiers[0]))
        for _ in range(3):
            classifiers += await line.start("classify")
            await until(partial(_judging, classifiers[-1]))
        assert not publishing.done()
        await line.leave(classifiers[0])
        line.kill(classifiers[2])
        await publishing
        await line.drain()
        assert await line.breaches() == []


def _other_rules(folder: Path) -> Path:
    """Rules that match the same articles under other names and with other priorities."""
    text = RULES.read_text(encoding="utf-8").replace("id: ", "id: new-").replace("urgent", "flash")
    changed = folder / "changed.yaml"
    changed.write_text(text, encoding="utf-8")
    return changed


async def test_a_rolling_restart_with_other_rules_and_then_all_again(
    three: Kafka, make_line: MakeLine, tmp_path: Path
) -> None:
    """Offsets back at the beginning, Redis empty, other rules: every article is judged again and nothing is said."""
    truth = Oracle(52, datetime.now(UTC)).truth(42, poison=6)
    async with make_line(three, truth, ALERTS_CLASSIFIER_BATCH="20") as line:
        await line.watch()
        *old, _ = await line.start("classify", "classify", "desk")
        most = len(truth.records) * 2 // 3  # what is left is for the new rules, however long the change took
        publishing = asyncio.create_task(line.publish(truth.records[:most], pause=0.3))
        await asyncio.gather(*(until(partial(_judging, role)) for role in old))
        changed = str(_other_rules(tmp_path))
        new: list[Role] = []
        for role in old:
            await line.leave(role)
            new += await line.start("classify", ALERTS_RULES=changed)
        await publishing
        await line.publish(truth.records[most:])
        await line.drain()
        assert await line.breaches() == []
        said = (await line.evidence()).alerts
        assert len({alert.ruleset for _, alert in said}) == 2

        await line.judge_all_again(new, ALERTS_RULES=changed)
        await line.drain()
        assert await line.breaches() == []
        assert (await line.evidence()).alerts == said
