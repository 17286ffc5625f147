"""`alerts rules`: is a rules file right, and does it do what its examples show?"""

from pathlib import Path

import click

from alerts.rules import InvalidRules, RuleSet, failures, load, warnings
from consumers.commands.options import rulebook

_MOST = 100


@click.group("rules")
def command() -> None:
    """Check a rules file, or run the examples beside its rules."""


@command.command("check")
@click.argument("file", type=click.Path(path_type=Path))
def check(file: Path) -> None:
    """Say what is wrong in FILE, each with line and column (exit status 2), and what is odd (a warning)."""
    rules = _read(file)
    for number, warning in enumerate(warnings(rules)):
        if number == _MOST:
            click.echo("warning: and more like these", err=True)
            break
        click.echo(f"warning: {warning}", err=True)
    click.echo(f"{file}: {_counted(rules)}, hash {rules.hash}")


@command.command("test")
@click.argument("file", type=click.Path(path_type=Path), required=False)
def test(file: Path | None) -> None:
    """Run the examples of FILE (default: the rules in force). Exit status 1 if one fails."""
    rules = rulebook(None) if file is None else _read(file)
    failed = 0
    for failure in failures(rules):
        failed += 1
        click.echo(str(failure), err=True)
    total = sum(len(rule.examples.match) + len(rule.examples.no_match) for rule in rules.rules)
    click.echo(f"{_counted(rules)}: {total - failed} of {total} examples hold")
    if failed:
        raise click.exceptions.Exit(1)


def _counted(rules: RuleSet) -> str:
    return f"{len(rules.rules)} rule{'' if len(rules.rules) == 1 else 's'}"


def _read(file: Path) -> RuleSet:
    """The rules of a file; what is wrong with it goes to standard error, one line each.

    Raises:
        click.exceptions.Exit: with status 2.
    """
    try:
        return load(file.read_text(encoding="utf-8"), file=str(file))
    except (OSError, UnicodeDecodeError) as exc:
        click.echo(f"{file}: cannot be read: {getattr(exc, 'strerror', None) or exc}", err=True)
    except InvalidRules as exc:
        for problem in exc.problems[:_MOST]:
            click.echo(str(problem), err=True)
        if len(exc.problems) > _MOST:
            click.echo(f"{file}: and {len(exc.problems) - _MOST} more", err=True)
    raise click.exceptions.Exit(2)
