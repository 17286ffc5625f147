"""`alerts classify`: one member of the classifier group; start as many as `articles` has partitions."""

import asyncio
import time
from typing import Any

import click

from consumers import role
from consumers.admin import admin
from consumers.backends.addresses import redis_url
from consumers.backends.claims import Claims
from consumers.backends.kafka import Cluster
from consumers.classifier import Classifier
from consumers.rulebook import Rulebook
from consumers.rulenote import RuleNote
from consumers.settings import Settings


@click.command("classify")
def command() -> None:
    """Run a classifier: judge articles by the rules and tell the desk what matters."""
    role.run(_main)
    role.leave()


async def _main(settings: Settings, stop: asyncio.Event) -> None:
    rulebook = Rulebook(settings.rules, every=settings.rules_seconds)
    cluster = await Cluster.connect(settings)
    claims = Claims(redis_url(settings), prefix=settings.prefix)
    note = lambda: RuleNote.of(rulebook.status(), time.time())  # noqa: E731 - what a classifier says of its rules
    classifier = Classifier(settings, cluster, claims, lambda: rulebook.rules, note)
    async with admin(settings.admin_bind, _WithRules(classifier, rulebook)), asyncio.TaskGroup() as tasks:
        following = tasks.create_task(rulebook.follow())
        await classifier.run(stop)
        following.cancel()


class _WithRules:
    """A classifier's health, with what became of the newest edit of its rules: that stops nothing, but must be seen."""

    def __init__(self, classifier: Classifier, rulebook: Rulebook) -> None:
        self._classifier = classifier
        self._rulebook = rulebook

    @property
    def healthy(self) -> bool:
        """As the classifier."""
        return self._classifier.healthy

    @property
    def ready(self) -> bool:
        """As the classifier."""
        return self._classifier.ready

    def status(self) -> dict[str, Any]:
        """Both."""
        return {**self._classifier.status(), "rules": self._rulebook.status()}
