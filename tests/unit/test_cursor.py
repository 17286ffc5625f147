import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.cursor import Ago, Cursor, CursorTooOld, InvalidCursor, Oldest, Resume, Start, Window, ahead, parse, resume

WINDOW = Window("k7", floor=100, head=200, log_end=210)


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("k7:182733", Cursor("k7", 182_733)),
        ("0:-1", Cursor("0", -1)),
        ("oldest", Oldest()),
        ("-15m", Ago(900_000)),
        ("-2h", Ago(7_200_000)),
    ],
)
def test_cursors_are_read(text: str, start: Start) -> None:
    """A cursor is epoch:seq, 'oldest' or a time."""
    assert parse(text) == start


@pytest.mark.parametrize(
    "text", ["", "k7", "k7:", ":5", "k7:-2", f"k7:{2**53}", "k7:5x", "-15", "-15y", "15m", "k 7:5"]
)
def test_malformed_cursors_are_refused(text: str) -> None:
    """What is no cursor is refused, and not taken for 'live'."""
    with pytest.raises(InvalidCursor):
        parse(text)


@given(st.text(max_size=30))
def test_any_text_is_a_cursor_or_refused(text: str) -> None:
    """No text makes another error than InvalidCursor."""
    try:
        parse(text)
    except InvalidCursor:
        return


@pytest.mark.parametrize(
    ("cursor", "expected"),
    [
        (Cursor("k7", 150), Resume(150)),
        (Cursor("k7", 100), Resume(100)),
        (Cursor("k7", 99), Resume(100, "expired")),
        (Cursor("k7", 200), Resume(200)),
        (Cursor("0", -1), Resume(100, "expired")),
        (Cursor("0", 150), Resume(100, "epoch")),
        (Cursor("k7", 205), Resume(205)),
        (Cursor("k7", 209), Resume(209)),
        (Cursor("k7", 210), Resume(100, "future")),
        (Cursor("k6", 150), Resume(100, "epoch")),
    ],
)
def test_the_table_of_the_protocol(cursor: Cursor, expected: Resume) -> None:
    """In the window without a gap; too old, another epoch, or past the log's end: from the oldest, and said so."""
    assert resume(cursor, WINDOW) == expected


def test_on_gap_live_goes_on_from_the_newest() -> None:
    """Who wants no replay gets the gap and goes on from the head."""
    assert resume(Cursor("k6", 5), WINDOW, "live") == Resume(200, "epoch")


def test_on_gap_fail_refuses() -> None:
    """Who wants no gap is refused if there is one, and served if there is none."""
    with pytest.raises(CursorTooOld):
        resume(Cursor("k7", 5), WINDOW, "fail")
    assert resume(Cursor("k7", 150), WINDOW, "fail") == Resume(150)


def test_ahead_is_only_the_same_epoch() -> None:
    """A cursor of another epoch is not worth waiting for, but for an instance that has read nothing yet."""
    assert ahead(Cursor("k7", 0), Window("0", floor=-1, head=-1))
    assert not ahead(Cursor("0", -1), Window("0", floor=-1, head=-1))
    assert ahead(Cursor("k7", 201), WINDOW)
    assert not ahead(Cursor("k7", 200), WINDOW)
    assert not ahead(Cursor("k6", 500), WINDOW)


@given(st.integers(-1, 300), st.sampled_from(["k7", "k6"]), st.integers(-1, 250), st.integers(0, 50))
def test_without_a_gap_nothing_is_skipped(seq: int, epoch: str, floor: int, size: int) -> None:
    """If no gap is announced, delivery goes on exactly after the cursor, and the window holds all that follows."""
    window = Window("k7", floor, floor + size, floor + size + 1)
    begin = resume(Cursor(epoch, seq), window)
    if begin.gap is None:
        assert begin.seq == seq
        assert seq >= window.floor
    else:
        assert begin.seq == window.floor


def test_who_was_there_while_the_log_was_empty_resumes_without_a_gap() -> None:
    """Nothing was seen, so everything is new, whatever epoch the first alert brought."""
    assert resume(Cursor("0", -1), Window("k7", floor=-1, head=5, log_end=6)) == Resume(-1)
