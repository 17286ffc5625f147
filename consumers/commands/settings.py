"""`alerts settings`: what is in force, secrets masked."""

import click

from consumers import settings


@click.command("settings")
def command() -> None:
    """Show the effective settings, secrets masked, with what each means."""
    effective = settings.load()
    for (name, value), field in zip(effective.masked().items(), type(effective).model_fields.values(), strict=True):
        click.echo(f"{name}={value}\n    {field.description}")
