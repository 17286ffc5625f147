"""A draft goes back into its file, and nothing else of the file changes."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.lab import RULES
from support.laws import examples

from alerts.lab import Book, spliced
from alerts.rules import InvalidRules, load

BOOK = Book([("rules.yaml", RULES)])


def test_a_rule_put_back_unchanged_leaves_the_file_as_it_is() -> None:
    """To the byte."""
    for id_ in BOOK.by_id:
        assert spliced(BOOK, BOOK.draft(BOOK.block(id_), replaces=[id_])) == RULES


def test_an_edited_rule_stands_in_place_of_the_old_one() -> None:
    """With the file's indent; comments and other rules are as they were."""
    draft = BOOK.draft("id: quakes\nmatch: >-\n  tremor\n  OR quake\n")
    text = spliced(BOOK, draft)
    assert "  # Shaking.\n  - id: quakes\n    match: >-\n      tremor\n      OR quake\n\n  - id: floods\n" in text
    assert load(text) == draft.rules


def test_a_new_rule_is_added_behind_the_last() -> None:
    """After an empty line."""
    text = spliced(BOOK, BOOK.draft("- id: fires\n  match: wildfire"))
    assert text == RULES + "\n  - id: fires\n    match: wildfire\n"


def test_line_ends_stay_what_they_are() -> None:
    """A file from another system is not written anew for one rule."""
    book = Book([("r.yaml", RULES.replace("\n", "\r\n"))])
    text = spliced(book, book.draft("- id: quakes\n  match: tremor\n"))
    assert text.count("\n") == text.count("\r\n")
    assert text.replace("\r\n", "\n").endswith(RULES[RULES.index("  - id: floods") :])


def test_a_file_that_ends_without_a_line_end_gets_a_rule_on_a_line_of_its_own() -> None:
    """Not behind the last."""
    book = Book([("r.yaml", "version: 1\nrules:\n- {id: a, match: x}")])
    assert spliced(book, book.draft("- id: b\n  match: y")).endswith("- {id: a, match: x}\n\n- id: b\n  match: y\n")


def test_what_stands_behind_the_rules_stays_there() -> None:
    """Keys of the file may follow its rules."""
    book = Book([("r.yaml", "version: 1\nrules:\n- id: a\n  match: x\n\n# Ours.\ndefaults:\n  priority: flash\n")])
    draft = book.draft("- id: b\n  match: y")
    text = spliced(book, draft)
    assert load(text) == draft.rules
    assert text.endswith("# Ours.\ndefaults:\n  priority: flash\n")


def test_one_of_several_rules_on_a_line_cannot_be_exchanged_alone() -> None:
    """It is said, instead of writing something else than was tried."""
    book = Book([("r.yaml", "version: 1\nrules: [{id: a, match: x}, {id: b, match: y}]\n")])
    with pytest.raises(InvalidRules, match="open the whole file"):
        spliced(book, book.draft("- id: a\n  match: z"))


def test_a_whole_file_is_written_as_it_is() -> None:
    """With a line end."""
    assert (
        spliced(BOOK, BOOK.draft("version: 1\nrules:\n- {id: a, match: x}"))
        == "version: 1\nrules:\n- {id: a, match: x}\n"
    )


WORDS = st.sampled_from(["storm", "fire", "'\"big wave\"'", "quake*", "(a OR b)", "a NEAR/4 b"])
ATTRIBUTES = st.sampled_from(["priority: flash", "topic: x", "# a remark", "", "max_age: 6h", "languages: [en]"])


@given(st.sampled_from([["quakes"], ["floods"], None]), WORDS, st.lists(ATTRIBUTES, max_size=4, unique=True))
@settings(max_examples=examples(200), deadline=None)
def test_the_file_says_what_was_tried(replaces: list[str] | None, match: str, attributes: list[str]) -> None:
    """Whatever is edited, the new file loads to the draft's set, with every rule in its place."""
    lines = "".join(f"  {attribute}\n" if attribute else "\n" for attribute in attributes)
    draft = BOOK.draft(f"- id: edited\n{lines}  match: {match}\n", replaces=replaces)
    assert load(spliced(BOOK, draft)) == draft.rules
