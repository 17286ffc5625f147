"""Which places a text is about: headline, dateline, lead and frequency decide, and look-alikes do not."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.laws import examples
from support.placed import about, codes, places

from alerts.article import Article
from alerts.regions import Places, is_region, resolve
from alerts.text import prepare


def test_both_countries_of_a_headline_come_first_in_its_order() -> None:
    """A headline with two countries is about both, before anything in the body."""
    body = "The vote came after talks in Moscow. Moscow and Beijing had asked for it. China and Russia welcomed it."
    found = about("Kazakh parliament approves sending soldiers to Afghanistan", body)
    assert found[:2] == ["KZ", "AF"]


@pytest.mark.parametrize(
    ("headline", "expected"),
    [
        ("Coup attempt fails in Guinea-Bissau", ["GW"]),
        ("Coup attempt fails in Guinea", ["GN"]),
        ("Coup attempt fails in Equatorial Guinea", ["GQ"]),
        ("Landslide buries village in Papua New Guinea", ["PG"]),
        ("Army takes power in Niger", ["NE"]),
        ("Army takes power in Nigeria", ["NG"]),
        ("Fighting spreads in South Sudan", ["SS"]),
        ("Fighting spreads in Sudan", ["SD"]),
        ("Rebels enter Goma in DR Congo", ["CD"]),
        ("North Korea fires missile", ["KP"]),
        ("South Korea president resigns", ["KR"]),
        ("Northern Ireland talks collapse", ["GB"]),
        ("New Mexico wildfire spreads", ["US"]),
        ("Mexico wildfire spreads", ["MX"]),
        ("New Delhi-backed plan rejected", ["IN"]),
        ("Tornado hits Paris, Texas", ["US"]),
        ("Gunman kills five in Paris", ["FR"]),
        ("Church burns in Birmingham, Alabama", ["US"]),
        ("Church burns in Birmingham", ["GB"]),
        ("Georgia votes, Tbilisi braces for protests", ["GE"]),
        ("Georgia sheriff shot near Atlanta", ["US"]),
        ("Washington state wildfire grows", ["US"]),
        ("Jordan closes border with Syria", ["JO", "SY"]),
        ("Chad army repels attack", ["TD"]),
        ("US strikes targets in Yemen", ["US", "YE"]),
        ("U.S. troops leave Niger", ["US", "NE"]),
        ("Kremlin rejects ceasefire", ["RU"]),
        ("White House confirms strike", ["US"]),
        ("Earthquake in Türkiye", ["TR"]),
        ("Attack in Nice kills dozens", ["FR"]),
        ("Man charged over fire in Mobile, Ala.", ["US"]),
        ("KYIV UNDER ATTACK", ["UA"]),
        ("Lorry crash in Kent kills two", ["GB"]),
        ("Lancashire police find bodies", ["GB"]),
        ("Fire at navy yard in Norfolk, Virginia", ["US"]),
        ("Wildfire in Cornwall, Ontario", ["CA"]),
        ("County Down bus crash kills four", ["GB"]),
        ("Bodies found in County Mayo", ["IE"]),
        ("Gunmen kill farmers in Borno", ["NG"]),
        ("Blast in Catamarca kills three", ["AR"]),
        ("Train derails in East Palestine", ["US"]),
        ("Etna erupts", ["IT"]),
        ("Storm nears Turks and Caicos", ["TC"]),
        ("Floods in US Virgin Islands", ["VI"]),
        ("Crowd gathers in Trafalgar Square", ["GB"]),
        ("Blast in Newcastle, Sydney sends help", ["AU"]),
    ],
)
def test_a_name_means_the_place_that_its_context_tells(headline: str, expected: list[str]) -> None:
    """Families of names, namesakes of cities, capitals that stand for governments."""
    assert about(headline) == expected


@pytest.mark.parametrize(
    "headline",
    [
        "Michael Jordan sells team",
        "Chad Smith joins band",
        "Award named after former chairman goes to Chad R. Miller",
        "Sydney Sweeney film tops charts",
        "Paris Hilton opens hotel",
        "Mr London retires",
        "Roast turkey prices rise",
        "Fine china breaks auction record",
        "Tell us what you think",
        "Nice to meet you",
        "Reading improves with age",
        "Split decision at title fight",
        "New York Times wins prize",
        "Ship sinks in Indian Ocean",
        "Berkshire Hathaway sells stake",
        "Duke of Sussex arrives",
        "Brittany Hill wins award",
        "Mount Sinai doctors find cure",
        "Latin American leaders meet",
        "How to polish silver",
        "",
    ],
)
def test_people_things_and_words_are_no_places(headline: str) -> None:
    """What only looks like a place leaves the place unknown, which is empty."""
    assert places(headline or "Nobody knows where") == Places()


@pytest.mark.parametrize(
    ("headline", "expected"),
    [
        ("Washington says it will not send troops", {"US"}),
        ("Fire breaks out in Washington", {"US", "US-DC"}),
        ("Talks between Washington and Moscow collapse", {"US", "RU"}),
        ("Beijing warns Tokyo over islands", {"CN", "JP"}),
        ("New Delhi-backed plan rejected", {"IN"}),
        ("Blast rocks Beijing", {"CN", "CN-BJ"}),
        ("Kyiv will not accept terms", {"UA", "UA-30"}),
        ("Kyiv would reject terms", {"UA"}),
        ("Boston Celtics beat Miami Heat", {"US"}),
        ("Boston buries its mayor", {"US", "US-MA"}),
        ("Floods in Durban", {"ZA", "ZA-KZN"}),
        ("Bomb in Medellin", {"CO", "CO-ANT"}),
    ],
)
def test_a_government_or_a_team_is_not_its_town(headline: str, expected: set[str]) -> None:
    """A capital that acts as a state stands for the state alone, and a team for no town; a place stays a place."""
    assert codes(headline) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("Shelters in London are full. Ontario will help. Toronto has sent staff.", {"CA"}),
        ("The minister left London. Canada and Britain agreed. Toronto banks rose in Ontario.", {"CA", "GB"}),
        ("Police in Victoria closed the bridge. Vancouver and British Columbia sent boats.", {"CA"}),
        ("Police in Victoria closed the bridge. Melbourne and Geelong sent boats.", {"AU"}),
    ],
)
def test_namesakes_are_told_by_their_neighbours(body: str, expected: set[str]) -> None:
    """Of two towns of one name it is the one whose own region the text names, unless the greater one's land is too."""
    assert set(about_or_mentioned(body)) == expected


def about_or_mentioned(body: str) -> list[str]:
    return list(dict.fromkeys(hit.code[:2] for hit in places("Xyz", body, language="en").mentioned))


@pytest.mark.parametrize(
    "body",
    [
        "Chad Baker said he was tired. Chad had no comment, and Baker left.",
        "Mayor Anne Bolton spoke first. Bolton has led the council since May.",
        "The bells of St. Martin's rang. St. Martin's is a church.",
        "A ticket costs US$40 or US$60 at the door.",
        "Officials of the Commonwealth Games met.",
        "She studied at the Jewish school.",
    ],
)
def test_people_churches_and_money_in_running_text_are_no_places(body: str) -> None:
    """Whoever was called in full is still a person when called by one name; a church is not its saint's island."""
    assert about_or_mentioned(body) == []


def test_a_land_keeps_its_name_beside_people_of_that_name() -> None:
    """A preposition of place says that now the land is meant."""
    assert about_or_mentioned("Jordan Miller plays in Jordan this week.") == ["JO"]


@pytest.mark.parametrize(
    ("language", "body"),
    [
        ("ru", "Вчера президент Владимир Петров выступил с речью."),
        ("uk", "Учора Чад Міллер здобув перемогу."),
        ("ru", "Билет стоит сорок долларов США."),
        ("ru", "Страны Латинской Америки договорились."),
        ("id", "Kami menunggu di sini. Anda bisa datang besok."),
    ],
)
def test_look_alikes_in_other_languages_are_no_places(language: str, body: str) -> None:
    """Given names, currencies, continents and words that begin a sentence."""
    assert places("Xyz", body, language=language) == Places()


def test_a_capital_gives_its_subdivision_and_its_country() -> None:
    """Subscribers to a city's subdivision and to its country both get it, the country first."""
    assert [hit.code for hit in places("Explosions heard in Kyiv").about] == ["UA", "UA-30"]


def test_a_city_gives_the_state_it_lies_in() -> None:
    """`Paris, Texas` is told by its state."""
    assert codes("Tornado hits Paris, Texas") == {"US", "US-TX"}


def test_the_lead_tells_where_a_headline_says_nothing() -> None:
    """A headline without a place leaves it to the first sentence."""
    assert about("Huge blast kills 30", "An explosion in Kabul on Monday killed at least 30 people, police said.") == [
        "AF"
    ]


@pytest.mark.parametrize(
    "dateline",
    ["KABUL, Aug 5 (Agency) - ", "KABUL (Agency) — ", "Kabul, Afghanistan (Agency) — ", "KABUL, 5 August - "],
)
def test_the_dateline_tells_where_a_headline_says_nothing(dateline: str) -> None:
    """A wire story names its place once, at the start."""
    assert about("Huge blast kills 30", dateline + "A bomb went off near a market.") == ["AF"]


def test_a_place_mentioned_in_passing_is_mentioned_but_not_what_the_text_is_about() -> None:
    """One name deep in the body is no subject."""
    body = "Rain fell all week, officials in Lima said, and rivers rose.\n\n" + "More rain is due. " * 20
    found = places("Floods cut off towns in Peru", body + "A similar storm struck Japan in 1990.")
    assert [hit.code for hit in found.about if len(hit.code) == 2] == ["PE"]
    assert "JP" in {hit.code for hit in found.mentioned}


def test_hints_help_but_never_outvote_the_headline() -> None:
    """The publisher's own place comes after the headline's."""
    assert about("Ministers meet", place=[{"code": "UA", "name": "Ukraine"}]) == ["UA"]
    assert about("Ministers meet", located="Kyiv, Ukraine") == ["UA"]
    assert about("Ministers meet in Rome", place=["Ukraine"], located="Kyiv")[0] == "IT"


def test_a_byline_or_a_source_is_not_where_it_happened() -> None:
    """A reporter's city is furniture."""
    assert places("Nobody knows where", byline="By A. Writer in London", source="Paris Gazette") == Places()


@pytest.mark.parametrize(
    ("language", "headline", "expected"),
    [
        ("ru", "Президент Украины прибыл в Варшаву", ["UA", "PL"]),
        ("ru", "Землетрясение в Южной Корее", ["KR"]),
        ("ru", "Взрыв в Москве", ["RU"]),
        ("uk", "Президент України прибув до Польщі", ["UA", "PL"]),
        ("kk", "Қазақстанның әскері Ауғанстанға барады", ["KZ", "AF"]),
        ("ar", "زلزال يضرب أفغانستان", ["AF"]),
        ("es", "Terremoto sacude a Turquía", ["TR"]),
        ("de", "Erdbeben in der Türkei", ["TR"]),
        ("fr", "Séisme au Japon", ["JP"]),
        ("pl", "Rosja atakuje Ukrainę i Polskę", ["RU", "UA", "PL"]),
        ("tr", "Almanya'da patlama", ["DE"]),
        ("zh", "阿富汗发生地震", ["AF"]),
        ("ja", "ウクライナで爆発", ["UA"]),
        ("th", "แผ่นดินไหวในเมียนมา", ["MM"]),
        ("und", "Terremoto en Japón", ["JP"]),
    ],
)
def test_countries_are_known_in_other_languages(language: str, headline: str, expected: list[str]) -> None:
    """Names of many languages, and of some in their cases."""
    assert about(headline, language=language) == expected


def test_a_name_of_one_language_is_not_sought_in_another() -> None:
    """`Island` is Iceland in German, and no place in English."""
    assert about("Vulkan auf Island bricht aus", language="de") == ["IS"]
    assert about("Island ferry sinks", language="en") == []


_PIECES = st.sampled_from(
    [
        "Kyiv",
        "Київ",
        "U.S.",
        "New Delhi",
        "Georgia",
        "Paris, Texas",
        "Ala.",
        "Қазақстанға",
        "İstanbul",
        "أفغانستان",
        "日本",
        "ประเทศไทย",
        "Cote d'Ivoire",
        "Côte d’Ivoire",
        "É",
        "e\u0301",
        "ﬁ",
        "\u200b",
        "KABUL, May 5 (A) - ",
        "the",
        "😀",
        "ß",
        " ",
        ", ",
        ". ",
        "“",
        "\n\n",
    ]
)


@settings(max_examples=examples(60), deadline=None)
@given(st.lists(_PIECES, min_size=1, max_size=12), st.lists(_PIECES, max_size=20))
def test_evidence_points_into_the_article(headline: list[str], body: list[str]) -> None:
    """Spans cut out what they say; weights lie in 0..1 in falling order; every code is a place."""
    article = Article.from_mapping(
        {"uri": "a", "source": "s", "headline": "x " + " ".join(headline), "body_text": "".join(body)}
    )
    found = resolve(prepare(article))
    for hits in (found.about, found.mentioned):
        weights = [hit.weight for hit in hits]
        assert weights == sorted(weights, reverse=True)
        for hit in hits:
            assert 0 < hit.weight <= 1
            assert is_region(hit.code)
            for span in hit.spans:
                assert getattr(article, span.field)[span.start : span.end] == span.text


@settings(max_examples=examples(40), deadline=None)
@given(st.text(max_size=60), st.text(max_size=200))
def test_any_text_has_an_answer(headline: str, body: str) -> None:
    """Whatever was written, resolving ends without an error, and what it is about is also mentioned."""
    found = places("x" + headline.replace("\0", ""), body.replace("\0", ""))
    assert {hit.code for hit in found.about} <= {hit.code for hit in found.mentioned}
