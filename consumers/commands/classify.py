"""`alerts classify`: one member of the classifier group; start as many as `articles` has partitions."""

import asyncio

import click

from consumers import role
from consumers.admin import admin
from consumers.backends.addresses import redis_url
from consumers.backends.claims import Claims
from consumers.backends.kafka import Cluster
from consumers.classifier import Classifier
from consumers.rulebook import Rulebook
from consumers.settings import Settings


@click.command("classify")
def command() -> None:
    """Run a classifier: judge articles by the rules and tell the desk what matters."""
    role.run(_main)


async def _main(settings: Settings, stop: asyncio.Event) -> None:
    rulebook = Rulebook(settings.rules)
    cluster = await Cluster.connect(settings)
    claims = Claims(redis_url(settings), prefix=settings.prefix)
    classifier = Classifier(settings, cluster, claims, lambda: rulebook.rules)
    async with admin(settings.admin_bind, classifier):
        await classifier.run(stop)
