import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.laws import examples

from alerts.article import Article, InvalidArticle, Reference, VersionOrder
from alerts.canonical import reader

canonical = reader(Article)
PLAIN: dict[str, Any] = {"uri": "urn:x:1", "headline": "Bridge closed", "source": "example.org"}


def parse(**fields: Any) -> Article:
    return Article.from_json(json.dumps({**PLAIN, **fields}).encode())


def refusal(data: bytes) -> InvalidArticle:
    with pytest.raises(InvalidArticle) as caught:
        Article.from_json(data)
    return caught.value


def fault(**fields: Any) -> str:
    document = {name: value for name, value in {**PLAIN, **fields}.items() if value is not ...}
    return str(refusal(json.dumps(document).encode()))


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
names = st.sampled_from(
    [*Article.model_fields, "body_html", "headlines", "bodies", "versionCreated", "places", "title", "infosources"]
)
documents = st.dictionaries(names, junk, max_size=8)
times = st.datetimes(datetime(1900, 1, 2), datetime(2100, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001 - made UTC
text = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
word = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp", "Zs"]), min_size=1, max_size=20)
articles: st.SearchStrategy[dict[str, Any]] = st.builds(
    dict,
    uri=word,
    headline=text.filter(str.strip),
    source=word,
    version=st.none() | word | st.integers(0, 10**9),
    body_text=text,
    description=st.none() | text,
    language=st.sampled_from(["en", "zh-Hant", "und", "pt_BR", "?"]),
    published=st.none() | times.map(datetime.isoformat),
    embargoed=st.none() | times.map(lambda t: t.isoformat().replace("+00:00", "z")),
    urgency=st.none() | st.integers(1, 9) | st.integers(1, 9).map(str),
    pubstatus=st.sampled_from(["usable", "withheld", "canceled", "cancelled", "stat:canceled", ""]),
    signal=st.sampled_from([None, "update", "correction", "sig:correction"]),
    place=st.lists(text | st.fixed_dictionaries({"code": text, "name": text}), max_size=2),
)


@settings(max_examples=examples(60), deadline=None)
@given(st.binary(max_size=60) | documents.map(lambda d: json.dumps(d).encode()))
def test_any_bytes_are_an_article_or_refused(data: bytes) -> None:
    """Nothing but Article or InvalidArticle comes out, whatever goes in."""
    try:
        article = Article.from_json(data)
    except InvalidArticle:
        return
    assert Article.from_json(article.to_json()) == article


@settings(max_examples=examples(60), deadline=None)
@given(articles)
def test_an_article_survives_the_topic(document: dict[str, Any]) -> None:
    """`to_json` parses back to an equal article."""
    article = Article.from_mapping(document)
    assert Article.from_json(article.to_json()) == article


@settings(max_examples=examples(60), deadline=None)
@given(articles)
def test_the_fast_way_reads_as_the_lenient_one(document: dict[str, Any]) -> None:
    """What the canonical reader accepts, it reads like the model itself."""
    try:
        fast = canonical(document)
    except ValueError:
        return
    assert fast == Article.model_validate(document)


def test_what_we_wrote_takes_the_fast_way() -> None:
    """An article written by `to_json` needs none of the lenient validators."""
    article = parse(
        published="2026-05-01T09:30:00.5+06:00", urgency="3", place=["Almaty"], signal="sig:update", version=2
    )
    assert canonical(json.loads(article.to_json())) == article


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xfe{}",
        b'{"uri": "\xff"}',
        b"[" * 10_000,
        b'{"a":' * 10_000,
        b'{"uri": NaN}',
        b'{"uri": "\\ud800"}',
        b'{"version": ' + b"9" * 5000 + b"}",
        b"null",
        b'"text"',
        b"[1]",
    ],
)
def test_what_is_no_json_object_is_refused(data: bytes) -> None:
    """Broken bytes get the reason `json`."""
    assert refusal(data).reason == "json"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"headline": ...}, "headline is missing"),
        ({"source": ...}, "source is missing"),
        ({"uri": ...}, "uri is missing"),
        (
            {"headline": " \n", "body_text": " ", "description": ""},
            "headline must not be blank where there is no text either",
        ),
        ({"uri": "  "}, "uri must not be blank"),
        ({"uri": "a\nb"}, "uri must not hold control characters"),
        ({"headline": 7}, "headline must be text"),
        ({"headline": ["x"]}, "headline must be text"),
        ({"body_text": {"a": 1}}, "body_text must be text"),
        ({"urgency": 10}, "urgency must be 9 or less"),
        ({"urgency": 0}, "urgency must be 1 or more"),
        ({"urgency": True}, "urgency must be a whole number"),
        ({"urgency": 1.5}, "urgency must be a whole number"),
        ({"pubstatus": "spiked"}, "pubstatus must be 'usable', 'withheld' or 'canceled'"),
        ({"signal": "kill"}, "signal must be 'update' or 'correction'"),
        ({"version": 1.5}, "version must be text or a whole number"),
        ({"version": 10**300}, "version is too long a number"),
        ({"place": [3]}, "place.0 must be text or an object"),
        ({"language": 5}, "language must be text"),
        ({"uri": "x" * 2049}, "uri is longer than 2048 characters"),
    ],
)
def test_a_refusal_names_the_field_in_plain_words(fields: dict[str, Any], message: str) -> None:
    """The sender can act on the text: no library noise in it."""
    assert fault(**fields) == message


def test_a_refusal_names_the_article_and_several_faults() -> None:
    """All faults (three at most) come in one line, with the uri where it could be read."""
    refused = refusal(b'{"uri": "urn:x:9", "urgency": "high", "headline": 1, "place": 3, "signal": 4}')
    assert refused.uri == "urn:x:9"
    assert str(refused) == "headline must be text; source is missing; urgency must be a whole number (and 2 more)"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-05-01T09:30:00Z", "2026-05-01T09:30:00+00:00"),
        ("2026-05-01t09:30:00z", "2026-05-01T09:30:00+00:00"),
        ("2026-05-01 09:30:00+06:00", "2026-05-01T03:30:00+00:00"),
        ("2026-05-01T09:30:00.1234567-03:30", "2026-05-01T13:00:00.123456+00:00"),
        ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59+00:00"),
    ],
)
def test_rfc_3339_is_read_into_utc(written: str, meant: str) -> None:
    """All that the RFC allows is understood."""
    assert parse(published=written).published == datetime.fromisoformat(meant)


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("1732384223", "must be an RFC 3339 date-time"),
        (1732384223, "must be an RFC 3339 date-time in text"),
        ("2026-05-01", "must be an RFC 3339 date-time"),
        ("yesterday", "must be an RFC 3339 date-time"),
        ("2026-05-01T09:30Z", "must be an RFC 3339 date-time"),
        ("2026-W18-5T09:30:00Z", "must be an RFC 3339 date-time"),
        ("2026-05-01T09:30:00", "needs an offset, such as Z or +06:00"),
        ("2026-02-30T09:30:00Z", "is not a time that exists in the calendar"),
        ("2026-05-01T09:30:00+99:99", "is not a time that exists in the calendar"),
        ("0001-01-01T00:00:00+05:00", "year 1 cannot be right"),
        ("1899-12-31T23:59:59Z", "year 1899 cannot be right"),
        ("1900-01-01T00:00:00+05:00", "year 1899 cannot be right"),
        ("2100-12-31T23:00:00-05:00", "year 2101 cannot be right"),
        ("9999-12-31T23:59:59-05:00", "year 9999 cannot be right"),
    ],
)
def test_other_times_are_refused(written: Any, message: str) -> None:
    """Numbers, bare dates and times of nobody's clock are refused in plain words, with the field's name."""
    assert fault(published=written).startswith(f"published {message}")


@pytest.mark.parametrize("blank", [None, "", "  "])
def test_a_blank_time_is_unknown(blank: str | None) -> None:
    """Missing is unknown, never "now"."""
    assert parse(published=blank).published is None


def test_a_byte_order_mark_is_skipped() -> None:
    """Windows tools put one before JSON."""
    assert Article.from_json(b"\xef\xbb\xbf" + json.dumps(PLAIN).encode()).uri == "urn:x:1"


def test_nul_becomes_the_replacement_character() -> None:
    """Some stores cannot hold U+0000; offsets stay as they were."""
    assert parse(headline="a\0b", place=["c\0d"]).headline == "a\ufffdb"
    assert parse(place=["c\0d"]).place == (Reference(name="c\ufffdd"),)


def test_a_lone_surrogate_in_a_mapping_is_refused() -> None:
    """Python can hold half a character, UTF-8 cannot."""
    with pytest.raises(InvalidArticle, match="body_text is not Unicode text"):
        Article.from_mapping({**PLAIN, "body_text": "x\udc80"})


def test_the_last_of_duplicate_keys_counts() -> None:
    """As in other JSON readers."""
    assert Article.from_json(b'{"uri":"u","source":"s","headline":"first","headline":"last"}').headline == "last"


def test_unknown_fields_are_ignored() -> None:
    """A label such as `gold` is no reason to refuse."""
    assert parse(gold={"a": 1}, title="x") == parse()


def test_text_is_kept_as_it_came() -> None:
    """Offsets in `why` point into it, so not even white space is touched; identities are trimmed."""
    article = parse(headline="  Two  words ", body_text="a\r\n\tb ", uri=" urn:x:2\n")
    assert (article.headline, article.body_text, article.uri) == ("  Two  words ", "a\r\n\tb ", "urn:x:2")


def test_html_is_reduced_to_text_where_there_is_no_text() -> None:
    """`body_html` is the body only if `body_text` is absent."""
    assert parse(body_html="<p>One &amp; two</p><script>x</script>").body_text == "One & two"
    assert parse(body_html="<p>no</p>", body_text="yes").body_text == "yes"


@pytest.mark.parametrize(
    ("written", "read"),
    [("cancelled", "canceled"), ("stat:canceled", "canceled"), ("Usable", "usable"), ("", "usable"), (None, "usable")],
)
def test_pubstatus_is_understood_in_its_spellings(written: str | None, read: str) -> None:
    """A withdrawal must not fail on spelling."""
    assert parse(pubstatus=written).pubstatus == read


def test_hints_may_be_one_or_many_texts_or_objects() -> None:
    """Places and subjects come in every shape."""
    assert parse(place="Almaty").place == (Reference(name="Almaty"),)
    assert parse(place={"code": "KZ"}).place == (Reference(code="KZ"),)
    assert parse(subject=["War", {"code": "c", "rel": "about"}]).subject == (Reference(name="War"), Reference(code="c"))


@pytest.mark.parametrize(("tag", "read"), [("pt_BR", "pt-BR"), ("English (UK)", "und"), ("", "und"), (None, "und")])
def test_a_language_that_is_no_tag_is_undetermined(tag: str | None, read: str) -> None:
    """A wrong tag says nothing about the language; the article stays."""
    assert parse(language=tag).language == read


def test_versions_compare_as_numbers_then_by_time() -> None:
    """10 is newer than 9; text versions go by `published`; what cannot be told is equal."""
    assert VersionOrder(parse(version="9")) < VersionOrder(parse(version=10))
    early, late = "2026-05-01T09:30:00Z", "2026-05-01T09:31:00Z"
    assert VersionOrder(parse(version="b", published=early)) < VersionOrder(parse(version="a", published=late))
    assert VersionOrder(parse(version="a")) == VersionOrder(parse(version="b", published=late))


def test_of_very_many_wrong_entries_one_is_named() -> None:
    """Each fault that is kept takes a kilobyte: an article within its limit took a gigabyte to refuse."""
    with pytest.raises(InvalidArticle) as refused:
        Article.from_mapping({"uri": "u", "source": "s", "headline": "h", "place": [1] * 1000})
    assert str(refused.value) == "place.0 must be text or an object"
