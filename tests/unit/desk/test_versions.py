"""What later versions of an article do to its alert."""

from datetime import timedelta
from typing import Any

from unit.desk.factories import MS, NOON, QUAKE, Room, ops

COPY = {"source": "echo.example", "uri": "urn:e", "copy_of": ("andes.example", "urn:quake")}


def test_a_newer_version_is_a_quiet_update_at_once() -> None:
    """The alert's own text reaches the screen promptly, without a sound."""
    room = Room()
    room.send()
    assert ops(room.send(version="2", headline="Quake near Arica kills two")) == ["update"]
    assert (room.last.revision, room.last.headline) == (2, "Quake near Arica kills two")
    assert room.last.sources[0].version == "2"


def test_changed_content_under_the_same_version_is_an_update() -> None:
    """Some publishers never count."""
    room = Room()
    room.send(version=None)
    assert ops(room.send(version=None, headline="Quake near Arica kills two")) == ["update"]


def test_a_higher_priority_interrupts_again() -> None:
    """What has become more urgent is worth a second interruption."""
    room = Room()
    room.send()
    assert ops(room.send(version="2", priority="flash")) == ["update!"]
    assert (room.last.priority, room.last.delivery) == ("flash", "flash")


def test_a_priority_never_falls() -> None:
    """A calmer version does not take the urgency back."""
    room = Room()
    room.send(priority="flash")
    assert ops(room.send(version="2", priority="routine")) == ["update"]
    assert room.last.priority == "flash"


def test_an_older_version_is_suppressed_and_on_record() -> None:
    """Version 2 after version 3 changes nothing, and editors can see why; its repeat is not worth a second line."""
    room = Room()
    room.send(version="3")
    assert room.send(version="2") == []
    room.send(version="2")
    assert room.suppressed == [("urn:quake", "2", "older than the version already known")]
    (audit,) = room.audit
    assert (audit.do, audit.by, audit.outcome, audit.alert) == ("suppress", "desk", "applied", room.last.id)


def test_unversioned_articles_are_ordered_by_published_then_arrival() -> None:
    """An earlier `published` is older; with equal ones, what arrived clearly earlier is."""
    room = Room()
    room.send(version=None, timing={"received": MS + 60_000})
    room.send(version=None, headline="Before", published=NOON - timedelta(minutes=1), timing={"received": MS + 61_000})
    room.send(version=None, headline="Replayed", timing={"received": MS + 50_000})
    assert [reason for _, _, reason in room.suppressed] == ["older than the version already known"] * 2
    assert ops(room.send(version=None, headline="Within clock skew", timing={"received": MS + 58_000})) == ["update"]


def test_a_date_far_ahead_keeps_nothing_later_out() -> None:
    """A clock in the wrong zone: the kill half an hour later is dated earlier, and is the newer version even so."""
    room = Room()
    room.send(version=None, published=NOON + timedelta(hours=5), timing={"received": MS})
    assert room.last.published == NOON
    later = {"published": NOON + timedelta(minutes=30), "timing": {"received": MS + 30 * 60_000}}
    assert ops(room.send(version=None, pubstatus="canceled", matched=False, **later)) == ["withdrawal!"]


def test_text_set_back_to_an_earlier_wording_is_a_version() -> None:
    """A, then B, then A again with a later time: the alert says A."""
    room = Room()
    room.send(version=None)
    room.send(version=None, headline="B", published=NOON + timedelta(minutes=1))
    room.wait(60)
    room.send(version=None, published=NOON + timedelta(minutes=2))
    assert room.last.headline == QUAKE


def test_what_is_set_back_under_one_version_is_not_taken_for_a_repeat() -> None:
    """Usable, withheld, usable again without a new number or date: the hold ends. Reading all again changes nothing."""
    room = Room()
    steps: list[dict[str, Any]] = [{}, {"pubstatus": "withheld", "matched": False}, {}]
    for minute, step in enumerate(steps):
        room.send(**step, timing={"received": MS + minute * 60_000})
    assert (ops(room.alerts), room.last.status) == (["new!", "hold", "update"], "live")
    for minute, step in enumerate(steps):
        room.send(**step, timing={"received": MS + minute * 60_000})
    assert len(room.alerts) == 3


def test_a_version_that_no_longer_matches_still_updates() -> None:
    """Who was alerted must read the new headline; the reasons stay those of the version that matched."""
    room = Room()
    room.send()
    assert ops(room.send(version="2", matched=False, headline="It was a lorry")) == ["update"]
    last = room.last
    assert (last.headline, last.summary, last.rules) == ("It was a lorry", "", ("quakes",))
    assert [(w.version, w.rule) for w in last.why] == [("1", "quakes")]
    assert [r.code for r in last.regions] == ["CL"]


def test_quiet_updates_come_at_most_once_in_the_quiet_time() -> None:
    """Five versions in a minute are three updates: at once, and one each half minute."""
    room = Room()
    room.send()
    for n in range(2, 7):
        room.send(version=str(n), headline=f"Headline {n}")
        room.wait(10)
    room.wait(60)
    assert [(a.revision, a.headline, a.issued - NOON) for a in room.alerts[1:]] == [
        (2, "Headline 2", timedelta(0)),
        (3, "Headline 4", timedelta(seconds=30)),
        (4, "Headline 6", timedelta(seconds=60)),
    ]


def test_what_is_replaced_before_it_was_issued_is_on_record() -> None:
    """No version disappears: it is in the alert's sources or in a suppress record."""
    room = Room()
    room.send()
    for n in (2, 3, 4):
        room.send(version=str(n), headline=f"Headline {n}")
    room.wait(30)
    assert [a.sources[0].version for a in room.alerts] == ["1", "2", "4"]
    assert room.suppressed == [("urn:quake", "3", "superseded before it was issued")]


def test_an_interrupting_revision_carries_what_was_pending() -> None:
    """Nothing quiet follows an interruption that said it already."""
    room = Room()
    room.send()
    room.send(**COPY)
    room.send(version="2", priority="flash")
    assert len(room.last.sources) == 2
    assert room.wait(60) == []


def test_a_copys_new_version_waits_for_others() -> None:
    """Copies change the list of sources only, so they can wait."""
    room = Room()
    room.send()
    room.send(**COPY)
    room.wait(30)
    assert room.send(**{**COPY, "version": "2", "headline": "Copied again"}) == []
    assert ops(room.wait(30)) == ["update"]
    assert (room.last.headline, room.last.sources[1].headline) == (QUAKE, "Copied again")


def test_a_copys_later_version_in_words_of_its_own_interrupts_like_others() -> None:
    """What is no copy any more may be more urgent; what still is one, or cannot be compared, may not."""
    room = Room()
    room.send()
    room.send(**COPY)
    room.wait(60)
    later = {**COPY, "headline": "Tsunami warning after the quake", "priority": "flash"}
    assert ops(room.send(**{**later, "version": "2"})) == []
    assert ops(room.send(**{**later, "version": "3", "copy_of": None, "dedup": "unavailable"})) == []
    assert ops(room.send(**{**later, "version": "4", "copy_of": None})) == ["update!"]
    assert (room.last.priority, room.last.independent_sources) == ("flash", ("andes.example",))
