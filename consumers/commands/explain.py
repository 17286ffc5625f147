"""`alerts explain`: the live matcher, offline, on articles from files."""

from datetime import UTC, datetime
from pathlib import Path

import click
from pydantic_core import to_json

from alerts.article import Article, InvalidArticle
from alerts.explain import explanation, refusal
from consumers.commands.options import articles, moment, rulebook


@click.command("explain")
@click.argument("files", nargs=-1, required=True, metavar="FILE... | -")
@click.option("--rules", "rules_file", type=click.Path(path_type=Path), help="Rules file; default: the set in force.")
@click.option("--now", callback=moment, help="Judge as of this RFC 3339 time instead of each article's `published`.")
def command(files: tuple[str, ...], rules_file: Path | None, now: datetime | None) -> None:
    """Print the verdict on each article as JSON lines: which rules fired, on which words, about which places.

    Reads JSON, JSON lines (also .gz) and `-`. Exit status 2 if something in the input was not an article.
    """
    rules = rulebook(rules_file)
    invalid = False
    for _place, found in articles(files):
        if isinstance(found, InvalidArticle):
            invalid = True
            click.echo(to_json(refusal(found)))
            continue
        verdict = rules.judge(found, now or _as_of(found), thorough=True)
        click.echo(to_json(explanation(found, verdict)))
    if invalid:
        raise click.exceptions.Exit(2)


def _as_of(article: Article) -> datetime:
    return article.published or article.received or datetime.now(UTC)
