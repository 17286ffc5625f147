from datetime import timedelta

from unit.desk.factories import Room, make_candidate

from alerts.desk.shelf import Heading, Shelf


def test_words_of_a_publisher_do_not_make_an_open_story_look_ended() -> None:
    """What tells ended stories apart in their bytes is looked for as JSON, not as text."""
    room = Room()
    room.hand(make_candidate(headline='A quake, "closed_at": "2026-03-01T12:00:00Z", they wrote'))
    ((key, record),) = room.state.items()
    shelf = Shelf()
    assert record is not None
    heading = shelf.restore(key, record)
    assert shelf.is_open(key)
    assert heading == Heading.model_validate_json(record)


def test_an_ended_story_is_folded_up() -> None:
    """It is found by its heading and read when somebody asks."""
    room = Room()
    room.hand(make_candidate())
    room.wait(timedelta(days=2).total_seconds())
    ((key, record),) = room.state.items()
    shelf = Shelf()
    assert record is not None
    heading = shelf.restore(key, record)
    assert heading.closed_at is not None
    assert not shelf.is_open(key)
    story = shelf.get(key)
    assert story is not None
    assert Heading.of(story).identities == heading.identities
