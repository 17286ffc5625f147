"""What a rules file may say, but hardly means: told with its place, in a sentence that says what to do."""

from collections.abc import Container, Iterator, Sequence
from typing import Any

from alerts.rules.expression import Anything, Expression, Term
from alerts.rules.found import EVERYWHERE, Found
from alerts.rules.languages import CODES, MISTAKEN
from alerts.rules.loading import Edition
from alerts.rules.operators import And, AtLeast, In, Near, Not, Or
from alerts.rules.rule import Rule
from alerts.rules.source import Problem
from alerts.rules.stems import runs_into
from alerts.rules.syntax import terms
from alerts.rules.witness import apart, can_fire, is_possible

_NAMED = 6


def warnings(edition: Edition, *, of: Container[str] | None = None) -> Iterator[Problem]:
    """Every oddity, rule by rule; `of` names the rules to look at, if not all."""
    same: dict[tuple[Any, ...], str] = {}
    for text, problem in edition.lists():
        for message, at in _traps(text, ()):
            yield problem(message, at)
    for rule in edition.rules.rules:
        if of is not None and rule.id not in of:
            same.setdefault(_asks(rule), rule.id)
            continue
        for attribute, message, offset in _oddities(rule):
            yield edition.problem(rule.id, attribute, f"{rule.id}: {message}", offset=offset)
        other = same.setdefault(_asks(rule), rule.id)
        if other != rule.id:
            where = f"line {edition.line(other)}"
            if edition.file(other) != edition.file(rule.id):
                where += f" of {edition.file(other)}"
            yield edition.problem(rule.id, "match", f"{rule.id}: asks the same as {other} in {where}")


_Oddity = tuple[str, str, int | None]
"""The attribute, what is odd about it, and at which character of it."""


def _oddities(rule: Rule) -> Iterator[_Oddity]:
    yield from _never(rule)
    for attribute, query in (("match", rule.match), ("unless", rule.unless)):
        if query is not None:
            yield from ((attribute, *trap) for trap in _traps(query.text, rule.languages))
            yield from _parts(attribute, query.expression)
    for tag in rule.languages:
        yield from _language(tag)
    for source in (*rule.sources.allow, *rule.sources.deny) if rule.sources else ():
        if "://" in source:
            host = source.partition("://")[2].partition("/")[0].removeprefix("www.")
            yield "sources", f"{source!r} is an address; articles name a publisher or a domain, as {host}", None
    if _asks_for_nothing(rule.match.expression):
        yield "match", "holds for texts that have none of its words, so for most; say what must be there", None
    if rule.when_region_unknown == "fire" and not rule.regions:
        yield "when_region_unknown", "says what to do without a region, but the rule names no `regions`", None
    if not rule.examples.match:
        yield "id", "has no example that must match; `examples: match:` shows what it is for", None


def _never(rule: Rule) -> Iterator[_Oddity]:
    match = rule.match.expression
    if can_fire(rule) is False:
        if is_possible(match, rule.zones) is False:
            part = _contradiction(match)
            why = f"it asks for {part} and for NOT {part}" if part else "no text has all that `match` asks for"
            yield "match", f"can never fire: {why}", None
        else:
            yield "unless", "can never fire: `unless` holds wherever `match` does", None
    if rule.sources is not None and rule.sources.allow:
        allowed = [source for source in rule.sources.allow if rule.sources.include(source)]
        if not allowed:
            yield "sources", "can never fire: every source it allows is denied", None


def _asks_for_nothing(match: Expression) -> bool:
    """Whether a text without any word does: `NOT film`, or `quake OR NOT film`; `*` says so plainly."""
    return not isinstance(match, Anything) and match.holds(Found((), {}), EVERYWHERE)


def _contradiction(match: Expression) -> Expression | None:
    together = match.members if isinstance(match, And) else ()
    return next((part for part in together if Not(part) in together), None)


def _traps(text: str, languages: Sequence[str]) -> Iterator[tuple[str, int]]:
    """Stems that run into other words, each once."""
    seen = set()
    for offset, term in terms(text):
        if term.words in seen or not (words := runs_into(term, languages)):
            continue
        seen.add(term.words)
        listed = ", ".join(words[:_NAMED]) + (f" and {len(words) - _NAMED} more" if len(words) > _NAMED else "")
        yield f"{term} also matches {listed}; write out the forms that are meant", offset


def _parts(attribute: str, expression: Expression) -> Iterator[_Oddity]:
    for node in expression.walk():
        if isinstance(node, Near) and (zones := apart(node)):
            yield attribute, f"{node} never holds: one side is in the {zones[0]}, the other in the {zones[1]}", None
        if isinstance(node, AtLeast):
            keys = [key(part) for part in node.members]
            twice = next((part for i, part in enumerate(node.members) if keys[i] in keys[:i]), None)
            if twice is not None:
                yield attribute, f"{node.number} OF (...) counts {twice} twice", None


def _language(tag: str) -> Iterator[_Oddity]:
    code = tag.partition("-")[0].casefold()
    if len(code) == 2 and code not in CODES:
        hint = f". Did you mean {MISTAKEN[code]}?" if code in MISTAKEN else ""
        yield "languages", f"no language has the code {code!r}, so no article does{hint}", None


def _asks(rule: Rule) -> tuple[Any, ...]:
    """What tells two rules apart: what they say of a fire does not."""
    unless = key(rule.unless.expression) if rule.unless else None
    rest = (rule.zones, rule.regions, rule.when_region_unknown, rule.languages, rule.sources, rule.kind, rule.hours)
    return (key(rule.match.expression), unless, rule.unless_signals, rule.max_age, *rest)


def key(node: Expression) -> Any:
    """The same for expressions that ask the same in another order or another spelling."""
    asked: Any
    match node:
        case Term():
            asked = (node.words, node.prefix, node.exact)
        case And() | Or():
            asked = frozenset(map(key, node.members))
        case AtLeast():
            asked = (node.number, tuple(sorted(repr(key(part)) for part in node.members)))
        case Near():
            sides = (key(node.left), key(node.right))
            asked = (node.distance, sides if node.ordered else frozenset(sides))
        case In():
            asked = (node.zone, key(node.part))
        case Not():
            asked = key(node.part)
        case _:
            asked = None
    return (type(node).__name__, asked)
