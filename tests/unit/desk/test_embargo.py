"""Nothing embargoed leaves the desk before its time."""

from datetime import timedelta

from unit.desk.factories import NOON, QUAKE, Room, ops

AT_ONE = NOON + timedelta(hours=1)
AT_TWO = NOON + timedelta(hours=2)


def test_an_embargoed_article_alerts_once_at_its_time() -> None:
    """At the time, as new, exactly once; before it nothing, not even for editors who guess the id."""
    room = Room()
    room.send(embargoed=AT_ONE)
    assert (room.alerts, room.audit) == ([], [])
    assert room.desk.next_due() == AT_ONE
    (story,) = room.state
    assert room.act("note", alert=story, note="I know").reason == "not_found"
    assert room.wait(3599) == []
    assert ops(room.wait(1)) == ["new!"]
    assert (room.last.issued, room.last.headline) == (AT_ONE, QUAKE)
    assert room.wait(hours=3) == []


def test_a_new_version_moves_the_embargo() -> None:
    """The newest version's time counts, and its text."""
    room = Room()
    room.send(embargoed=AT_ONE)
    room.send(version="2", headline="Later words", embargoed=AT_TWO)
    assert room.wait(hours=1, minutes=59) == []
    assert ops(room.wait(60)) == ["new!"]
    assert room.last.headline == "Later words"
    assert room.suppressed == [("urn:quake", "1", "superseded before it was issued")]


def test_a_new_version_lifts_the_embargo() -> None:
    """A version without an embargo goes out at once."""
    room = Room()
    room.send(embargoed=AT_ONE)
    assert ops(room.send(version="2")) == ["new!"]
    assert room.wait(hours=2) == []


def test_a_kill_clears_the_embargo() -> None:
    """What was never shown is not withdrawn either."""
    room = Room()
    room.send(embargoed=AT_ONE)
    room.send(version="2", pubstatus="canceled", matched=False)
    assert room.wait(hours=2) == []
    assert room.alerts == []
    assert [version for _, version, _ in room.suppressed] == ["1", "2"]


def test_a_version_that_no_longer_matches_clears_the_embargo() -> None:
    """The newest version counts, and nothing fires on it."""
    room = Room()
    room.send(embargoed=AT_ONE)
    room.send(version="2", matched=False, headline="Talks go on")
    assert room.wait(hours=2) == []
    assert room.alerts == []


def test_an_embargoed_version_of_a_shown_story_waits() -> None:
    """Until then the alert says what it said, whatever else happens to it."""
    room = Room()
    room.send()
    assert room.send(version="2", headline="Secret", embargoed=AT_ONE) == []
    room.act("escalate", priority="flash")
    assert room.last.headline == QUAKE
    assert room.last.sources[0].version == "1"
    assert ops(room.wait(hours=1)) == ["update"]
    assert (room.last.headline, room.last.sources[0].version) == ("Secret", "2")


def test_an_embargo_outlives_the_story_it_is_for() -> None:
    """A story does not expire while a version of it waits."""
    room = Room()
    room.send()
    room.send(version="2", headline="Secret", embargoed=NOON + timedelta(days=3))
    assert ops(room.wait(days=3)) == ["update"]
    assert ops(room.wait(days=1)) == ["expiry"]


def test_a_copy_without_embargo_is_told_without_the_original() -> None:
    """Another publisher has the text out: the alert is about its article until the original's time."""
    room = Room()
    room.send(embargoed=AT_ONE, headline="Original words")
    room.send(source="echo.example", uri="urn:e", copy_of=("andes.example", "urn:quake"))
    assert ops(room.alerts) == ["new!"]
    assert [s.source for s in room.last.sources] == ["echo.example"]
    assert "andes.example" not in room.last.to_json().decode()
    assert ops(room.wait(hours=1, minutes=1)) == ["update"]
    assert [(s.source, s.role) for s in room.last.sources] == [("echo.example", "first"), ("andes.example", "copy")]
