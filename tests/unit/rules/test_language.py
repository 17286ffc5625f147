"""The rule language: what matches what, how it is written, and what is said of what it does not understand."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.laws import examples

from alerts.rules import InvalidQuery, parse_query


def matches(query: str, headline: str = "", **texts: str) -> bool:
    return parse_query(query).matches({"headline": headline, **texts})


@pytest.mark.parametrize(
    ("query", "text", "expected"),
    [
        ("assad", "the ambassador", False),
        ("assad", "Assad flees", True),
        ("hts", "human rights", False),
        ("hts", "HTS enters the city", True),
        ("=US", "US strikes", True),
        ("=US", "tell us more", False),
        ("=WHO*", "WHOs", True),
        ('="White House"', "the white house", False),
        ('="White House"', "the White  House", True),
        ("=Résumé", "re\u0301sume\u0301 Re\u0301sume\u0301", True),
        ("=Bundesrat", "der Bundes\u00adrat tagt", True),
        ("=Bundesrat", "der Bundes\u200brat tagt", False),  # a space of no width is one
        ("istanbul", "İSTANBUL'da patlama", True),
        ("diyarbakır", "DIYARBAKIR", True),
        ("地震", "東京で地震発生", True),
        ("京都", "東京都", True),  # written without spaces, any run of characters is found
        ("テロ", "ステロイド", False),
        ("ระเบิด", "เกิดระเบิดที่กรุงเทพ", True),
        ("взрыв", "ВЗРЫВ в центре", True),
        ("взрыв", "взрыва", False),
        ("взрыв*", "взрыва", True),
        ("محمد", "مُحَمَّد", True),
        ("kazakhstan", "Kazakhstan's army", True),
        ("kazakhstan", "Kazakhstan’s army", True),
        ('"no fly"', "a no-fly zone", True),
        ("no-fly", "no fly zone", True),
        ('"no fly"', "no, really, fly", False),
        ("don't", "we don’t know", True),
        ("deploy*", "deployed", True),
        ("deploy*", "redeploy", False),
        ('"state of emerg*"', "State of emergency", True),
        ("a AND b", "b a", True),
        ("a AND b", "a", False),
        ('"-film"', "a film", True),
        ("at&t", "AT&T", True),
        ("covid-19", "COVID 19", True),
        ("rock'n'roll", "Rock ’n’ roll", True),
        ("m²", "200 m2", True),
        ("київ", "У КИЄВІ та КИЇВ", True),
        ("й", "и\u0306", True),
        ("ещё", "еще", True),
        ("שלום", "שָׁלוֹם", True),
        ("kooperation", "Ko\u00adoperation", True),
        ("a OR b AND c", "a", True),
        ("(a OR b) AND c", "a", False),
        ("NOT a", "b", True),
        ("a AND NOT b", "a b", False),
        ("NOT NOT a", "a", True),
        ("2 OF (a, b, c)", "c x a", True),
        ("2 OF (a, b, c)", "c c c", False),
        ("a NEAR/2 b", "a x b", True),
        ("a NEAR/2 b", "b x a", True),
        ("a NEAR/1 b", "a x b", False),
        ("a ONEAR/2 b", "a x b", True),
        ("a ONEAR/2 b", "b x a", False),
        ("a NEAR/3 a", "a", False),
        ("a NEAR/3 a", "a x a", True),
        ('"x y" NEAR/1 (a OR b)', "b x y", True),
        ("(a NEAR/2 b) NEAR/2 c", "a b x c", True),
        ("*", "", True),
    ],
)
def test_what_matches_what(query: str, text: str, expected: bool) -> None:  # noqa: FBT001
    """The language as the documentation has it."""
    assert matches(query, text) is expected


def test_zones() -> None:
    """A zone inside an expression is the only one looked in; words beside it are looked for everywhere."""
    assert matches("headline:a AND b", "a", body="b")
    assert not matches("headline:(a AND b)", "a", body="b")
    assert not matches("lead:a", "a")
    assert not matches("a NEAR/5 b", "a", body="b"), "what is near stands in one piece of text"


@pytest.mark.parametrize(
    ("query", "column", "found", "said"),
    [
        ("troops NAER/8 deploy*", 8, "NAER/8", "Did you mean NEAR/8?"),
        ("a b", 3, "b", "Put AND or OR between, or quotes around a phrase."),
        ("a or b", 3, "or", "Did you mean OR?"),
        ("a ADN b", 3, "ADN", "Did you mean AND?"),
        ("a NEAR b", 3, "NEAR", "Did you mean NEAR/5?"),
        ("a NOT b", 3, "NOT", "Did you mean AND NOT?"),
        ("(a OR b", 8, "the end", "A closing ')' is missing."),
        ("a)", 2, ")", "There is no '(' for this ')'."),
        ("a AND", 6, "the end", "expected NOT, a word"),
        ("", 1, "the end", "expected NOT, a word"),
        ("a AND\n b c", 4, "c", "Put AND or OR between"),
        ("headlin:(x)", 1, "headlin:", "Did you mean headline?"),
        ("headline:(a OR lead:b)", 1, "headline:", "one zone only"),
        ('x OR "abc', 6, '"', "never closed"),
        ("5 OF (a)", 1, "5 OF", "the number is 1 to 1"),
        ("2 of (a, b)", 3, "of", "Did you mean OF?"),
        ("a NEAR/0 b", 3, "NEAR/0", "1 to 100"),
        ("(a AND b) NEAR/3 c", 11, "NEAR/3", "has no place in the text"),
        ("!!", 1, "!!", "no letter or digit"),
        ("a*", 1, "a*", "nearly every text"),
        ('"a*b"', 1, '"a*b"', "at the end of a word"),
        ("* OR a", 3, "OR", "expected the end"),
        ("a = b", 3, "=", "exact case"),
        ("-film", 1, "-film", "Did you mean NOT film?"),
        ("a -film", 3, "-film", "Did you mean AND NOT film?"),
        ("a AND not b", 11, "b", "Did you mean NOT? Operators are upper case."),
        ("a & b", 3, "&", "Did you mean AND?"),
        ("a EXCEPT b", 3, "EXCEPT", "Did you mean AND NOT?"),
        ("a W/3 b", 3, "W/3", "Did you mean NEAR/3?"),
        ("a PRE/3 b", 3, "PRE/3", "Did you mean ONEAR/3?"),
        ("a NEAR8 b", 3, "NEAR8", "Did you mean NEAR/8?"),
        ("de*loy", 4, "loy", "at the end of a word only"),
        ("te?t", 1, "te?t", "'?' stands for no character"),
        ("/regex/", 1, "/regex/", "regular expressions are not read"),
        ("a|b", 1, "a|b", "Did you mean OR?"),
        ("«b»", 1, "«b»", 'Did you mean "b"?'),
        ("2 OF a", 3, "OF", "2 OF (a, b, c)"),
        ("a, b", 2, ",", "Put OR or AND between"),
        ("a NEAR/5 NOT b", 10, "NOT", "a AND NOT (a NEAR/5 b)"),
        ("headline:NOT a", 10, "NOT", "NOT stands before the zone"),
        ("（地震 OR 津波） AND 東京", 1, "（地震", "Did you mean ( )?"),
        ("地震、津波", 1, "地震、津波", "Put OR or AND between"),
        ("headline：地震", 1, "headline：地震", "a zone ends with ':'"),
        ("「地震」", 1, "「地震」", 'Did you mean "地震"?'),
        ("a AND –film", 7, "–film", "Did you mean NOT film?"),
        ("9" * 5000 + " OF (a)", 1, "9" * 5000 + " OF", "the number is 1 to 1"),
        ("a NEAR/" + "9" * 5000 + " b", 3, "NEAR/" + "9" * 5000, "1 to 100"),
        ("(" * 45 + "NOT " * 45 + "a" + ")" * 45, 1, "nested more than 40 deep", "fewer parentheses"),
    ],
)
def test_what_is_said_of_a_fault(query: str, column: int, found: str, said: str) -> None:
    """Where it is, what stands there, and what was probably meant."""
    with pytest.raises(InvalidQuery) as caught:
        parse_query(query)
    assert (caught.value.column, caught.value.found) == (column, found)
    assert said in str(caught.value)


def test_an_endless_expression_is_refused() -> None:
    """The time to parse is bounded."""
    with pytest.raises(InvalidQuery, match="too long"):
        parse_query("a OR " * 40_000 + "a")


@given(st.text(st.sampled_from('ab()"*=:,/25 \nANDORNEAROFé東“'), max_size=30))
@settings(max_examples=examples(150))
def test_any_text_is_an_expression_or_an_invalid_query(text: str) -> None:
    """Nothing else ever comes out, and what is an expression is written so that it reads back the same."""
    try:
        query = parse_query(text)
    except InvalidQuery as exc:
        column = exc.column
    else:
        column = 1
        assert parse_query(str(query)).expression == query.expression
        query.matches({"headline": "a b 2 東"})
    assert 1 <= column <= len(text) + 1
