"""`alerts backtest`: what would have gone out, by the live matcher and the live desk."""

from pathlib import Path

import click

from alerts.article import Article
from alerts.backtest import backtest, in_order
from alerts.desk import Desk
from consumers.commands.options import articles, rulebook


@click.command("backtest")
@click.argument("files", nargs=-1, required=True, metavar="FILE... | -")
@click.option("--rules", "rules_file", type=click.Path(path_type=Path), help="Rules file; default: the set in force.")
def command(files: tuple[str, ...], rules_file: Path | None) -> None:
    """Print the alert revisions that would have gone out, one JSON line each, exactly as topic `alerts` holds them.

    Reads JSON, JSON lines (also .gz) and `-`, and takes the articles in order of `published`, in simulated time.
    Articles that cannot be read are named on standard error and left out; exit status 2 then.
    """
    book = rulebook(rules_file)
    invalid = 0
    readable: list[Article] = []
    for place, found in articles(files):
        if isinstance(found, Article):
            readable.append(found)
        else:
            invalid += 1
            click.echo(f"alerts: {place}: {found}", err=True)
    for alert in backtest(in_order(readable), book, Desk()):
        click.echo(alert.to_json())
    if invalid:
        raise click.exceptions.Exit(2)
