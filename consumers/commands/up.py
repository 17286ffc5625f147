"""`alerts up`: everything on this machine, until Ctrl-C."""

import asyncio
import contextlib
import logging
import sys
import time

import click

from consumers import role
from consumers.backends.embedded import ServerFailed
from consumers.backends.kafka import Cluster
from consumers.banner import banner
from consumers.launch import Places, Servers, announced, only_one, programs, refuse_contradictions
from consumers.probe import not_ready
from consumers.settings import Settings
from consumers.supervisor import Guard, Program, Supervisor, ended

# All of it must be over within 5 s of Ctrl-C.
ROLES_MAY_TAKE = 2.8
SERVERS_MAY_TAKE = 1.2
READY_POLL = 0.1
PATIENCE = 10.0
KAFKA_PATIENCE = 5.0
COLOURS = {"ingest": "cyan", "classify": "magenta", "desk": "yellow", "gateway": "green", "sample": "blue", "up": "red"}


@click.command("up")
@click.option(
    "--kafka",
    type=click.Choice(["embedded", "apache"]),
    help="Which broker to start: in memory (default), or Apache Kafka on Java 17, which keeps its data.",
)
@click.option(
    "--kafka-port",
    type=click.IntRange(1, 65534),
    default=9092,
    show_default=True,
    help="Port of Apache Kafka; the next one is used too.",
)
@click.option("--no-sample", is_flag=True, help="Do not replay the built-in sample wire.")
@click.option(
    "--sample-speed",
    type=click.FloatRange(min=0, min_open=True),
    default=1.0,
    show_default=True,
    help="How many times faster to replay it.",
)
def command(kafka: str | None, kafka_port: int, no_sample: bool, sample_speed: float) -> None:  # noqa: FBT001 - click
    """Run everything on this machine: broker, Redis, ingest, classifier, desk, gateway; then a sample wire.

    Settings that name a real Kafka (ALERTS_KAFKA) or Redis (ALERTS_REDIS) are used instead of servers of ours.
    """
    port = kafka_port if kafka == "apache" else None
    sample = None if no_sample else sample_speed

    async def main(settings: Settings, stop: asyncio.Event) -> None:
        # What it would say at every attempt to connect, our one line says too.
        logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
        refuse_contradictions(settings, kafka, kafka_port)
        await _up(settings, stop, port, sample)

    try:
        role.run(main)
    except ServerFailed as exc:
        click.echo(f"alerts: {exc}", err=True)
        sys.exit(1)


async def _up(settings: Settings, stop: asyncio.Event, kafka_port: int | None, sample: float | None) -> None:
    if settings.kafka != "embedded" and not await _reached(settings, stop):
        return
    with only_one(settings.data), Guard() as guard:
        places = Places.choose(settings)
        servers = Servers(settings, guard.group, kafka_port)
        supervisor = Supervisor(say, group=guard.group, give_up=stop)
        if kafka_port is not None:
            say("up", "starting Apache Kafka, some seconds; the first time its jars are fetched (43 MB)")
        try:
            if await _started(servers, guard, stop):
                with announced(servers, places):
                    await _serve(supervisor, servers, places, stop, sample)
        finally:
            await asyncio.to_thread(servers.stop, SERVERS_MAY_TAKE)
    if supervisor.failed:
        click.echo(f"alerts: {supervisor.failed}", err=True)
        sys.exit(supervisor.status)


async def _reached(settings: Settings, stop: asyncio.Event) -> bool:
    """See that the operator's Kafka answers, instead of having four roles complain; False if told to stop meanwhile.

    Raises:
        Unreachable: it does not.
    """
    connecting = asyncio.create_task(Cluster.connect(settings, patience=KAFKA_PATIENCE))
    stopped = asyncio.create_task(stop.wait())
    await asyncio.wait({connecting, stopped}, return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    if stop.is_set():
        connecting.cancel()
        return False
    await connecting
    return True


async def _started(servers: Servers, guard: Guard, stop: asyncio.Event) -> bool:
    """Start the servers; False if we were told to stop meanwhile."""
    starting = asyncio.create_task(asyncio.to_thread(servers.start))
    stopped = asyncio.create_task(stop.wait())
    await asyncio.wait({starting, stopped}, return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    if stop.is_set():
        guard.kill()  # so that what start() is waiting for ends, and it too
        with contextlib.suppress(ServerFailed, OSError):
            await starting
        return False
    await starting
    return True


async def _serve(
    supervisor: Supervisor, servers: Servers, places: Places, stop: asyncio.Event, sample: float | None
) -> None:
    """Run the roles until `stop`."""
    async with asyncio.TaskGroup() as tasks:
        for program in programs(servers, places):
            tasks.create_task(supervisor.keep(program))
        others = [tasks.create_task(supervisor.watch(watched)) for watched in servers.watched()]
        others.append(tasks.create_task(_welcome(supervisor, servers, places, stop, sample)))
        await stop.wait()
        say("up", "ending")
        await supervisor.stop(ROLES_MAY_TAKE)
        for task in others:
            task.cancel()


async def _welcome(
    supervisor: Supervisor, servers: Servers, places: Places, stop: asyncio.Event, sample: float | None
) -> None:
    """Say where everything is as soon as all of it answers, then play the sample."""
    told = time.monotonic()
    while waiting := await not_ready(places.ready()):
        await asyncio.sleep(READY_POLL)
        if time.monotonic() - told > PATIENCE:
            told = time.monotonic()
            say("up", f"still waiting for {', '.join(waiting)}")
    click.echo(banner(servers, places))
    if sample is not None:
        await _play(supervisor, servers, stop, sample)


async def _play(supervisor: Supervisor, servers: Servers, stop: asyncio.Event, speed: float) -> None:
    env = {"ALERTS_KAFKA": servers.kafka, "ALERTS_REDIS": servers.redis}
    argv = [sys.executable, "-m", "consumers.sample", "--speed", str(speed)]
    status = await supervisor.once(Program("sample", argv, env))
    if stop.is_set():
        return
    say("up", "the sample wire has been played" if status == 0 else f"!! the sample wire {ended(status)}")


def say(name: str, line: str) -> None:
    """One line of one process, under its name."""
    click.secho(f"{name:>8} | ", fg=COLOURS.get(name), nl=False)
    click.echo(line)
