"""What the offline commands share: articles from files, a rules file, a moment in time."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

import click

from alerts.article import Article, InvalidArticle, instant
from alerts.rules import RuleSet
from consumers import files
from consumers.commands.progress import Progress
from consumers.rulebook import Rulebook
from consumers.settings import load


def articles(paths: Iterable[str], progress: Progress | None = None) -> Iterator[tuple[str, Article | InvalidArticle]]:
    """Each article of the files, or why it is none, with its place (`file:line`); counted, in bytes, on `progress`."""
    for place, data in files.documents(paths):
        if progress is not None:
            progress.add(len(data) + 1)
        try:
            yield place, Article.from_json(data)
        except InvalidArticle as exc:
            yield place, exc


def rulebook(path: Path | None, *, named_by: str = "--rules") -> RuleSet:
    """The rules of `path`, which the option `named_by` gave, else those in force by the settings."""
    return Rulebook(path, named_by=named_by).rules if path else Rulebook(load().rules).rules


def moment(_ctx: click.Context, _param: click.Parameter, value: str | None) -> datetime | None:
    """An RFC 3339 option.

    Raises:
        click.BadParameter: it is none.
    """
    if value is None:
        return None
    try:
        return instant(value)
    except ValueError as exc:
        raise click.BadParameter(str(exc)) from None
