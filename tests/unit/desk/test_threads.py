"""Which articles make one alert."""

from datetime import timedelta

from unit.desk.factories import NOON, QUAKE, Room, ops, place

from alerts.fingerprint import story_id
from alerts.verdict import Outcome

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
    """Two classifiers' candidates come in any order; the event is told once, and is the original's."""
    room = Room()
    room.send(source="echo.example", uri="urn:e", copy_of=ORIGINAL)
    room.send()
    room.send(source="late.example", uri="urn:l", copy_of=ORIGINAL)
    room.wait(30)
    assert ops(room.alerts) == ["new!", "update", "update"]
    assert [(s.source, s.role) for s in room.last.sources] == [
        ("andes.example", "first"),
        ("late.example", "copy"),
        ("echo.example", "copy"),
    ]
    assert ops(room.send(version="2", pubstatus="canceled", matched=False)) == ["withdrawal!"]


def test_an_original_outlives_its_copy_that_came_before_it() -> None:
    """That one publisher takes his copy back says nothing about the story, in whatever order the two came."""
    room = Room()
    copy = {"source": "echo.example", "uri": "urn:e", "copy_of": ORIGINAL}
    room.send(**copy)
    room.send(**{**copy, "version": "2", "pubstatus": "canceled", "matched": False})
    assert ops(room.send()) == ["correction!"]
    assert (room.last.status, room.last.independent_sources) == ("live", ("andes.example",))


def test_an_original_under_embargo_leaves_its_copy_the_first() -> None:
    """As long as it is not out, the alert is the copy's, which withdraws it."""
    room = Room()
    copy = {"source": "echo.example", "uri": "urn:e", "copy_of": ORIGINAL}
    room.send(**copy)
    room.send(embargoed=NOON + timedelta(hours=1))
    assert ops(room.send(**{**copy, "version": "2", "pubstatus": "canceled", "matched": False})) == ["withdrawal!"]


def test_an_original_killed_before_it_is_listed_withdraws() -> None:
    """People were shown its text, if under a copy's name."""
    room = Room()
    copy = {"source": "echo.example", "uri": "urn:e", "copy_of": ORIGINAL}
    room.send(**copy)
    room.send(**{**copy, "version": "2", "headline": "Quake off Arica"})
    room.send()
    assert ops(room.alerts) == ["new!", "update"]
    assert ops(room.send(version="2", pubstatus="canceled", matched=False)) == ["withdrawal!"]


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


REPORT = {"headline": "Explosion at Arica refinery in Chile", "body_text": "", "regions": place("CL", "Chile")}


def crowded() -> Room:
    """A story that has as many items as it can hold."""
    room = Room()
    room.send(**REPORT)
    for n in range(199):
        room.send(source=f"s{n}.example", uri=f"urn:{n}", copy_of=ORIGINAL)
    room.wait(60)
    return room


def test_a_kill_reaches_a_story_that_can_hold_no_more() -> None:
    """The biggest stories need it most; its repeat changes nothing."""
    room = crowded()
    kill = {**REPORT, "uri": "urn:notice", "headline": f"KILL: {REPORT['headline']}", "matched": False}
    assert ops(room.send(**kill)) == ["withdrawal!"]
    assert room.send(**kill) == []


def test_a_denial_reaches_a_story_that_can_hold_no_more() -> None:
    """Once: what the twentieth publisher says against it tells nobody anything, nor does a repeat."""
    room = crowded()
    for n in range(25):
        denial = {"source": f"d{n}.example", "uri": f"urn:d{n}", "headline": f"No {REPORT['headline']}"}
        room.send(**{**REPORT, **denial, "matched": False, "outcome": Outcome.RETRACTION})
        room.wait(60)
    assert [op for op in ops(room.alerts) if "!" in op] == ["new!", "correction!"]
    kept_out = [uri for uri, _, reason in room.suppressed if reason and "can hold" in reason]
    assert kept_out == [f"urn:d{n}" for n in range(20, 25)]


def test_news_interrupts_a_story_that_can_hold_no_more() -> None:
    """That many more are dead is told once, though the report itself is not listed."""
    room = crowded()
    room.wait(hours=1)
    toll = {**REPORT, "source": "b.example", "uri": "urn:b", "headline": f"{REPORT['headline']} kills 50"}
    assert ops(room.send(**toll)) == ["update!"]
    assert room.last.reason == "b.example reports 50 dead."
    assert room.send(**toll) == []
