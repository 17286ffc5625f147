"""`alerts ingest`: articles over HTTP onto the topic `articles`."""

import click

from consumers import role
from consumers.ingest import server


@click.command("ingest")
def command() -> None:
    """Run ingest: POST /v1/articles, answered once Kafka has acknowledged; documentation on /docs."""
    role.run(server.run)
    role.leave()
