import pytest

from alerts.article import Article
from consumers.ingest.syndication import articles

RSS = b"""<?xml version="1.0"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>
<title>Coast News</title><link>https://www.coast.example/</link><language>en-gb</language>
<item><title>Pier &amp;amp; lighthouse &lt;b&gt;closed&lt;/b&gt;</title><link>https://www.coast.example/1</link>
<guid isPermaLink="false"> coast-1 </guid><pubDate>Fri, 01 May 2026 09:30:00 +0600</pubDate>
<description>&lt;p&gt;Waves hit the pier.&lt;/p&gt;</description>
<content:encoded>&lt;p&gt;Waves hit the pier.&lt;/p&gt;&lt;p&gt;It will stay shut.&lt;/p&gt;</content:encoded>
<category>Weather</category></item>
<item><title>No date</title><link>https://www.coast.example/2</link><pubDate>soon</pubDate></item>
</channel></rss>"""
ATOM = b"""<feed xmlns="http://www.w3.org/2005/Atom"><id>f</id>
<entry><id>tag:hill.example,2026:7</id><title>Hut reopens</title><link href="https://hill.example/7"/>
<published>2026-05-01T09:00:00Z</published><updated>2026-05-02T09:00:00Z</updated>
<summary>Open again.</summary></entry></feed>"""


def read(data: bytes, source: str | None = None) -> list[Article]:
    return [Article.from_mapping(fields) for fields in articles(data, source=source)]


def test_an_rss_item_is_an_article() -> None:
    """Markup becomes text, the date gets its offset, the feed's title is the source."""
    article = read(RSS)[0]
    assert (article.uri, article.url) == ("coast-1", "https://www.coast.example/1")
    assert article.headline == "Pier & lighthouse closed"
    assert (article.description, article.body_text) == (
        "Waves hit the pier.",
        "Waves hit the pier.\n\nIt will stay shut.",
    )
    assert (article.source, article.language) == ("Coast News", "en-gb")
    assert article.published is not None
    assert article.published.isoformat() == "2026-05-01T03:30:00+00:00"
    assert article.subject[0].name == "Weather"


def test_a_date_that_is_none_is_unknown() -> None:
    """Missing is never "now"; the link stands in for a missing id."""
    article = read(RSS)[1]
    assert article.published is None
    assert article.uri == "https://www.coast.example/2"


def test_an_atom_entry_is_an_article() -> None:
    """Without a title the domain is the source; an edit does not make old news fresh."""
    article = read(ATOM)[0]
    assert (article.uri, article.source, article.description) == (
        "tag:hill.example,2026:7",
        "hill.example",
        "Open again.",
    )
    assert article.published is not None
    assert article.published.day == 1


def test_the_source_can_be_given() -> None:
    """Some feeds call themselves "Latest headlines"."""
    assert {article.source for article in read(RSS, source="coast.example")} == {"coast.example"}


@pytest.mark.parametrize(
    "reference", [b"&#x110000;", b"&#1114112;", b"&#" + b"9" * 5000 + b";", b"&#xFFFFFFFF", b"&#xD800;"]
)
def test_a_character_that_does_not_exist_costs_nothing_but_itself(reference: bytes) -> None:
    """Not the feed: the other items are read, and the rest of its own text."""
    first, second = read(RSS.replace(b"Waves hit", b"Waves " + reference + b" hit").replace(b"No date", b"&#x1F30A; A"))
    assert first.description == "Waves \ufffd hit the pier."
    assert second.headline == "\U0001f30a A"
