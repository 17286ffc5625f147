"""The quick way to read YAML says what the careful one says, or nothing."""

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from support.laws import examples

from alerts.rules.source import Document, InvalidRules
from alerts.rules.values import CoreResolver, Odd, values

PIECES = [
    *("a", "b: ", "- ", "\n", "\n  ", " ", "{", "}", "[", "]", ", ", ": ", "'", '"', "#", "|\n", ">-\n", "? ", "---\n"),
    *("~", "null", "true", "No", "1", "-7", "08", "1_0", "2.5", "1e3", "0x1", "2020-01-01", "22:00", "<<", "é", "\t"),
    *("&x ", "*x", "!t ", "\\n", "...\n", "%YAML 1.1\n"),
]


class _Careful(CoreResolver, yaml.CSafeLoader):
    """PyYAML over libyaml, with our scalars."""


@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
@settings(max_examples=examples(1000))
def test_it_agrees_with_the_careful_reader(text: str) -> None:
    """Every value is the same in kind too (1 is not true), each key stands once, and nothing else ever comes out."""
    try:
        read = values(text, deepest=20)
    except Odd:
        return
    careful = yaml.load(text, _Careful)  # noqa: S506 - a safe loader
    assert repr(read) == repr(careful)


@pytest.mark.parametrize(
    "text", ["a: 1\na: 2", "&x a", "[*x]", "!t a", "? {a: b}\n: c", "1: a", "a: [", "a\n---\nb", "[" * 30 + "]" * 30]
)
def test_what_is_odd_is_left_to_who_can_say_why(text: str) -> None:
    """Faults, keys that stand twice or are no text, anchors and tags, several documents, absurd depth."""
    with pytest.raises(Odd):
        values(text, deepest=20)


def test_what_is_odd_but_right_is_read_all_the_same() -> None:
    """Anchors are YAML."""
    assert Document("a: &x [1]\nb: *x", "f.yaml").value == {"a": [1], "b": [1]}
    with pytest.raises(InvalidRules, match=r"f\.yaml:2:1: 'a' stands here twice"):
        Document("a: 1\na: 2", "f.yaml")


def test_places_are_known_when_they_are_asked_for() -> None:
    """They are worked out from the text, however its values were read."""
    document = Document("version: 1\nrules:\n  - {id: a, match: x}\n", "f.yaml")
    assert document.place(("rules", 0, "match")) == (3, 20)
    assert document.key(("rules",)) == (2, 1)
