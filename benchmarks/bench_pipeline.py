"""The whole pipeline on real Apache Kafka and real Redis: rate, losses, latency, memory, from one run.

Usage: pipeline.py [--articles FILE] [--rules FILE] [--subscribers 200] [--latency-articles 6000]

Prints, one line each: the classifier's articles/s beside a bare aiokafka consume-and-produce loop on the same topic;
what became of every article; whether every subscriber's log equals the topic; p50 and p99 from arrival to frame at 200
articles/s; peak memory of each process. Exits with 1 if anything was lost or doubled.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from support.stack import Role, Stack, fetch, stack, sum_of  # noqa: E402
from support.topics import Told, count, settings_for, told  # noqa: E402

from consumers.backends.apache import ApacheKafka  # noqa: E402
from consumers.backends.kafka import Cluster  # noqa: E402
from consumers.backends.redis_server import RedisServer  # noqa: E402
from consumers.settings import Settings  # noqa: E402

DRAIN_SECONDS = 600.0


def main() -> None:
    """Run every part on servers of its own."""
    options = _options()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with ApacheKafka(data=folder / "kafka", libs=ROOT / ".flashwire") as kafka, RedisServer() as redis:
            bench = Bench(folder, kafka.bootstrap, redis.url, options)
            bench.run()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=Path, default=ROOT.parent / "shared/corpora/replay.jsonl.gz")
    parser.add_argument("--rules", type=Path, default=HERE / "loose.yaml")
    parser.add_argument("--subscribers", type=int, default=200)
    parser.add_argument("--latency-articles", type=int, default=6000)
    parser.add_argument("--latency-rate", type=int, default=200)
    return parser.parse_args()


class Bench:
    """Three runs on one broker: alone, whole, and at a steady rate."""

    def __init__(self, folder: Path, kafka: str, redis: str, options: argparse.Namespace) -> None:
        self.folder, self.kafka, self.redis, self.options = folder, kafka, redis, options
        self.failed = False

    def run(self) -> None:
        """Print every figure; exit with 1 if one shows a loss."""
        with self._stack("alone.") as alone:
            total = self._publish(alone)
            bare = self._bare(alone, total)
            rate = self._classifier_alone(alone, total)
            print(f"classifier alone: {rate:,.0f} articles/s; bare loop: {bare:,.0f}/s; ratio {rate / bare:.2f}")
        with self._stack("whole.") as whole:
            self._whole(whole)
        with self._stack("steady.") as steady:
            self._steady(steady)
        if self.failed:
            sys.exit(1)

    @contextmanager
    def _stack(self, prefix: str) -> Iterator[Stack]:
        with stack(
            self.folder, self.kafka, self.redis, prefix, ALERTS_RULES=str(self.options.rules), ALERTS_LOG_LEVEL="info"
        ) as running:
            asyncio.run(_connect(running))
            yield running

    def _publish(self, running: Stack, *arguments: str) -> int:
        """Put the articles onto the topic; their number."""
        command = [sys.executable, "-m", "consumers", "publish", "--as-live", *arguments, str(self.options.articles)]
        done = subprocess.run(command, env=_environment(running), check=False, capture_output=True, text=True)
        assert done.returncode in {0, 2}, done.stderr  # 2: something in the file is no article; it says what
        print("\n".join(done.stderr.splitlines()[-3:]), file=sys.stderr)
        return _count(running, "articles")

    def _bare(self, running: Stack, total: int) -> float:
        command = [sys.executable, str(HERE / "bare.py"), running.kafka, "alone.articles", "alone.articles.dead"]
        out = subprocess.run([*command, str(total)], check=True, capture_output=True, text=True, cwd=ROOT)
        figures = json.loads(out.stdout.splitlines()[-1])
        return float(figures["records"] / figures["wall"])

    def _classifier_alone(self, running: Stack, total: int) -> float:
        classifier = running.start("classify")
        return _drain(classifier, total)

    def _whole(self, running: Stack) -> None:
        """Classifier, desk and gateway at once, with every subscriber attached, as fast as it goes."""
        desk, gateway = running.start("desk"), running.start("gateway")
        classifier = running.start("classify")
        with subscribers(gateway, self.options.subscribers) as watching:
            started = time.perf_counter()
            total = self._publish(running)
            rate = _drain(classifier, total, started)
            _settle(running, desk, gateway)
            seen = watching.finish()
        print(f"whole pipeline: {total:,} articles at {rate:,.0f}/s with {self.options.subscribers} subscribers")
        self._account(running, classifier, total)
        self._compare(running, seen)
        for role in (classifier, desk, gateway):
            print(f"peak memory: {role.name} {role.peak_mib():.0f} MiB")

    def _account(self, running: Stack, classifier: Role, total: int) -> None:
        text = fetch(classifier.ready_url.replace("/readyz", "/metrics"))
        outcomes = {
            outcome: int(sum_of(text, "alerts_articles_judged_total", {"outcome": outcome}))
            for outcome in ("breaking", "retraction", "held_back", "none", "stale", "embargoed", "out_of_hours", "dead")
        }
        repeats = int(sum_of(text, "alerts_articles_repeated_total", {}))
        print(f"accounted: {sum(outcomes.values()):,} of {total:,}: {outcomes}; exact repeats among them: {repeats}")
        said = _told(running)
        ids = {alert.id for alert in said.alerts}
        print(f"alerts: {len(ids):,} in {len(said.alerts):,} revisions; audit records: {len(said.audits):,}")
        breaking = self._breaking(running)
        lost = breaking - said.versions
        print(
            f"breaking by `alerts explain`: {len(breaking):,}; lost: {len(lost)}; in two alerts: {len(said.shared())}"
        )
        print(f"revisions doubled or out of order: {len(said.faults())}")
        self.failed |= bool(lost or said.faults() or said.shared()) or sum(outcomes.values()) != total

    def _breaking(self, running: Stack) -> set[tuple[str, str, str | None]]:
        command = [sys.executable, "-m", "consumers", "explain", str(self.options.articles)]
        out = subprocess.run(command, env=_environment(running), check=False, capture_output=True)
        assert out.returncode in {0, 2}, out.stderr
        lines = (json.loads(line) for line in out.stdout.splitlines())
        return {(x["source"], x["uri"], x["version"]) for x in lines if x["outcome"] == "breaking"}

    def _compare(self, running: Stack, seen: dict[str, Any]) -> None:
        topic = [(alert.id, alert.revision) for alert in _told(running).alerts]
        same = seen["same"] and [tuple(x[:2]) for x in seen["log"]] == topic
        print(
            f"every subscriber's log equals the topic: {'yes' if same else 'NO'} ({seen['min']}..{seen['max']} frames)"
        )
        self.failed |= not same

    def _steady(self, running: Stack) -> None:
        desk, gateway = running.start("desk"), running.start("gateway")
        running.start("classify")
        with subscribers(gateway, self.options.subscribers, "--every") as watching:
            rate, count = str(self.options.latency_rate), self.options.latency_articles
            head = self.folder / "head.jsonl"
            _head(self.options.articles, head, count)
            command = [sys.executable, "-m", "consumers", "publish", "--as-live", "--rate", rate, str(head)]
            subprocess.run(command, env=_environment(running), check=True, stderr=subprocess.PIPE)
            _settle(running, desk, gateway)
            seen = watching.finish()
        print(
            f"latency at {rate} articles/s, arrival to frame, {seen['samples']:,} frames: "
            f"p50 {seen['p50']:.1f} ms, p99 {seen['p99']:.1f} ms"
        )


class Watching:
    """The subscribers' process."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        self.seen: dict[str, Any] = {}

    def finish(self) -> dict[str, Any]:
        """End it; what it saw."""
        out, _ = self.process.communicate(timeout=60)
        self.seen = json.loads(out.splitlines()[-1])
        return self.seen


@contextmanager
def subscribers(gateway: Role, count: int, *more: str) -> Iterator[Watching]:
    """`count` websocket clients in a process of their own, live before the block begins."""
    url = gateway.ready_url.replace("http:", "ws:").replace("/readyz", "/v1/stream")
    process = subprocess.Popen(
        [sys.executable, str(HERE / "subscribers.py"), url, str(count), *more],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline().strip() == "ready"
    try:
        yield Watching(process)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def _environment(running: Stack) -> dict[str, str]:
    import os  # noqa: PLC0415

    own = {"ALERTS_KAFKA": running.kafka, "ALERTS_REDIS": running.redis, "ALERTS_PREFIX": running.prefix}
    kept = {k: v for k, v in os.environ.items() if not k.startswith("ALERTS_")}
    return {**kept, **own, **running.extra}


def _settings(running: Stack) -> Settings:
    return settings_for(running.kafka, running.redis, running.prefix)


async def _connect(running: Stack) -> None:
    await Cluster.connect(_settings(running))


def _count(running: Stack, topic: str) -> int:
    async def counted() -> int:
        return await count(await Cluster.connect(_settings(running)), running.prefix + topic)

    return asyncio.run(counted())


def _told(running: Stack) -> Told:
    async def read() -> Told:
        return await told(await Cluster.connect(_settings(running)), running.prefix)

    return asyncio.run(read())


def _drain(classifier: Role, total: int, started: float | None = None) -> float:
    """Wait until every article is judged; articles/s since the first one was."""
    deadline = time.monotonic() + DRAIN_SECONDS
    while time.monotonic() < deadline:
        judged = classifier.metric("alerts_articles_judged_total")
        if started is None and judged:
            started, total_then = time.perf_counter(), judged
            first = total_then
        if judged >= total:
            base = first if "first" in locals() else 0
            return float((total - base) / (time.perf_counter() - (started or 0)))
        time.sleep(0.1)
    raise RuntimeError(f"not drained in {DRAIN_SECONDS:.0f} s:\n{classifier.tail()}")


def _settle(running: Stack, desk: Role, gateway: Role) -> None:
    """Until the desk has handled everything, its quiet updates included, and the gateway has read it."""
    quiet_until = time.monotonic() + 35
    last = -1
    while time.monotonic() < quiet_until:
        end = _count(running, "alerts")
        if end != last or desk.metric("alerts_desk_lag_records") > 0:
            last, quiet_until = end, max(quiet_until, time.monotonic() + 5)
        time.sleep(1)
    fetch(gateway.ready_url)


def _head(path: Path, to: Path, count: int) -> None:
    import gzip  # noqa: PLC0415
    from itertools import islice  # noqa: PLC0415

    with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as lines:
        to.write_bytes(b"".join(islice(lines, count)))


if __name__ == "__main__":
    main()
