"""`alerts rules`: is a rules file right, and does it do what its examples show?"""

from pathlib import Path

import click

from alerts.rules import Edition, InvalidRules, RuleSet, default_edition, failures, warnings
from consumers.rulefiles import read
from consumers.settings import load

_MOST = 100


@click.group("rules")
def command() -> None:
    """Check rules, or run the examples beside them. FILE may be a folder; without it: the rules in force."""


@command.command("check")
@click.argument("file", type=click.Path(path_type=Path), required=False)
def check(file: Path | None) -> None:
    """Say what is wrong in FILE, with line and column (exit status 2), and what is odd (a warning, status 0)."""
    name, edition = _read(file)
    for number, warning in enumerate(warnings(edition)):
        if number == _MOST:
            click.echo("warning: and more like these", err=True)
            break
        click.echo(f"{warning.file}:{warning.line}:{warning.column}: warning: {warning.message}", err=True)
    if not edition.rules.rules:
        click.echo(f"{name}: warning: no rules: with these in force, nothing is ever an alert", err=True)
    click.echo(f"{name}: {_counted(edition.rules)}, hash {edition.rules.hash}")


@command.command("test")
@click.argument("file", type=click.Path(path_type=Path), required=False)
def test(file: Path | None) -> None:
    """Run the examples of FILE. Exit status 1 if one fails."""
    rules = _read(file)[1].rules
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


def _read(file: Path | None) -> tuple[str, Edition]:
    """The rules of a file, or those in force; what is wrong with them goes to standard error, one line each.

    Raises:
        click.exceptions.Exit: with status 2.
    """
    file = load().rules if file is None else file
    if file is None:
        return "default rules", default_edition()
    try:
        return str(file), read(file)
    except InvalidRules as exc:
        for problem in exc.problems[:_MOST]:
            click.echo(str(problem), err=True)
        if len(exc.problems) > _MOST:
            click.echo(f"{file}: and {len(exc.problems) - _MOST} more", err=True)
    raise click.exceptions.Exit(2)
