"""Rules files: every fault with its line and column, and what may be written reads back the same."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.laws import examples

from alerts.rules import InvalidQuery, InvalidRules, Problem, RuleSet, edition, load, parse_query, warnings

HEAD = "version: 1\nrules:\n"
FULL = """
version: 1
defaults:
  max_age: 6h
  unless_signals: all
rules:
  - id: troops
    name: Troops sent abroad
    topic: conflict
    media_topic: medtop:20000053
    priority: urgent
    match: >-
      (troops OR soldiers)
      NEAR/8 (deploy* OR =SEND)
    unless: film OR "the dri*"
    in: [headline, byline]
    regions: [central-asia, NO, ua-30]
    when_region_unknown: fire
    languages: [en, no, zh-Hant]
    sources: {allow: [example.org], deny: spam.example}
    hours: 22:00-06:00 Europe/London fri-mon
    cooldown: 1h30m
    examples:
      match: ["Soldiers deploy", {headline: "Soldiers deploy", language: en}]
      no_match: [The film]
  - id: hoax
    kind: retraction
    match: '*'
    unless_signals: [opinion]
    max_age: 90s
"""


def faults(text: str) -> list[Problem]:
    with pytest.raises(InvalidRules) as caught:
        load(text, file="my.yaml")
    return list(caught.value.problems)


def only_fault(rule: str) -> Problem:
    (problem,) = faults(HEAD + rule)
    return problem


def test_a_full_file_reads_back_the_same() -> None:
    """`dump` and `load` lose nothing, and the hash stays."""
    rules = load(FULL)
    again = load(rules.dump())
    assert again == rules
    assert again.hash == rules.hash
    assert again.rules[0].examples == rules.rules[0].examples
    assert [rule.id for rule in rules.rules] == ["troops", "hoax"]
    assert rules.rules[0].regions == {"central-asia", "NO", "UA-30"}
    assert rules.rules[0].languages == ("en", "no", "zh-Hant"), "no is Norwegian, not false"
    assert len(rules.rules[0].unless_signals) > 5
    assert rules.rules[1].max_age != rules.rules[0].max_age, "defaults are for rules that say nothing themselves"


def test_the_hash_tells_sets_apart_that_judge_differently() -> None:
    """Spaces, names and examples make no difference; words, order of checks and limits do."""
    one = load(HEAD + "  - {id: a, match: 'x OR y'}")
    assert (
        one.hash == load(HEAD + "  - id: a\n    match: (x  OR\n      y)\n    name: N\n    examples: {match: [x]}").hash
    )
    assert len(one.hash) == 16
    different = ["{id: a, match: 'x AND y'}", "{id: b, match: 'x OR y'}", "{id: a, match: 'x OR y', max_age: 1h}"]
    assert len({one.hash, *(load(f"{HEAD}  - {rule}").hash for rule in different)}) == 4


@pytest.mark.parametrize(
    ("match", "line", "column"),
    [
        ("match: troops NAER/8 x", 4, 19),
        ("match: 'troops NAER/8 x'", 4, 20),
        ("match: 'don''t OR troops NAER/8 x'", 4, 30),
        ('match: "troops NAER/8 x"', 4, 20),
        ('match: "\\"to go\\" NAER/8 x"', 4, 23),
        ("match: troops OR\n      soldiers NAER/8 x", 5, 16),
        ("match: >-\n      troops OR\n      soldiers NAER/8 x", 6, 16),
        ("match: |\n      troops OR\n\n        soldiers NAER/8 x", 7, 18),
        ("match: >\n      troops OR (x", 5, 19),
        ("match:\n      'troops OR (x'", 5, 20),
        ("match: 東 NAER/8 x", 4, 14),
    ],
)
def test_faults_in_an_expression_have_their_place_in_the_file(match: str, line: int, column: int) -> None:
    """However the expression is written in YAML."""
    problem = only_fault(f"  - id: a\n    {match}\n")
    assert (problem.file, problem.line, problem.column) == ("my.yaml", line, column)


@pytest.mark.parametrize(
    ("attribute", "column", "said"),
    [
        ("prority: flash", 5, "Did you mean priority?"),
        ("priority: flsh", 15, "Did you mean flash?"),
        ("regions: [NO, XX]", 19, "'XX' is no region"),
        ("regions: [Kazakhstan]", 15, "Did you mean KZ?"),
        ("regions: UK", 14, "Did you mean GB?"),
        ("regions: Middle East", 14, "Did you mean middle-east?"),
        ("regions: [143]", 15, "go by their names, such as europe"),
        ("region: [KZ]", 5, "Did you mean regions?"),
        ("exclude: y", 5, "Did you mean unless?"),
        ("languages: English", 16, "Did you mean en?"),
        ("languages: en_GB", 16, "Did you mean en-GB?"),
        ("when_region_unknown: yes", 26, "found 'yes', expected skip or fire"),
        ("max_age: 6", 14, "Did you mean 6h?"),
        ("max_age: 0", 14, "0 has no unit"),
        ("topic: war & peace", 12, "letters, digits"),
        ("sources: 3", 14, "{allow: [...], deny: [...]}"),
        ("examples: [x]", 15, "{match: [...], no_match: [...]}"),
        ("examples: {match: [Foo: bar]}", 24, "a headline with a colon stands in quotes"),
        ("unless: [a, b]", 13, "put OR or AND between"),
        ("in: [headlin]", 10, "Did you mean headline?"),
        ("in: []", 9, "found [], expected at least one"),
        ("max_age: 6x", 14, "is no length of time"),
        ("max_age: 1.5", 14, "1.5 has no unit"),
        ("max_age: true", 14, "expected text, found True"),
        pytest.param(f"max_age: {'9' * 5000}d", 14, "is no length of time", id="thousands of digits"),
        ("hours: 24:30-06:00 UTC", 12, "no clock shows"),
        ("regions: AF, KZ", 14, "Did you mean [AF, KZ]?"),
        ("languages: en, ru", 16, "Did you mean [en, ru]?"),
        ("sources: {deny: ['*.bbc.co.uk']}", 22, "Did you mean bbc.co.uk?"),
        ('name: "a\\ud800"', 13, "\\ud800 is half of a character"),
        ("name: !!int x", 11, "a tag such as !!int"),
        ("name: !!bool x", 11, "a tag such as !!bool"),
        ("name: !!timestamp x", 11, "a tag such as !!timestamp"),
        ("max_age: 99999999999d", 14, "longer than any clock"),
        ("hours: 22:00-06:00 Europe/Lndon", 12, "Did you mean Europe/London?"),
        ("hours: 25:00-06:00 Europe/London", 12, "no clock shows"),
        ("hours: night", 12, "expected hours like"),
        ("hours: 22:00-06:00 UTC mon-fry", 12, "are no days"),
        ("unless_signals: [opinon]", 21, "Did you mean opinion?"),
        ("languages: [english language]", 17, "no language tag"),
        ("media_topic: war", 18, "medtop"),
        ("sources: {alow: x}", 15, "Did you mean allow?"),
        ("examples: {match: [3]}", 24, "an example is a headline"),
        ("examples: {match: [{headlin: x}]}", 24, "Did you mean headline?"),
        ("examples: {matches: []}", 16, "Did you mean match?"),
        ("unless: 12", 13, "expected text, found 12"),
        ("unless: a b", 15, "Put AND or OR between"),
        ("id: b", 5, "'id' stands here twice"),
    ],
)
def test_faults_in_attributes(attribute: str, column: int, said: str) -> None:
    """Unknown attributes and values are refused, with what was probably meant."""
    problem = only_fault(f"  - id: a\n    match: x\n    {attribute}\n")
    assert (problem.line, problem.column) == (5, column)
    assert said in problem.message


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("", 1, "found nothing"),
        ("- a", 1, "found list"),
        ("rules: []", 1, "'version: 1' is missing"),
        ("version: 2\nrules: []", 1, "version 2 is not known"),
        ("version: 1", 1, "'rules:' is missing"),
        ("version: 1\nrules: {}", 2, "'rules' is a list"),
        ("version: 1\nruels: []\nrules: []", 2, "Did you mean rules?"),
        ("version: 1\ndefaults: {id: x}\nrules: []", 2, "defaults has no attribute 'id'"),
        ("version: 1\ndefaults: {max_age: x}\nrules: [{id: a, match: x}]", 2, "no length of time"),
        (HEAD + "  - foo", 3, "expected a rule"),
        (HEAD + "  - id: a", 3, "'match' is missing"),
        (HEAD + "  - {id: a, match: x}\n  - {id: a, match: y}", 4, "taken by the rule in line 3"),
        (HEAD + "  - id: a\n    match: *x", 4, "must stand in quotes"),
        (HEAD + "\t- id: a", 3, "Indent by spaces"),
        (HEAD + "  - id: a\n    match: headline: x", 4, "holds ': ' must stand in quotes"),
        ("version: 1\nrules: []\n---\nversion: 1", 3, "one document"),
        ("version: true\nrules: []", 1, "version True is not known"),
        pytest.param(f"version: {'9' * 5000}\nrules: []", 1, "is not known", id="thousands of digits"),
        (HEAD + "  - id: \x07", 3, "not YAML"),
        ("[" * 400, 1, ""),
        ("a: &a [*a]", 1, ""),
    ],
)
def test_faults_in_the_file(text: str, line: int, said: str) -> None:
    """What is no rules file is refused at the place where that shows."""
    problem = faults(text)[0]
    assert problem.line == line
    assert said in problem.message


def test_every_fault_is_told_at_once() -> None:
    """In order of place; the exception names the first and counts the others."""
    problems = faults(HEAD + "  - {id: a, match: x y, priority: z}\n  - {id: b, match: x, foo: 1}\n")
    assert [(p.line, p.column) for p in problems] == [(3, 22), (3, 35), (4, 23)]
    assert str(problems[0]).startswith("my.yaml:3:22: match: found 'y', expected")
    with pytest.raises(InvalidRules, match=r"my\.yaml:3:22.*\(and 2 more\)"):
        load(HEAD + "  - {id: a, match: x y, priority: z}\n  - {id: b, match: x, foo: 1}\n", file="my.yaml")


@given(st.text(st.sampled_from("version: 1\nrules- id'match\"&*|>{}[],#é"), max_size=60))
@settings(max_examples=examples(100))
def test_any_text_is_a_rule_set_or_invalid_rules(text: str) -> None:
    """Nothing else ever comes out."""
    try:
        problems: tuple[Problem, ...] = ()
        assert isinstance(load(text), RuleSet)
    except InvalidRules as exc:
        problems = exc.problems
    assert all(problem.line >= 1 and problem.column >= 1 for problem in problems)


def test_a_wrong_default_is_told_once() -> None:
    """However many rules have it."""
    text = "version: 1\ndefaults: {max_age: x, unless: a b}\nrules: [{id: a, match: x}, {id: b, match: x}]"
    assert [(p.line, p.column) for p in faults(text)] == [(2, 21), (2, 34)]


def test_blanks_around_a_source_are_not_part_of_its_name() -> None:
    """Articles name their source without any."""
    (rule,) = load(HEAD + "  - {id: a, match: x, sources: [' bbc.co.uk ']}").rules
    assert rule.sources is not None
    assert rule.sources.include("news.bbc.co.uk")


def test_none_takes_a_default_back() -> None:
    """A rule that says `none` has no limit, though all others have one."""
    text = "version: 1\ndefaults: {max_age: 6h, unless_signals: all, regions: [AF], hours: 08:00-18:00 UTC}\nrules:\n"
    none = "{id: a, match: x, max_age: none, unless_signals: none, regions: none, hours: none}"
    assert load(f"{text}  - {none}\n") == load(HEAD + "  - {id: a, match: x}")


def test_what_is_left_empty_is_refused() -> None:
    """A value that was forgotten is not taken for a wish."""
    problem = only_fault("  - id: a\n    match: x\n    unless:\n")
    assert (problem.line, problem.column) == (5, 5)
    assert "nothing stands behind it" in problem.message


def test_rules_of_several_files_are_one_set() -> None:
    """Each with the defaults of its own file; every fault names its file."""
    one = ("a.yaml", "version: 1\ndefaults: {priority: flash}\nrules: [{id: a, match: x}]")
    two = ("b.yaml", "version: 1\nrules: [{id: b, match: y}]")
    rules = edition([one, two]).rules
    assert [(rule.id, rule.priority) for rule in rules.rules] == [("a", "flash"), ("b", "routine")]
    broken = ("c.yaml", "version: 1\nrules: [{id: a, match: z}, {id: c, match: (}]")
    with pytest.raises(InvalidRules) as caught:
        edition([one, two, broken])
    assert [str(problem).partition(": ")[0] for problem in caught.value.problems] == ["c.yaml:2:14", "c.yaml:2:44"]
    assert "taken by the rule in a.yaml:3" in str(caught.value.problems[0])


LISTS = """
version: 1
lists:
  some: two OR three
  victims: $some NEAR/2 (killed OR dead)
rules:
  - id: mine
    match: $victims AND mine
    unless: film
"""


def test_a_list_stands_for_its_expression() -> None:
    """`$name` asks for what the list has under that name, in lists that stand behind it too."""
    plain = LISTS.replace("$victims AND", "((two OR three) NEAR/2 (killed OR dead)) AND")
    assert load(LISTS) == load(plain)


def test_lists_are_written_out_in_a_dump() -> None:
    """What a rule says survives without its file's lists."""
    rules = load(LISTS)
    assert "$" not in rules.dump()
    assert load(rules.dump()) == rules


def test_an_unknown_list_is_told_with_its_place() -> None:
    """A list that is not there is a fault of the expression, with the list that was probably meant."""
    (problem,) = faults(LISTS.replace("match: $victims", "match: $victms"))
    assert (problem.line, problem.column) == (8, 12)
    assert "there is no list $victms. Did you mean $victims?" in problem.message


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("three\n", "three OR\n", "some: found the end"),
        ("some:", "1st:", "is no name of a list"),
        ("two OR three", "[two, three]", "expected an expression"),
        ("lists:\n  some: two OR three\n  victims: $some NEAR/2 (killed OR dead)", "lists: [two]", "is a mapping"),
    ],
)
def test_a_wrong_list_is_told(old: str, new: str, said: str) -> None:
    """What is wrong with a list is told of the list."""
    assert any(said in problem.message for problem in faults(LISTS.replace(old, new)))


def test_a_list_is_warned_of_like_a_rule() -> None:
    """A stem in a list that runs into other words is told, at its place."""
    found = [str(warning) for warning in warnings(edition([("my.yaml", LISTS.replace("two OR", "war* OR"))]))]
    assert any("my.yaml:4:" in text and "$some: war*" in text for text in found)


@pytest.mark.parametrize("operator", ["OR", "AND", "NEAR/5"])
def test_lists_that_multiply_are_refused(operator: str) -> None:
    """Each list may ask for the one before it hundreds of times: a few lines would ask for millions of words."""
    lists = {"a": "x OR y"}
    for before, name in zip("ab", "bc", strict=True):
        lists[name] = " OR ".join([f"(${before} {operator} ${before} OR z)"] * 200)
    written = "".join(f"  {name}: {text}\n" for name, text in lists.items())
    problem = faults(f"version: 1\nlists:\n{written}rules:\n  - {{id: r, match: $c}}\n")[0]
    assert problem.line == 5
    assert "too large" in problem.message


def test_subscribers_filters_have_no_lists() -> None:
    """Outside a rules file, `$name` stands for nothing."""
    with pytest.raises(InvalidQuery, match="no list"):
        parse_query("$some OR three")
