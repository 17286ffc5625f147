"""What interrupts again, and why the alert says so."""

from datetime import timedelta

import pytest
from unit.desk.factories import NOON, Room, ops, place

from alerts.alert import RuleMatch
from alerts.verdict import Priority

CHILE = place("CL", "Chile")
FIRST = {"headline": "Earthquake strikes off Arica, Chile, 20 killed", "body_text": "", "regions": CHILE}


def report(headline: str, n: int = 2, **fields: object) -> dict[str, object]:
    return {
        "source": f"s{n}.example",
        "uri": f"urn:{n}",
        "headline": headline,
        "body_text": "",
        "regions": CHILE,
        **fields,
    }


def after_cooldown() -> Room:
    """A room with a story whose cooldown is over."""
    room = Room()
    room.send(**FIRST)
    room.wait(minutes=11)
    return room


def test_a_higher_priority_interrupts_at_once_and_says_so() -> None:
    """No cooldown holds it back."""
    room = Room()
    room.send(**FIRST)
    assert ops(room.send(**report("Tsunami after Chile earthquake off Arica", priority="flash"))) == ["update!"]
    assert room.last.reason == "Now flash. s2.example reports: “Tsunami after Chile earthquake off Arica”."


def test_a_toll_that_doubles_interrupts() -> None:
    """Said with both numbers."""
    room = after_cooldown()
    assert ops(room.send(**report("Chile earthquake kills 250 in Arica"))) == ["update!"]
    assert room.last.reason == "s2.example reports 250 dead; 20 were reported before."


def test_a_toll_that_grows_a_little_does_not() -> None:
    """Publishers differ by a few all day."""
    room = after_cooldown()
    room.send(**report("Chile earthquake kills 31 in Arica"))
    assert ops(room.wait(60)) == ["update"]


def test_a_toll_that_falls_interrupts_if_the_same_publisher_says_so() -> None:
    """Others' lower numbers may just be older."""
    room = after_cooldown()
    room.send(**report("Chile earthquake: 9 killed in Arica"))
    assert ops(room.wait(60)) == ["update"]
    assert ops(room.send(**{**FIRST, "version": "2", "headline": "Earthquake off Arica, Chile: 4 killed"})) == [
        "update!"
    ]
    assert room.last.reason == "andes.example reports 4 dead; 20 were reported before."


def test_a_second_country_interrupts_once() -> None:
    """The third is no news of its kind any more."""
    room = after_cooldown()
    peru = report("Earthquake off Arica, Chile, felt across Peru", regions=place("PE", "Peru") + CHILE)
    assert ops(room.send(**peru)) == ["update!"]
    assert room.last.reason == "Also Peru. s2.example reports: “Earthquake off Arica, Chile, felt across Peru”."
    room.wait(minutes=11)
    bolivia = report("Earthquake off Arica, Chile, felt in Bolivia", 3, regions=place("BO", "Bolivia") + CHILE)
    assert room.send(**bolivia) == []


def test_a_leader_named_interrupts() -> None:
    """Who it happened to is news when it is first said."""
    room = Room()
    room.send(headline="Explosion at palace in Arica, Chile", body_text="", regions=CHILE)
    room.wait(minutes=11)
    assert ops(room.send(**report("Explosion at Arica palace in Chile killed President Velarde"))) == ["update!"]
    assert str(room.last.reason).startswith("Velarde named. ")


def test_news_within_the_cooldown_is_told_when_it_ends() -> None:
    """Shown at once, quietly; heard when the cooldown is over."""
    room = Room()
    room.send(**FIRST)
    assert ops(room.send(**report("Chile earthquake kills 250 in Arica"))) == ["update"]
    told = room.wait(minutes=11)
    assert ops(told) == ["update!"]
    assert "250" in str(told[0].reason)


@pytest.mark.parametrize(("cooldown", "heard"), [(0.0, ["update!"]), (3600.0, [])])
def test_the_cooldown_is_the_rules(cooldown: float, heard: list[str]) -> None:
    """A rule may ask for an hour, or for none."""
    matches = ({"rule": "quakes", "priority": "urgent", "topic": "disaster", "cooldown": cooldown},)
    room = Room()
    room.send(**FIRST, matches=matches)
    room.wait(minutes=11)
    told = room.send(**report("Chile earthquake kills 250 in Arica", matches=matches))
    assert [op for op in ops(told) if op.endswith("!")] == heard


def test_a_copy_never_interrupts() -> None:
    """Whatever it says, it is the same text."""
    room = after_cooldown()
    copy = report("Chile earthquake kills 250 in Arica", copy_of=("andes.example", "urn:quake"))
    assert room.send(**copy) == []


def test_a_repeat_never_interrupts() -> None:
    """An agency that sends its text again says nothing new."""
    room = after_cooldown()
    assert room.send(**report("RPT-Chile earthquake kills 250 in Arica")) == []


def test_news_that_was_withheld_before_it_could_interrupt_is_not_quoted() -> None:
    """It waits until its publisher stands by it again; the cooldown alone does not bring it out."""
    room = Room()
    room.send(**FIRST)
    news = report("Chile earthquake kills 250 in Arica")
    room.send(**news)
    room.send(**{**news, "version": "2", "pubstatus": "withheld", "matched": False})
    assert ops(room.wait(hours=1)) == ["update"]
    assert ops(room.send(**{**news, "version": "3"})) == ["update!"]
    assert room.last.reason == "s2.example reports 250 dead; 20 were reported before."


def test_the_cooldown_is_that_of_the_report_that_was_told_first() -> None:
    """Also where another one, still under embargo, is what the story began with."""
    room = Room()
    room.send(**FIRST, embargoed=NOON + timedelta(days=1))
    matches = (RuleMatch(rule="quakes", priority=Priority.URGENT, cooldown=0.0),)
    room.send(**report("Earthquake strikes off Arica, Chile, 20 killed"), matches=matches)
    assert ops(room.send(**report("Chile earthquake kills 250 in Arica", 3))) == ["update!"]
