"""`alerts up` as a person runs it: a process of its own, ended by signals."""

import asyncio
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from support.topics import records, settings_for

from alerts.alert import Alert
from consumers.backends.kafka import Cluster
from consumers.banner import ARTICLE

ENDS_WITHIN = 5.0


class Up:
    """A running `alerts up`, with a folder and ports of its own."""

    def __init__(self, folder: Path, *options: str, **settings: str) -> None:
        self.data = folder / "data"
        environment = {
            "ALERTS_DATA": str(self.data),
            "ALERTS_INGEST_BIND": "127.0.0.1:0",
            "ALERTS_GATEWAY_BIND": "127.0.0.1:0",
            "ALERTS_GATEWAY_HTTP_BIND": "127.0.0.1:0",
            **settings,
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "consumers", "up", *options],
            cwd=folder,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.lines: list[str] = []

    def until(self, wanted: str) -> str:
        """Read on until a line that holds `wanted`."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line)
            if wanted in line:
                return line
        raise AssertionError(f"{wanted!r} never came:\n{''.join(self.lines)}")

    def announced(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.data / "embedded.json").read_text())
        return found

    def children(self) -> list[int]:
        # By thread: servers are started in one of their own.
        tasks = Path(f"/proc/{self.process.pid}/task").glob("*/children")
        return [int(child) for task in tasks for child in task.read_text().split()]

    def end(self, number: signal.Signals) -> float:
        """Send a signal and read to the end; the seconds it took."""
        started = time.monotonic()
        self.process.send_signal(number)
        assert self.process.stdout is not None
        self.lines += self.process.stdout.readlines()
        self.process.wait(30)
        return time.monotonic() - started


@contextmanager
def up(folder: Path, *options: str, **settings: str) -> Iterator[Up]:
    running = Up(folder, *options, **settings)
    try:
        yield running
    finally:
        if running.process.poll() is None:
            running.end(signal.SIGTERM)
        assert running.process.stdout is not None
        running.process.stdout.close()


@contextmanager
def ends_of(pids: list[int]) -> Iterator[list[int]]:
    """File descriptors, each readable once its process has ended."""
    watched = [os.pidfd_open(pid) for pid in pids]
    try:
        yield watched
    finally:
        for each in watched:
            os.close(each)


def all_end(watched: list[int], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    waiting = set(watched)
    while waiting and (left := deadline - time.monotonic()) > 0:
        waiting -= set(select.select(list(waiting), [], [], left)[0])
    return not waiting


def post(bind: str, article: dict[str, Any]) -> dict[str, Any]:
    request = urllib.request.Request(
        f"http://{bind}/v1/articles", json.dumps(article).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - loopback
        found: dict[str, Any] = json.load(answer)
        return found


async def _first_alert(kafka: str, redis: str) -> Alert:
    """As a downstream service would: from the topic, with its own client."""
    cluster = await Cluster.connect(settings_for(kafka, redis, ""))
    async with asyncio.timeout(20):
        while not (found := await records(cluster, "alerts")):
            pass
    return Alert.from_json(found[0].value or b"")


async def test_an_article_posted_to_a_fresh_up_is_on_the_alerts_topic(tmp_path: Path) -> None:
    """Nothing is configured; the banner says where, and its own example is what a person would post."""
    with up(tmp_path, "--no-sample") as running:
        running.until("Flashwire is up")
        assert "Nothing survives a restart" in running.until("Nothing survives")
        where = running.announced()
        assert post(where["ingest"], json.loads(ARTICLE))["accepted"] == 1
        alert = await _first_alert(where["kafka"], where["redis"])
        assert alert.headline == json.loads(ARTICLE)["headline"]
        assert "VU" in {region.code for region in alert.regions}
        with ends_of(running.children()) as watched:
            assert len(watched) >= 7  # guard, broker, Redis, four roles
            assert running.end(signal.SIGINT) < ENDS_WITHIN
            assert all_end(watched, 0.1)
        assert [line for line in running.lines if "!!" in line] == []  # none was killed for taking too long
        assert running.process.returncode == 0
        assert not (running.data / "embedded.json").exists()


def test_nothing_is_left_when_up_itself_is_killed(tmp_path: Path) -> None:
    """The kernel gives nobody time to say goodbye; the guard sees to it."""
    with up(tmp_path, "--no-sample") as running:
        running.until("Flashwire is up")
        with ends_of(running.children()) as watched:
            running.end(signal.SIGKILL)
            assert all_end(watched, ENDS_WITHIN)


def test_a_role_that_is_killed_comes_back(tmp_path: Path) -> None:
    """With a loud line that names it."""
    with up(tmp_path, "--no-sample") as running:
        running.until("Flashwire is up")
        gateway = next(pid for pid in running.children() if b"gateway" in Path(f"/proc/{pid}/cmdline").read_bytes())
        os.kill(gateway, signal.SIGKILL)
        assert "!! gateway was killed by SIGKILL" in running.until("!!")
        running.until(" gateway | ")


def test_it_can_be_ended_while_it_starts(tmp_path: Path) -> None:
    """Somebody changed their mind."""
    with up(tmp_path, "--no-sample") as running:
        while not (running.data / "up.lock").exists() and running.process.poll() is None:
            pass
        assert running.end(signal.SIGTERM) < ENDS_WITHIN
        assert running.process.returncode in {0, -signal.SIGTERM}


def test_a_taken_port_is_one_line_that_names_the_setting(tmp_path: Path) -> None:
    """Before anything was started."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        bind = f"127.0.0.1:{listener.getsockname()[1]}"
        with up(tmp_path, "--no-sample", ALERTS_GATEWAY_BIND=bind) as running:
            assert running.process.wait(20) == 2
            line = running.until("ALERTS_GATEWAY_BIND")
            assert line.startswith(f"alerts: ALERTS_GATEWAY_BIND={bind}: something else listens there.")
            assert len(running.lines) == 1


def test_a_role_that_cannot_use_its_settings_ends_everything(tmp_path: Path) -> None:
    """The role says which setting; trying again would not help."""
    rules = tmp_path / "rules.yaml"
    rules.write_text("version: 1\nrules: [{id: broken}]\n")
    with up(tmp_path, "--no-sample", ALERTS_RULES=str(rules)) as running:
        running.until(f"classify | alerts: ALERTS_RULES={rules}")
        running.until("alerts: classify cannot run with these settings")
        assert running.process.wait(20) == 2


def test_kafka_that_does_not_answer_is_one_line(tmp_path: Path) -> None:
    """Rather than four roles that complain and start again."""
    with up(tmp_path, ALERTS_KAFKA="127.0.0.1:1") as running:
        assert running.until("").startswith("alerts: ALERTS_KAFKA=127.0.0.1:1: no broker answered")
        assert running.process.wait(20) == 1


@pytest.mark.parametrize("wrong", [("--kafka-port", "65535"), ("--sample-speed", "0"), ("--sample-speed", "-1")])
def test_what_no_port_or_speed_is_wrong_usage(tmp_path: Path, wrong: tuple[str, str]) -> None:
    """Said at once, not by a traceback, nor by a sample that cannot start."""
    with up(tmp_path, "--kafka", "apache", *wrong) as running:
        assert running.process.wait(20) == 2
        assert f"'{wrong[0]}'" in running.until("Error: Invalid value")


def test_kafka_option_and_kafka_setting_contradict_each_other(tmp_path: Path) -> None:
    """One says to start a broker, the other that there is one."""
    with up(tmp_path, "--kafka", "apache", ALERTS_KAFKA="127.0.0.1:1") as running:
        assert running.process.wait(20) == 2
        assert "Leave one of them out" in running.until("ALERTS_KAFKA")
