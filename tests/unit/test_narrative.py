"""The verdict told to a person: everything that decided is there, marked where it stands."""

import re
from datetime import UTC, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from support.laws import examples

from alerts.article import Article
from alerts.marks import Role
from alerts.narrative import brackets, narrative
from alerts.rules import RuleSet, load
from alerts.rules.nearly import near_misses

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
RULES = load(
    """
version: 1
rules:
  - {id: quake, topic: disaster, priority: bulletin, match: earthquake*, unless_signals: [anniversary]}
  - {id: tsunami, priority: flash, match: tsunami AND (warning OR wave*) AND evacuat*}
"""
)


def told(rules: RuleSet = RULES, width: int = 100, **fields: Any) -> str:
    article = Article.model_validate({"uri": "u:1", "source": "a.example", "published": NOON, **fields})
    verdict = rules.judge(article, NOON, thorough=True)
    return narrative(article, verdict, near_misses(rules, article, NOON), NOON, paint=brackets, width=width)


def test_what_fired_and_what_nearly_did() -> None:
    """The whole page, as a file gets it."""
    text = told(
        headline="Earthquake near Patras, Greece, tsunami warning issued",
        body_text="Houses shook.\n\nMany left the coast.\n\nA second earthquake followed after midnight.",
        version="2",
        language="en",
    )
    assert text.split("\n") == [
        "BREAKING bulletin  a.example  u:1 v2  en  judged as of 2026-03-01 12:00 UTC",
        "  [Earthquake] near {Patras}, {Greece}, ~tsunami~ ~warning~ issued",
        "  Houses shook.",
        "  ... A second [earthquake] followed after midnight.",
        "",
        "  fired         quake (bulletin, disaster): 'Earthquake' in the headline; 'earthquake' in the text",
        "  nearly fired  tsunami (flash): has 'tsunami', 'warning' in the headline",
        "                  - misses evacuat*",
        "  about         Greece (GR) " + text.split("Greece (GR) ")[1].split("\n")[0],
    ]
    assert "'Greece', 'Patras' in the headline" in text


def test_what_held_a_rule_back_is_told_with_its_evidence() -> None:
    """The signal, and the words that gave it, marked in the text too."""
    text = told(headline="Ten years after the earthquake, a town remembers")
    assert text.startswith("HELD BACK  ")
    assert re.search(r"<.+>.*\[earthquake\]", text)
    assert re.search(r"- is held back by the signal anniversary: '.+' in\s+the\s+headline", text)
    assert "  about         no place we know" in text


def test_nothing_happened() -> None:
    """Short."""
    assert told(headline="A quiet afternoon at the lake").split("\n")[:2] == [
        "NONE  a.example  u:1  und  judged as of 2026-03-01 12:00 UTC",
        "  A quiet afternoon at the lake",
    ]


def test_lines_keep_to_the_width() -> None:
    """Also of scripts without spaces, whose characters are two columns wide."""
    text = told(headline="地震" * 60 + " earthquake " + "x" * 200, body_text="word " * 100, width=60)
    columns = [sum(2 if char in "地震" else 1 for char in line) for line in text.split("\n")[1:]]
    assert max(columns) <= 62  # two for marks


def test_others_text_cannot_steer_a_terminal() -> None:
    """Control characters are blanks; places stay right."""
    text = told(headline="\x1b[31m earthquake \x9b2J\x07")
    assert all(char.isprintable() or char == "\n" for char in text)
    assert "[earthquake]" in text


@given(
    st.text(st.sampled_from("earthquake tsunami warning Greece地 \n."), max_size=80),
    st.text(st.sampled_from("ab earthquake tsunami Greece地\n."), max_size=300),
    st.integers(40, 120),
)
@settings(max_examples=examples(40))
def test_headline_and_lead_are_told_whole(headline: str, body: str, width: int) -> None:
    """Marks add to the text and take nothing away."""

    def unmarked(text: str, role: Role) -> str:
        return text

    article = Article(uri="u", source="s", headline=f"x {headline} earthquake", body_text=body, published=NOON)
    verdict = RULES.judge(article, NOON, thorough=True)
    text = narrative(article, verdict, (), NOON, paint=unmarked, width=width)
    told = "".join(text.partition("\n")[2].split())
    assert "".join(article.headline.split()) in told
