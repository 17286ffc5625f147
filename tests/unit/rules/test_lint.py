"""Warnings: what a rules file may say but hardly means, and that a rule called dead is dead."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.laws import examples

from alerts.rules import Rule, default_edition, edition, load, parse_query, warnings
from alerts.rules.expression import Expression
from alerts.rules.operators import And, Not
from alerts.rules.query import Query
from alerts.rules.witness import can_fire, is_possible

HEAD = "version: 1\nrules:\n"
SHOWN = "examples: {match: [x]}"
BEFORE = f"  - {{id: r0, {SHOWN}, "


def told(*rules: str) -> list[str]:
    """`line:column message` of each warning, for rules that begin on line 3."""
    text = HEAD + "".join(f"  - {{id: r{i}, {SHOWN}, {rule}}}\n" for i, rule in enumerate(rules))
    return [f"{w.line}:{w.column} {w.message}" for w in warnings(edition([("my.yaml", text)]))]


@pytest.mark.parametrize(
    ("rule", "at", "said"),
    [
        ("match: 'flood OR war*'", "war*", "war* also matches warm, warn, wary"),
        ("match: x, unless: мин*", "мин", "мин* also matches минус, минута"),
        (
            "match: flood*, languages: [jp]",
            "[jp",
            "no language has the code 'jp', so no article does. Did you mean ja?",
        ),
        ("match: flood, when_region_unknown: fire", "fire", "names no `regions`"),
        ("match: '2 OF (a, b, A)'", "'2", "2 OF (...) counts A twice"),
        ("match: troops AND NOT troops", "troops", "can never fire: it asks for troops and for NOT troops"),
        ("match: deployed AND NOT deploy*", "deployed", "can never fire: no text has all"),
        ("match: b, unless: '*'", "'*", "can never fire: `unless` holds wherever `match` does"),
        ("match: '\"no fly zone\"', unless: no-fly OR x", "no-fly", "can never fire: `unless` holds"),
        ("match: a NEAR/3 b, unless: a AND b", "a AND", "can never fire: `unless` holds"),
        ("match: a, unless: a AND y OR a AND NOT y", "a AND y", "can never fire: `unless` holds"),
        ("match: '2 OF (a, b, c) AND NOT (a OR b)'", "'2", "can never fire: no text has all"),
        ("match: =WHO AND NOT who", "=WHO", "can never fire: no text has all"),
        ("match: c, sources: {allow: [x.org], deny: [org]}", "{allow", "every source it allows is denied"),
        ("match: c, sources: {deny: ['https://www.x.org/news']}", "{deny", "an address; articles name a publisher"),
        ("match: NOT film", "NOT", "holds for texts that have none of its words"),
        ("match: quake OR NOT film", "quake", "holds for texts that have none of its words"),
    ],
)
def test_oddities(rule: str, at: str, said: str) -> None:
    """Each is told once, where it stands."""
    (warning,) = told(rule)
    assert warning.startswith(f"3:{len(BEFORE) + rule.index(at) + 1} r0: ")
    assert said in warning


@pytest.mark.parametrize(
    "rule",
    [
        "match: flood* OR deploy* OR missile* OR hit* OR strike*",
        "match: '\"state of war*\" OR =War*'",
        "match: мин*, languages: [en]",
        "match: a AND NOT headline:a",
        "match: who AND NOT =WHO",
        "match: deploy* AND NOT deploy",
        'match: a NEAR/5 b, unless: a NEAR/2 b OR "a b" OR b ONEAR/4 a',
        "match: a, unless: NOT b",
        "match: WHO AND NOT =who",
        "match: a, unless: '2 OF (NOT x, NOT y, NOT z)'",
        "match: 'a AND b AND NOT headline:a AND NOT body:b', in: [headline, body]",
        "match: a AND NOT (b AND NOT c)",
        "match: 'headline:a', in: [body], unless: a",
        "match: '地震', unless: '地 AND NOT 震'",
        "match: '(a OR b) AND (c OR d)', unless: a AND c OR a AND d OR b AND c",
        "match: a, regions: [KZ], when_region_unknown: fire",
        "match: a, languages: [en, pt-BR, haw]",
        "match: '*', unless: a",
    ],
)
def test_what_is_not_odd(rule: str) -> None:
    """A warning that is wrong teaches people to overlook the others."""
    assert told(rule) == []


def test_a_near_between_two_zones_never_holds() -> None:
    """Said of the part, and of the rule if it is all there is."""
    assert [
        "one side is in the headline, the other in the body" in w for w in told("match: 'headline:a NEAR/3 body:b'")
    ] == [
        False,
        True,
    ]


def test_rules_that_ask_the_same() -> None:
    """In another order, in other case, with another name or priority: the second is told where the first stands."""
    one = "match: Foo OR bar AND x"
    assert told(one, "match: x AND Bar OR foo, priority: flash, name: N") == ["4:45 r1: asks the same as r0 in line 3"]
    assert told(one, "match: Foo OR bar AND x, max_age: 6h") == []


def test_a_rule_without_an_example() -> None:
    """Told at its id."""
    (warning,) = warnings(edition([("my.yaml", HEAD + "  - {id: a, match: x}")]))
    assert str(warning).startswith("my.yaml:3:10: a: has no example that must match")


def test_the_default_rules_are_sound() -> None:
    """They load, survive a dump, and nothing but stems is odd about them."""
    rules = default_edition().rules
    assert [str(w) for w in warnings(default_edition()) if "also matches" not in w.message] == []
    assert load(rules.dump()) == rules
    assert len({rule.id for rule in rules.rules}) == len(rules.rules) >= 25


words = st.sampled_from(["a", "b", "ab*", "abc", '"a b"', "=A", "headline:a", "body:b"])
queries = st.recursive(
    words,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"({' AND '.join(parts)})"),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"({' OR '.join(parts)})"),
        inner.map(lambda part: f"(NOT {part})"),
        st.tuples(st.integers(1, 2), inner, inner).map(lambda three: f"{three[0]} OF ({three[1]}, {three[2]})"),
    ),
    max_leaves=6,
)
texts = st.fixed_dictionaries(
    {"headline": st.lists(st.sampled_from(["a", "A", "b", "abc", "ab", "x"]), max_size=4).map(" ".join)},
    optional={"body": st.lists(st.sampled_from(["a", "A", "b", "abc", "abd", "x"]), max_size=4).map(" ".join)},
)


@given(queries, queries, texts)
@settings(max_examples=examples(150))
def test_a_rule_that_is_called_dead_fires_on_nothing(match: str, unless: str, text: dict[str, str]) -> None:
    """And so is one that fires on something called alive, unless that is too much to find out."""
    rule = Rule("r", parse_query(match), unless=parse_query(unless))
    fires = rule.match.matches(text) and not parse_query(unless).matches(text)
    if fires:
        assert can_fire(rule) is not False


@given(queries)
@settings(max_examples=examples(60))
def test_an_expression_or_its_opposite_is_possible(query: str) -> None:
    """Of nothing both it and its opposite are impossible; together they are, unless that is too much to find out."""
    expression: Expression = Query(query, parse_query(query).expression).expression
    zones = ("headline", "body")
    assert is_possible(expression, zones) or is_possible(Not(expression), zones)
    assert is_possible(And((expression, Not(expression))), zones) is not True
