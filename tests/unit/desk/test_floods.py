"""The cap of a rule: editors are not deafened, and nothing is lost."""

from unit.desk.factories import Room, ops, place

from alerts.desk import Desk, is_capped

TOWNS = (("Salta", "AR"), ("Turin", "IT"), ("Lagos", "NG"), ("Osaka", "JP"), ("Leeds", "GB"), ("Perth", "AU"))


def fire(n: int, **fields: object) -> dict[str, object]:
    """An event of its own."""
    town, country = TOWNS[n]
    event = {"headline": f"Warehouse in {town} is ablaze", "body_text": "", "regions": place(country, country)}
    return {"source": f"s{n}.example", "uri": f"urn:{n}"} | event | fields


def test_over_the_cap_a_new_alert_interrupts_nobody_and_is_on_record() -> None:
    """It is issued and can be found; the audit says what kept it quiet."""
    room = Room(Desk(cap=2))
    for n in range(3):
        room.send(**fire(n))
    assert ops(room.alerts) == ["new!", "new!", "new"]
    (audit,) = room.audit
    assert (is_capped(audit), audit.alert) == (True, room.last.id)
    assert audit.reason == "issued without interrupting: rule quakes has interrupted 2 times within the hour"


def test_an_hour_later_the_rule_interrupts_again() -> None:
    """The cap looks back an hour."""
    room = Room(Desk(cap=1))
    room.send(**fire(0))
    room.wait(minutes=60)
    assert ops(room.send(**fire(1))) == ["new!"]


def test_what_is_more_urgent_passes() -> None:
    """Only what is as urgent counts against it, and nothing counts against a flash."""
    room = Room(Desk(cap=1))
    for n, priority in enumerate(("routine", "urgent", "urgent", "flash", "flash")):
        room.send(**fire(n, priority=priority))
    assert ops(room.alerts) == ["new!", "new!", "new", "new!", "new!"]


def test_another_rules_alerts_are_not_held_back() -> None:
    """A story is quiet only if all of its rules have interrupted too often."""
    room = Room(Desk(cap=1))
    room.send(**fire(0))
    rules = tuple({"rule": rule, "priority": "urgent"} for rule in ("quakes", "fires"))
    assert ops(room.send(**fire(1, matches=rules))) == ["new!"]


def test_a_quiet_alert_that_rises_interrupts() -> None:
    """The cap ends where an alert becomes more urgent."""
    room = Room(Desk(cap=1))
    room.send(**fire(0))
    room.send(**fire(1))
    assert ops(room.send(**fire(1, version="2", priority="bulletin"))) == ["update!"]


def test_a_quiet_alert_that_turns_out_big_interrupts() -> None:
    """Three publishers that found it out by themselves are more than a flood."""
    room = Room(Desk(cap=1))
    room.send(**fire(0))
    room.send(**fire(1))
    room.send(**fire(1, source="b.example", uri="urn:b"))
    told = room.send(**fire(1, source="c.example", uri="urn:c"))
    assert (ops(told), told[0].reason) == (["update!"], "Now reported by 3 publishers independently.")


def test_a_correction_of_a_quiet_alert_interrupts() -> None:
    """Who saw it is told."""
    room = Room(Desk(cap=1))
    room.send(**fire(0))
    room.send(**fire(1))
    assert ops(room.send(**fire(1, version="2", signal="correction"))) == ["correction!"]


def test_a_restored_desk_counts_on() -> None:
    """What was counted is in the stories' records."""
    room = Room(Desk(cap=1))
    room.send(**fire(0))
    twin = Room(Desk(cap=1), room.now)
    for key, value in room.state.items():
        twin.desk.restore(key, value)
    assert ops(twin.send(**fire(1))) == ["new"]


def test_no_cap_at_all() -> None:
    """Zero lifts it."""
    room = Room(Desk(cap=0))
    for n in range(len(TOWNS)):
        room.send(**fire(n))
    assert ops(room.alerts) == ["new!"] * len(TOWNS)
