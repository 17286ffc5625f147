"""`alerts backtest`: what would have gone out, by the live matcher and the live desk."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from pydantic_core import to_json

from alerts.alert import Alert
from alerts.article import Article
from alerts.backtest import backtest, in_order
from alerts.comparison import Comparison, Run, compare
from alerts.rules import RuleSet
from consumers.commands.options import articles, rulebook
from consumers.commands.progress import Progress, size
from consumers.newdesk import new_desk
from consumers.settings import load

_DAYS = 40
_SIGN = {"added": ("+", "green"), "removed": ("-", "red"), "changed": ("~", "yellow")}

Timed = Sequence[tuple[datetime, Article]]


@click.command("backtest")
@click.argument("files", nargs=-1, required=True, metavar="FILE... | -")
@click.option("--rules", "rules_file", type=click.Path(path_type=Path), help="Rules file; default: the set in force.")
@click.option(
    "--against",
    "other_file",
    type=click.Path(path_type=Path),
    help="Other rules: print which alerts the rules add (+), remove (-) or change (~) beside them, and alerts per day.",
)
@click.option("--json", "as_json", is_flag=True, help="With --against: changes as JSON lines, the summary last.")
def command(
    files: tuple[str, ...],
    rules_file: Path | None,
    other_file: Path | None,
    as_json: bool,  # noqa: FBT001 - click passes flags by name
) -> None:
    """Print the alert revisions that would have gone out, one JSON line each, exactly as topic `alerts` holds them.

    Reads JSON, JSON lines (also .gz) and `-`, and takes the articles in order of `published`, in simulated time.
    Articles that cannot be read are named on standard error and left out; exit status 2 then.
    """
    if as_json and other_file is None:
        raise click.UsageError("--json goes with --against; without it, output is JSON lines anyway")
    book = rulebook(rules_file)
    other = rulebook(other_file, named_by="--against") if other_file else None
    timed, invalid = _read(files)
    if other is None:
        for alert in _run("judged", timed, book):
            click.echo(alert.to_json())
    else:
        names = (str(rules_file or "rules in force"), str(other_file))
        runs = Run(_run(f"judged by {names[0]}", timed, book)), Run(_run(f"judged by {names[1]}", timed, other))
        compared = compare(runs[1], runs[0])
        lines = _as_json(compared, names, runs, timed) if as_json else _as_text(compared, names, runs, timed)
        for line in lines:
            click.echo(line)
    if invalid:
        raise click.exceptions.Exit(2)


def _read(files: tuple[str, ...]) -> tuple[Timed, int]:
    """All articles in order of time, and how many could not be read."""
    progress = Progress("read", size(files))
    invalid = 0
    readable: list[Article] = []
    for place, found in articles(files, progress):
        if isinstance(found, Article):
            readable.append(found)
        else:
            invalid += 1
            click.echo(f"alerts: {place}: {found}", err=True)
        progress.tell()
    progress.end()
    return in_order(readable), invalid


def _run(what: str, timed: Timed, rules: RuleSet) -> Iterator[Alert]:
    progress = Progress(what, len(timed))

    def counted() -> Iterable[tuple[datetime, Article]]:
        for pair in timed:
            yield pair
            progress.add()
            progress.tell()

    yield from backtest(counted(), rules, new_desk(load()))
    progress.end()


def _as_text(compared: Comparison, names: tuple[str, str], runs: tuple[Run, Run], timed: Timed) -> Iterator[str]:
    """A line for each change, then alerts per day."""
    for change in compared.changes:
        sign, colour = _SIGN[change.kind]
        story = change.story
        headline = "".join(char if char.isprintable() else " " for char in story.first.headline)
        line = f"{sign} {change.at:%Y-%m-%d %H:%M}  {story.priority:8}  {headline}  [{', '.join(story.rules)}]"
        yield click.style(line, fg=colour)
        if change.before is not None and change.after is not None:
            yield f"  {'':16}  was {change.before.priority} [{', '.join(change.before.rules)}]"
    if compared.changes:
        yield ""
    yield from _days(names, runs, timed)
    kinds = ", ".join(f"{compared.count(kind)} {kind}" for kind in ("added", "removed", "changed"))
    yield f"{kinds}, {compared.same} the same"


def _days(names: tuple[str, str], runs: tuple[Run, Run], timed: Timed) -> Iterator[str]:
    """Alerts per day by both rule sets; of many days only the mean."""
    columns = [max(len(name), 6) for name in names]
    yield f"{'alerts':12}" + "".join(f"  {name:>{width}}" for name, width in zip(names, columns, strict=True))
    counts = [run.by_day() for run in runs]
    days = sorted(set(counts[0]) | set(counts[1]))
    for day in days if len(days) <= _DAYS else ():
        yield f"{day:%Y-%m-%d}  " + "".join(f"  {c[day]:>{w}}" for c, w in zip(counts, columns, strict=True))
    for label, shown in (("in all", "{:,.0f}"), ("per day", "{:,.1f}")):
        numbers = [len(run.stories) if label == "in all" else _per_day(run, timed) for run in runs]
        yield f"{label:12}" + "".join(
            f"  {shown.format(number):>{width}}" for number, width in zip(numbers, columns, strict=True)
        )


def _per_day(run: Run, timed: Timed) -> float:
    """Over the days on which anything was published: a single article with a wrong date counts for one day only."""
    days = {moment.date() for moment, article in timed if article.published}
    return len(run.stories) / max(len(days), 1)


def _as_json(compared: Comparison, names: tuple[str, str], runs: tuple[Run, Run], timed: Timed) -> Iterator[bytes]:
    for change in compared.changes:
        first = change.story.first
        line: dict[str, Any] = {
            "change": change.kind,
            "id": first.id,
            "issued": first.issued,
            "headline": first.headline,
            "priority": change.after and change.after.priority,
            "rules": change.after.rules if change.after else [],
            "priority_before": change.before and change.before.priority,
            "rules_before": change.before.rules if change.before else [],
        }
        yield to_json(line)
    yield to_json(
        {
            "change": "summary",
            **{kind: compared.count(kind) for kind in ("added", "removed", "changed")},
            "same": compared.same,
            "rules": [
                {"file": name, "alerts": len(run.stories), "per_day": round(_per_day(run, timed), 2)}
                for name, run in zip(names, runs, strict=True)
            ],
        }
    )
