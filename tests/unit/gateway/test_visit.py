import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.laws import examples

from alerts.filters import EVERYTHING, Filter
from consumers.gateway import visit
from consumers.gateway.access import Refused


def test_a_bare_path_asks_for_nothing() -> None:
    """Everything is left to hello."""
    seen = visit.read("/v1/stream", "127.0.0.1", None)
    assert (seen.cursor, seen.auto, seen.filter, seen.on_gap) == (None, False, None, "replay")


@pytest.mark.parametrize(
    ("asked", "path", "query"),
    [
        ("/v1/stream?a=1#x", "/v1/stream", "a=1"),
        ("http://127.0.0.1:8765/v1/stream?a=?", "/v1/stream", "a=?"),
        ("WSS://host", "/", ""),
        ("//host/v1/stream", "//host/v1/stream", ""),
        ("//[", "//[", ""),
        ("ftp://[::1/x", "ftp://[::1/x", ""),
        ("*", "*", ""),
    ],
)
def test_a_target_is_a_path_and_a_query(asked: str, path: str, query: str) -> None:
    """In origin form or with scheme and host before it; what is neither is a path that nobody has."""
    assert visit.target(asked) == (path, query)


@settings(max_examples=examples(200), deadline=None)
@given(st.text(max_size=80) | st.text("/[]:?#&=%@.stream", max_size=40).map("/v1/stream?".__add__))
def test_any_request_is_a_visit_or_refused(asked: str) -> None:
    """No text makes another error than Refused."""
    visit.target(asked)
    try:
        visit.read(asked, "127.0.0.1", None)
    except Refused as refused:
        assert refused.status == 400  # noqa: PT017 - nothing need be refused


def test_auto_without_axes_is_everything() -> None:
    """`auto=1` alone subscribes to all."""
    assert visit.read("/v1/stream?auto=1", "", None).filter == EVERYTHING


def test_the_query_holds_cursor_and_axes() -> None:
    """What a hello could say, but for the token, can stand in the query."""
    seen = visit.read("/v1/stream?auto=1&cursor=k7:5&on_gap=live&regions=UA&regions=KZ&not.topics=sport", "", None)
    assert (seen.cursor, seen.on_gap) == ("k7:5", "live")
    assert seen.filter == Filter.from_query([("regions", "UA"), ("regions", "KZ"), ("not.topics", "sport")])


@pytest.mark.parametrize(
    "query",
    ["token=abc", "access_token=abc", "auto=yes", "cursor=nonsense", "on_gap=panic", "colour=red", "auto=1&auto=0"],
)
def test_what_cannot_be_used_is_refused(query: str) -> None:
    """Nothing is ignored; least of all a token, which would end up in logs."""
    with pytest.raises(Refused) as refused:
        visit.read(f"/v1/stream?{query}", "", None)
    assert refused.value.status == 400
