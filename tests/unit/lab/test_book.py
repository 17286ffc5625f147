"""What becomes of what an author writes: a draft of the whole set, or problems where he sees them."""

from importlib.resources import files

import pytest
from support.lab import RULES

from alerts.lab import Book, opinions
from alerts.rules import InvalidRules, default_rules

BOOK = Book([("rules.yaml", RULES)])


def problems(text: str, **more: object) -> list[tuple[int, int, str]]:
    with pytest.raises(InvalidRules) as caught:
        BOOK.draft(text, **more)  # type: ignore[arg-type]
    assert {problem.file for problem in caught.value.problems} == {""}
    return [(problem.line, problem.column, problem.message) for problem in caught.value.problems]


def test_a_rule_taken_out_and_put_back_is_no_change() -> None:
    """The block of every rule drafts to the very set in force."""
    for id_ in BOOK.by_id:
        draft = BOOK.draft(BOOK.block(id_), replaces=[id_])
        assert draft.rules == BOOK.rules
        assert (draft.new, draft.gone, draft.replaces) == (frozenset(), (), (id_,))


def test_a_block_holds_its_rule_alone_and_no_indent() -> None:
    """Comments and rules around it stay where they are."""
    assert BOOK.block("floods") == (
        "- id: floods\n  topic: disaster\n  match: flood OR floods\n  examples:\n    match: [Flood in Lagos]\n"
    )


@pytest.mark.parametrize(
    "text",
    [
        "- id: quakes\n  match: tremor\n",
        "id: quakes\nmatch: tremor",
        "    - id: quakes\n      match: tremor\n",
        "# Mine.\n\nid: quakes\nmatch: tremor\n",
        "- {id: quakes, match: tremor}",
    ],
)
def test_a_rule_may_be_pasted_in_any_of_its_forms(text: str) -> None:
    """As an item of a list or by itself, indented or not; it takes the place of the rule of its name."""
    draft = BOOK.draft(text)
    assert [rule.id for rule in draft.rules.rules] == ["quakes", "floods"]
    assert str(draft.rules.rules[0].match) == "tremor"
    assert draft.new == {"quakes"}
    assert [rule.id for rule in draft.gone] == ["quakes"]
    assert draft.rules.rules[0].max_age == BOOK.rules.rules[0].max_age  # the file's defaults


def test_a_new_rule_is_added_at_the_end() -> None:
    """It takes nothing away."""
    draft = BOOK.draft("- id: fires\n  match: wildfire")
    assert [rule.id for rule in draft.rules.rules] == ["quakes", "floods", "fires"]
    assert draft.new == {"fires"}
    assert not draft.gone


def test_a_rule_that_is_renamed_leaves_no_twin() -> None:
    """What it replaces is gone, by whatever name it now goes."""
    draft = BOOK.draft("- id: tremors\n  match: tremor", replaces=["quakes"])
    assert [rule.id for rule in draft.rules.rules] == ["tremors", "floods"]
    assert [rule.id for rule in draft.gone] == ["quakes"]


def test_several_rules_may_replace_several() -> None:
    """They stand where the first of them stood."""
    draft = BOOK.draft("- id: one\n  match: a\n- id: two\n  match: b", replaces=["quakes", "floods"])
    assert [rule.id for rule in draft.rules.rules] == ["one", "two"]


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("- id: quakes\n  match: quake NAER/5 big", 2, 16),
        ("id: quakes\nmatch: quake NAER/5 big", 2, 14),
        ("- id: quakes\n  match: quake\n  priorty: flash", 3, 3),
        ("- id: quakes\n  match: [", 2, 11),
        ("", 1, 1),
        ("# nothing yet\n", 1, 1),
    ],
)
def test_problems_stand_where_the_author_wrote_them(text: str, line: int, column: int) -> None:
    """Line and column count in what is in the editor, whatever is put around it to read it."""
    assert problems(text)[0][:2] == (line, column)


def test_every_problem_is_told() -> None:
    """Not one at a time."""
    found = problems("- id: a\n  match: (x\n- id: b\n  match: y\n  priority: loud\n")
    assert [(line, column) for line, column, _ in found] == [(2, 12), (5, 13)]


def test_an_id_of_another_rule_is_refused() -> None:
    """A rule renamed to one that exists would take it away unseen."""
    ((line, column, message),) = problems("- id: floods\n  match: tremor", replaces=["quakes"])
    assert (line, column) == (1, 7)
    assert "'floods' is taken by the rule in rules.yaml, line" in message


def test_a_whole_file_is_recognised() -> None:
    """Of a file the rules that changed are shown, and those that were left out are gone."""
    draft = BOOK.draft("version: 1\nrules:\n  - id: quakes\n    match: tremor\n")
    assert draft.whole
    assert [rule.id for rule in draft.shown] == ["quakes"]
    assert sorted(rule.id for rule in draft.gone) == ["floods", "quakes"]
    assert problems("version: 1\nrules:\n  - id: quakes\n    match: (tremor\n")[0][:2] == (4, 19)


def test_of_several_files_the_one_at_hand_is_meant() -> None:
    """A rule is read with the defaults of its own file, and goes back there."""
    book = Book(
        [("a.yaml", RULES), ("b.yaml", "version: 1\ndefaults: {priority: flash}\nrules: [{id: x, match: x}]\n")]
    )
    assert book.draft("- id: x\n  match: y").rules.rules[-1].priority == "flash"
    assert book.draft("- id: new\n  match: y").file == "b.yaml"
    assert book.draft("- id: new\n  match: y", file="a.yaml").rules.rules[-1].priority == "routine"


def test_defaults_of_any_text_are_read_as_they_are_written() -> None:
    """Whatever characters they hold."""
    book = Book([("a.yaml", 'version: 1\ndefaults: {sources: ["🌋 \\u2028 né"]}\nrules: [{id: x, match: x}]\n')])
    draft = book.draft("- id: y\n  match: y")
    assert draft.rules.rules[-1].sources == book.rules.rules[0].sources is not None


def test_opinions_are_of_the_rules_at_hand_only() -> None:
    """Oddities with their place in the editor, and examples that fail by the whole draft."""
    text = "id: quakes\nmatch: quake*\nexamples:\n  match: [Nothing happened]\n"
    odd, failed = opinions(BOOK, BOOK.draft(text))
    assert all("quakes" in warning.message for warning in odd)
    assert all(warning.line <= 4 for warning in odd)
    assert [failure.split(":")[:2] for failure in failed] == [["quakes", " must match"]]


def test_every_rule_of_the_package_can_be_edited() -> None:
    """Every fourth block of the default rules, in all their languages, drafts to no change."""
    book = Book([("default.yaml", files("alerts.rules").joinpath("default.yaml").read_text(encoding="utf-8"))])
    assert book.rules == default_rules()
    for id_ in list(book.by_id)[::4]:
        assert book.draft(book.block(id_), replaces=[id_]).every == tuple(book.rules.rules)
