"""A gateway in a process of its own, which tests may kill: its topic `alerts` is a file that only grows.

    python -m support.outpost PORT FILE

Each line of the file is a record: {"seq", "epoch", "at" (epoch ms), "alert"}. As with Kafka, all of it is read at
start, then followed; what was written before a kill is there after it.
"""

import asyncio
import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx

from alerts.alert import Alert
from consumers.gateway.server import Gateway
from support.newsroom import EPOCH, make_settings

POLL = 0.02


async def serve(port: int, file: Path) -> None:
    """Follow the file until killed."""
    gateway = Gateway(make_settings(gateway_bind=f"127.0.0.1:{port}", gateway_heartbeat=2.0))
    with file.open(encoding="utf-8") as records:
        await _read(gateway, records)
        await gateway.start()
        while True:
            await _read(gateway, records)
            await asyncio.sleep(POLL)


async def _read(gateway: Gateway, records: Any) -> None:
    for line in records:
        record = json.loads(line)
        data = json.dumps(record["alert"]).encode()
        await gateway.publish(record["seq"], record["epoch"], data, record["at"])


class Outpost:
    """Starts, kills and feeds such a process."""

    def __init__(self, port: int, file: Path) -> None:
        self.port = port
        self._file = file
        self._seq = 0
        self._process: subprocess.Popen[bytes] | None = None
        file.touch()

    @property
    def url(self) -> str:
        """The page's address."""
        return f"http://127.0.0.1:{self.port}/"

    def publish(self, alert: Alert) -> None:
        """Append an alert; whole lines only, so that nobody reads half of one."""
        record = {"seq": self._seq, "epoch": EPOCH, "at": int(time.time() * 1000), "alert": json.loads(alert.to_json())}
        with self._file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(record) + "\n")
        self._seq += 1

    async def start(self) -> None:
        """Start, and wait until it answers."""
        command = [sys.executable, "-m", "support.outpost", str(self.port), str(self._file)]
        self._process = self._started(command)
        async with httpx.AsyncClient() as client, asyncio.timeout(60):
            while True:
                try:
                    (await client.get(f"{self.url}readyz")).raise_for_status()
                except httpx.HTTPError:
                    await asyncio.sleep(0.05)
                else:
                    return

    @staticmethod
    def _started(command: list[str]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(command, cwd=Path(__file__).parents[1], env=_environment())

    def kill(self) -> None:
        """As the power would go."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def hang(self, *, on: bool = True) -> None:
        """Stop it where it is, with its connections open; or let it go on."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP if on else signal.SIGCONT)


def _environment() -> dict[str, str]:
    root = Path(__file__).parents[2]
    return {"PYTHONPATH": f"{root}:{root / 'tests'}", "PATH": "/usr/bin:/bin", "HOME": "/tmp"}  # noqa: S108 - unused


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2])))
