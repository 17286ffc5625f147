"""`alerts doctor`: what is wrong and what to do."""

import asyncio
import logging

import click

from consumers.checkup import findings
from consumers.settings import InvalidSetting, Settings, load

MARKS = {"ok": ("ok  ", "green"), "note": ("--  ", "yellow"), "wrong": ("!!  ", "red")}


@click.command("doctor")
def command() -> None:
    """Look at settings, Kafka, topics, Redis, rules, ports and programs. Exit status 1 if something is wrong."""
    # What it would say of a broker that is not there, a finding says too.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    try:
        settings = load()
    except InvalidSetting as exc:
        _show("wrong", f"settings: {exc}")
        raise click.exceptions.Exit(1) from None
    _show("ok", "settings: readable (`alerts settings` shows them)")
    if asyncio.run(_all(settings)):
        raise click.exceptions.Exit(1)


async def _all(settings: Settings) -> int:
    """Show every finding; how many were wrong."""
    count = 0
    async for finding in findings(settings):
        _show(finding.state, finding.text)
        count += finding.state == "wrong"
    return count


def _show(state: str, text: str) -> None:
    mark, colour = MARKS[state]
    click.secho(mark, fg=colour, nl=False)
    click.echo(text)
