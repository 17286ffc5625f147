"""A desk with a week behind it starts quickly, and knows all of it."""

import asyncio
import json
import os
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from support.line import Kafka, Line, MakeLine
from support.stack import Role
from support.topics import until
from support.truth import RULES, Oracle, Truth

from alerts.alert import Alert, Candidate
from alerts.article import Article
from alerts.classify import candidate
from alerts.desk import Desk
from alerts.fingerprint import story_id
from alerts.rules import load
from consumers.backends.kafka import Sender

pytestmark = [pytest.mark.kafka, pytest.mark.redis, pytest.mark.long]

STORIES = 100_000
# Stories live for a day and are remembered for eight.
OPEN = STORIES // 9
START_SECONDS = 10.0
NAME = b"oracle:mould"


def _candidate(article: Article, now: datetime) -> Candidate:
    rules = load(RULES.read_text(encoding="utf-8"))
    verdict = rules.judge(article, now)
    return candidate(article, verdict, ruleset=rules.hash, received=now, classified=now)


def _moulds(article: Article, now: datetime) -> tuple[bytes, bytes]:
    """State records of an open story and of one that ended, as the desk writes them."""
    desk = Desk()
    opened = desk.handle(_candidate(article, now), now).state
    ended = desk.tick(now + timedelta(hours=25)).state
    [name] = opened
    first, last = opened[name], ended[name]
    assert first is not None
    assert last is not None
    assert b"closed_at" in last
    return first, last


async def _active(desk: Role) -> bool:
    try:
        return bool(await asyncio.to_thread(desk.metric, "alerts_desk_active"))
    except OSError:
        return False


def _cpu(role: Role) -> float:
    """Seconds of processor time that a process has used so far (fields 14 and 15 of proc(5))."""
    fields = Path(f"/proc/{role.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def _said(line: Line) -> list[Alert]:
    return [alert for _, alert in (await line.evidence()).alerts]


async def test_a_desk_with_100_000_stories_starts_within_10_s(
    apache_kafka: str, make_line: MakeLine, capsys: pytest.CaptureFixture[str]
) -> None:
    """From the start of the process to its first turn; then a new version of an old story is its second revision."""
    now = datetime.now(UTC)
    mould = Oracle(71, now).truth(1, kinds=("first",)).stories[0].articles[0].model_copy(update={"uri": NAME.decode()})
    first, last = _moulds(mould, now)
    async with make_line(Kafka(apache_kafka, 1), Truth()) as line:
        sender = Sender(line.cluster)
        await sender.start()
        topic, old = line.cluster.settings.topic("desk.state"), story_id(mould.source, mould.uri).encode()
        waiting = []
        for n in range(STORIES):
            uri = f"oracle:{n}"
            key = story_id(mould.source, uri).encode()
            record = (first if n < OPEN else last).replace(NAME, uri.encode()).replace(old, key)
            waiting.append(await sender.send(topic, key=key, value=record, partition=0))
        position = json.dumps({"offset": 0, "epoch": "e1"}).encode()
        waiting.append(await sender.send(topic, key=b"position", value=position, partition=0))
        await asyncio.gather(*waiting)
        await sender.stop()
        started = time.monotonic()
        desk = await asyncio.to_thread(partial(line.running.start, "desk", ready=False))
        async with asyncio.timeout(60):
            while not await _active(desk):  # noqa: ASYNC110 - another process can only be asked, and often
                await asyncio.sleep(0.05)
        took = time.monotonic() - started
        with capsys.disabled():
            print(f"\n{STORIES:,} stories ({OPEN:,} open): in office after {took:.1f} s, {_cpu(desk):.1f} s of CPU")  # noqa: T201
        assert took < START_SECONDS

        known = mould.model_copy(update={"uri": "oracle:5", "version": "2", "headline": f"{mould.headline} - more"})
        sender = Sender(line.cluster)
        await sender.start()
        record = _candidate(known, now).to_json()
        await (await sender.send(line.cluster.settings.topic("desk"), key=b"k", value=record, partition=0))
        await sender.stop()
        said = await until(partial(_said, line))
        assert [(alert.id, alert.revision) for alert in said] == [(story_id(known.source, known.uri), 2)]
        assert await asyncio.to_thread(desk.metric, "alerts_desk_stories") == STORIES
