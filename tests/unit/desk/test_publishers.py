"""Who stands behind a report."""

import pytest
from unit.desk.factories import Room, place

from alerts.article import Article
from alerts.desk.publishers import publisher_of, wire_of


def article(**fields: object) -> Article:
    return Article.from_mapping({"uri": "u", "source": "herald.example", "headline": "Quake off Arica", **fields})


@pytest.mark.parametrize(
    "names",
    [
        ("Herald", "The Herald", "Herald - World", "herald.example", "www.herald.example", "rss.herald.example"),
        ("Andes Post", "andespost.com.pe", "Andes Post - Top stories"),
        ("AP News", "apnews.com", "The Associated Press", "AP"),
    ],
)
def test_feeds_of_one_publisher_are_one(names: tuple[str, ...]) -> None:
    """Hosts, sections and articles before a name do not make another publisher."""
    assert len({publisher_of(name) for name in names}) == 1


def test_two_publishers_are_two() -> None:
    """What only begins alike is not the same."""
    assert publisher_of("ABC News") != publisher_of("CBS News")
    assert publisher_of("andes.example") != publisher_of("pampa.example")


@pytest.mark.parametrize(
    ("fields", "wire"),
    [
        ({"body_text": "LIMA, March 1 (Reuters) - A quake struck."}, "reuters"),
        ({"body_text": "LIMA (AP) — A quake struck."}, "ap"),
        ({"description": "LIMA (AFP) - A quake struck."}, "afp"),
        ({"body_text": "МОСКВА, 5 марта. /ТАСС/. Взрыв."}, "tass"),
        ({"byline": "By Ann Li, Associated Press"}, "ap"),
        ({"headline": "Quake off Arica (Xinhua)"}, "xinhua"),
        ({"body_text": "A quake struck.\n\nReuters contributed to this report."}, "reuters"),
        ({"body_text": "A quake struck.\n\nAssociated Press writer Ann Li contributed to this report."}, "ap"),
        ({"body_text": "A quake struck.\n\n(With inputs from PTI)"}, "pti"),
        ({"body_text": "Un sismo.\n\nCon información de EFE."}, "efe"),
        ({"body_text": "A quake struck.\n\n(With inputs from agencies)"}, "agencies"),
        ({"body_text": "A quake struck. Reuters could not confirm the toll."}, None),
        ({"body_text": "A quake struck (see map)."}, None),
    ],
)
def test_the_agency_whose_text_it_prints(fields: dict[str, str], wire: str | None) -> None:
    """Datelines, bylines and credits name it; a mention does not."""
    assert wire_of(article(**fields)) == wire


def independent(*reports: tuple[str, str]) -> tuple[str, ...]:
    """The independent sources of a story, of (source, body) pairs."""
    room = Room()
    for n, (source, body) in enumerate(reports):
        headline = "Magnitude 7.1 earthquake strikes off Arica, Chile"
        room.send(uri=f"urn:{n}", source=source, headline=headline, body_text=body, regions=place("CL", "Chile"))
    room.wait(60)
    return room.last.independent_sources


def test_copies_of_one_wire_count_once() -> None:
    """Three newspapers that print one agency are one source, and so is the agency with them, under its own name."""
    wire = "LIMA (Reuters) - A quake."
    assert independent(("a.example", wire), ("b.example", wire)) == ("a.example",)
    assert independent(("a.example", wire), ("Reuters", "A quake."), ("c.example", "Ours.")) == ("Reuters", "c.example")


def test_feeds_of_one_publisher_count_once() -> None:
    """Its world desk and its front page are one newsroom."""
    assert independent(("Herald", "One."), ("Herald - World", "Two.")) == ("Herald",)


def test_unnamed_agencies_count_only_alone() -> None:
    """They may be any of those that count already."""
    credit = "A quake.\n\n(With inputs from agencies)"
    assert independent(("a.example", credit), ("b.example", credit)) == ("a.example",)
    assert independent(("a.example", credit), ("b.example", "Ours.")) == ("b.example",)
