"""`python -m consumers.sample`: replay the sample wire through Kafka, as if it came in now."""

import asyncio
import contextlib
import time
from datetime import UTC, datetime

import click

from consumers import role
from consumers.publish import publisher
from consumers.sample.wire import items
from consumers.settings import Settings


@click.command("sample")
@click.option("--speed", type=click.FloatRange(min=0, min_open=True), default=1.0, show_default=True)
def command(speed: float) -> None:
    """Replay the sample wire with current dates; `--speed 10` takes 6 seconds instead of a minute."""

    async def main(settings: Settings, stop: asyncio.Event) -> None:
        async with publisher(settings, stop) as publishing:
            start, began = datetime.now(UTC), time.monotonic()
            for item in items(start, f"{start:%Y%m%dT%H%M%S}", speed=speed):
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), began + item.at - time.monotonic())
                if stop.is_set():
                    break
                await publishing.record(item.key, item.value)

    role.run(main)


if __name__ == "__main__":
    command()
