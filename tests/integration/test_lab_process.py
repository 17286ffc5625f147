"""The lab's own process: it dies, hangs, idles or is busy, and the gateway goes on."""

import asyncio
import json
import os
import signal
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from support.lab import EDITED, RULES, Laboratory, laboratory, make_article
from support.newsroom import eventually, make_alert, newsroom
from support.topics import settings_for, until

from consumers.backends.kafka import Cluster


def headlines(events: list[dict[str, Any]]) -> list[str]:
    return ["".join(words for words, _ in event["headline"]) for event in events if event["type"] == "fired"]


def processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


async def test_a_lab_that_dies_is_started_again(
    embedded_kafka: str, prefix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever waited is told, the gateway goes on, and the next question finds a new one that knows the articles."""
    monkeypatch.setattr("consumers.gateway.lab.bench.AGAIN_AFTER", 0.0)
    async with laboratory(embedded_kafka, prefix, tmp_path) as lab:
        await lab.publish(make_article())
        await lab.holds(1)
        bench = lab.room.gateway.bench
        assert bench is not None
        first = bench.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        await eventually(lambda: bench.pid != first)
        await lab.holds(1)
        assert bench.pid not in {None, first}
        assert len(headlines(await lab.trial(EDITED))) == 1


async def test_a_lab_that_hangs_is_ended(
    embedded_kafka: str, prefix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that gives no sign of life is killed; whoever waits for it is told to ask again."""
    monkeypatch.setattr("consumers.gateway.lab.bench.SILENT", 15.0)  # it gives one once it has started
    async with laboratory(embedded_kafka, prefix, tmp_path) as lab:
        await lab.status()
        bench = lab.room.gateway.bench
        assert bench is not None
        pid = bench.pid
        assert pid is not None
        os.kill(pid, signal.SIGSTOP)
        answer = await lab.post("check", text=EDITED)
        assert (answer.status_code, answer.json()["error"]) == (503, "lab")
        assert not alive(pid)


async def test_a_lab_that_nobody_asks_ends(
    embedded_kafka: str, prefix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its memory is given back, and the next question starts another."""
    monkeypatch.setattr("consumers.gateway.lab.bench.IDLE", 0.5)
    async with laboratory(embedded_kafka, prefix, tmp_path) as lab:
        await lab.status()
        bench = lab.room.gateway.bench
        assert bench is not None
        await eventually(lambda: bench.pid is None)
        assert (await lab.post("check", text=EDITED)).json()["ok"]


async def test_the_lab_ends_with_its_gateway(embedded_kafka: str, prefix: str, tmp_path: Path) -> None:
    """No process is left behind."""
    async with laboratory(embedded_kafka, prefix, tmp_path) as lab:
        await lab.status()
        assert lab.room.gateway.bench is not None
        pid = lab.room.gateway.bench.pid
        assert pid is not None
        assert alive(pid)
    assert not alive(pid)


async def test_a_trial_nobody_waits_for_is_given_up(embedded_kafka: str, prefix: str, tmp_path: Path) -> None:
    """The next keystroke supersedes the last: the reader who hangs up leaves no work behind."""
    async with laboratory(embedded_kafka, prefix, tmp_path) as lab:
        await lab.publish(*(make_article(f"urn:{n}", f"Quake {n}") for n in range(300)))
        await lab.holds(300)
        async with lab.http.stream("POST", "/v1/lab/try", json={"text": "{id: all, match: '*'}"}) as answer:
            async for line in answer.aiter_lines():
                if json.loads(line)["type"] == "fired":
                    break
        bench = lab.room.gateway.bench
        assert bench is not None
        await eventually(lambda: not bench._waiting)
        assert lab.room.gateway.door.inside == 0
        assert headlines(await lab.trial(EDITED))


async def test_the_gateways_loop_does_not_feel_the_lab(embedded_kafka: str, prefix: str, tmp_path: Path) -> None:
    """While the lab judges with all its might, the loop is never held up for as long as judging takes."""
    async with laboratory(embedded_kafka, prefix, tmp_path) as lab:
        await lab.publish(
            *(make_article(f"urn:{n}", f"Quake {n} in Lima", body_text="word " * 200) for n in range(400))
        )
        await lab.holds(400)
        longest, rounds, stop = 0.0, 0, asyncio.Event()

        async def feel() -> None:
            nonlocal longest, rounds
            while not stop.is_set():
                before = time.thread_time()
                await asyncio.sleep(0)
                longest, rounds = max(longest, time.thread_time() - before), rounds + 1

        bench = lab.room.gateway.bench
        assert bench is not None
        assert bench.pid is not None
        before = processor_seconds(bench.pid)
        feeling = asyncio.create_task(feel())
        async with lab.room.subscriber(subscriptions={"a": {}}) as client:
            await client.until("live")
            trials = [asyncio.create_task(lab.trial("{id: all, match: '*', priority: flash}")) for _ in range(2)]
            seq = await lab.room.publish(make_alert("during"))
            assert (await client.until("alert"))["seq"] == seq
            assert not all(trial.done() for trial in trials)  # the alert did not wait for the lab
            told = await asyncio.gather(*trials)
        stop.set()
        await feeling
        assert {len(headlines(events)) for events in told} == {200}
        assert rounds > 100
        # Processor time of either, so that a busy machine does not count; the loop's has the test's own reading in it.
        assert longest < (processor_seconds(bench.pid) - before) / 4


async def test_the_tail_is_bounded_and_newest(embedded_kafka: str, prefix: str, tmp_path: Path) -> None:
    """Of more articles than it may keep the lab keeps the newest, without a hole."""
    async with laboratory(embedded_kafka, prefix, tmp_path, lab_articles=100) as lab:
        await lab.publish(*(make_article(f"urn:{n}", f"Quake {n}") for n in range(150)))

        async def full() -> bool:
            return bool((await lab.status())["tail"]["articles"] == 100)

        await until(full)
        events = await lab.trial("{id: all, match: '*'}")
        assert [event["uri"] for event in events if event["type"] == "fired"] == [
            f"urn:{n}" for n in range(149, 49, -1)
        ]


async def test_kafka_away_is_said(tmp_path: Path) -> None:
    """The lab opens all the same: rules can be checked and articles explained that are pasted."""
    settings: dict[str, Any] = {"kafka": "127.0.0.1:1", "rules": tmp_path / "rules.yaml", "prefix": "t."}
    settings["rules"].write_text(RULES, encoding="utf-8")
    async with newsroom(**settings) as room, httpx.AsyncClient(base_url=room.web, timeout=60) as http:
        assert (await http.post("/v1/lab/check", json={"text": EDITED})).json()["ok"]
        answer = await http.post("/v1/lab/explain", json={"pasted": "Earthquake in Lima"})
        assert answer.json()["in_force"]["outcome"] == "breaking"
        lab = Laboratory(
            room, Cluster(settings_for("127.0.0.1:1", "embedded", "t."), "", embedded=True), tmp_path, http
        )

        async def away() -> bool:
            return bool((await lab.status())["tail"]["state"] == "away")

        await until(away)
