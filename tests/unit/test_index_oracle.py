"""The index against the words of the protocol, whatever subscribers do (ALERTS_TEST_FULL: 20,000 cases)."""

import random
from itertools import chain
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import oracle
from support.laws import cases
from support.newsroom import make_alert

from alerts.facets import View, view
from alerts.filters import Filter
from alerts.index import Index, Interest
from alerts.regions import ancestors

SLOW = [HealthCheck.too_slow]  # a busy machine is no fault of the strategy
MEMBERS = st.sampled_from(["ann", "bob", "eve", "joe"])
NAMES = st.sampled_from(["main", "eu"])
AUTH = st.tuples(st.just("auth"), MEMBERS, st.none(), oracle.SCOPES)
SUBSCRIBING = st.tuples(st.just("subscribe"), MEMBERS, NAMES, oracle.FILTERS)
ALERT = st.tuples(st.just("alert"), st.none(), st.sampled_from(["a1", "a2"]), oracle.FIELDS)
STEPS = st.one_of(
    SUBSCRIBING,
    st.tuples(st.just("unsubscribe"), MEMBERS, NAMES, st.none()),
    AUTH,
    st.tuples(st.just("leave"), MEMBERS, st.none(), st.none()),
    ALERT,
    ALERT,
)


def filter_of(axes: Any) -> Filter:
    return Filter.model_validate(axes, strict=False)


class Desk:
    """Subscribers as the gateway has them, and as the protocol does."""

    def __init__(self) -> None:
        self.index: Index[str] = Index()
        self.interests: dict[str, frozenset[Interest]] = {}
        self.subscriptions: dict[str, dict[str, Any]] = {}
        self.scopes: dict[str, Any] = {}
        self.views: dict[str, View] = {}
        self.revisions: dict[str, list[dict[str, Any]]] = {}

    def change(self, what: str, member: str, name: str | None, axes: Any) -> None:
        """Do it to the books of the protocol, then bring the index up to them."""
        mine = self.subscriptions.setdefault(member, {})
        if what == "subscribe":
            mine[name or ""] = axes
        elif what == "unsubscribe":
            mine.pop(name or "", None)
        elif what == "auth":
            self.scopes[member] = axes
        else:
            mine.clear()
            self.scopes.pop(member, None)
        scope = filter_of(self.scopes.get(member, {}))
        after = frozenset(Interest(filter_of(each), scope) for each in mine.values())
        before = self.interests.get(member, frozenset())
        for interest in before - after:
            self.index.discard(interest, member)
        for interest in after - before:
            self.index.add(interest, member)
        self.interests[member] = after

    def alert(self, alert_id: str, fields: dict[str, Any]) -> tuple[set[str], set[str]]:
        """A revision: who gets it by the index, and who by the protocol."""
        revisions = self.revisions.setdefault(alert_id, [])
        revisions.append(fields)
        shown = view(make_alert(alert_id, len(revisions), **fields), self.views.get(alert_id))
        self.views[alert_id] = shown
        expected = {
            member
            for member, mine in self.subscriptions.items()
            if oracle.gets(list(mine.values()), self.scopes.get(member, {}), revisions)
        }
        return set(self.index.match(shown)), expected


@settings(max_examples=cases(5_000, 150), deadline=None, suppress_health_check=SLOW)
@given(
    st.tuples(
        st.lists(AUTH, max_size=3),
        st.lists(SUBSCRIBING, min_size=2, max_size=6),
        st.lists(ALERT, max_size=1),
        st.lists(STEPS, min_size=2, max_size=12),
    )
)
def test_the_index_agrees_with_the_protocol(parts: tuple[list[tuple[str, Any, Any, Any]], ...]) -> None:
    """Subscribing, replacing, leaving, other scopes: an alert goes to exactly those to whom the protocol sends it."""
    desk = Desk()
    for what, member, name, value in chain(*parts):
        if what == "alert":
            found, expected = desk.alert(name, value)
            assert found == expected
        else:
            desk.change(what, member, name, value)
    assert len(desk.index) == len(frozenset[Interest]().union(*desk.interests.values()))


@settings(max_examples=cases(20_000, 2_000), deadline=None, suppress_health_check=SLOW)
@given(st.integers(0, 2**64))
def test_the_index_agrees_with_the_protocol_at_length(seed: int) -> None:
    """The same with longer histories, drawn from a seed, which is quicker: 20,000 of them in full."""
    rnd = random.Random(seed)
    desk = Desk()
    people, names = ["ann", "bob", "eve", "joe", "kim", "lea"], ["main", "eu", "x"]
    for _ in range(rnd.randint(5, 30)):
        what = rnd.choice(["subscribe", "subscribe", "alert", "alert", "alert", "unsubscribe", "auth", "leave"])
        if what == "alert":
            found, expected = desk.alert(rnd.choice(["a1", "a2", "a3"]), oracle.fields(rnd))
            assert found == expected
        else:
            value = oracle.wish(rnd) if what == "subscribe" else oracle.scope(rnd) if what == "auth" else None
            desk.change(what, rnd.choice(people), rnd.choice(names), value)


@settings(max_examples=cases(20_000, 2_000), deadline=None, suppress_health_check=SLOW)
@given(st.integers(0, 2**64))
def test_no_filter_widens_a_scope(seed: int) -> None:
    """Whatever a client asks for, of what its token does not allow it gets nothing."""
    rnd = random.Random(seed)
    asked, allowed = filter_of(oracle.wish(rnd)), oracle.scope(rnd)
    revisions = [oracle.fields(rnd) for _ in range(rnd.randint(1, 3))]
    shown: View | None = None
    for number, fields in enumerate(revisions, 1):
        shown = view(make_alert("a", number, **fields), shown)
    assert shown is not None
    if Interest(asked, filter_of(allowed)).matches(shown):
        assert oracle.reaches(allowed, revisions)
    assert Interest(filter_of({}), filter_of(allowed)).matches(shown) == oracle.reaches(allowed, revisions)


def test_the_small_world_of_the_oracle_is_a_part_of_ours() -> None:
    """What stands above a region there stands above it here, and of what is asked for nothing else does."""
    for code, above in oracle.ABOVE.items():
        assert above - {"unknown"} == ancestors(code) & (set(oracle.ASKED) | above)
