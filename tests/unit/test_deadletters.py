"""A record that cannot be used, as it is put aside."""

from aiokafka.structs import ConsumerRecord

from consumers.backends.deadletters import dead_headers


def _record(*headers: tuple[str, bytes]) -> "ConsumerRecord[bytes, bytes]":
    return ConsumerRecord("articles", 3, 17, 1_700_000_000_000, 0, b"u:1", b"{", None, 3, 1, headers)


def test_reason_and_place_are_added_to_what_the_sender_wrote() -> None:
    """Nothing that came with the record is lost."""
    headers = dead_headers(_record(("trace", b"\xff"), ("trace", b"2")), reason="json", error="not JSON")
    assert headers == [
        ("trace", b"\xff"),
        ("trace", b"2"),
        ("dead.reason", b"json"),
        ("dead.error", b"not JSON"),
        ("dead.topic", b"articles"),
        ("dead.partition", b"3"),
        ("dead.offset", b"17"),
        ("dead.timestamp", b"1700000000000"),
        ("dead.attempts", b"1"),
    ]


def test_sent_again_with_its_headers_it_has_each_once_and_attempts_count() -> None:
    """A reader that takes the first header of a name reads of this failure, not of the one before."""
    once = dead_headers(_record(("trace", b"1")), reason="json", error="not JSON")
    twice = dead_headers(_record(*once), reason="field", error="headline is missing")
    assert [name for name, _ in twice] == [name for name, _ in once]
    assert dict(twice)["dead.reason"] == b"field"
    assert dict(twice)["dead.attempts"] == b"2"


def test_attempts_that_are_no_number_count_for_nothing() -> None:
    """Anybody may write headers, also without a value."""
    for said in (b"many", b"-1", b"9" * 5000, b"", None):
        headers = dead_headers(_record(("dead.attempts", said)), reason="json", error="")  # type: ignore[arg-type]
        assert dict(headers)["dead.attempts"] == b"1"
