"""Topic `desk` no longer holds what the desk's state points at: stop loudly, say what to do, go on when told."""

import asyncio
import json
import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from support.stack import Role, stack
from support.topics import settings_for, until

from consumers.backends.kafka import Cluster

pytestmark = [pytest.mark.kafka, pytest.mark.redis]


async def _ended(role: Role) -> bool:
    return role.process.poll() is not None


async def _active(role: Role) -> bool:
    return bool(role.metric("alerts_desk_active"))


async def test_a_lost_position_stops_the_desk_and_doctor_says_what_to_do(
    apache_kafka: str, redis_url: str, prefix: str, tmp_path: Path
) -> None:
    """Going on by itself would hide that records are gone."""
    cluster = await Cluster.connect(settings_for(apache_kafka, redis_url, prefix))
    producer = cluster.producer()
    await producer.start()
    position = json.dumps({"offset": 999, "epoch": "e1"}).encode()
    await producer.send_and_wait(f"{prefix}desk.state", key=b"position", value=position, partition=0)
    await producer.stop()
    with stack(tmp_path, apache_kafka, redis_url, prefix) as running:
        desk = running.start("desk", ready=False)
        await until(partial(_ended, desk))
        assert desk.process.returncode == 1
        assert "LostPosition: position 999 is not on topic" in desk.log.read_text()
        doctor = await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-m", "consumers", "doctor"],
            env={
                **os.environ,
                "ALERTS_KAFKA": apache_kafka,
                "ALERTS_REDIS": redis_url,
                "ALERTS_PREFIX": prefix,
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert "stands at 999" in doctor.stdout
        assert "--from-oldest" in doctor.stdout
        again = running.start("desk", arguments=["--from-oldest"])
        await until(partial(_active, again))
