"""What editors may do, and what they are answered."""

from typing import Any

import pytest
from unit.desk.factories import QUAKE, Room, ops


@pytest.fixture
def room() -> Room:
    """A desk with one live, urgent alert."""
    room = Room()
    room.send()
    return room


def test_escalate_interrupts_with_the_given_priority(room: Room) -> None:
    """An editor raises the alarm."""
    audit = room.act("escalate", priority="flash")
    assert (audit.outcome, audit.result_revision, audit.action, audit.by) == ("applied", 2, "escalate", "ann")
    assert ops([room.last]) == ["update!"]
    assert (room.last.priority, room.last.reach.priority) == ("flash", "flash")


def test_correct_is_a_correction_with_the_editors_headline(room: Room) -> None:
    """It stands over later versions until the publisher's own headline changes."""
    room.act("correct", headline="Moderate quake near Arica", note="the bureau called")
    assert ops([room.last]) == ["correction!"]
    assert room.last.headline == "Moderate quake near Arica"
    assert room.last.reason == f"The editors have corrected the headline: “{QUAKE}” is now “Moderate quake near Arica”."
    assert "bureau" not in room.last.to_json().decode()
    room.send(version="2", body_text="More detail.")
    assert room.last.headline == "Moderate quake near Arica"
    room.wait(60)
    room.send(version="3", headline="Moderate quake, says bureau")
    assert room.last.headline == "Moderate quake, says bureau"


def test_withdraw_is_a_withdrawal(room: Room) -> None:
    """Editors can kill what publishers do not."""
    assert room.act("withdraw").result_revision == 2
    assert ops([room.last]) == ["withdrawal!"]
    assert (room.last.status, room.last.delivery, room.last.reason) == (
        "withdrawn",
        "bulletin",
        "Withdrawn by the editors.",
    )


def test_a_hold_by_editors_lasts_until_they_end_it(room: Room) -> None:
    """A publisher's next version updates the text but not the hold."""
    room.act("hold")
    assert (ops([room.last]), room.last.status) == (["hold"], "held")
    room.send(version="2", headline="Quake confirmed")
    assert (room.last.headline, room.last.status) == ("Quake confirmed", "held")
    room.act("unhold")
    assert (ops([room.last]), room.last.status) == (["update"], "live")


def test_claims_notes_and_dismissals_make_no_revision(room: Room) -> None:
    """What editors do among themselves never reaches `alerts`, and is audited each time."""
    for do in ("claim", "note", "dismiss", "restore", "release"):
        audit = room.act(do, note="calling the bureau")
        assert (audit.do, audit.outcome, audit.result_revision) == (do, "applied", None)
        assert audit.note == "calling the bureau"
    assert (len(room.alerts), len(room.audit)) == (1, 5)


def test_the_first_claim_wins(room: Room) -> None:
    """The second editor is told who has it; only an admin takes it away."""
    room.act("claim")
    assert room.act("claim", by="bob").reason == "conflict: claimed by ann"
    assert room.act("release", by="bob").reason == "conflict: claimed by ann"
    assert room.act("claim", id="again").outcome == "applied"
    assert room.act("release", by="root", role="admin").outcome == "applied"
    assert room.act("claim", by="bob", id="later").outcome == "applied"


@pytest.mark.parametrize("do", ["escalate", "correct", "withdraw", "hold", "unhold"])
def test_an_order_for_an_earlier_revision_is_refused(room: Room, do: str) -> None:
    """An editor must not decide on what is no longer on the screen."""
    room.send(version="2", headline="Quake near Arica kills two")
    before = len(room.alerts)
    audit = room.act(do, revision=1, priority="flash", headline="x")
    assert (audit.outcome, audit.reason) == ("refused", "stale_revision: the alert is at revision 2")
    assert len(room.alerts) == before


def test_a_claim_of_an_earlier_revision_is_fine(room: Room) -> None:
    """Claims are about the story, not about its words."""
    room.send(version="2", headline="Quake near Arica kills two")
    assert room.act("claim", revision=1).outcome == "applied"


def test_viewers_only_look(room: Room) -> None:
    """A viewer's action is refused and audited."""
    audit = room.act("claim", role="viewer")
    assert (audit.outcome, audit.reason) == ("refused", "forbidden: viewers only look")


def test_an_unknown_alert_is_not_found() -> None:
    """Nothing to act on."""
    audit = Room().act("claim", alert="nothing")
    assert (audit.outcome, audit.reason, audit.alert) == ("refused", "not_found", "nothing")


@pytest.mark.parametrize(
    ("do", "fields", "reason"),
    [
        ("escalate", {}, "bad_request: escalate needs a priority"),
        ("escalate", {"priority": "urgent"}, "bad_request: the alert is urgent already"),
        ("correct", {"headline": "  "}, "bad_request: correct needs a headline"),
        ("note", {}, "bad_request: a note needs text"),
        ("unhold", {}, "conflict: the alert is live"),
    ],
)
def test_what_makes_no_sense_is_refused(room: Room, do: str, fields: dict[str, Any], reason: str) -> None:
    """Each refusal says what is missing or in the way."""
    audit = room.act(do, **fields)
    assert (audit.outcome, audit.reason, len(room.alerts)) == ("refused", reason, 1)


@pytest.mark.parametrize("do", ["escalate", "correct", "withdraw", "hold"])
def test_a_withdrawn_alert_takes_no_more_orders(room: Room, do: str) -> None:
    """What is withdrawn stays withdrawn."""
    room.act("withdraw", id="w")
    assert room.act(do, priority="flash", headline="x").reason == "conflict: the alert is withdrawn"


def test_an_action_that_comes_again_is_answered_again_without_effect(room: Room) -> None:
    """The sender may still wait for its answer; the alert hears of it once."""
    first = room.act("escalate", priority="flash")
    again = room.act("escalate", revision=1, priority="flash")
    assert again == first
    assert len(room.alerts) == 2


def test_two_editors_may_use_the_same_action_id(room: Room) -> None:
    """Ids are the clients' own."""
    room.act("note", id="1", note="mine")
    assert room.act("claim", id="1", by="bob").outcome == "applied"
    assert room.act("claim", id="1", by="ann").outcome == "refused"


def test_an_ended_alert_can_still_be_withdrawn(room: Room) -> None:
    """What turns out wrong a day later is still told to those who saw it."""
    room.wait(days=2)
    assert room.act("withdraw").result_revision == 3
    assert room.last.op == "withdrawal"
