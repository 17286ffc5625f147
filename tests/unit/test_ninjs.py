import json
from typing import Any

import pytest

from alerts.article import Article, InvalidArticle, Reference

FIRST = {
    "uri": "http://www.wire.example/items/1",
    "type": "text",
    "versioncreated": "2026-05-01T09:30:00+0000",
    "firstcreated": "2026-05-01T09:00:00Z",
    "language": "en",
    "headline": "Ferry aground",
    "body_xhtml": "<p>All <b>passengers</b> are safe.</p>",
    "description_text": "A ferry ran aground.",
    "infosource": [{"name": "Harbour Wire"}],
    "place": [{"name": "Oslo", "code": "no", "scheme": "iso", "rel": "about"}],
    "urgency": 0,
    "pubstatus": "usable",
}
SECOND = {
    "uri": "urn:newsml:wire.example:20260501:2",
    "versioncreated": "2026-05-01T09:30:00Z",
    "headlines": [{"role": "sub", "value": "Second line"}, {"role": "main", "value": "Main line"}],
    "bodies": [
        {"role": "html", "contenttype": "text/html", "value": "<p>Marked up</p>"},
        {"role": "text", "contenttype": "text/plain", "value": "Plain body"},
    ],
    "descriptions": [{"role": "creditline", "value": "Wire/Photo"}, {"role": "summary", "value": "The lead"}],
    "by": "A. Reporter",
    "ednote": "Not for use before noon",
}
THIRD = {
    "uri": "tag:wire.example,2026:3",
    "versionCreated": "2026-05-01T09:30:00Z",
    "pubStatus": "cancelled",
    "embargoedUntil": "2026-05-02T00:00:00Z",
    "edNote": "note",
    "title": "SLUG-LIKE",
    "headlines": [{"value": "Third"}],
    "bodies": [{"contentType": "text/html", "value": "<p>Only <i>HTML</i></p>"}],
    "places": [{"name": "Rome", "literal": "city:rome"}],
    "subjects": [{"uri": "http://cv.example/1"}, {"name": "Politics", "literal": "11000000"}],
    "copyrightHolder": "Wire Co",
}


def read(document: dict[str, Any]) -> Article:
    return Article.from_json(json.dumps(document).encode())


def test_version_1_is_accepted_as_it_is() -> None:
    """Lower-case names, HTML bodies, an offset without a colon, an urgency outside the range."""
    article = read(FIRST)
    assert article.body_text == "All passengers are safe."
    assert article.description == "A ferry ran aground."
    assert article.source == "Harbour Wire"
    assert article.published is not None
    assert article.published.isoformat() == "2026-05-01T09:30:00+00:00"
    assert article.place == (Reference(code="no", name="Oslo", scheme="iso"),)
    assert article.urgency is None


def test_version_2_is_accepted_as_it_is() -> None:
    """The main headline, the plain body and a real lead are chosen from the lists."""
    article = read(SECOND)
    assert (article.headline, article.body_text, article.description) == ("Main line", "Plain body", "The lead")
    assert (article.byline, article.ednote) == ("A. Reporter", "Not for use before noon")
    assert article.source == "wire.example"


def test_version_3_is_accepted_as_it_is() -> None:
    """Camel case is read like lower case."""
    article = read(THIRD)
    assert (article.headline, article.body_text, article.source) == ("Third", "Only HTML", "Wire Co")
    assert article.pubstatus == "canceled"
    assert article.ednote == "note"
    assert article.embargoed is not None
    assert article.place == (Reference(code="city:rome", name="Rome"),)
    assert article.subject == (Reference(code="http://cv.example/1"), Reference(code="11000000", name="Politics"))


def test_our_own_names_win_over_a_dialect() -> None:
    """A document with both keeps what it says in our words."""
    mixed = {**THIRD, "published": "2026-05-03T00:00:00Z", "source": "Own", "headline": "Own headline"}
    article = read(mixed)
    assert (article.source, article.headline) == ("Own", "Own headline")
    assert article.published is not None
    assert article.published.day == 3


@pytest.mark.parametrize(
    ("uri", "source"),
    [
        ("http://www.wire.example/items/1", "wire.example"),
        ("tag:wire.example,2026:3", "wire.example"),
        ("urn:newsml:wire.example:20260501:2", "wire.example"),
    ],
)
def test_the_source_of_ninjs_without_one_is_its_uri_authority(uri: str, source: str) -> None:
    """All that ninjs requires is a uri; its authority says who speaks."""
    assert read({**SECOND, "uri": uri}).source == source


def test_a_source_is_not_guessed_outside_ninjs() -> None:
    """`source` is required: a title and some HTML do not say who speaks."""
    with pytest.raises(InvalidArticle, match="source is missing"):
        read({"uri": "http://wire.example/1", "title": "T", "body_html": "<p>x</p>"})


@pytest.mark.parametrize("bad", [None, 3, "x", {"value": 1}, [None, 3, {"value": None}], [[["x"]]]])
def test_odd_shapes_never_raise_anything_else(bad: Any) -> None:
    """What cannot be read in a list of texts is left out; the refusal is ours."""
    document = {"uri": "u", "versionCreated": bad, "headlines": bad, "bodies": bad, "places": bad, "infoSources": bad}
    with pytest.raises(InvalidArticle):
        read(document)
