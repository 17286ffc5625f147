"""Content hashes and ids."""

from base64 import b32encode
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.laws import examples

from alerts.article import Article
from alerts.fingerprint import content_hash, letters, story_id


def make_article(**fields: Any) -> Article:
    """An article; override what matters."""
    return Article.model_validate({"uri": "u", "source": "s", "headline": "h", **fields})


CHANGES: list[dict[str, Any]] = [
    {},
    {"headline": "x"},
    {"description": "x"},
    {"description": ""},
    {"body_text": "x"},
    {"pubstatus": "canceled"},
    {"signal": "correction"},
    {"embargoed": "2026-03-01T12:00:00Z"},
    {"urgency": 1},
    {"place": ["x"]},
    {"subject": ["x"]},
    {"place": [{"code": "x"}]},
    {"place": ["x", "y"]},
    {"headline": "hx"},
    {"headline": "h1:x"},
]


def test_every_part_of_the_content_changes_its_hash() -> None:
    """What invariant 2 names makes another version, each part in its own way."""
    assert len({content_hash(make_article(**change)) for change in CHANGES}) == len(CHANGES)


@pytest.mark.parametrize("change", [{"version": "2"}, {"url": "https://x.example/a"}, {"ednote": "x"}, {"byline": "x"}])
def test_what_is_not_content_does_not_change_the_hash(change: dict[str, str]) -> None:
    """A version number or an address alone makes no other content."""
    assert content_hash(make_article(**change)) == content_hash(make_article())


@given(st.lists(st.text(max_size=3).filter(lambda t: "\0" not in t), min_size=3, max_size=3))
@settings(max_examples=examples(50))
def test_text_cannot_move_between_fields_unseen(parts: list[str]) -> None:
    """The encoding is unambiguous: equal hashes mean equal fields."""
    a, b, c = parts
    one = make_article(headline=f"h{a}", description=b, body_text=c)
    two = make_article(headline=f"h{a}{b}", description=c, body_text="")
    assert (content_hash(one) == content_hash(two)) == (b == c == "")


def test_hashes_are_the_same_in_every_process() -> None:
    """Python's own hash() is seeded per process; ours are values that stand in other systems' stores."""
    assert content_hash(make_article()) == "4e9539da09a7b6d5039dab62aee70ee5"
    assert story_id("s", "u") == "jx54y7hmsjr3md4j"


def test_a_story_id_is_short_and_tells_source_from_uri() -> None:
    """Sixteen letters and digits; ("ab", "c") is not ("a", "bc")."""
    made = story_id("ab", "c")
    assert (len(made), made.isalnum(), made.islower()) == (16, True, True)
    assert made != story_id("a", "bc")


@given(st.binary(min_size=10, max_size=10))
def test_letters_are_base32(digest: bytes) -> None:
    """Ids are what they were when the library made them."""
    assert letters(digest) == b32encode(digest).decode().lower()
