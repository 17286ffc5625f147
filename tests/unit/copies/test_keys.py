"""Exact keys: addresses and headlines."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.laws import examples
from unit.copies.factories import make_article

from alerts.copies.keys import canonical_url, headline_key, headline_words


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("https://www.A.example:443/x/?b=2&a=1&fbclid=z#f", "a.example/x?a=1&b=2"),
        ("http://a.example:8080/x", "a.example:8080/x"),
        ("https://a.example/?p=12", "a.example?p=12"),
        ("https://a.example/", None),
        ("https://a.example:port/x", None),
        ("urn:x", None),
        ("", None),
        (None, None),
    ],
)
def test_an_address_is_reduced_to_what_names_the_page(url: str | None, canonical: str | None) -> None:
    """A front page names no story, and what is no web address names no page."""
    assert canonical_url(url) == canonical


@given(st.text(max_size=40))
@settings(max_examples=examples(100))
def test_any_url_is_an_address_or_none(url: str) -> None:
    """Publishers send anything; nothing is raised."""
    made = canonical_url("https://" + url)
    assert made is None or made


def test_banner_publisher_case_and_punctuation_do_not_change_a_headline() -> None:
    """Agencies' headlines come back from everywhere in other clothes."""
    one = make_article(headline="Dam breaks above the town of Loja")
    other = make_article(headline="BREAKING: Dam breaks above the town of “Loja” | Loja Daily News")
    assert (
        headline_key(headline_words(one)) == headline_key(headline_words(other)) == "dam breaks above the town of loja"
    )


def test_too_short_a_headline_is_no_key() -> None:
    """Two quakes in Chile share "Quake hits Chile"."""
    assert headline_key(headline_words(make_article(headline="Quake hits Chile"))) is None
