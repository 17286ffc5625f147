"""How many died, and who."""

import pytest

from alerts.article import Article
from alerts.desk.facts import leaders_of, toll_of


def headline(text: str, **fields: str) -> Article:
    return Article.from_mapping({"uri": "u", "source": "s", "headline": text, **fields})


@pytest.mark.parametrize(
    ("text", "toll"),
    [
        ("Quake off Arica: at least 20 killed and dozens feared dead", 20),
        ("Death toll climbs to over 1,400 after quake", 1400),
        ("Quake kills 800 people, with 2,500 injured", 800),
        ("2,500 injured, twelve dead in 6.0-magnitude quake", 12),
        ("Fifteen killed, including child", 15),
        ("Hundreds dead after 6.0-magnitude quake", 200),
        ("Al menos 30 muertos en un terremoto", 30),
        ("Землетрясение: погибли 12 человек", 12),
        ("Former minister dead at 84", None),
        ("No deaths reported", None),
        ("300 evacuated after blast", None),
    ],
)
def test_the_toll(text: str, toll: int | None) -> None:
    """The number that stands with those who died, not with the injured, an age or a magnitude."""
    assert toll_of(headline(text)) == toll


def test_the_lead_is_asked_where_the_headline_is_silent() -> None:
    """Headlines often leave it out."""
    assert toll_of(headline("Quake off Arica", description="Officials said 41 people were killed.")) == 41


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("President Velarde killed in crash", ("Velarde",)),
        ("Prime Minister Sven Ostergaard resigns", ("Ostergaard",)),
        ("Президент Веларде погиб", ("Веларде",)),
        ("Vice President Ada Ferrando dies", ()),
        ("President Velarde opens bridge", ()),
    ],
)
def test_leaders(text: str, names: tuple[str, ...]) -> None:
    """Whoever leads a country, in a report of what befell him."""
    assert leaders_of(headline(text)) == names
