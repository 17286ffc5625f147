"""`alerts desk`: the only writer of `alerts`; start two for a standby."""

import asyncio

import click

from consumers import role
from consumers.admin import admin
from consumers.backends.kafka import Cluster
from consumers.desk import DeskRole
from consumers.settings import Settings


@click.command("desk")
def command() -> None:
    """Run the desk: stories, the life of an alert, and the only writer of `alerts`.

    A second one is a standby that takes over within 10 s.
    """
    role.run(_main)


async def _main(settings: Settings, stop: asyncio.Event) -> None:
    cluster = await Cluster.connect(settings)
    desk = DeskRole(settings, cluster)
    async with admin(settings.admin_bind, desk):
        await desk.run(stop)
