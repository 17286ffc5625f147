"""What the desk makes of KILL, HOLD, CORRECTED and REPEAT in a text."""

from datetime import timedelta

import pytest
from unit.desk.factories import NOON, Room, ops, place

FIRST = {"headline": "Explosion at Arica refinery in Chile", "body_text": "", "regions": place("CL", "Chile")}
NOTICE = {"uri": "urn:notice", "body_text": "", "regions": place("CL", "Chile"), "matched": False, "version": "1"}
AT_ONE = NOON + timedelta(hours=1)


def test_a_kill_under_the_same_uri_withdraws() -> None:
    """The word does what `pubstatus` would."""
    room = Room()
    room.send(**FIRST)
    room.send(**{**FIRST, "version": "2", "headline": "KILL: Explosion at Arica refinery", "matched": False})
    assert (ops(room.alerts), room.last.headline) == (["new!", "withdrawal!"], FIRST["headline"])


def test_a_kill_under_a_uri_of_its_own_withdraws_its_publishers_report() -> None:
    """Agencies send kills as texts of their own; they are known by what they repeat of the story."""
    room = Room()
    room.send(**FIRST)
    assert ops(room.send(**NOTICE, headline="KILL: Explosion at Arica refinery in Chile")) == ["withdrawal!"]
    assert room.last.reason == "andes.example has withdrawn this story."
    assert room.send(**NOTICE, headline="KILL: Explosion at Arica refinery in Chile") == []


@pytest.mark.parametrize("word", ["KILL", "HOLD"])
def test_a_notice_under_a_uri_of_its_own_clears_an_embargo(word: str) -> None:
    """What was taken back before its time is not shown at its time."""
    room = Room()
    room.send(**FIRST, embargoed=AT_ONE)
    room.send(**NOTICE, headline=f"{word}: Explosion at Arica refinery in Chile")
    assert room.wait(hours=2) == []
    assert room.alerts == []


@pytest.mark.parametrize(("word", "status"), [("KILL", "withdrawn"), ("HOLD", "held")])
def test_a_notice_under_a_uri_of_its_own_takes_back_what_waits_as_well(word: str, status: str) -> None:
    """A version from before the notice does not end at its embargo's end what the notice began."""
    room = Room()
    room.send(**FIRST)
    room.send(**{**FIRST, "version": "2", "headline": "Arica refinery explosion kills two"}, embargoed=AT_ONE)
    room.send(**NOTICE, headline=f"{word}: Explosion at Arica refinery in Chile")
    assert room.last.status == status
    assert room.wait(hours=2) == []
    assert room.suppressed[0] == ("urn:quake", "2", "superseded before it was issued")


def test_a_kill_by_another_publisher_takes_back_nothing() -> None:
    """Nobody can kill what is not his."""
    room = Room()
    room.send(**FIRST)
    assert room.send(**NOTICE, source="b.example", headline="KILL: Explosion at Arica refinery in Chile") == []
    assert [alert.op for alert in room.alerts] == ["new"]


def test_a_hold_under_a_uri_of_its_own_holds() -> None:
    """The alert stays on the screen, labelled."""
    room = Room()
    room.send(**FIRST)
    room.send(**NOTICE, headline="HOLD: Explosion at Arica refinery in Chile")
    assert (room.last.op, room.last.status) == ("hold", "held")


def test_a_hold_that_becomes_a_kill_withdraws() -> None:
    """The notice's next version says what became of the story it held."""
    room = Room()
    room.send(**FIRST)
    room.send(**NOTICE, headline="HOLD: Explosion at Arica refinery in Chile")
    killed = {**NOTICE, "version": "2", "headline": "KILL: Explosion at Arica refinery in Chile"}
    assert ops(room.send(**killed)) == ["withdrawal!"]
    assert room.send(**killed) == []


def test_a_corrected_text_under_another_uri_corrects_the_alert() -> None:
    """It interrupts, for people were told what was wrong."""
    room = Room()
    room.send(**FIRST)
    assert ops(room.send(**{**FIRST, "uri": "urn:b", "headline": f"CORRECTED-{FIRST['headline']}"})) == ["correction!"]


def test_a_corrected_text_of_what_we_never_had_is_news() -> None:
    """To us it is the first report."""
    assert ops(Room().send(**{**FIRST, "headline": f"CORRECTED-{FIRST['headline']}"})) == ["new!"]


def test_a_repeat_under_another_uri_is_a_copy() -> None:
    """Its publisher says so itself."""
    room = Room()
    room.send(**FIRST)
    room.send(**{**FIRST, "uri": "urn:b", "headline": f"RPT-{FIRST['headline']}", "priority": "flash"})
    assert ops(room.wait(60)) == ["update"]
    assert room.last.sources[1].role == "copy"
