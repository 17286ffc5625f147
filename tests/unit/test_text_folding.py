"""Folding: what is the same, what is not, and the way back into the original."""

import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.laws import examples

from alerts.text import fold
from alerts.text.folding import _STANDING, _fold_character, is_word_character

# Letters of many scripts, marks, spaces of all kinds, apostrophes, invisible characters, ligatures, emoji.
SAMPLES = "aZ09_ -'’…\u00a0\u00ad\u200b\u200d\u0301\u0307\u0130Iıßﬁ½éÉЁёйЙїקָאًأىةک한ᄒ々東地震でテロﾃﾞที่กिकी🔥\u2028\n\t."
texts = st.text(st.one_of(st.sampled_from(SAMPLES), st.characters(codec="utf-8")), max_size=40)


def words(text: str) -> str:
    return fold(text).data.decode().strip()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Kazakhstan’s", "kazakhstan s"),
        ("no-fly", "no fly"),
        ("no‑fly zone", "NO FLY zone"),
        ("STRASSE", "Straße"),
        ("ＷＨＯ", "who"),
        ("Re\u0301sume\u0301", "résumé"),
        ("İSTANBUL", "istanbul"),
        ("DIYARBAKIR", "Diyarbakır"),
        ("I\u0307zmir", "İzmir"),
        ("Королёв", "КОРОЛЕВ"),
        ("об’єкт", "об'єкт"),
        ("oʻzbek", "o'zbek"),
        ("مُحَمَّد", "محمد"),
        ("إيران", "ايران"),
        ("کابل", "كابل"),
        ("שָׁלוֹם", "שלום"),
        ("ex\u00adplo\u00adsion", "explosion"),
        ("Εκλογές ΤΕΛΟΣ", "εκλογέσ τελοσ"),
        ("ﬁre", "FIRE"),
        ("snake_case", "snake case"),
        ("wait…what", "wait what"),
        ("ﾃﾞﾓ", "デモ"),
    ],
)
def test_same_after_folding(one: str, other: str) -> None:
    """Spellings that readers take for one word fold to one."""
    assert words(one) == words(other)


@pytest.mark.parametrize(
    ("one", "other"), [("résumé", "resume"), ("й", "и"), ("ї", "и"), ("ñ", "n"), ("ambassador", "assad")]
)
def test_not_the_same_after_folding(one: str, other: str) -> None:
    """Letters that make another word stay apart."""
    assert words(one) != words(other)


def test_scripts_without_spaces_are_cut_into_characters() -> None:
    """A term is found anywhere in a run of ideographs; a loan word in Katakana stays whole."""
    assert words("東京でG7首脳がステロイド") == "東 京 で g7 首 脳 が ステロイド"
    assert words("ที่กรุงเทพ") == "ที่ ก รุ ง เ ท พ"


def test_words_of_scripts_with_vowel_signs_stay_whole() -> None:
    """A vowel sign is part of its word."""
    assert words("किताब हिन्दी") == "किताब हिन्दी"


def test_text_without_words_is_blank() -> None:
    """Nothing to find is no error."""
    assert not words("")
    assert not words("… — !")


@given(texts)
@settings(max_examples=examples(150))
def test_every_word_leads_back_to_where_it_stood(text: str) -> None:
    """What a word of the folded text came from folds to that word, and words come in the order of the original."""
    folded = fold(text)
    last = 0
    for m in re.finditer(rb"[^ ]+", folded.data):
        start, end = folded.original(*m.span())
        assert 0 <= start < end <= len(text)
        assert start >= last or len(text[start:end]) == 1  # one character may fold to several words: ½
        last = start
        assert m.group().decode() in fold(text[start:end]).data.decode().split()


@given(texts)
@settings(max_examples=examples(150))
def test_data_is_words_between_single_spaces(text: str) -> None:
    """One space before, between and behind words, and nothing but letters, digits and marks in them."""
    data = fold(text).data.decode()
    assert data.startswith(" ")
    assert data.endswith(" ")
    assert data.strip() == " ".join(data.split())
    assert all(is_word_character(c) for c in data if c != " ")


@given(texts)
@settings(max_examples=examples(100))
def test_folding_again_changes_nothing(text: str) -> None:
    """Rules and texts meet in the same form."""
    once = fold(text).data.decode()
    assert fold(once).data.decode().split() == once.split()


@given(st.text("abcXYZ 019.,'-\n", max_size=30))
@settings(max_examples=examples(60))
def test_ascii_is_only_lowered(text: str) -> None:
    """Folding never changes what an ASCII rule matches."""
    assert words(text) == " ".join(re.findall("[a-z0-9]+", text.lower()))


@given(texts)
@settings(max_examples=examples(100))
def test_composed_and_decomposed_texts_fold_alike(text: str) -> None:
    """It does not matter how a publisher's system writes accents."""
    apart = "".join(c for c in text if c not in "\u00ad\u200b\u200d")  # what hides between a letter and its mark
    assert words(unicodedata.normalize("NFD", apart)) == words(unicodedata.normalize("NFC", apart))


def test_lower_case_folds_as_its_capital() -> None:
    """`fold` lowers a whole text at once before it looks at single characters: that must change nothing."""
    for code in range(0x80, 0x2FFF):
        char = chr(code)
        if len(char.lower()) == 1 and (folded := _fold_character(char)) is not None:
            assert _fold_character(char.lower()) == folded, hex(code)


def test_marks_that_stand_alone_do_not_compose() -> None:
    """A mark that is passed over in composed text is no accent of a Latin, Greek or Cyrillic letter."""
    assert not any(unicodedata.normalize("NFC", base + mark) != base + mark for base in "aeonиіα" for mark in _STANDING)


@pytest.mark.parametrize("text", ["ядро Kyiv", "Kyiv", "東京 Kyiv", "İ Kyiv"])
def test_number_of_a_word(text: str) -> None:
    """Distances are counted in words, whatever stands between them."""
    folded = fold(text)
    at = folded.data.index(b"kyiv")
    assert folded.word(at) == folded.word(at - 1) == folded.word(at + 3) == len(folded.data.split()) - 1


def test_no_word_has_no_place() -> None:
    """Asking where a space stood is a mistake of ours."""
    with pytest.raises(ValueError, match="no word"):
        fold("a b").original(0, 1)
