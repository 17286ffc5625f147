from datetime import UTC, datetime

import pytest
from unit.desk.factories import Room, make_candidate

from alerts.alert import Candidate, Timing
from alerts.desk.events import features_of
from alerts.desk.reading import EDITION, features_in, read, reading_of

TEXT = {
    "headline": "Another quake of magnitude 6.4 kills 12 off Arica",
    "body_text": "ARICA (Reuters) - A quake hit Arica on March 1, 2026, killing 12, Governor Rojas said.",
}


def test_a_reading_on_its_way_loses_nothing_an_article_is_recognised_by() -> None:
    """Through JSON and back, the features are those that the text has."""
    made = make_candidate(**TEXT)
    carried = Candidate.from_json(made.model_copy(update={"reading": read(made)}).to_json())
    assert carried.reading is not None
    found, expected = features_in(carried.reading), features_of(made)
    expected.shown = {term: word for term, word in expected.shown.items() if term in expected.terms and term != word}
    assert found == expected
    assert found.magnitudes
    assert found.days
    assert found.again


def test_the_desk_takes_the_reading_of_its_own_edition() -> None:
    """It does not read again what its classifier has read."""
    made = make_candidate(**TEXT)
    read_before = read(made).model_copy(update={"summary": "As the classifier had it"})
    room = Room()
    room.hand(made.model_copy(update={"reading": read_before}))
    assert room.last.summary == "As the classifier had it"


def test_the_desk_reads_for_itself_what_was_read_in_another_way() -> None:
    """While a new version rolls out, classifiers and desk may read differently; what counts is the desk's reading."""
    made = make_candidate(**TEXT)
    other = read(made).model_copy(update={"edition": "other", "summary": "Read otherwise", "terms": {}})
    assert reading_of(made.model_copy(update={"reading": other})) == read(made)
    assert read(made).edition == EDITION


def test_what_no_alert_may_hold_is_not_taken_from_a_candidate() -> None:
    """Alerts are not validated again: a lead is cut to its length, and a time in no era of ours is refused before."""
    made = make_candidate(**TEXT)
    room = Room()
    room.hand(made.model_copy(update={"reading": read(made).model_copy(update={"summary": "word " * 100})}))
    assert len(room.last.summary) <= 400
    with pytest.raises(ValueError, match="year 1850"):
        room.hand(
            make_candidate(
                uri="urn:1850", timing=Timing(received=int(datetime(1850, 6, 1, tzinfo=UTC).timestamp()) * 1000)
            )
        )
