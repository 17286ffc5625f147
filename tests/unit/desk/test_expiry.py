"""How stories end, and what is remembered of them."""

from datetime import timedelta

from unit.desk.factories import NOON, Room, ops

from alerts.desk import Desk


def test_a_story_without_news_for_a_day_expires_quietly() -> None:
    """Expiry is a revision that nobody hears."""
    room = Room()
    room.send()
    room.wait(hours=20)
    room.send(version="2")
    assert room.wait(hours=23) == []
    assert ops(room.wait(hours=1)) == ["expiry"]
    assert (room.last.status, room.last.revision, room.last.issued) == ("expired", 3, NOON + timedelta(hours=44))


def test_life_is_a_setting() -> None:
    """A desk may keep stories for an hour."""
    room = Room(Desk(life=timedelta(hours=1)))
    room.send()
    assert ops(room.wait(hours=1)) == ["expiry"]


def test_a_withdrawn_story_ends_without_a_word() -> None:
    """The word withdrawn is what must stay on the screen."""
    room = Room()
    room.send()
    room.send(version="2", pubstatus="canceled", matched=False)
    assert room.wait(days=2) == []


def test_repeats_of_an_ended_story_are_ignored() -> None:
    """An offset reset makes no new alert; the same text under a new version neither, but that is on record."""
    room = Room()
    room.send()
    room.wait(days=2)
    room.send()
    room.send(version="2")
    assert ops(room.alerts) == ["new!", "expiry"]
    assert room.suppressed == [("urn:quake", "2", "the same text as in an alert that has ended")]


def test_new_content_of_an_ended_story_is_the_next_generation() -> None:
    """The id is used, so the next alert is its second generation, and then its third."""
    room = Room()
    room.send()
    for version in ("2", "3"):
        room.wait(days=2)
        room.send(version=version, headline=f"Quake number {version}")
    first = room.alerts[0].id
    assert [a.id for a in room.alerts if a.op == "new"] == [first, f"{first}-2", f"{first}-3"]
    assert [a.revision for a in room.alerts if a.op == "new"] == [1, 1, 1]
    room.send()
    assert room.last.op == "new"


def test_an_ended_story_hears_of_its_late_kill_under_its_old_id() -> None:
    """Who was shown it yesterday is told today."""
    room = Room()
    room.send()
    room.wait(days=2)
    assert ops(room.send(version="2", pubstatus="canceled", matched=False)) == ["withdrawal!"]
    assert (room.last.id, room.last.revision, room.last.status) == (room.alerts[0].id, 3, "withdrawn")
    assert room.last.reach == room.alerts[0].reach


def test_an_ended_story_lives_again_with_a_late_correction() -> None:
    """A correction goes to the alert that was wrong."""
    room = Room()
    room.send()
    room.wait(days=2)
    assert ops(room.send(version="2", signal="correction", headline="It was in Tacna")) == ["correction!"]
    assert (room.last.revision, room.last.status) == (3, "live")
    assert ops(room.wait(hours=24)) == ["expiry"]


def test_a_plain_version_that_matches_nothing_leaves_an_ended_story_alone() -> None:
    """It is remembered as the newest, no more."""
    room = Room()
    room.send()
    room.wait(days=2)
    room.send(version="3", matched=False, headline="A look back")
    room.send(version="2", headline="Older, but matching")
    assert ops(room.alerts) == ["new!", "expiry"]
    assert room.suppressed == [("urn:quake", "2", "older than the version already known")]


def test_an_ended_story_is_forgotten_after_eight_days() -> None:
    """Its state ends with a tombstone."""
    room = Room()
    room.send()
    (story,) = room.state
    room.wait(days=9, hours=-1)
    assert room.state[story] is not None
    room.wait(hours=1)
    assert room.state[story] is None
    assert (room.desk.stories, room.desk.next_due()) == (0, None)


def test_an_embargo_outlives_our_patience_with_ticks() -> None:
    """A desk that was away for long does what was due, in order, when it is back."""
    room = Room()
    room.send()
    room.send(version="2", headline="B", embargoed=NOON + timedelta(hours=1))
    room.send(version="1", uri="urn:two", headline="Prime minister resigns in Lima", body_text="", regions=())
    room.now = NOON + timedelta(days=3)
    room.wait(0)
    assert ops(room.alerts) == ["new!", "new!", "update", "expiry"]
