"""The desk's memory: state records, the agenda."""

import json
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.laws import examples
from unit.desk.factories import NOON, Room, make_candidate, ops, place, why

from alerts.desk import BrokenState, Desk, Outputs
from alerts.desk.agenda import Agenda
from alerts.desk.story import MAX_RECORD_BYTES


def test_state_records_carry_their_schema_and_no_body() -> None:
    """A record is small and says what it is."""
    room = Room()
    room.send(body_text="A strong quake. " + "Long. " * 10_000)
    (record,) = room.state.values()
    assert record is not None
    assert json.loads(record)["schema"] == 1
    assert len(record) < 2500


def test_the_last_record_of_a_key_counts() -> None:
    """Compaction may not have run yet."""
    room = Room()
    room.send()
    (key,) = room.state
    first = room.state[key]
    room.send(version="2", headline="Quake near Arica kills two")
    desk = Desk()
    desk.restore(key, first)
    desk.restore(key, room.state[key])
    assert desk.handle(make_candidate(version="2", headline="Quake near Arica kills two"), NOON) == Outputs()


def test_a_tombstone_forgets() -> None:
    """After a tombstone the story is unknown."""
    room = Room()
    room.send()
    (key,) = room.state
    twin = room.restored()
    assert twin.desk.stories == 1
    twin.desk.restore(key, None)
    assert (twin.desk.stories, twin.desk.next_due()) == (0, None)
    assert ops(twin.send()) == ["new!"]


@pytest.mark.parametrize("record", [b"{", b"{}", b'{"schema":2,"id":"x","news_at":"2026-03-01T12:00:00Z"}'])
def test_broken_state_stops_the_desk(record: bytes) -> None:
    """Our own corruption is loud, and names the record."""
    desk = Desk()
    desk.restore("abc", record)
    with pytest.raises(BrokenState, match="'abc'"):
        desk.tick(NOON)


@pytest.mark.parametrize("record", [b'{"schema":1,"id":["Secret"]}', b'{"schema":"Secret","closed_at":"Secret"}'])
def test_broken_state_is_told_without_its_text(record: bytes) -> None:
    """The text of a story may be embargoed, and what stops the desk is in its log."""
    desk = Desk()
    desk.restore("abc", record)
    with pytest.raises(BrokenState) as caught:
        desk.tick(NOON)
    assert "Secret" not in str(caught.value)


def test_outputs_add_up_in_order() -> None:
    """Several events' outputs go into one transaction; the last state of a story counts."""
    both, later = Outputs(state={"a": b"1", "b": b"1"}), Outputs(state={"a": None})
    assert not Outputs()
    both.add(later)
    assert both.state == {"a": None, "b": b"1"}
    assert both


_STORIES = st.sampled_from("abcd")
_DUES = st.integers(0, 50).map(lambda n: NOON + timedelta(seconds=n))


@given(st.lists(st.tuples(_STORIES, st.none() | _DUES)), _DUES)
@settings(max_examples=examples(50))
def test_the_agenda_agrees_with_a_sorted_list(changes: list[tuple[str, datetime | None]], now: datetime) -> None:
    """Whatever was put before, the next due time and the order of what is due are those of a plain dict."""
    agenda = Agenda()
    plain: dict[str, datetime | None] = {}
    for story, due in changes:
        agenda.put(story, due)
        plain[story] = due
        times = [due for due in plain.values() if due]
        assert agenda.next() == min(times, default=None)
    ready = sorted((at, story) for story, at in plain.items() if at and at <= now)
    assert [agenda.pop(now) for _ in range(len(ready) + 1)] == [*(story for _, story in ready), None]


def test_the_agenda_does_not_grow_with_changes() -> None:
    """A story that is put off and on again a million times has a bounded number of entries."""
    agenda = Agenda()
    for n in range(5000):
        agenda.put("a", NOON + timedelta(seconds=5000 - n))
    assert len(agenda._heap) < 1100
    assert agenda.next() == NOON + timedelta(seconds=1)


def test_a_restored_desk_still_awaits_the_original_of_a_copy() -> None:
    """The label of a copy that came before its original is part of the state."""
    room = Room()
    room.send(source="echo.example", uri="urn:e", copy_of=("andes.example", "urn:quake"))
    assert ops(room.restored().send()) == ["update"]


def test_a_story_that_ended_and_lives_again_awaits_no_original() -> None:
    """Restored or not, what comes after a story's end is not drawn into it by an old label."""
    room = Room()
    echo = {"source": "echo.example", "uri": "urn:e", "copy_of": ("andes.example", "urn:quake")}
    room.send(**echo)
    room.wait(days=2)
    room.send(**echo, version="2", signal="correction")
    for each in (room.restored(), room):
        assert ops(each.send()) == ["new!"]


def test_an_article_belongs_to_its_latest_story_in_whatever_order_state_is_read() -> None:
    """Compaction keeps no order between keys."""
    room = Room()
    room.send()
    room.wait(days=2)
    room.send(version="2", headline="Another quake")
    twin = Room(now=room.now)
    for key, value in reversed(room.state.items()):
        twin.desk.restore(key, value)
    twin.send(version="3", headline="And again")
    assert (twin.last.id, twin.last.revision) == (room.last.id, 2)


def test_a_later_story_knows_the_versions_of_the_earlier_one() -> None:
    """Read again from the beginning, an article's oldest version does not become the newest of its second alert."""
    room = Room()
    room.send(version=None)
    room.wait(days=2)
    room.send(version=None, headline="Another quake")
    assert room.send(version=None) == []


def test_a_large_story_stays_within_what_kafka_takes() -> None:
    """Two hundred reports with long reasons and addresses: a record that Kafka refuses would end every term."""
    room = Room()
    for n in range(200):
        uri = f"urn:{n}:" + "\u00e9" * 1000
        reasons = tuple(why(uri, "1", rule=f"rule-{k}", context="\u00e9" * 160) for k in range(24))
        report = {"headline": "Explosion at Arica refinery in Chile", "regions": place("CL", "Chile"), "body_text": ""}
        room.send(**report, source=f"s{n}.example", uri=uri, why=reasons)
    room.wait(60)
    assert len({alert.id for alert in room.alerts}) == 1
    assert room.last.why
    assert max(len(record or b"") for record in room.state.values()) < 2 * MAX_RECORD_BYTES
    twin = room.restored()
    late = {**report, "source": "late.example", "uri": "urn:late", "priority": "flash"}
    assert ops(twin.send(**late)) == ops(room.send(**late)) == ["update!"]
