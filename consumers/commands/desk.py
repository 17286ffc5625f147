"""`alerts desk`: the only writer of `alerts`; start two for a standby."""

import asyncio
from functools import partial

import click

from consumers import role
from consumers.admin import admin
from consumers.backends.kafka import Cluster
from consumers.desk import DeskRole
from consumers.garbage import Garbage
from consumers.settings import Settings


@click.command("desk")
@click.option("--from-oldest", is_flag=True, help="Begin at the oldest record there is, after `alerts doctor` said so.")
def command(*, from_oldest: bool) -> None:
    """Run the desk: stories, the life of an alert, and the only writer of `alerts`.

    A second one is a standby that takes over within 10 s.
    """
    role.run(partial(_main, from_oldest=from_oldest))
    role.leave()


async def _main(settings: Settings, stop: asyncio.Event, *, from_oldest: bool) -> None:
    cluster = await Cluster.connect(settings)
    desk = DeskRole(settings, cluster, from_oldest=from_oldest)
    garbage = Garbage(lambda: desk.stories, lambda: desk.handled)
    async with admin(settings.admin_bind, desk):
        with garbage.in_force():
            async with asyncio.TaskGroup() as tasks:
                sweeping = tasks.create_task(garbage.run())
                await desk.run(stop)
                sweeping.cancel()
