"""Zones: which part of an article is what, and that page furniture is none of it."""

from typing import Any

import pytest

from alerts.article import Article
from alerts.text import Prepared, context, html_to_text, prepare

STORY = "Peru's parliament on Monday approved sending six soldiers to a mission in Chad."
PAGE = f"""Breaking News
Home | World | Politics | Sport
By Ana Pérez
Nov 23, 2025

LIMA - {STORY}

The vote was unanimous, officials said.

Ana Pérez is a correspondent for Example News covering Russia and Ukraine.
Follow us on Telegram
Copyright 2025 Example News. All rights reserved.
We use cookies to improve your experience."""


def make(**fields: Any) -> Prepared:
    return prepare(Article.from_mapping({"uri": "u", "source": "example.org", "headline": "Headline"} | fields))


def texts(prepared: Prepared, *names: str) -> list[str]:
    return [prepared.text(zone) for zone in prepared.of(*names)]


def test_the_lead_is_the_description() -> None:
    """With a description, the body is the whole body."""
    prepared = make(description="The lead.", body_text="First paragraph.\n\nSecond.")
    assert texts(prepared, "lead") == ["The lead."]
    assert texts(prepared, "body") == ["First paragraph.\n\nSecond."]


def test_without_description_the_lead_is_the_first_paragraph() -> None:
    """The body is then the rest."""
    prepared = make(body_text="First line\nof a wrapped paragraph.\n\nSecond.")
    assert texts(prepared, "lead") == ["First line\nof a wrapped paragraph."]
    assert texts(prepared, "body") == ["Second."]


def test_a_text_without_end_is_not_read_to_its_end() -> None:
    """A first paragraph that goes on and on is lead up to a blank; behind a limit nothing is looked at."""
    prepared = make(headline="long " * 1000, body_text="word " * 100_000)
    (lead,), (body,) = prepared.of("lead"), prepared.of("body")
    assert 600 <= lead.end <= 1200
    assert prepared.text(lead).endswith("word")
    assert (body.start, body.end) == (lead.end, 199_999)
    assert prepared.of("headline")[0].end < 1000


def test_a_repeated_headline_is_not_the_lead() -> None:
    """Raw pages repeat their title above the text."""
    prepared = make(headline="Bridge falls in Lima", body_text="Bridge falls in Lima\n\nA bridge fell on Monday.")
    assert texts(prepared, "lead") == ["A bridge fell on Monday."]


@pytest.mark.parametrize("page", [PAGE, PAGE.replace("\n\n", "\n")])
def test_page_furniture_is_in_no_zone(page: str) -> None:
    """Banner, menu, byline, date, the author's note and notices play no part; the story does."""
    prepared = make(headline="Peru sends soldiers to Chad - Example News - Breaking News", body_text=page)
    assert texts(prepared, "headline") == ["Peru sends soldiers to Chad"]
    told = "\n".join(texts(prepared, "lead", "body"))
    assert STORY in told
    assert "unanimous" in told
    for furniture in ("Breaking", "Home", "correspondent", "Russia", "Telegram", "Copyright", "cookies", "Nov 23"):
        assert furniture not in told


def test_tail_of_a_page_in_one_line_is_cut() -> None:
    """A text without line breaks still has its sign-off cut."""
    tail = "Ana Pérez is a reporter for Example News based in Moscow. Follow us on X."
    prepared = make(body_text=f"Breaking News Lima - {STORY} {tail}")
    assert texts(prepared, "lead") == [f"Lima - {STORY}"]


@pytest.mark.parametrize(
    ("headline", "story"),
    [
        ("BREAKING: Quake hits Quito", "Quake hits Quito"),
        ("Quake hits Quito | Example Times", "Quake hits Quito"),
        ("Quake hits Quito - example.org", "Quake hits Quito"),
        ("Blast in Lima - Police Say Dozens Hurt", "Blast in Lima - Police Say Dozens Hurt"),
        ("Blast in Lima - at least 5 dead", "Blast in Lima - at least 5 dead"),
        ("Why we vote | Opinion", "Why we vote | Opinion"),
        ("Срочно: Взрыв в Лиме", "Взрыв в Лиме"),
    ],
)
def test_banner_and_publisher_are_no_part_of_a_headline(headline: str, story: str) -> None:
    """What names the publisher goes; what tells the story or the kind of text stays."""
    assert texts(make(headline=headline), "headline") == [story]


def test_headline_of_nothing_but_a_banner_is_empty() -> None:
    """'Breaking News' says nothing of the story."""
    assert texts(make(headline="Breaking News"), "headline") == []


FAIR = "The summer fair opens in June, its owner said. It will have two wheels, and music until midnight."


@pytest.mark.parametrize(
    "banner", ["Breaking News: Blast kills 20 in Kabul.", "BREAKING NEWS Blast kills 20 in Kabul!"]
)
def test_a_banner_inside_a_paragraph_plays_no_part(banner: str) -> None:
    """The newest story of the site, within a paragraph of another one, before it or behind its first sentence."""
    for page in (f"{banner} {FAIR}", FAIR.replace("said. ", f"said. {banner} ")):
        told = "\n".join(texts(make(headline="Summer fair opens with two wheels", body_text=page), "lead", "body"))
        assert "Kabul" not in told
        assert "opens in June" in told
        assert "midnight" in told


@pytest.mark.parametrize(
    ("headline", "text"),
    [
        ("Blast kills 20 in Kabul", f"BREAKING: Bomb explodes at a market. {FAIR}"),  # the rest is the furniture
        ("Summer fair opens with two wheels", f"BREAKING: Summer show cancelled. {FAIR}"),
        ("Summer fair opens with two wheels", f"BREAKING: Shots near the music. {FAIR}"),
        ("Summer fair opens", "BREAKING: Shots fired. The summer fair opens in June."),  # too little to tell
    ],
)
def test_a_sentence_behind_a_banner_that_may_be_the_story_stays(headline: str, text: str) -> None:
    """A lost alert is worse than a false one."""
    assert "\n".join(texts(make(headline=headline, body_text=text), "lead", "body")) == text


def test_news_of_another_story_above_the_menu_plays_no_part() -> None:
    """A ticker that a menu follows is on every page alike; a first line that the story follows is the story."""
    ticker = "BREAKING NEWS: Shooting reported downtown - tap for updates"
    page = make(body_text=f"{ticker}\nHome | Weather | Traffic\nThe fair opens in June.\nIt will have two wheels.")
    assert ticker not in "\n".join(texts(page, "lead", "body"))
    wire = make(body_text=f"{ticker}\nPolice closed two streets.\nNobody was named.")
    assert "Shooting reported downtown" in "\n".join(texts(wire, "lead", "body"))


@pytest.mark.parametrize(
    "line",
    [
        "Accept terms or face attack, rebels tell city.",
        "Share prices fell by a third after the blast.",
        "By midnight the army held the bridge.",
        "Like earlier raids, the attack was claimed on Telegram.",
        "Watch how the dam broke, residents said, and run.",
        "John Smith is a journalist who was abducted in Mali on Sunday. Police are looking for him.",
    ],
)
def test_a_line_that_may_be_the_story_stays(line: str) -> None:
    """A lost alert is worse than a false one."""
    assert line in "\n".join(texts(make(body_text=f"{line}\n\nMore followed later in the day."), "lead", "body"))


def test_spans_point_into_the_article() -> None:
    """A span found in a folded piece is a slice of the article's own field."""
    prepared = make(headline="Взрыв — в «Лиме»", body_text=PAGE)
    zone = prepared.of("lead")[0]
    data = prepared.folded(zone).data
    at = data.index(b"soldiers")
    span = prepared.span(zone, at, at + len("soldiers"))
    assert span.field == "body_text"
    assert prepared.article.body_text[span.start : span.end] == span.text == "soldiers"
    assert "soldiers" in span.context
    assert "Breaking" not in span.context, "nor does furniture stand around it"


def test_context_is_one_line_cut_between_words() -> None:
    """At most the width, with the span in it, whole words only."""
    text = "word " * 100 + "TARGET\n" + "next " * 100
    start = text.index("TARGET")
    around = context(text, start, start + 6, width=60)
    assert len(around) <= 60
    assert "TARGET" in around
    assert "\n" not in around
    assert set(around.split()) == {"word", "TARGET", "next"}
    assert context("東" * 300, 150, 152) == "東" * 160


def test_html_becomes_paragraphs_without_what_surrounds_them() -> None:
    """Scripts, navigation, asides and footers go; paragraphs and line breaks stay."""
    html = (
        "<html><head><title>T</title></head><body><nav>Home</nav><h1>Blast</h1><script>x()</script><style>p{}</style>"
        "<p>One <b>two</b>\n three&amp;</p><p>Four<br>five</p><aside>no</aside><ul><li>a</li><li>b</li></ul>"
        "<footer>f</footer></body></html>"
    )
    assert html_to_text(html) == "Blast\n\nOne two three&\n\nFour\nfive\n\na\n\nb"
    assert html_to_text("plain < text") == "plain < text"
    assert html_to_text("") == ""
    assert html_to_text("<div>" * 5000 + "deep") == "deep"
