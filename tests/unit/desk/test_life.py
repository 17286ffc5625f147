"""Kills, holds, corrections: whoever saw an alert is told."""

from datetime import timedelta

import pytest
from unit.desk.factories import MS, NOON, QUAKE, Room, ops, place

from alerts.verdict import Outcome

COPY = {"source": "echo.example", "uri": "urn:e", "copy_of": ("andes.example", "urn:quake")}


def with_independent(room: Room) -> None:
    """Make the copy in the story a report of its own, as threading by event will."""
    (story,) = room.desk._shelf._open.values()
    story.items[1].role = "independent"


def test_a_kill_withdraws_the_alert() -> None:
    """A kill interrupts, travels as a bulletin, says who, and shows which story."""
    room = Room()
    room.send()
    assert ops(room.send(version="2", pubstatus="canceled", matched=False, headline="STORY KILLED")) == ["withdrawal!"]
    last = room.last
    assert (last.status, last.priority, last.delivery) == ("withdrawn", "urgent", "bulletin")
    assert last.reason == "andes.example has withdrawn this story."
    assert (last.headline, last.sources[0].version) == (QUAKE, "2")
    assert last.reach == room.alerts[0].reach


def test_a_flash_is_withdrawn_as_a_flash() -> None:
    """Delivery is never lower than the alert's own priority."""
    room = Room()
    room.send(priority="flash")
    room.send(version="2", pubstatus="canceled", matched=False)
    assert room.last.delivery == "flash"


def test_a_kill_takes_its_copies_along() -> None:
    """Copies are the same text, so they cannot keep a killed story alive."""
    room = Room()
    room.send()
    room.send(**COPY)
    assert ops(room.send(version="2", pubstatus="canceled", matched=False)) == ["withdrawal!"]
    assert room.send(**{**COPY, "version": "2", "headline": "Copied again"}) == []
    assert room.suppressed == [("urn:e", "2", "the alert has been withdrawn")]
    assert room.last.independent_sources == ()


def test_a_copy_of_what_was_killed_alerts_nobody_however_late_it_comes() -> None:
    """The story has ended since, and the text is as wrong as it was; who has words of his own has found something."""
    room = Room()
    room.send()
    room.send(version="2", pubstatus="canceled", matched=False)
    room.wait(3600 * 26)
    assert not room.desk._shelf._open
    assert room.send(**COPY) == []
    assert room.suppressed == [("urn:e", "1", "a copy of an article whose alert has been withdrawn")]
    assert ops(room.send(source="echo.example", uri="urn:own")) == ["new!"]


def test_a_kill_of_one_of_several_reports_is_a_correction() -> None:
    """The others stand by theirs, and the alert shows what they say."""
    room = Room()
    room.send()
    room.send(**COPY, headline="Second report")
    room.wait(30)
    with_independent(room)
    assert ops(room.send(version="2", pubstatus="canceled", matched=False)) == ["correction!"]
    assert room.last.reason == "andes.example has withdrawn its report of this story; other sources stand by theirs."
    assert (room.last.status, room.last.headline) == ("live", "Second report")
    assert room.last.independent_sources == ("echo.example",)


def test_a_publisher_that_takes_back_its_copy_is_named() -> None:
    """The story stands; readers of that copy are told."""
    room = Room()
    room.send()
    room.send(**COPY)
    room.wait(60)
    assert ops(room.send(**{**COPY, "version": "2", "pubstatus": "canceled"})) == ["correction!"]
    assert room.last.reason == "echo.example has withdrawn its copy of this story."
    assert (room.last.status, room.last.delivery) == ("live", "urgent")


def test_a_publisher_that_tidies_up_its_own_copies_interrupts_nobody() -> None:
    """The same publisher's first text still stands."""
    room = Room()
    room.send()
    room.send(uri="urn:again", copy_of=("andes.example", "urn:quake"))
    room.wait(60)
    room.send(uri="urn:again", version="2", pubstatus="canceled")
    assert ops(room.wait(30)) == ["update"]


def test_a_kill_of_an_unknown_article_is_remembered() -> None:
    """Nothing goes out, then or when the version it killed comes late; a newer one is news."""
    room = Room()
    assert room.send(version="2", pubstatus="canceled", matched=False) == []
    assert room.send(version="1") == []
    assert [version for _, version, _ in room.suppressed] == ["2", "1"]
    assert ops(room.send(version="3")) == ["new!"]
    assert room.last.revision == 1


def test_a_withheld_story_is_held_and_lives_on() -> None:
    """A hold is shown and labelled without a sound; the next usable version ends it."""
    room = Room()
    room.send()
    assert ops(room.send(version="2", pubstatus="withheld", matched=False, headline="HOLD HOLD")) == ["hold"]
    assert (room.last.status, room.last.headline) == ("held", QUAKE)
    assert ops(room.send(version="3", headline="Quake confirmed")) == ["update"]
    assert (room.last.status, room.last.headline) == ("live", "Quake confirmed")


def test_a_withheld_article_that_was_never_shown_stays_so() -> None:
    """A hold of an unknown article is only on record."""
    room = Room()
    room.send(pubstatus="withheld", matched=False)
    assert room.alerts == []
    assert [reason for _, _, reason in room.suppressed] == ["withheld by its publisher before it was shown"]


def test_a_correction_interrupts_and_says_what_changed() -> None:
    """A correction is at least urgent, and quotes the headline before and after."""
    room = Room()
    room.send(priority="routine")
    room.send(version="2", signal="correction", priority="routine", headline="Quake hits near Tacna")
    last = room.last
    assert ops([last]) == ["correction!"]
    assert (last.priority, last.delivery, last.headline) == ("routine", "urgent", "Quake hits near Tacna")
    assert last.reason == f"andes.example has corrected this story: “{QUAKE}” is now “Quake hits near Tacna”."


def test_a_correction_of_the_text_alone_is_told_too() -> None:
    """Where the headline stayed, the reason names the publisher."""
    room = Room()
    room.send()
    room.send(version="2", signal="correction", body_text="It was in Tacna.")
    assert room.last.reason == "andes.example has corrected this story."


def test_an_all_clear_of_a_known_story_is_a_correction() -> None:
    """A version that takes the news back matches no rule, and interrupts."""
    room = Room()
    room.send()
    room.send(version="2", matched=False, outcome=Outcome.RETRACTION, headline="No quake near Arica after all")
    assert ops([room.last]) == ["correction!"]
    assert room.last.headline == "No quake near Arica after all"


def test_another_publishers_all_clear_is_a_correction_of_the_copy() -> None:
    """A retraction joins by its label, and its words are the reason."""
    room = Room()
    room.send()
    room.send(**COPY, matched=False, outcome=Outcome.RETRACTION, headline="Quake report was a hoax")
    assert ops([room.last]) == ["correction!"]
    assert room.last.reason == "echo.example reports: “Quake report was a hoax”."
    assert (room.last.headline, room.last.sources[1].role) == (QUAKE, "correction")


def test_a_retraction_of_an_unknown_story_is_ignored() -> None:
    """It would alert people to what they never heard of."""
    room = Room()
    room.send(matched=False, outcome=Outcome.RETRACTION)
    assert (room.alerts, room.audit, room.state) == ([], [], {})


def test_a_withdrawn_story_comes_back_with_a_newer_matching_version() -> None:
    """People were told it is gone, so its return interrupts as a correction."""
    room = Room()
    room.send()
    room.send(version="2", pubstatus="canceled", matched=False)
    assert room.send(version="3", matched=False, headline="Nothing of note") == []
    assert ops(room.send(version="4", headline="Quake after all")) == ["correction!"]
    assert (room.last.status, room.last.headline) == ("live", "Quake after all")
    assert room.last.reason == "andes.example has reinstated the story it withdrew."
    assert room.suppressed == [("urn:quake", "3", "the alert has been withdrawn")]


def test_versions_under_a_withdrawal_by_editors_are_suppressed() -> None:
    """What editors withdrew no publisher brings back."""
    room = Room()
    room.send()
    room.act("withdraw")
    assert room.send(version="2", headline="Still here") == []
    assert room.suppressed == [("urn:quake", "2", "the alert has been withdrawn")]


def test_a_second_kill_is_on_record_only() -> None:
    """Nobody needs to hear twice that a story is withdrawn."""
    room = Room()
    room.send()
    room.send(version="2", pubstatus="canceled", matched=False)
    assert room.send(version="3", pubstatus="canceled", matched=False) == []
    assert room.suppressed == [("urn:quake", "3", "the alert has been withdrawn")]


def test_a_correction_from_before_the_story_is_not_about_it() -> None:
    """When everything is read again, what was ignored the first time is ignored again."""
    room = Room()
    room.send(timing={"received": MS + 60_000})
    room.send(**COPY, matched=False, outcome=Outcome.RETRACTION, timing={"received": MS + 1_000})
    assert ops(room.alerts) == ["new!"]


def test_a_second_kill_of_one_of_several_reports_is_on_record_only() -> None:
    """Agencies kill with `pubstatus`, with a notice, and again to make sure; the others stand by theirs once."""
    room = Room()
    report = {"headline": "Explosion at Arica refinery in Chile", "body_text": "", "regions": place("CL", "Chile")}
    room.send(**report)
    room.send(**{**report, "source": "b.example", "uri": "urn:b"})
    room.wait(60)
    killed = {**report, "pubstatus": "canceled", "matched": False}
    assert ops(room.send(**{**killed, "version": "2"})) == ["correction!"]
    assert room.send(**{**killed, "version": "3"}) == []
    room.send(**{**killed, "pubstatus": "usable", "uri": "urn:n", "headline": f"KILL: {report['headline']}"})
    assert ops(room.wait(60)) == []
    assert [reason for _, _, reason in room.suppressed] == ["its publisher has withdrawn it before"] * 2


REPORT = {"headline": "Explosion at Arica refinery in Chile", "body_text": "", "regions": place("CL", "Chile")}
OTHERS = {**REPORT, "source": "b.example", "uri": "urn:b"}
KILLED = {**REPORT, "version": "2", "pubstatus": "canceled", "matched": False}


def test_a_report_held_while_the_other_was_killed_brings_the_story_back() -> None:
    """Its publisher stands by it after all, and people were told that the story is gone."""
    room = Room()
    room.send(**REPORT)
    room.send(**OTHERS)
    room.send(**{**OTHERS, "version": "2", "pubstatus": "withheld", "matched": False})
    assert ops(room.send(**KILLED)) == ["withdrawal!"]
    assert ops(room.send(**{**OTHERS, "version": "3"})) == ["correction!"]
    assert (room.last.status, room.last.independent_sources) == ("live", ("b.example",))
    assert room.last.reason == f"b.example reports: “{REPORT['headline']}”."


def test_a_report_under_embargo_is_not_lost_with_the_one_that_was_killed() -> None:
    """Another publisher's report of the event is told at its time."""
    room = Room()
    room.send(**REPORT)
    room.send(**{**OTHERS, "embargoed": NOON + timedelta(hours=1)})
    room.send(**KILLED)
    assert ops(room.wait(hours=1)) == ["correction!"]
    assert (room.last.status, room.last.independent_sources) == ("live", ("b.example",))


def test_a_hold_ends_where_another_publisher_reports_the_event() -> None:
    """As it would not have begun had that report come first; the kill of the report that was held holds nothing."""
    room = Room()
    room.send(**REPORT)
    room.send(**{**REPORT, "version": "2", "pubstatus": "withheld", "matched": False})
    assert ops(room.alerts) == ["new!", "hold"]
    assert ops(room.send(**OTHERS)) == ["update"]
    assert (room.last.status, room.last.independent_sources) == ("live", ("b.example",))
    assert ops(room.send(**{**KILLED, "version": "3"})) == ["correction!"]
    assert room.last.status == "live"


def test_who_denies_an_event_does_not_keep_its_alert_alive() -> None:
    """The only report that is left says that it is not so: killed is killed."""
    room = Room()
    room.send(**REPORT)
    denial = {"matched": False, "outcome": Outcome.RETRACTION, "headline": "No explosion at Arica refinery in Chile"}
    assert ops(room.send(**{**OTHERS, **denial})) == ["correction!"]
    assert ops(room.send(**KILLED)) == ["withdrawal!"]
    assert (room.last.status, room.last.headline) == ("withdrawn", REPORT["headline"])


def test_a_report_that_its_publisher_corrected_keeps_the_alert_alive() -> None:
    """A correction of one's own words is no denial."""
    room = Room()
    room.send(**REPORT)
    room.send(**OTHERS)
    corrected = {"version": "2", "signal": "correction", "matched": False, "outcome": Outcome.RETRACTION}
    room.send(**{**OTHERS, **corrected, "headline": "Blast at Arica refinery in Chile"})
    assert ops(room.send(**KILLED)) == ["correction!"]
    assert room.last.status == "live"


@pytest.mark.parametrize("pubstatus", ["canceled", "withheld"])
def test_a_report_taken_back_before_it_was_issued_is_never_shown(pubstatus: str) -> None:
    """Nobody is told that what nobody saw is withdrawn."""
    room = Room()
    room.send(**REPORT)
    room.send(**{**OTHERS, "headline": "Explosion rocks Arica refinery in Chile"})
    room.send(**{**OTHERS, "version": "2", "pubstatus": pubstatus, "matched": False})
    room.wait(60)
    assert ops(room.alerts) == ["new!"]
    assert [version for uri, version, _ in room.suppressed if uri == "urn:b"] == ["1", "2"]
    assert ops([*room.send(**{**OTHERS, "version": "3"}), *room.wait(60)]) == ["update"]
    assert "b.example" in room.last.independent_sources


@pytest.mark.parametrize("pubstatus", ["canceled", "withheld"])
def test_a_version_taken_back_before_it_was_issued_is_never_shown(pubstatus: str) -> None:
    """A kill or hold shows which story it is about by what people were shown of it."""
    room = Room()
    room.send()
    room.send(version="2", headline="Second headline")
    room.send(version="3", headline="Third headline")
    room.send(version="4", headline="Gone", pubstatus=pubstatus, matched=False)
    room.wait(60)
    assert [alert.headline for alert in room.alerts] == [QUAKE, "Second headline", "Second headline"]
