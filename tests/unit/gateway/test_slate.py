import time
from datetime import UTC, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic_core import from_json
from support.clerk import make_candidate
from support.laws import examples

from alerts.alert import Action, Audit, AuditArticle
from alerts.desk import Desk
from alerts.desk.story import Story
from consumers.gateway.slate import MOST_IN_TRAIL, Slate

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def make_audit(do: str = "claim", **fields: Any) -> Audit:
    """Ann's applied action on alert `a`; its id is its word unless given."""
    values = {"action": do, "by": "ann", "at": NOON, "alert": "a", "revision": 1, "do": do, "outcome": "applied"}
    return Audit.model_validate({**values, **fields})


def frames(slate: Slate, after: int = -1) -> list[dict[str, Any]]:
    return [from_json(sheet.frame) for sheet in slate.after(after)]


ACTIONS = st.builds(
    lambda do, number, by, role: Action.model_validate(
        {"id": str(number), "alert": "", "revision": 1, "do": do, "by": by, "role": role, "at": NOON, "note": "n"}
    ),
    st.sampled_from(["claim", "release", "dismiss", "restore", "note", "hold", "unhold"]),
    st.integers(0, 4),
    st.sampled_from(["ann", "bob"]),
    st.sampled_from(["editor", "admin", "viewer"]),
)


@settings(max_examples=examples(60))
@given(st.lists(ACTIONS, max_size=12))
def test_the_slate_agrees_with_the_desk(actions: list[Action]) -> None:
    """Whatever editors ask, twice or in vain, what is read from the audit is what the desk itself remembers."""
    desk, slate = Desk(), Slate()
    opened = desk.handle(make_candidate(), NOON)
    alert = opened.alerts[-1].id
    state = opened.state[alert]
    for offset, action in enumerate(actions):
        outputs = desk.handle(action.model_copy(update={"alert": alert}), NOON)
        state = outputs.state.get(alert, state)
        slate.hear(offset, outputs.audit[0])
    story = Story.from_json(alert, state or b"")
    (frame,) = frames(slate) or [{"state": "open"}]
    assert frame.get("claimed_by") == story.claimed_by
    assert (frame["state"] == "dismissed") is story.dismissed


def test_what_changed_after_an_offset_comes_in_order() -> None:
    """An alert is told once, as it stands, at the place of its last change."""
    slate = Slate()
    for offset, (alert, do) in enumerate([("a", "claim"), ("b", "dismiss"), ("a", "release"), ("c", "note")]):
        slate.hear(offset, make_audit(do, alert=alert, note="look" if do == "note" else None))
    assert [(f["alert"], f["do"]) for f in frames(slate)] == [("b", "dismiss"), ("a", "release"), ("c", "note")]
    assert [f["alert"] for f in frames(slate, after=2)] == ["c"]


def test_what_the_desk_kept_back_is_in_the_trail_only() -> None:
    """A suppressed version is nobody's action: editors are not interrupted, but may look it up."""
    slate = Slate()
    article = AuditArticle(source="s", uri="u", version="2")
    assert slate.hear(0, make_audit("suppress", by="desk", article=article)) is None
    assert frames(slate) == []
    assert slate.trail("a")[0][0].article == article


def test_what_the_desk_kept_back_costs_editors_nothing() -> None:
    """What is new is found without a look at thousands of sheets that no editor is told of."""

    def seconds(kept_back: int) -> float:
        slate = Slate()
        slate.hear(0, make_audit("claim"))
        for offset in range(1, kept_back + 1):
            slate.hear(offset, make_audit("suppress", by="desk", alert=str(offset)))
        last = slate.head + 1
        slate.hear(last, make_audit("release"))
        began = time.process_time()
        for _ in range(50):
            assert [sheet.alert for sheet in slate.after(last - 1)] == ["a"]
        return time.process_time() - began

    assert seconds(5_000) < 20 * seconds(0)


def test_the_slate_is_bounded() -> None:
    """The alerts dealt with longest ago are forgotten, and so is the beginning of a long trail, which says so."""
    slate = Slate(most=2)
    for offset in range(MOST_IN_TRAIL + 1):
        slate.hear(offset, make_audit("note", action=str(offset), note=str(offset)))
    items, more = slate.trail("a")
    assert ([item.note for item in items], more) == ([str(n) for n in range(1, MOST_IN_TRAIL + 1)], True)
    for offset, alert in enumerate("bc", start=100):
        slate.hear(offset, make_audit(alert=alert))
    assert ([f["alert"] for f in frames(slate)], slate.trail("a")) == (["b", "c"], ((), False))
