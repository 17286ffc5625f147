"""The rule lab on 20,000 articles: how long it takes to load and to answer, in how much memory; what the gateway feels.

Usage: bench_lab.py [NUMBER] [ARTICLES.jsonl.gz]. Without a file: `../shared/corpora/replay.jsonl.gz` if it is there,
else the sample wire over and over. Prints one line each. Needs no servers; the broker is the embedded one.

The gateway's figure is a ratio from one run: the time from publishing an alert to its arrival at a subscriber, while
the lab judges with all its might against while it is idle, turn and turn about.
"""

import asyncio
import gzip
import itertools
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from support.lab import Laboratory, laboratory
from support.newsroom import Subscriber, make_alert

from alerts.article import Article, InvalidArticle
from consumers.backends.embedded import EmbeddedKafka
from consumers.sample.wire import items

TRIES = 5
PINGS = 100
CORPUS = Path(__file__).parents[2] / "shared/corpora/replay.jsonl.gz"


def wire(file: Path) -> Iterator[bytes]:
    """Articles as they come."""
    if file.exists():
        with gzip.open(file) as lines:
            yield from lines
    else:
        for run in itertools.count():
            yield from (item.value for item in items(datetime.now(UTC), str(run)))


def articles(file: Path, number: int) -> Iterator[Article]:
    """So many of them, spread over the last 20 hours."""
    now, found = datetime.now(UTC), 0
    for line in wire(file):
        try:
            article = Article.from_json(line)
        except InvalidArticle:
            continue
        moment = now - timedelta(hours=20) + timedelta(seconds=found * 72_000 / number)
        changed = {"published": moment, "received": moment, "embargoed": None, "pubstatus": "usable"}
        yield article.model_copy(update=changed)
        found += 1
        if found == number:
            return


async def publish(lab: Laboratory, found: Iterator[Article]) -> None:
    """All of them, without waiting for each."""
    producer = lab.cluster.producer(linger_ms=20)
    await producer.start()
    topic = lab.cluster.settings.topic("articles")
    sent = [await producer.send(topic, article.to_json(), key=article.uri.encode()) for article in found]
    await asyncio.gather(*sent)
    await producer.stop()


async def tried(lab: Laboratory, text: str, **fields: Any) -> dict[str, tuple[float, float]]:
    """Seconds to the first event of each type, by the clock and of the lab's processor time."""
    began, processor = time.perf_counter(), _processor(lab)
    seen: dict[str, tuple[float, float]] = {}
    body = {"text": text, **fields}
    async with lab.http.stream("POST", "/v1/lab/try", json=body) as answer:
        async for line in answer.aiter_lines():
            seen.setdefault(json.loads(line)["type"], (time.perf_counter() - began, _processor(lab) - processor))
    return seen


async def main(number: int, file: Path) -> None:
    """Measure and print."""
    rules = files("alerts.rules").joinpath("default.yaml").read_text(encoding="utf-8")
    with EmbeddedKafka() as broker, tempfile.TemporaryDirectory() as folder:
        async with laboratory(broker.address, "bench.", Path(folder), rules=rules) as lab:
            await publish(lab, articles(file, number))
            await _load(lab)
            opened = (await lab.http.get("/v1/lab/rule", params={"id": "earthquake"})).json()
            await _answers(lab, opened["text"].replace("match:", "cooldown: 1h\n  match:", 1), opened["rule"])
            await _gateway(lab)
            print(f"peak memory of the lab's process: {_peak(lab):.0f} MiB")


async def _load(lab: Laboratory) -> None:
    began = time.perf_counter()
    loaded = 0.0
    while True:
        tail = (await lab.status())["tail"]
        if tail["state"] == "following" and not loaded:
            loaded = time.perf_counter() - began
        if tail["state"] == "following" and tail["judged"] == tail["articles"]:
            break
        await asyncio.sleep(0.5)
    print(f"{tail['articles']} articles, {tail['mib']} MiB: there {loaded:.1f} s after the first question, ", end="")
    print(
        f"all judged {time.perf_counter() - began:.1f} s after it ({_processor(lab):.1f} s of processor time); ", end=""
    )
    print(f"{_peak(lab):.0f} MiB for the process", flush=True)


async def _answers(lab: Laboratory, text: str, rule: str) -> None:
    runs = [await tried(lab, f"{text}\n# {number}", replaces=[rule]) for number in range(TRIES)]
    for event in ("fired", "total", "near", "opinions", "effect"):
        times, own = zip(*(run[event] for run in runs if event in run), strict=True)
        print(f"one edited rule, first {event}: median {statistics.median(times):.2f} s, ", end="")
        print(f"of which {statistics.median(own):.2f} s of processor time; worst {max(times):.2f} s", flush=True)
    began = time.perf_counter()
    for number in range(20):
        await lab.post("check", text=f"{text}\n# {number} again", replaces=[rule])
    print(f"errors of a rule: {(time.perf_counter() - began) / 20 * 1000:.0f} ms")


async def _gateway(lab: Laboratory) -> None:
    async with lab.room.subscriber(subscriptions={"a": {}}) as client:
        await client.until("live")
        idle: list[float] = []
        busy: list[float] = []
        for number in range(3):
            idle += await _pings(lab, client, f"idle{number}")
            trial = asyncio.create_task(_until_cancelled(lab))
            await asyncio.sleep(0.3)
            busy += await _pings(lab, client, f"busy{number}")
            trial.cancel()
            await asyncio.gather(trial, return_exceptions=True)
            await asyncio.sleep(0.5)
    for name, share in (("median", 0.5), ("p99", 0.99)):
        one, other = (sorted(times)[int(len(times) * share)] * 1000 for times in (idle, busy))
        print(f"publish to subscriber, {name}: {one:.2f} ms, {other:.2f} ms while the lab judges ({other / one:.2f}x)")


async def _until_cancelled(lab: Laboratory) -> None:
    for number in itertools.count():
        # Read, and not looked into: this loop is the gateway's too.
        body = {"text": f"id: all-{number}\nmatch: '*'"}
        async with lab.http.stream("POST", "/v1/lab/try", json=body) as answer:
            async for _ in answer.aiter_raw():
                pass


async def _pings(lab: Laboratory, client: Subscriber, name: str) -> list[float]:
    times = []
    for number in range(PINGS):
        began = time.perf_counter()
        seq = await lab.room.publish(make_alert(f"{name}-{number}"))
        while (await client.until("alert"))["seq"] < seq:
            pass
        times.append(time.perf_counter() - began)
        await asyncio.sleep(0.01)
    return times


def _processor(lab: Laboratory) -> float:
    bench = lab.room.gateway.bench
    assert bench is not None
    if bench.pid is None:
        return 0.0
    fields = Path(f"/proc/{bench.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _peak(lab: Laboratory) -> float:
    bench = lab.room.gateway.bench
    assert bench is not None
    lines = Path(f"/proc/{bench.pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024


if __name__ == "__main__":
    given = dict(enumerate(sys.argv))
    asyncio.run(main(int(given.get(1, 20_000)), Path(given.get(2, CORPUS))))
