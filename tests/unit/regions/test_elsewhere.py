"""What other languages call parts of lands, cities, islands and regions, in the cases that their headlines use."""

import pytest
from support.placed import codes


@pytest.mark.parametrize(
    ("language", "headline", "code"),
    [
        ("de", "Unwetter in Bayern: Ein Mensch stirbt", "DE-BY"),
        ("de", "Niedersachsens Landtag gewählt", "DE-NI"),
        ("de", "Bergsturz im Tessin", "CH-TI"),
        ("de", "Gefechte im Westjordanland", "PS"),
        ("fr", "Sommet à Genève", "CH-GE"),
        ("fr", "Feux en Nouvelle-Galles du Sud", "AU-NSW"),
        ("fr", "Bombardement à Alep", "SY-HL"),
        ("es", "Tiroteo en Nueva York", "US-NY"),
        ("es", "Incendio en Andalucía", "ES-AN"),
        ("es", "Inundaciones en Valencia dejan decenas de muertos", "ES-VC"),
        ("es", "Sismo en Valencia, Venezuela", "VE"),
        ("pt", "Tiroteio em Nova York deixa três mortos", "US-NY"),
        ("pt", "Sismo nos Açores", "PT"),
        ("it", "Sparatoria a Napoli", "IT-72"),
        ("it", "Attacco a Monaco di Baviera", "DE-BY"),
        ("tr", "Gazze'de patlama", "PS"),
        ("tr", "Van'da deprem", "TR-65"),
        ("tr", "Musul’a saldırı", "IQ-NI"),
        ("pl", "Wybuch w Krakowie", "PL-12"),
        ("pl", "Wypadek we Wrocławiu", "PL-02"),
        ("pl", "Zamach w Bagdadzie", "IQ-BG"),
        ("pl", "Pożar we Włocławku", "PL-04"),
        ("uk", "Бої у Куп'янську", "UA-63"),
        ("uk", "Удар по Костянтинівці", "UA-14"),
        ("uk", "Вибух у Петербурзі", "RU-SPE"),
        ("uk", "Вибухи у Дніпрі", "UA-12"),
        ("ru", "Взрыв в Приморье", "RU-PRI"),
        ("ru", "Авария на шахте в Кузбассе", "RU-KEM"),
        ("kk", "Пекинде жарылыс болды", "CN-BJ"),
        ("kk", "Рафахқа шабуыл", "PS"),
        ("ar", "انفجار في حلب", "SY-HL"),
        ("ar", "قصف على غزة", "PS"),
        ("zh", "四川发生地震", "CN-SC"),
        ("zh", "纽约发生枪击案", "US-NY"),
    ],
)
def test_a_place_of_the_news_is_known_as_its_readers_call_it(language: str, headline: str, code: str) -> None:
    """The place, its land, and no other land."""
    assert codes(headline, language=language) == {code, code[:2]}


@pytest.mark.parametrize(
    ("language", "headline"),
    [
        ("es", "El alto el fuego entra en vigor"),
        ("es", "La paz sigue lejos"),
        ("pl", "Łódź z migrantami zatonęła"),
        ("pl", "Gazu zabraknie zimą"),
        ("pl", "Wali się dach"),
        ("ru", "Иван Грозный на экране"),
        ("ru", "Курил и не бросил"),
        ("uk", "Берні Сандерс виступив"),
        ("kk", "Қазан айында сайлау өтеді"),
        ("tr", "Ordu sınırda bekliyor"),
        ("tr", "Kilise saldırısında üç ölü"),
        ("ar", "الأسلحة تدمر المنازل"),
        ("zh", "阿拉法特去世"),
        ("es", "Incendio en Nueva Valencia del Norte"),
    ],
)
def test_a_word_that_looks_like_a_place_is_none(language: str, headline: str) -> None:
    """Ordinary words, people, a longer name that we do not know."""
    assert codes(headline, language=language) == set()


def test_what_one_language_thinks_of_a_name_holds_in_no_other() -> None:
    """To Spaniards Valencia is theirs; in English it may be any."""
    assert codes("Flood in Valencia", language="es") == {"ES", "ES-VC"}
    assert "ES-VC" not in codes("Flood in Valencia", language="en")
