"""Which expressions may hold is found without asking each."""

from collections.abc import Sequence
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.laws import examples

from alerts.rules import parse_query, waking
from alerts.rules.found import EVERYWHERE, Piece
from alerts.rules.search import Index
from alerts.rules.waking import Wakers
from alerts.text import fold

PATTERNS = [f" {word} ".encode() for word in ("a", "b", "c d", "e", "f", "g h", "i", "j k l")]
needs = st.lists(st.frozensets(st.sampled_from(PATTERNS), min_size=1, max_size=4), max_size=4).map(tuple)
# Some patterns wake a single way, others dozens.
many = st.lists(st.tuples(st.integers(0, 30), needs), max_size=60)


@given(many, st.sets(st.integers(0, len(PATTERNS) - 1)), st.sampled_from((0, 2, 63)), st.sampled_from((0, 20)))
@settings(max_examples=examples(1000))
def test_those_are_woken_of_which_every_need_is_there(
    ways: Sequence[tuple[int, tuple[frozenset[bytes], ...]]], seen: set[int], bits: int, short: int
) -> None:
    """No more and no fewer than when each is looked at, in order, each once; however many patterns have a bit."""
    present = {PATTERNS[number] for number in seen}
    expected = sorted({number for number, asked in ways if all(need & present for need in asked)})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(waking, "_BITS", bits)
        patch.setattr(waking, "_SHORT", short)
        wakers = Wakers(PATTERNS, ways)
    assert wakers.woken(sorted(seen)) == expected


def test_a_number_of_words_wakes_only_where_so_many_are() -> None:
    """`2 OF (...)` is not asked of a text that has one of the words, however often."""
    words = ("one", "two", "three", "four", "five six")
    for number in range(1, 6):
        index = Index([[parse_query(f"{number} OF (one, two, three, four, 'five six')".replace("'", '"')).expression]])
        for count in range(6):
            for some in combinations(words, count):
                text = " ".join((*some, *some))
                _, candidates = index.search([Piece(EVERYWHERE, fold(text), text)])
                assert bool(candidates) is (count >= number)


@pytest.mark.parametrize("asked", ["{rare} NEAR/4 {common}", "{rare} AND {common}", "2 OF ({rare}, {common})"])
def test_words_of_every_text_wake_no_rule_that_asks_for_more(asked: str) -> None:
    """However few they are beside the others."""
    words = {"rare": "(ship OR ferry OR trawler OR tug OR yacht)", "common": "(in OR off)"}
    index = Index([[parse_query(f"headline:(({asked.format(**words)}) OR (comet NEAR/3 of))").expression]])
    for text, woken in (("Rain in the south of Spain", []), ("Comet seen", [0]), ("Tug in trouble", [0])):
        assert index.search([Piece(EVERYWHERE, fold(text), text)])[1] == woken


def test_of_a_list_of_names_the_same_places_are_found_as_among_other_rules() -> None:
    """Whether occurrences are made at once or when they are asked for."""
    names = [parse_query(name).expression for name in ("quake", '"st. anne"', "=Ağrı", "é", "absent")]
    others = [parse_query(f"a{n}* AND (b{n} OR c{n})").expression for n in range(9)]
    text = "Quake  at St.  Anne’s, quake\u00adproof É; ağrı, Ağrı: quake"
    pieces = [Piece(EVERYWHERE, fold(text), text)] * 2
    alone, _ = Index([[name] for name in names]).search(pieces)
    among, _ = Index([[one] for one in (*names, *others)]).search(pieces)
    for absent_first in reversed(names):
        at = absent_first.occurrences(alone, EVERYWHERE)
        assert at == absent_first.occurrences(among, EVERYWHERE)
        assert bool(at) is absent_first.holds(alone, EVERYWHERE) is absent_first.holds(among, EVERYWHERE)
    assert [len(name.evidence(alone, EVERYWHERE)) for name in names] == [4, 2, 2, 2, 0]
    assert [alone.original(hit) for hit in names[1].evidence(alone, EVERYWHERE)] == ["St.  Anne"] * 2
