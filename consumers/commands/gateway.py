"""`alerts gateway`: pushes alerts to subscribers; start as many as you need, each reads everything."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import click

from consumers import role
from consumers.admin import admin
from consumers.backends.kafka import Cluster
from consumers.garbage import Garbage
from consumers.gateway.audit import AuditTrail, KafkaOutbox
from consumers.gateway.pulse import KafkaPulse
from consumers.gateway.server import Gateway
from consumers.gateway.source import KafkaArchive, Source
from consumers.settings import Settings


@click.command("gateway")
def command() -> None:
    """Run a gateway: websockets, the editors' page, /v1/alerts, health and metrics on one port.

    On a second port the same without websockets: server-sent events, polling, editors' actions by POST.
    """
    role.run(_main)
    role.leave()


async def _main(settings: Settings, stop: asyncio.Event) -> None:
    cluster = await Cluster.connect(settings)
    archive = KafkaArchive(settings, cluster)
    source = Source(settings, cluster, archive)
    outbox = KafkaOutbox(settings, cluster)
    audit = AuditTrail(settings, cluster)
    gateway = Gateway(settings, archive=archive, log_end=source, outbox=outbox)
    pulse = KafkaPulse(settings, cluster, gateway.pulse)
    async with admin(settings.gateway_admin_bind, gateway):
        try:
            await source.load(gateway)
            await audit.load(gateway.newsdesk)
            await gateway.start()
            click.echo(f"gateway: {gateway.url}", err=True)
            garbage = Garbage(lambda: gateway.door.inside, lambda: gateway.ended)
            with garbage.in_force():
                await _until(stop, source.run(gateway), audit.run(gateway.newsdesk), pulse.run(), garbage.run())
            await gateway.drain()
        finally:
            for client in (source, audit, archive, outbox):
                await client.stop()


async def _until(stop: asyncio.Event, *following: Coroutine[Any, Any, None]) -> None:
    """Follow the topics until told to stop; an error in following ends the role, loudly."""
    tasks = {asyncio.create_task(each, name="follow") for each in following}
    tasks.add(asyncio.create_task(_wait(stop), name="wait for stop"))
    done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    await asyncio.gather(*pending, return_exceptions=True)
    for task in done:
        task.result()


async def _wait(stop: asyncio.Event) -> None:
    await stop.wait()
