"""Names of lands, their adjectives and their people in the cases of inflected languages."""

import pytest

from alerts.article import Article
from alerts.regions import resolve
from alerts.regions.inflection import is_ending
from alerts.text import prepare


def named(word: str, language: str) -> set[str]:
    """The countries that a sentence with this word in its middle names."""
    article = Article.from_mapping(
        {"uri": "a", "source": "s", "headline": f"Xyz {word} xyz", "body_text": "", "language": language}
    )
    return {hit.code[:2] for hit in resolve(prepare(article)).mentioned}


@pytest.mark.parametrize(
    ("language", "code", "forms"),
    [
        ("ru", "UA", "Украина Украины Украине Украину Украиной"),
        ("ru", "KZ", "Казахстан Казахстана Казахстану Казахстаном Казахстане"),
        ("ru", "RU", "Россия России Россию Россией"),
        ("ru", "CN", "Китай Китая Китаю Китаем Китае"),
        ("ru", "IL", "Израиль Израиля Израилю Израилем Израиле"),
        ("ru", "PH", "Филиппины Филиппин Филиппинам Филиппинами Филиппинах"),
        ("ru", "KR", "Южная_Корея Южной_Кореи Южной_Корее Южную_Корею"),
        ("ru", "IR", "Иран Ирана Ираном"),
        ("ru", "US", "США американский американского американскими американец американцы американцам американкой"),
        ("ru", "CN", "китайские китайца китаянка"),
        ("ru", "RU", "россиянин россиян россиянам русских московской"),
        ("ru", "AT", "австриец австрийцы австрийка австрийского"),
        ("ru", "UA", "украинка украинок харьковской Харькова Харькове"),
        ("ru", "US", "Калифорнии калифорнийского Белого_дома ФБР Пентагона"),
        ("ru", "PL", "Варшаве Варшавой варшавском"),
        ("uk", "UA", "Україна України Україні Україну Україною українцями українська"),
        ("uk", "PL", "Польща Польщі Польщу поляків польською"),
        ("uk", "KR", "Південна_Корея Південної_Кореї Південну_Корею південнокорейських"),
        ("uk", "DE", "Німеччини німецький німця німців"),
        ("uk", "FR", "французька французів Парижі паризького"),
        ("uk", "UA", "Київ Києва Києві київських Харкова Харківщині"),
        ("uk", "VN", "В'єтнаму в'єтнамською"),
        ("kk", "KZ", "Қазақстанның Қазақстанға Қазақстанды Қазақстанда Қазақстаннан Қазақстанмен Қазақстандағы"),
        ("kk", "KZ", "қазақстандық қазақстандықтарға Қарағандыда Алматыдан Астанаға"),
        ("kk", "AF", "Ауғанстан Ауғанстанның Ауғанстанды ауғандарға"),
        ("kk", "ID", "Индонезия Индонезиядағы Индонезияның Индонезиядан"),
        ("kk", "RU", "Ресейге ресейлік ресейліктердің орыстар Мәскеуде мәскеулік"),
        ("kk", "US", "АҚШ АҚШ-тың америкалықтар Калифорнияда калифорниялық Ақ_үйдің"),
        ("ky", "KG", "Кыргызстандын Кыргызстанда"),
        ("tg", "RU", "Русияи"),
        ("pl", "UA", "Ukraina Ukrainy Ukrainę Ukrainą"),
        ("ko", "KR", "한국의 한국에서 한국은"),
        ("ar", "AF", "أفغانستان وأفغانستان بأفغانستان"),
        ("ar", "IQ", "العراق بالعراق والعراق للعراق"),
    ],
)
def test_a_land_is_known_in_every_case(language: str, code: str, forms: str) -> None:
    """Names, adjectives, people, towns and institutions as their languages inflect them."""
    unknown = {form for form in forms.split() if named(form.replace("_", " "), language) != {code}}
    assert not unknown


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("ru", "Кита Кубик Иранист Ливи груз грузовик чешуя американизм канадка_лесов_нет Думаю Самое финка"),
        ("uk", "Кита багато Думаю грузовик чехол"),
        ("kk", "демократиялық Ливидің қызылша үндемеді"),
    ],
)
def test_what_only_begins_like_a_name_is_no_place(language: str, words: str) -> None:
    """A stem takes the endings of its own kind and no others."""
    found = {word for word in words.split() if "_" not in word and named(word, language)}
    assert not found


@pytest.mark.parametrize(("kinds", "ending"), [("c", "ский"), ("f", "ция"), ("i", ""), ("t", "листан"), ("a", "1")])
def test_what_makes_another_word_is_no_ending(kinds: str, ending: str) -> None:
    """Each class refuses what makes another word of a stem."""
    assert not is_ending(kinds, ending.encode())


def test_an_ending_may_be_of_any_class_that_the_stem_takes() -> None:
    """A stem that two languages share takes the endings of both."""
    assert is_ending("ct", "ом".encode())
    assert is_ending("ct", "нан".encode())
    assert not is_ending("c", "нан".encode())
