"""What holds after any sequence of events: the invariants at the head of `alerts.desk`, as properties."""

from collections import defaultdict
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from support.laws import examples
from unit.desk.factories import MS, Room, make_candidate, place

from alerts.alert import MAX_ALERT_BYTES, Alert, Candidate
from alerts.desk import Desk, is_capped
from alerts.desk.reading import read
from alerts.desk.report import report_of
from alerts.desk.turn import _suppression_id
from alerts.verdict import Outcome, Priority

ITEMS = [(f"{name}.example", uri) for name in ("andes", "echo") for uri in ("urn:1", "urn:2")]
# Reports of one event in two sets of words, and of look-alikes; "Event" leaves threading to identities and copies.
EVENTS = {
    "Event": None,
    "Strong earthquake strikes off Arica, 12 killed": place("CL", "Chile"),
    "Arica quake kills 300 in Chile": place("CL", "Chile"),
    "Strong earthquake strikes off Honshu": place("JP", "Japan"),
    "Report of quake off Arica in Chile was a hoax": place("CL", "Chile"),
}
PRIORITIES = [p.value for p in Priority]
ACTIONS = ["claim", "release", "dismiss", "restore", "note", "escalate", "correct", "withdraw", "hold", "unhold"]

Step = dict[str, Any]

_seconds = st.sampled_from([0, 0, 1, 20, 31, 3600, 90_000, 800_000])
_candidates = st.fixed_dictionaries(
    {
        "item": st.sampled_from(ITEMS),
        "version": st.sampled_from([0, 0, 0, -2, None]),
        "pubstatus": st.sampled_from(["usable"] * 6 + ["canceled", "withheld"]),
        "signal": st.sampled_from([None] * 5 + ["correction"]),
        "outcome": st.sampled_from(["breaking"] * 4 + ["none", "retraction"]),
        "embargo": st.sampled_from([None] * 4 + [10, 4000, 200_000]),
        "copy_of": st.none() | st.sampled_from(ITEMS),
        "priority": st.sampled_from(PRIORITIES),
        "event": st.sampled_from(list(EVENTS)),
    }
)
_actions = st.fixed_dictionaries(
    {"do": st.sampled_from(ACTIONS), "back": st.integers(0, 3), "stale": st.integers(0, 1)}
)
_steps = st.lists(
    _candidates | _candidates | _actions | st.fixed_dictionaries({"wait": _seconds}), min_size=4, max_size=25
)


def candidate(step: Step, number: int, now: datetime) -> Candidate:
    """The candidate of a step; its headline names it, so that it can be found again in what comes out."""
    source, uri = step["item"]
    matched = step["outcome"] == "breaking"
    return make_candidate(
        source=source,
        uri=uri,
        version=None if step["version"] is None else str(number + 10 + step["version"]),
        headline=f"{step['event']} <{number}>",
        body_text="",
        regions=EVENTS[step["event"]] or (),
        published=None,
        pubstatus=step["pubstatus"],
        signal=step["signal"],
        embargoed=now + timedelta(seconds=step["embargo"]) if step["embargo"] else None,
        matched=matched,
        outcome=Outcome(step["outcome"]),
        priority=step["priority"],
        copy_of=step["copy_of"] if matched and step["copy_of"] != step["item"] else None,
        timing={"received": MS + number * 10_000},
    )


def run(room: Room, steps: list[Step], first: int = 0) -> list[Candidate]:
    """Take the steps; answers the candidates that were handed in."""
    given_in = []
    for number, step in enumerate(steps, first):
        if "wait" in step:
            room.wait(step["wait"])
        elif "do" in step:
            act(room, step, number)
        else:
            made = candidate(step, number, room.now)
            given_in.append(made)
            room.hand(made)
    return given_in


def act(room: Room, step: Step, number: int) -> None:
    known = list(dict.fromkeys(alert.id for alert in room.alerts)) or ["none"]
    alert = known[-1 - step["back"] % len(known)]
    revision = max((a.revision for a in room.alerts if a.id == alert), default=1) - step["stale"]
    room.act(step["do"], revision, alert, id=f"a{number}", priority="flash", headline=f"Edited {number}", note="n")


def by_id(alerts: list[Alert]) -> dict[str, list[Alert]]:
    stories = defaultdict(list)
    for alert in alerts:
        stories[alert.id].append(alert)
    return stories


@given(_steps)
@settings(max_examples=examples(25), deadline=None)
def test_revisions_count_without_a_hole_and_reach_only_grows(steps: list[Step]) -> None:
    """Each alert is 1, 2, ... n, begins with `new`, fits, and reaches whoever an earlier revision reached."""
    room = Room(Desk(memory=timedelta(days=1000)))  # ids are used again when they are forgotten
    run(room, steps)
    room.wait(days=1010)
    for revisions in by_id(room.alerts).values():
        assert [a.revision for a in revisions] == list(range(1, len(revisions) + 1))
        assert [a.op == "new" for a in revisions] == [True] + [False] * (len(revisions) - 1)
        for before, after in pairwise(revisions):
            for axis in ("regions", "topics", "rules", "languages", "sources"):
                assert set(getattr(before.reach, axis)) <= set(getattr(after.reach, axis))
            assert before.reach.priority.rank <= after.reach.priority.rank
        for alert in revisions:
            assert len(alert.to_json()) <= MAX_ALERT_BYTES
            assert alert.interrupt == (alert.op in {"new", "correction", "withdrawal"}) or alert.op == "update"
            assert {r.code for r in alert.regions} <= set(alert.reach.regions)
            assert {s.source for s in alert.sources} <= set(alert.reach.sources)
    assert room.desk.stories == 0


@given(_steps)
@settings(max_examples=examples(25), deadline=None)
def test_every_matching_version_is_in_one_alert_or_on_record(steps: list[Step]) -> None:
    """Nothing breaking disappears: it is in exactly one alert's sources, or in a suppress record with its reason."""
    room = Room()
    given_in = run(room, steps)
    room.wait(days=4)
    alerts_of = defaultdict(set)
    for alert in room.alerts:
        for source in alert.sources:
            alerts_of[source.uri, source.version, source.headline].add(alert.id)
    suppressed = {audit.action for audit in room.audit if audit.do == "suppress"}
    for made in given_in:
        article = made.article
        if made.matched and article.pubstatus == "usable":
            found = alerts_of[article.uri, article.version, article.headline]
            assert len(found) <= 1
            assert found or _suppression_id(report_of(made)) in suppressed


@given(_steps)
@settings(max_examples=examples(25), deadline=None)
def test_nothing_embargoed_appears_before_its_time(steps: list[Step]) -> None:
    """No alert and no audit record holds a word of an embargoed version before its embargo ends."""
    room = Room()
    given_in = run(room, steps)
    room.wait(days=4)
    for made in given_in:
        if until := made.article.embargoed:
            words = made.article.headline
            assert all(words not in alert.to_json().decode() for alert in room.alerts if alert.issued < until)
            assert all(words not in audit.to_json().decode() for audit in room.audit)


@given(_steps, _steps)
@settings(max_examples=examples(20), deadline=None)
def test_a_restored_desk_goes_on_as_the_one_that_wrote_its_state(before: list[Step], after: list[Step]) -> None:
    """Same further events, same alerts, same audit, same state, byte for byte."""
    room = Room()
    run(room, before)
    twin = room.restored()
    twin.alerts = list(room.alerts)
    shown, known = len(room.alerts), len(room.audit)
    for each in (room, twin):
        run(each, after, first=len(before))
        each.wait(days=2)
    assert [a.to_json() for a in room.alerts[shown:]] == [a.to_json() for a in twin.alerts[shown:]]
    assert room.audit[known:] == twin.audit
    assert {key: room.state[key] for key in twin.state} == twin.state
    assert room.desk.next_due() == twin.desk.next_due()


@given(_steps)
@settings(max_examples=examples(25), deadline=None)
def test_who_read_the_text_makes_no_difference(steps: list[Step]) -> None:
    """A candidate that carries its classifier's reading gets the same alerts, audit and state, byte for byte."""
    plain, carried = Room(), Room()
    for number, step in enumerate(steps):
        for room in (plain, carried):
            if "outcome" in step:
                made = candidate(step, number, room.now)
                room.hand(made.model_copy(update={"reading": read(made)}) if room is carried else made)
            else:
                run(room, [step], first=number)
    assert [a.to_json() for a in carried.alerts] == [a.to_json() for a in plain.alerts]
    assert carried.audit == plain.audit
    assert carried.state == plain.state


@given(_steps)
@settings(max_examples=examples(25), deadline=None)
def test_the_same_events_again_make_no_further_alerts(steps: list[Step]) -> None:
    """Offsets set back to the beginning: everything comes again, and nobody hears of it.

    Versions here come in order. Where a version that the desk ignored, not knowing the story, is newer than what it
    then alerted on, hearing it again does correct the alert.
    """
    in_order = [{**step, "version": step["version"] and 0} if "version" in step else step for step in steps]
    in_order = [step for step in in_order if step.get("wait", 0) < 3600]
    room = Room()
    given_in = run(room, in_order)
    room.wait(60)
    shown = len(room.alerts)
    for made in given_in:
        room.hand(made)
    room.wait(60)
    assert len(room.alerts) == shown


@given(_steps)
@settings(max_examples=examples(25), deadline=None)
def test_the_cap_holds_and_loses_nothing(steps: list[Step]) -> None:
    """Within an hour at most so many stories of a rule interrupt as new, flashes apart; the others are on record."""
    room = Room(Desk(cap=1))
    run(room, steps)
    room.wait(days=4)
    first = [alert for alert in room.alerts if alert.op == "new"]
    heard = [alert for alert in first if alert.interrupt and alert.priority is not Priority.FLASH]
    for one, other in pairwise(heard):
        if other.issued - one.issued < timedelta(hours=1):
            assert other.priority.rank > one.priority.rank
    capped = {audit.alert for audit in room.audit if is_capped(audit)}
    assert capped == {alert.id for alert in first if not alert.interrupt}


@given(st.permutations(range(4)), st.booleans())
@settings(max_examples=examples(25), deadline=None)
def test_the_order_of_copies_and_reports_loses_nothing(order: list[int], restore: bool) -> None:  # noqa: FBT001
    """An original, its copy, another report and its version: one alert holds all, in whatever order they come."""
    original = {"source": "andes.example", "uri": "urn:1", "headline": "Strong earthquake strikes off Arica, Chile"}
    reports: list[dict[str, Any]] = [
        original,
        {**original, "source": "echo.example", "uri": "urn:2", "copy_of": ("andes.example", "urn:1")},
        {"source": "pampa.example", "uri": "urn:3", "headline": "Arica quake in Chile damages houses"},
        {"source": "pampa.example", "uri": "urn:3", "headline": "Arica quake in Chile kills two", "version": "2"},
    ]
    room = Room()
    for number in order:
        made = make_candidate(**{"body_text": "", "regions": place("CL", "Chile"), **reports[number]})
        room.hand(made)
        if restore:
            alerts, state = room.alerts, room.state
            room = room.restored()
            room.alerts, room.state = alerts, state
    room.wait(60)
    assert len({alert.id for alert in room.alerts}) == 1
    assert {source.uri for source in room.last.sources} == {"urn:1", "urn:2", "urn:3"}
    assert sum(alert.op == "new" for alert in room.alerts) == 1
