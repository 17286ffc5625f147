"""Two rule sets over the same articles: what one adds and the other misses."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from support.laws import examples
from support.newsroom import make_alert

from alerts.alert import Alert
from alerts.comparison import Run, compare

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@lru_cache
def plain(id_: str, *uris: str) -> Alert:
    return alert(id_, *uris)


def alert(id_: str, *uris: str, revision: int = 1, **fields: Any) -> Alert:
    sources = [{"uri": uri, "source": "a.example", "headline": "H", "role": "first"} for uri in uris or (id_,)]
    return make_alert(id_, revision, sources=sources, **fields)


def test_what_is_added_removed_changed_and_the_same() -> None:
    """In order of time."""
    before = Run([alert("same"), alert("gone", issued=NOON + timedelta(hours=2)), alert("other", rules=["a"])])
    after = Run(
        [alert("same"), alert("new", issued=NOON + timedelta(hours=1)), alert("other", rules=["b"], priority="flash")]
    )
    compared = compare(before, after)
    assert [(change.kind, change.story.first.id) for change in compared.changes] == [
        ("changed", "other"),
        ("added", "new"),
        ("removed", "gone"),
    ]
    assert compared.same == 1
    change = compared.changes[0]
    assert change.before is not None
    assert change.after is not None
    assert (change.before.rules, change.after.rules) == (("a",), ("b",))


def test_an_alert_that_begins_with_another_report_is_the_same() -> None:
    """Its id is another then, but it holds the same articles."""
    before = Run([alert("one", "u:1"), alert("one", "u:1", "u:2", revision=2)])
    assert compare(before, Run([alert("two", "u:2")])).changes == ()
    assert compare(Run([alert("two", "u:2")]), before).same == 1


def test_revisions_count_once() -> None:
    """An alert belongs to the day it began; its priority is the highest it had, its rules are all it had."""
    run = Run([
        alert("one", issued=NOON, rules=["a"]),
        alert("one", revision=2, issued=NOON + timedelta(days=1), rules=["b"], priority="flash"),
        alert("one", revision=3, issued=NOON + timedelta(days=2), rules=["b"]),
    ])  # fmt: skip
    assert run.by_day() == {NOON.date(): 1}
    assert (run.stories["one"].priority, run.stories["one"].rules) == ("flash", ("a", "b"))


runs = st.lists(st.lists(st.sampled_from("abcdef"), min_size=1, max_size=2, unique=True), max_size=4)


@given(runs, runs)
@settings(max_examples=examples(40))
def test_every_alert_of_both_runs_is_accounted_for(one: list[list[str]], other: list[list[str]]) -> None:
    """Each alert of the second run is added, changed or the same; what the first has in addition is removed."""
    before = Run(plain(f"b{i}", *uris) for i, uris in enumerate(one))
    after = Run(plain(f"a{i}", *uris) for i, uris in enumerate(other))
    compared = compare(before, after)
    assert compared.count("added") + compared.count("changed") + compared.same == len(other)
    known = {uri for uris in one for uri in uris}
    assert compared.count("added") == sum(not known & set(uris) for uris in other)
    found = {uri for uris in other for uri in uris}
    assert compared.count("removed") == sum(not found & set(uris) for uris in one)
