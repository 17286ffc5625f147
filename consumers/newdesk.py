"""The desk as the settings have it: for the role, and for commands that say what it would do."""

from datetime import timedelta

from alerts.desk import Desk
from consumers.settings import Settings


def new_desk(settings: Settings) -> Desk:
    """A desk that remembers nothing yet, with the times and the cap of the settings."""
    return Desk(
        quiet=timedelta(seconds=settings.quiet_seconds),
        cooldown=timedelta(seconds=settings.cooldown_seconds),
        cap=settings.rule_cap,
    )
