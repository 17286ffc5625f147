"""Numbers and names: what a template changes."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.laws import examples

from alerts.copies.anchors import names, numbers, smallest
from alerts.text import fold


def numbers_of(text: str) -> list[str]:
    """As the sketch asks for them."""
    return sorted(numbers(text, fold(text).data.split()))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("1,500 homes, 12.5 km", ["12.5", "1500"]),
        ("seven dead and 7 missing", ["7", "7#1"]),
        ("Погибли пять человек", ["5"]),
        ("at 10:30 on 3/4", ["10:30", "3/4"]),
        ("nothing to count", []),
    ],
)
def test_numbers_are_found_in_digits_and_in_words(text: str, found: list[str]) -> None:
    """Thousands separators do not matter; how often a number stands does."""
    assert numbers_of(text) == found


def test_names_are_what_is_never_written_small() -> None:
    """A word at the beginning of a sentence is no name if it stands elsewhere without its capital."""
    assert names("The road to Pelasgo is closed. Soldiers of the Corvia brigade came; soldiers stay.") == {
        "pelasgo",
        "corvia",
    }


def test_a_script_without_capitals_has_no_names() -> None:
    """There numbers and likeness must do."""
    assert names("地震发生在星期一早上") == set()


@given(st.sets(st.text(max_size=8), max_size=40), st.integers(1, 12))
@settings(max_examples=examples(50))
def test_the_smallest_hashes_of_a_part_are_those_of_the_whole_that_it_has(items: set[str], limit: int) -> None:
    """So that two long lists are compared by the same part of each."""
    whole, part = smallest(items, limit), smallest(sorted(items)[::2], limit)
    assert list(whole) == sorted(set(whole))
    assert len(whole) <= limit
    assert set(part) & set(range(whole[-1] + 1 if whole else 0)) <= set(whole)


def test_hashes_are_the_same_in_every_process() -> None:
    """They stand in Redis, where another version of Python reads them."""
    assert smallest({"14", "2300"}, 8) == (42196, 42544)
