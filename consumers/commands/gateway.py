"""`alerts gateway`: pushes alerts to subscribers; start as many as you need, each reads everything."""

import asyncio

import click

from consumers import role
from consumers.admin import admin
from consumers.backends.kafka import Cluster
from consumers.gateway.server import Gateway
from consumers.gateway.source import KafkaArchive, Source
from consumers.settings import Settings


@click.command("gateway")
def command() -> None:
    """Run a gateway: websockets, the editors' page, /v1/alerts, health and metrics on one port."""
    role.run(_main)


async def _main(settings: Settings, stop: asyncio.Event) -> None:
    cluster = await Cluster.connect(settings)
    source = Source(settings, cluster)
    archive = KafkaArchive(settings, cluster)
    gateway = Gateway(settings, archive=archive, log_end=source)
    async with admin(settings.gateway_admin_bind, gateway):
        try:
            await source.load(gateway)
            await gateway.start()
            click.echo(f"gateway: {gateway.url}", err=True)
            await _until(stop, source, gateway)
            await gateway.drain()
        finally:
            await source.stop()
            await archive.stop()


async def _until(stop: asyncio.Event, source: Source, gateway: Gateway) -> None:
    """Follow the topic until told to stop; an error in following ends the role, loudly."""
    following = asyncio.create_task(source.run(gateway), name="follow alerts")
    stopping = asyncio.create_task(stop.wait(), name="wait for stop")
    done, pending = await asyncio.wait({following, stopping}, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    await asyncio.gather(*pending, return_exceptions=True)
    for task in done:
        task.result()
