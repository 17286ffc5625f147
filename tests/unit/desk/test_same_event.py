"""Which reports are one event, and which only look alike."""

from collections.abc import Mapping
from datetime import timedelta

import pytest
from unit.desk.factories import NOON, Room, ops, place

from alerts.alert import Alert
from alerts.desk.events.lexicon import terms
from alerts.regions.gazetteer import gazetteer
from alerts.verdict import Outcome

CHILE, JAPAN, ITALY = place("CL", "Chile"), place("JP", "Japan"), place("IT", "Italy")
QUAKE = {
    "source": "andes.example",
    "uri": "urn:1",
    "headline": "Magnitude 7.1 earthquake strikes off Arica, Chile",
    "body_text": "",
    "regions": CHILE,
}
SECOND = {
    "source": "pampa.example",
    "uri": "urn:2",
    "headline": "Strong quake hits northern Chile, damage reported in Arica",
    "body_text": "",
    "regions": CHILE,
}


def alerts_of(*reports: Mapping[str, object], hours: float = 1) -> list[Alert]:
    """The revisions that follow when reports come an hour apart."""
    room = Room()
    for number, report in enumerate(reports):
        published = NOON + timedelta(hours=number * hours)
        room.wait((published - room.now).total_seconds())
        room.send(**{"uri": f"urn:{number}", "source": f"s{number}.example", "published": published, **report})
    room.wait(30)
    return room.alerts


def stories(alerts: list[Alert]) -> int:
    return len({alert.id for alert in alerts})


def test_a_second_report_in_other_words_is_a_quiet_update() -> None:
    """Two publishers, one event: heard once, and both are named."""
    alerts = alerts_of(QUAKE, SECOND)
    assert ops(alerts) == ["new!", "update"]
    assert alerts[-1].independent_sources == ("andes.example", "pampa.example")
    assert [source.role for source in alerts[-1].sources] == ["first", "independent"]


def test_two_kinds_of_event_in_one_land_are_two_stories() -> None:
    """Said in the same words on the same day; `kaza`, an accident in Turkish, does not begin Kazakhstan."""
    land = place("KZ", "Kazakhstan")
    quake = {"headline": "Magnitude 7.4 earthquake kills 49 in Kazakhstan", "regions": land, "body_text": ""}
    crash = {"headline": "Plane crash kills 29 in Kazakhstan", "regions": land, "body_text": ""}
    lead = "It struck Kazakhstan on Monday, officials said."
    assert stories(alerts_of({**quake, "description": lead}, {**crash, "description": lead})) == 2


@pytest.mark.parametrize("code", sorted(code for code in gazetteer().places if len(code) == 2 and code.isupper()))
def test_no_land_is_a_kind_of_event(code: str) -> None:
    """Words of one language that begin as names of another would make all that happens there alike."""
    assert [term.kind for word in gazetteer().places[code].name.split() for term in terms(word) if term.kind] == []


def test_an_editor_sees_why_two_reports_are_one_story() -> None:
    """What the second has in common with the first stands beside it, in its own words."""
    shared = alerts_of(QUAKE, SECOND)[-1].sources[1].shared
    assert {"quake", "Chile", "Arica"} <= set(shared)


def test_reports_in_two_languages_are_one_story() -> None:
    """Places, numbers and kinds of events need no translation."""
    russian = {"headline": "В Чили произошло землетрясение магнитудой 7,1", "language": "ru"}
    assert stories(alerts_of(QUAKE, {**SECOND, **russian})) == 1


@pytest.mark.parametrize(
    "other",
    [
        {"headline": "Magnitude 7.1 earthquake strikes off Honshu, Japan", "regions": JAPAN},
        {"headline": "Magnitude 5.4 earthquake strikes off Arica, Chile", "regions": CHILE},
        {"headline": "Another earthquake strikes off Arica in Chile's north", "regions": CHILE},
        {"headline": "President of Chile resigns after vote in parliament", "regions": CHILE},
        {"headline": "Chile wins the Arica cup", "regions": CHILE},
    ],
    ids=["other place", "other magnitude", "another one", "other kind", "same place"],
)
def test_look_alikes_stay_apart(other: dict[str, object]) -> None:
    """Same words, another event."""
    assert stories(alerts_of(QUAKE, {**SECOND, **other})) == 2


SEIZURE = (
    "A patrol vessel of the coastguard boarded a fishing boat south of the island and found packets of cocaine hidden "
    "below the ice in its hold, the armed forces said. The vessel, the {ship}, had followed the boat, the {boat}, "
    "through the night after its crew of {crew} did not answer by radio. Customs weighed the drugs at {weight} kilos. "
    "Commander {officer} of the {ship} told journalists that nobody was hurt and that the {boat} would be sold."
)
RETOLD = (
    "Drugs worth a fortune were brought ashore by the coastguard at dawn. Sailors of the {ship} searched the {boat}, a "
    "fishing boat that fled towards open sea, and found {weight} kilos of cocaine under crates of mackerel, according "
    "to its commander, {officer}. All {crew} crew were led away in handcuffs and will come before a magistrate. The "
    "{boat} was towed to a yard, where dogs went through its engine room while relatives waited at the gate."
)
AURELIA = {"ship": "Aurelia", "boat": "Santa Rita", "crew": "14", "weight": "1,420", "officer": "Ferrando"}
MERIDIAN = {"ship": "Meridian", "boat": "Blue Heron", "crew": "31", "weight": "655", "officer": "Okonjo"}
MALTA = place("MT", "Malta")


def test_long_texts_of_one_subject_are_told_apart_by_names_and_numbers() -> None:
    """Of two seizures the second begins a story, though the same words would do if names and numbers were the same."""
    first = {"headline": "Cocaine on fishing boat off Malta", "body_text": SEIZURE.format(**AURELIA), "regions": MALTA}
    retold = {"headline": "Coastguard seizes drugs off Malta", "regions": MALTA}
    assert stories(alerts_of(first, {**retold, "body_text": RETOLD.format(**MERIDIAN)})) == 2
    assert stories(alerts_of(first, {**retold, "body_text": RETOLD.format(**AURELIA)})) == 1


def test_the_fall_of_a_government_is_not_the_protest_before_it() -> None:
    """What came before stands behind `as` and `after`; what is new is the headline's own."""
    protest = {
        "headline": "At least 12 killed in protests in Rome over bread prices",
        "regions": ITALY,
        "body_text": "",
    }
    fall = {"headline": "Italian prime minister resigns as protests spread", "regions": ITALY, "body_text": ""}
    assert stories(alerts_of(protest, fall)) == 2


def test_a_date_in_the_text_tells_last_years_quake() -> None:
    """Dates with their year that lie apart are two events, whatever else agrees."""
    dated = {"body_text": "The earthquake struck on March 1, 2026."}
    old = {"body_text": "The earthquake struck on April 12, 2014."}
    assert stories(alerts_of({**QUAKE, **dated}, {**SECOND, **old})) == 2


def test_a_misread_place_does_not_split_a_story() -> None:
    """Names that agree outweigh a country that does not."""
    one = {"headline": "Ada Ferrando, first woman to lead Vello Bank, dies at 84", "regions": CHILE, "body_text": ""}
    two = {"headline": "Ada Ferrando of Vello Bank dies at 84", "regions": ITALY, "body_text": ""}
    assert stories(alerts_of(one, two)) == 1


def test_a_story_ends_three_days_after_its_first_report() -> None:
    """However often it is told anew: a story that goes on for ever swallows the next one of its kind."""
    alerts = alerts_of(*[{**SECOND, "uri": f"urn:{n}", "source": f"s{n}.example"} for n in range(6)], hours=20)
    assert [alert.op for alert in alerts if alert.interrupt] == ["new", "new"]
    assert stories(alerts) == 2


def test_a_story_is_compared_with_its_first_reports() -> None:
    """It does not wander off: what only its follow-ups share with a report is not enough."""
    drift = [
        {
            "headline": f"Chile quake: port of Arica closed, copper ships wait, day {n}",
            "regions": CHILE,
            "body_text": "",
        }
        for n in range(20)
    ]
    other = {"headline": "Copper ships wait as port strike spreads in Peru", "regions": place("PE", "Peru")}
    assert stories(alerts_of(QUAKE, *drift, {**other, "body_text": ""}, hours=0.1)) == 2


def test_what_no_rule_matches_joins_nothing() -> None:
    """The desk hears of much that is none of its business."""
    assert ops(alerts_of(QUAKE, {**SECOND, "matched": False, "version": "3"})) == ["new!"]


def test_an_all_clear_by_another_publisher_is_a_correction_that_interrupts() -> None:
    """Who was shown the alert is told that it was none, by whom, and in which words."""
    shots = {"headline": "Active shooter reported at Vello University", "regions": ITALY, "body_text": ""}
    hoax = {"headline": "Report of active shooter at Vello University was a hoax, police say", "regions": ITALY}
    retraction = {**hoax, "matched": False, "outcome": Outcome.RETRACTION}
    alerts = alerts_of(shots, {**retraction, "source": "b.example", "version": "1"}, {**retraction, "version": "1"})
    assert ops(alerts) == ["new!", "correction!", "update"]
    assert (
        alerts[1].reason == "b.example reports: “Report of active shooter at Vello University was a hoax, police say”."
    )
    assert [source.role for source in alerts[-1].sources] == ["first", "correction", "correction"]
    assert alerts[-1].independent_sources == ("s0.example",)


def test_a_report_of_what_another_publisher_withdrew_is_a_new_alert() -> None:
    """A withdrawn story takes in nothing: whoever still reports it must be heard."""
    room = Room()
    room.send(**QUAKE)
    room.send(**{**QUAKE, "version": "2", "pubstatus": "canceled", "matched": False})
    assert ops(room.send(**SECOND)) == ["new!"]


def test_a_report_of_an_embargoed_event_is_out_at_once() -> None:
    """An embargo binds its own article; when it ends, that one joins the alert without interrupting."""
    room = Room()
    room.send(**QUAKE, embargoed=NOON + timedelta(hours=2))
    assert ops(room.send(**SECOND)) == ["new!"]
    assert "andes.example" not in room.last.to_json().decode()
    assert ops(room.wait(hours=3)) == ["update"]
    assert [(s.source, s.role) for s in room.last.sources] == [
        ("pampa.example", "first"),
        ("andes.example", "independent"),
    ]


def test_a_crowded_story_still_rises() -> None:
    """The two hundred and first report is not listed, but if it is a flash, everyone hears of it."""
    room = Room()
    room.send(**QUAKE)
    for n in range(199):
        room.send(**{**SECOND, "uri": f"urn:s{n}", "source": f"s{n}.example"})
    room.wait(60)
    assert ops(room.send(**{**SECOND, "uri": "urn:last", "priority": "flash"})) == ["update!"]
    assert (room.last.priority, room.last.reason) == (
        "flash",
        "Now flash. pampa.example reports: “Strong quake hits northern Chile, damage reported in Arica”.",
    )


def test_a_restored_desk_threads_as_before() -> None:
    """The index is made of the stories' records, and of nothing else."""
    room = Room()
    room.send(**QUAKE)
    twin = room.restored()
    assert room.send(**SECOND) == twin.send(**SECOND) == []
    assert room.state == {**room.state, **twin.state}
