"""Lists of words are read at once, and shapes of expressions only once: neither changes what is read."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.laws import examples

from alerts.rules import InvalidQuery, parse_query
from alerts.rules.syntax import terms

WORDS = ("a", "bb*", '"c d"', "=WHO", '="A b"', '"e ff*"', "“g”", "地震", "2", "OF", "ORB", "NEARBY")
lists = st.lists(st.sampled_from(WORDS), min_size=2, max_size=5)


@given(
    lists, st.sampled_from((" OR ", "  OR\n")), st.sampled_from(("{}", "x AND {}", "{} NEAR/3 y", "NOT {}", "1 OF {}"))
)
@settings(max_examples=examples(200))
def test_a_list_of_words_is_read_as_its_words_are(words: list[str], between: str, around: str) -> None:
    """Each word in parentheses of its own forbids the short way; the tree is the same."""
    short = around.format(f"({between.join(words)})")
    long = around.format(f"({between.join(f'({word})' for word in words)})")
    assert parse_query(short).expression == parse_query(long).expression
    assert [term for _, term in terms(short)] == [term for _, term in terms(long)]


@pytest.mark.parametrize(
    ("query", "column", "said"),
    [
        ("x AND (a OR -b OR c)", 13, "Did you mean NOT b?"),
        ("(aa OR b*)", 8, "would match nearly every text"),
        ("x (a OR b)", 3, "found '(', expected OR"),
        ("(a OR b) c", 10, "Put AND or OR between"),
        ("(a OR b OR)", 11, "found ')'"),
        ("(a OR b AND NOT x|y OR =)", 17, "Did you mean OR?"),
        ('(a OR b) AND "open', 14, "never closed"),
        ("3 OF (a OR b)", 1, "as many as there are in the list"),
    ],
)
def test_a_fault_in_or_beside_a_list_has_its_place(query: str, column: int, said: str) -> None:
    """The first fault of a text is told, at its own column."""
    with pytest.raises(InvalidQuery) as caught:
        parse_query(query)
    assert (caught.value.column, said in str(caught.value)) == (column, True), str(caught.value)


def test_offsets_are_those_of_each_word() -> None:
    """A warning points at the word it is about."""
    text = 'headline:(war* OR "the bb*") AND =WHO'
    assert [(offset, str(term)) for offset, term in terms(text)] == [(10, "war*"), (18, '"the bb*"'), (33, "=WHO")]


def test_queries_in_use_are_read_once() -> None:
    """An edited file has its other expressions from the set in force."""
    first = parse_query("only here AND there".replace(" here", ""))
    assert parse_query("only AND there") is first
