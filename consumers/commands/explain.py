"""`alerts explain`: the live matcher, offline, on articles from files."""

import shutil
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import click
from pydantic_core import to_json

from alerts.article import Article, InvalidArticle
from alerts.explain import explanation, refusal
from alerts.marks import Role
from alerts.narrative import LEGEND, Paint, brackets, narrative
from alerts.narrative import refusal as told_refusal
from alerts.rules import RuleSet
from alerts.rules.nearly import near_misses
from consumers.commands.options import articles, moment, rulebook
from consumers.commands.progress import Progress, size

_WIDEST = 120


@click.command("explain")
@click.argument("files", nargs=-1, required=True, metavar="FILE... | -")
@click.option("--rules", "rules_file", type=click.Path(path_type=Path), help="Rules file; default: the set in force.")
@click.option("--now", callback=moment, help="Judge as of this RFC 3339 time instead of each article's `published`.")
@click.option("--human", is_flag=True, help="For people: marked text, what fired, what nearly did, what held it back.")
def command(
    files: tuple[str, ...],
    rules_file: Path | None,
    now: datetime | None,
    human: bool,  # noqa: FBT001 - click passes flags by name
) -> None:
    """Print the verdict on each article as JSON lines: which rules fired, on which words, about which places.

    Reads JSON, JSON lines (also .gz) and `-`. Exit status 2 if something in the input was not an article.
    """
    rules = rulebook(rules_file)
    tell = _teller(rules) if human else _json(rules)
    progress = Progress("articles", size(files))
    invalid = 0
    for place, found in articles(files, progress):
        invalid += isinstance(found, InvalidArticle)
        as_of = now or (_as_of(found) if isinstance(found, Article) else datetime.now(UTC))
        click.echo(tell(place, found, as_of))
        progress.tell()
    progress.end()
    if invalid:
        raise click.exceptions.Exit(2)


Teller = Callable[[str, Article | InvalidArticle, datetime], str | bytes]


def _json(rules: RuleSet) -> Teller:
    def tell(_place: str, found: Article | InvalidArticle, now: datetime) -> bytes:
        if isinstance(found, InvalidArticle):
            return to_json(refusal(found))
        return to_json(explanation(found, rules.judge(found, now, thorough=True)))

    return tell


def _teller(rules: RuleSet) -> Teller:
    colourful = sys.stdout.isatty()
    paint: Paint = _coloured if colourful else brackets
    width = min(shutil.get_terminal_size((100, 24)).columns, _WIDEST)
    if not colourful:
        click.echo(f"{LEGEND}\n")

    def tell(place: str, found: Article | InvalidArticle, now: datetime) -> str:
        if isinstance(found, InvalidArticle):
            return f"{told_refusal(place, str(found), paint=paint)}\n"
        verdict = rules.judge(found, now, thorough=True)
        nearly = near_misses(rules, found, now)
        return f"{narrative(found, verdict, nearly, now, paint=paint, width=width)}\n"

    return tell


_COLOURS: dict[Role, dict[str, object]] = {
    "rule": {"fg": "red", "bold": True},
    "region": {"fg": "cyan", "underline": True},
    "signal": {"fg": "yellow", "reverse": True},
    "near": {"fg": "magenta"},
    "good": {"fg": "red", "bold": True, "reverse": True},
    "bad": {"fg": "yellow", "bold": True},
    "title": {"bold": True},
    "faint": {"dim": True},
}


def _coloured(text: str, role: Role) -> str:
    return click.style(text, **_COLOURS[role])  # type: ignore[arg-type]  # click names each style for itself


def _as_of(article: Article) -> datetime:
    return article.published or article.received or datetime.now(UTC)
