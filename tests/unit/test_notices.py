"""Agencies' words at the head of a text."""

import pytest

from alerts.article import Article
from alerts.notices import notice_of


@pytest.mark.parametrize(
    ("headline", "word"),
    [
        ("KILL: Explosion in Arica", "kill"),
        ("BC-Arica-Explosion, KILL", "kill"),
        ("EDITORS: MANDATORY KILL", "kill"),
        ("URGENT - STORY WITHDRAWN", "kill"),
        ("WITHDRAWN - Explosion in Arica", "kill"),
        ("ADVISORY-Story on Arica explosion withdrawn", "kill"),
        ("HOLD: Explosion in Arica", "hold"),
        ("CORRECTED-Explosion in Arica kills five", "corrected"),
        ("(CORRECTED) Explosion in Arica", "corrected"),
        ("Correction: Arica explosion story", "corrected"),
        ("REFILE-Explosion in Arica", "repeat"),
        ("RPT-Explosion in Arica", "repeat"),
        ("REPEAT: Explosion in Arica", "repeat"),
        ("Gunmen KILL five in Arica", None),
        ("FORCES KILL 12", None),
        ("KILLED: seven in Arica", None),
        ("TROOPS WITHDRAWN", None),
        ("WITHDRAWAL OF TROOPS BEGINS", None),
        ("HOLD ON: storm nears Arica", None),
        ("CORRECTION IN MARKETS DEEPENS", None),
        ("Kill switch: how it works", None),
    ],
)
def test_the_word_of_a_headline(headline: str, word: str | None) -> None:
    """An instruction to desks, not a word of the news."""
    assert notice_of(Article(uri="u", source="s", headline=headline)) == word


def test_the_slugline_is_looked_at_too() -> None:
    """Wires put it there as well."""
    assert notice_of(Article(uri="u", source="s", headline="Explosion", slugline="ARICA-EXPLOSION, KILL")) == "kill"
