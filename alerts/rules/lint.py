"""What a rules file may say, but hardly means."""

from collections.abc import Iterator

from alerts.rules.expression import Anything, Expression
from alerts.rules.operators import And, Not
from alerts.rules.rule import Rule
from alerts.rules.ruleset import RuleSet


def warnings(rules: RuleSet) -> Iterator[str]:
    """One sentence each, with the rule's id."""
    same: dict[tuple[object, ...], str] = {}
    for rule in rules.rules:
        if not rule.examples.match:
            yield f"{rule.id}: has no example that must match; `examples: match:` shows what it is for"
        yield from _never(rule)
        key = (rule.match, rule.unless, rule.zones, rule.regions, rule.languages, rule.sources, rule.kind, rule.hours)
        if key in same:
            yield f"{rule.id}: asks the same as {same[key]}"
        same.setdefault(key, rule.id)


def _never(rule: Rule) -> Iterator[str]:
    match, unless = rule.match.expression, rule.unless and rule.unless.expression
    if unless is not None and (unless == match or isinstance(unless, Anything)):
        yield f"{rule.id}: can never fire: `unless` holds wherever `match` does"
    contradicted = next((part for part in _together(match) if Not(part) in _together(match)), None)
    if contradicted is not None:
        yield f"{rule.id}: can never fire: it asks for {contradicted} and for NOT {contradicted}"
    if rule.sources is not None and rule.sources.allow:
        denied = [source for source in rule.sources.allow if not rule.sources.include(source)]
        if len(denied) == len(rule.sources.allow):
            yield f"{rule.id}: can never fire: every source it allows is denied"


def _together(expression: Expression) -> tuple[Expression, ...]:
    return expression.members if isinstance(expression, And) else (expression,)
