"""The alert as topic `alerts` holds it."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from unit.desk.factories import MS, NOON, Room, region_codes, why

from alerts.alert import MAX_ALERT_BYTES, RuleMatch, Timing, WeightedRegion
from alerts.verdict import Priority

ORIGINAL = ("andes.example", "urn:quake")


def test_an_alert_carries_the_verdict_and_the_times() -> None:
    """Rules, regions, reasons, times and dedup come from the candidate."""
    room = Room()
    room.send(dedup="unavailable", url="https://andes.example/quake")
    last = room.last
    assert (last.rules, last.topics, last.ruleset, last.dedup) == (("quakes",), ("disaster",), "r1", "unavailable")
    assert (region_codes(last.regions), last.language, last.url) == (["CL"], "en", "https://andes.example/quake")
    assert (last.published, last.updated, last.issued) == (NOON, NOON, NOON)
    assert last.timing == Timing(received=MS, classified=MS + 10, issued=MS)
    assert (last.why[0].text, last.sources_total) == ("quake", 1)


def test_published_is_the_first_articles_time_and_updated_the_lasts() -> None:
    """Both are the publishers' times; `issued` is ours."""
    room = Room()
    room.send()
    room.wait(600)
    room.send(version="2", published=NOON + timedelta(minutes=9))
    assert (room.last.published, room.last.updated) == (NOON, NOON + timedelta(minutes=9))


def test_timing_is_of_the_article_behind_the_revision() -> None:
    """A revision with no article behind it tells only when it was issued."""
    room = Room()
    room.send()
    room.act("withdraw")
    assert (room.last.timing.received, room.last.timing.issued) == (None, int(NOON.timestamp() * 1000))


def test_the_summary_is_the_lead() -> None:
    """The description, else the first paragraph; at most 400 characters, on one line."""
    room = Room()
    room.send()
    assert room.last.summary == "A strong quake hit the coast near Arica on Sunday."
    room.send(version="2", description="A description.")
    assert room.last.summary == "A description."
    room.wait(60)
    room.send(version="3", body_text="words\nand " * 200)
    assert len(room.last.summary) <= 400
    assert room.last.summary.endswith("…")
    assert "\n" not in room.last.summary


def test_reach_is_the_union_over_all_revisions() -> None:
    """Who saw an earlier revision also sees the later ones, although they are about something else."""
    room = Room()
    room.send()
    room.send(
        version="2",
        language="es",
        matches=(RuleMatch(rule="floods", priority=Priority.BULLETIN, topic="weather"),),
        regions=(WeightedRegion(code="PE", name="Peru", weight=1),),
    )
    last = room.last
    assert (last.rules, region_codes(last.regions)) == (("floods",), ["PE"])
    assert (last.reach.rules, last.reach.topics) == (("quakes", "floods"), ("disaster", "weather"))
    assert (last.reach.regions, last.reach.languages) == (("CL", "PE"), ("en", "es"))
    assert (last.reach.sources, last.reach.priority) == (("andes.example",), "bulletin")


def test_a_copys_rules_reach_those_who_asked_for_them() -> None:
    """Who subscribed to a rule that fires on the copy alone gets the alert, quietly."""
    room = Room()
    room.send()
    match = RuleMatch(rule="coast", priority=Priority.URGENT, topic="sea")
    room.send(source="echo.example", uri="urn:e", copy_of=ORIGINAL, matches=(match,))
    room.wait(30)
    assert room.last.rules == ("quakes", "coast")
    assert room.last.reach.sources == ("andes.example", "echo.example")


def test_at_most_fifty_sources_are_listed_and_all_counted() -> None:
    """The first, then what was not listed before, then the newest; what no revision lists is on record."""
    room = Room()
    room.send()
    for n in range(60):
        room.send(source=f"s{n}.example", uri=f"urn:{n}", copy_of=ORIGINAL)
    room.wait(30)
    assert (len(room.last.sources), room.last.sources_total) == (50, 61)
    assert room.last.sources[0].role == "first"
    listed = {s.uri for s in room.last.sources[1:]}
    suppressed = {uri for uri, _, reason in room.suppressed if reason and "lists" in reason}
    assert listed | suppressed == {f"urn:{n}" for n in range(60)}
    assert not listed & suppressed


def test_one_publisher_counts_once() -> None:
    """Independent sources are publishers, not feeds."""
    room = Room()
    room.send()
    room.send(uri="urn:again", copy_of=ORIGINAL)
    room.wait(30)
    for item in next(iter(room.desk._shelf._open.values())).items[1:]:
        item.role = "independent"
    room.wait(30)
    room.send(version="2")
    assert room.last.independent_sources == ("andes.example",)
    assert [s.role for s in room.last.sources] == ["first", "independent"]


def test_an_alert_never_passes_64_kib() -> None:
    """Absurdly long texts and names, within what an article may hold, are cut; the first source stays."""
    long = "Ж" * 2000
    room = Room()
    fields = {
        "source": f"{long}.example",
        "uri": f"urn:{long}",
        "headline": "Ω" * 5_000,
        "description": "“" * 5_000,
        "url": "https://x.example/" + "й" * 2000,
        "matches": tuple(RuleMatch(rule=f"rule-{n:04}-{'x' * 60}", priority=Priority.URGENT) for n in range(120)),
        "regions": tuple(WeightedRegion(code=f"X{n}", name="N" * 300, weight=1) for n in range(300)),
        "why": tuple(why("u", "1", rule=f"r{n}", text="t" * 1500, context="c" * 160) for n in range(40)),
    }
    room.send(**fields)
    for n in range(20):
        room.send(
            **{**fields, "uri": f"urn:{n}{long}", "source": f"{n}{long}", "copy_of": (fields["source"], fields["uri"])}
        )
    room.wait(30)
    room.send(**{**fields, "version": "2", "signal": "correction", "headline": "Ѡ" * 9000})
    assert [len(a.to_json()) <= MAX_ALERT_BYTES for a in room.alerts] == [True] * 3
    assert all(a.sources[0].role == "first" for a in room.alerts)
    assert len(room.last.headline) == 500


def test_why_keeps_a_few_reasons_of_each_kind() -> None:
    """The tenth mention of a word tells nobody more."""
    room = Room()
    room.send(why=tuple(why("u", "1", rule=rule) for rule in ["quakes"] * 10 + ["coast"] * 2))
    assert [w.rule for w in room.last.why] == ["quakes"] * 3 + ["coast"] * 2


@given(st.integers(0, 8), st.integers(0, 24), st.integers(0, 2048), st.sampled_from("aé\u0001\U0001f300"))
def test_an_alert_that_seems_small_is(copies: int, reasons: int, length: int, letter: str) -> None:
    """Whatever its texts are made of, none passes the limit because it was not written out to see its size."""
    room = Room()
    cited = tuple(why("urn:quake", "1", rule=f"r{number}", context=letter * 160) for number in range(reasons))
    room.send(why=cited, url=letter * length, description=letter * 400)
    for number in range(copies):
        room.send(uri=f"urn:{number}", copy_of=ORIGINAL, url=letter * length)
    room.wait(30)
    assert all(len(alert.to_json()) <= MAX_ALERT_BYTES for alert in room.alerts)
