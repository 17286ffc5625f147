"""Which articles make one alert."""

from unit.desk.factories import QUAKE, Room, ops

from alerts.fingerprint import story_id

ORIGINAL = ("andes.example", "urn:quake")
OTHER_EVENT = {"headline": "Prime minister resigns in Lima", "body_text": "", "regions": ()}


def test_the_first_matching_article_is_a_new_alert_that_interrupts() -> None:
    """The first report interrupts, as revision 1, under an id made from the article."""
    room = Room()
    assert ops(room.send()) == ["new!"]
    assert (room.last.id, room.last.revision, room.last.status) == (story_id(*ORIGINAL), 1, "live")
    assert room.last.headline == QUAKE


def test_the_same_article_a_hundred_times_is_one_alert() -> None:
    """An exact repeat has no effect at all, not even on the state."""
    room = Room()
    room.send()
    room.state.clear()
    for _ in range(99):
        room.send()
    assert (len(room.alerts), room.audit, room.state) == (1, [], {})


def test_what_no_rule_matches_and_no_story_knows_is_ignored() -> None:
    """The desk ignores stories it does not know."""
    room = Room()
    room.send(matched=False, version="3")
    room.send(matched=False, signal="correction")
    assert (room.alerts, room.audit, room.state) == ([], [], {})


def test_identity_is_source_and_uri_together() -> None:
    """Two publishers may use one uri for two stories."""
    room = Room()
    room.send()
    room.send(source="pampa.example", **OTHER_EVENT)
    assert len({alert.id for alert in room.alerts}) == 2


def test_a_copy_joins_its_original_quietly() -> None:
    """A labelled copy becomes a source, and interrupts nobody."""
    room = Room()
    room.send()
    assert room.send(source="echo.example", uri="urn:e", priority="flash", copy_of=ORIGINAL) == []
    assert ops(room.wait(30)) == ["update"]
    assert [(s.source, s.role) for s in room.last.sources] == [("andes.example", "first"), ("echo.example", "copy")]
    assert room.last.independent_sources == ("andes.example",)
    assert room.last.priority == "urgent"


def test_a_copy_of_an_unknown_article_is_new() -> None:
    """A label is only a hint: the owner may have made no story."""
    room = Room()
    assert ops(room.send(copy_of=("gone.example", "urn:gone"))) == ["new!"]


def test_an_original_that_comes_after_its_copy_joins_it() -> None:
    """Two classifiers' candidates come in any order; the event is told once."""
    room = Room()
    room.send(source="echo.example", uri="urn:e", copy_of=ORIGINAL)
    room.send()
    room.send(source="late.example", uri="urn:l", copy_of=ORIGINAL)
    room.wait(30)
    assert ops(room.alerts) == ["new!", "update"]
    assert [(s.source, s.role) for s in room.last.sources] == [
        ("echo.example", "first"),
        ("late.example", "copy"),
        ("andes.example", "copy"),
    ]


def test_a_copy_of_an_ended_story_is_new() -> None:
    """What comes after a story has ended begins another."""
    room = Room()
    room.send()
    room.wait(hours=25)
    room.send(source="echo.example", uri="urn:e", copy_of=ORIGINAL)
    assert ops(room.alerts) == ["new!", "expiry", "new!"]
    assert room.last.id == story_id("echo.example", "urn:e")


def test_a_known_item_stays_in_its_story_whatever_its_label() -> None:
    """Identity goes before likeness."""
    room = Room()
    room.send()
    room.send(source="pampa.example", uri="urn:other", **OTHER_EVENT)
    room.send(version="2", headline="Other words", copy_of=("pampa.example", "urn:other"))
    assert [a.id for a in room.alerts] == [room.alerts[0].id, room.alerts[1].id, room.alerts[0].id]


def test_a_story_holds_two_hundred_items_and_lists_the_others_as_suppressed() -> None:
    """A hot story's state stays small; what it cannot hold is on record."""
    room = Room()
    room.send()
    for n in range(205):
        room.send(source=f"s{n}.example", uri=f"urn:{n}", copy_of=ORIGINAL)
    crowded = [uri for uri, _, reason in room.suppressed if reason and "hold" in reason]
    assert crowded == [f"urn:{n}" for n in range(199, 205)]
