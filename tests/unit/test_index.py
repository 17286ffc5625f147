from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from support.laws import examples
from support.newsroom import make_alert

from alerts.facets import View, view
from alerts.filters import EVERYTHING, Filter
from alerts.index import Index, Interest, _bits

REGIONS = ["UA", "UA-30", "KZ", "europe", "central-asia", "unknown"]
TOPICS = ["conflict", "sport", "fire"]
WORDS = ["border", "harbour", "mill"]


def some(values: list[str]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(values), min_size=1, max_size=3)


AXES: dict[str, st.SearchStrategy[Any]] = {
    "regions": some(REGIONS),
    "topics": some(TOPICS),
    "rules": some(["r1", "r2"]),
    "languages": some(["en", "en-GB", "ru"]),
    "sources": some(["a.org", "b.org"]),
    "text": st.sampled_from(WORDS),
}
FILTERS = st.fixed_dictionaries(
    {},
    optional=AXES
    | {
        "min_priority": st.sampled_from(["routine", "urgent", "bulletin", "flash"]),
        "not": st.fixed_dictionaries({}, optional=AXES),
    },
).map(lambda axes: Filter.model_validate(axes, strict=False))
SCOPES = st.just(EVERYTHING) | st.fixed_dictionaries({"regions": some(REGIONS)}).map(
    lambda axes: Filter.model_validate(axes, strict=False)
)
INTERESTS = st.builds(Interest, FILTERS, SCOPES)
MEMBERS = st.integers(0, 5)
CHURN = st.lists(st.tuples(st.booleans(), INTERESTS, MEMBERS), max_size=25)
ALERTS = st.fixed_dictionaries(
    {
        "regions": st.lists(st.sampled_from(["UA", "UA-30", "KZ"]), max_size=2).map(
            lambda codes: [{"code": code, "name": code} for code in codes]
        ),
        "topics": st.lists(st.sampled_from(TOPICS), max_size=2),
        "rules": st.lists(st.sampled_from(["r1", "r2"]), max_size=2),
        "language": st.sampled_from(["en", "en-GB", "ru", "und"]),
        "headline": st.lists(st.sampled_from(WORDS), min_size=1, max_size=2).map(" ".join),
        "priority": st.sampled_from(["routine", "urgent", "bulletin", "flash"]),
        "sources": st.sampled_from(["a.org", "b.org", "c.org"]).map(
            lambda name: [{"uri": "u", "source": name, "headline": "h"}]
        ),
    }
)


def grown(revisions: list[dict[str, Any]]) -> View:
    seen: View | None = None
    for number, fields in enumerate(revisions, 1):
        seen = view(make_alert(revision=number, **fields), seen)
    assert seen is not None
    return seen


@settings(max_examples=examples(60), deadline=None)
@given(CHURN, st.lists(st.lists(ALERTS, min_size=1, max_size=3), min_size=1, max_size=4))
def test_the_index_agrees_with_asking_everybody(
    churn: list[tuple[bool, Interest, int]], alerts: list[list[dict[str, Any]]]
) -> None:
    """After any subscribing, replacing and leaving, the index finds exactly those whose filter and scope match."""
    index: Index[int] = Index()
    held: set[tuple[Interest, int]] = set()
    for joins, interest, member in churn:
        if joins:
            index.add(interest, member)
            held.add((interest, member))
        else:
            some_held = next(iter(held), (interest, member))
            index.discard(*some_held)
            held.discard(some_held)
    assert len(index) == len({interest for interest, _ in held})
    for revisions in alerts:
        seen = grown(revisions)
        assert set(index.match(seen)) == {member for interest, member in held if interest.matches(seen)}


@settings(max_examples=examples(25), deadline=None)
@given(INTERESTS, st.lists(ALERTS, min_size=2, max_size=4))
def test_who_was_shown_an_alert_is_shown_what_becomes_of_it(
    interest: Interest, revisions: list[dict[str, Any]]
) -> None:
    """An interest that matched an alert once matches every later revision."""
    matched = [interest.matches(grown(revisions[:count])) for count in range(1, len(revisions) + 1)]
    assert matched == sorted(matched)


@given(FILTERS, ALERTS)
@settings(max_examples=examples(25), deadline=None)
def test_no_filter_widens_a_scope(wanted: Filter, fields: dict[str, Any]) -> None:
    """What the token does not allow is not delivered, whatever the filter."""
    scope = Filter(regions=("KZ",))
    seen = view(make_alert(**fields))
    assert not (Interest(wanted, scope).matches(seen) and "KZ" not in seen.reach.regions)


def test_an_index_that_was_left_is_empty() -> None:
    """Subscribers who come and go leave nothing behind."""
    index: Index[str] = Index()
    interests = [Interest(Filter(topics=(topic,))) for topic in TOPICS]
    for round_ in range(3):
        for interest in interests:
            index.add(interest, f"member {round_}")
        for interest in interests:
            index.discard(interest, f"member {round_}")
    assert len(index) == 0
    assert len(index._by_number) == len(TOPICS)
    assert not any(index._values.values())
    assert not any(index._by_rank)


@given(st.integers(0, 2**400 - 1) | st.integers(0, 100).map(lambda size: 2**size - 1))
def test_the_set_bits_are_found_few_or_many(number: int) -> None:
    """One by one, or in the digits: the same."""
    assert list(_bits(number)) == [at for at in range(number.bit_length()) if number >> at & 1]
