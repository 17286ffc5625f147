"""`alerts schema`: the contracts for other programs."""

import json

import click

from alerts.schemas import SCHEMAS, schema


@click.command("schema")
@click.argument("name", type=click.Choice(list(SCHEMAS)), required=False)
def command(name: str | None) -> None:
    """Print the JSON Schema NAME, or the AsyncAPI document of topics and websocket; without NAME, all in one object."""
    shown = schema(name) if name else {each: schema(each) for each in SCHEMAS}
    click.echo(json.dumps(shown, indent=2, ensure_ascii=False))
