"""Content hashes, ids, and the keys that copies share."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.laws import examples

from alerts.article import Article
from alerts.fingerprint import canonical_url, content_hash, copy_keys, story_id

BODY = " ".join(f"word{n}" for n in range(80)) + "."


def make_article(**fields: Any) -> Article:
    """An article; override what matters."""
    return Article.model_validate({"uri": "u", "source": "s", "headline": "h", **fields})


CHANGES: list[dict[str, Any]] = [
    {},
    {"headline": "x"},
    {"description": "x"},
    {"description": ""},
    {"body_text": "x"},
    {"pubstatus": "canceled"},
    {"signal": "correction"},
    {"embargoed": "2026-03-01T12:00:00Z"},
    {"urgency": 1},
    {"place": ["x"]},
    {"subject": ["x"]},
    {"place": [{"code": "x"}]},
    {"place": ["x", "y"]},
    {"headline": "hx"},
    {"headline": "h1:x"},
]


def test_every_part_of_the_content_changes_its_hash() -> None:
    """What invariant 2 names makes another version, each part in its own way."""
    assert len({content_hash(make_article(**change)) for change in CHANGES}) == len(CHANGES)


@pytest.mark.parametrize("change", [{"version": "2"}, {"url": "https://x.example/a"}, {"ednote": "x"}, {"byline": "x"}])
def test_what_is_not_content_does_not_change_the_hash(change: dict[str, str]) -> None:
    """A version number or an address alone makes no other content."""
    assert content_hash(make_article(**change)) == content_hash(make_article())


@given(st.lists(st.text(max_size=3).filter(lambda t: "\0" not in t), min_size=3, max_size=3))
@settings(max_examples=examples(50))
def test_text_cannot_move_between_fields_unseen(parts: list[str]) -> None:
    """The encoding is unambiguous: equal hashes mean equal fields."""
    a, b, c = parts
    one = make_article(headline=f"h{a}", description=b, body_text=c)
    two = make_article(headline=f"h{a}{b}", description=c, body_text="")
    assert (content_hash(one) == content_hash(two)) == (b == c == "")


def test_hashes_are_the_same_in_every_process() -> None:
    """Python's own hash() is seeded per process; ours are values that stand in other systems' stores."""
    assert content_hash(make_article()) == "4e9539da09a7b6d5039dab62aee70ee5"
    assert story_id("s", "u") == "jx54y7hmsjr3md4j"


def test_a_story_id_is_short_and_tells_source_from_uri() -> None:
    """Sixteen letters and digits; ("ab", "c") is not ("a", "bc")."""
    made = story_id("ab", "c")
    assert (len(made), made.isalnum(), made.islower()) == (16, True, True)
    assert made != story_id("a", "bc")


def test_copies_share_a_key_by_headline_or_body_or_address() -> None:
    """Case, punctuation, a banner and the publisher's name do not matter."""
    one = make_article(headline="Dam breaks above the town of Loja", body_text=BODY, url="https://a.example/dam")
    same_headline = make_article(headline="BREAKING: Dam breaks above the town of “Loja” | Loja Daily News")
    same_body = make_article(headline="Other", body_text=BODY.upper() + " And more.")
    same_url = make_article(url="http://www.a.example/dam/?utm_source=x#top")
    keys = set(copy_keys(one))
    assert [
        sorted(k.partition(":")[0] for k in keys & set(copy_keys(a))) for a in (same_headline, same_body, same_url)
    ] == [
        ["headline"],
        ["body"],
        ["url"],
    ]


def test_short_texts_have_no_keys() -> None:
    """Two quakes in Chile share "Quake hits Chile"."""
    assert copy_keys(make_article(headline="Quake hits Chile", body_text="A quake hit Chile on Sunday.")) == ()


def test_numbers_are_words() -> None:
    """The same template about another magnitude is another text."""
    one = make_article(headline="Quake of magnitude 5.1 hits Chile")
    assert not set(copy_keys(one)) & set(copy_keys(make_article(headline="Quake of magnitude 6.8 hits Chile")))


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
