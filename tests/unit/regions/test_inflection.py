"""Endings of Russian, Ukrainian and Kazakh, on names made up for the test where that shows more."""

import pytest

from alerts.regions.inflection import is_ending, stem


@pytest.mark.parametrize(
    ("name", "forms"),
    [
        ("Украина", "Украина Украины Украине Украину Украиной"),
        ("Казахстан", "Казахстан Казахстана Казахстану Казахстаном Казахстане"),
        ("Россия", "Россия России Россию Россией"),
        ("Київ", "Київ"),
        ("Південна Корея", "Південна_Корея Південної_Кореї Південну_Корею"),
        ("Южная Корея", "Южная_Корея Южной_Кореи Южной_Корее Южную_Корею"),
        ("Қазақстан", "Қазақстан Қазақстанның Қазақстанға Қазақстанда Қазақстаннан Қазақстанмен Қазақстандағы"),
        ("Ауғанстан", "Ауғанстан Ауғанстанның Ауғанстанға Ауғанстанды"),
    ],
)
def test_a_name_is_known_in_its_cases(name: str, forms: str) -> None:
    """Each case is a stem and an ending."""
    stems = list(stem(name)) or [name]
    for form in forms.replace("_", "\N{NO-BREAK SPACE}").split(" "):
        spelled = form.replace("\N{NO-BREAK SPACE}", " ")
        assert any(spelled.startswith(s) and is_ending(spelled[len(s) :]) for s in stems), spelled


@pytest.mark.parametrize("rest", ["ский", "ция", "листан", "ец", "1", "s"])
def test_what_makes_another_word_is_no_ending(rest: str) -> None:
    """A longer word that begins like a name is not that name."""
    assert not is_ending(rest)


@pytest.mark.parametrize("name", ["Чад", "Куба", "США", "Мали"])
def test_short_names_and_acronyms_have_no_stem(name: str) -> None:
    """Their stems would be found in too many words; they are known as they stand."""
    assert not list(stem(name))
