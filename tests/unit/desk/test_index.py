"""The index of open stories is made of what stories carry, whatever happened before."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from alerts.desk.events.features import Features
from alerts.desk.events.index import Events
from alerts.desk.events.signature import Signature

NOW = datetime(2026, 1, 1, tzinfo=UTC)
TERMS = [f"t{n}" for n in range(120)]  # more than a story is listed by
WEIGHTS = st.dictionaries(st.sampled_from(TERMS), st.integers(1, 300), min_size=1)
CHANGES = st.lists(st.tuples(st.sampled_from("abc"), st.none() | st.tuples(WEIGHTS, st.none() | WEIGHTS)))


@given(CHANGES, WEIGHTS)
def test_a_fresh_index_of_what_is_open_answers_the_same(
    changes: list[tuple[str, tuple[dict[str, int], dict[str, int] | None] | None]], report: dict[str, int]
) -> None:
    """After any puts and drops it weighs and finds as an index that only ever knew what is open now."""
    lived, open_now = Events(), dict[str, Signature]()
    for story, change in changes:
        if change is None:
            lived.drop(story)
            open_now.pop(story, None)
        else:
            open_now[story] = Signature.model_validate({"first": change[0], "all": change[1]})
            lived.put(story, open_now[story], NOW)
    fresh = Events()
    for story, signature in open_now.items():
        fresh.put(story, signature, NOW)
    features = Features(terms=report)
    weights = fresh.weigh(features)
    assert lived.weigh(features) == weights
    assert lived.find(features, weights, NOW) == fresh.find(features, weights, NOW)


def test_a_dropped_story_leaves_nothing_behind() -> None:
    """A term that no open story has is as rare as one never heard of, and finds nothing."""
    events = Events()
    features = Features(terms={"a": 300, "b": 200})
    events.put("s", Signature.of(features, events.weigh(features)), NOW)
    events.put("other", Signature.of(Features(terms={"c": 100}), {"c": 100}), NOW)
    assert events.find(features, {"a": 300, "b": 200}, NOW) is not None
    events.drop("s")
    events.drop("s")
    assert events.weigh(features) == {"a": 300, "b": 200}
    assert events.find(features, {"a": 300, "b": 200}, NOW) is None
    assert len(events) == 1
