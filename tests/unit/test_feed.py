import json
from itertools import accumulate

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.laws import examples
from support.newsroom import make_alert

from alerts.alert import InvalidRecord
from alerts.feed import DAY_MS, KEPT, Feed, Limits
from alerts.filters import Filter, matcher

PLENTY = Limits(entries=1000, bytes=10**9, age_ms=DAY_MS)
DATA = make_alert().to_json()


def feed_of(*seqs: int, limits: Limits = PLENTY) -> Feed:
    feed = Feed(limits)
    for seq in seqs:
        feed.append(seq, seq * 1000, make_alert(f"a{seq}").to_json(), now_ms=seq * 1000)
    return feed


@settings(max_examples=examples(60))
@given(
    steps=st.lists(st.integers(1, 5), min_size=1, max_size=40),
    most=st.integers(1, 12),
    cursor=st.integers(-2, 220),
    limit=st.integers(1, 10),
)
def test_the_ring_agrees_with_a_plain_list(steps: list[int], most: int, cursor: int, limit: int) -> None:
    """Offsets with holes, a ring of any size, any cursor: what follows and precedes is what a list would say."""
    seqs = list(accumulate(steps))
    feed = Feed(Limits(entries=most, bytes=10**9, age_ms=DAY_MS))
    for seq in seqs:
        feed.append(seq, seq, DATA, now_ms=seq)
    kept, gone = seqs[-most:], seqs[:-most]
    assert [e.seq for e in feed.after(cursor, limit)] == [s for s in kept if s > cursor][:limit]
    assert [e.seq for e in feed.before(cursor, limit)] == [s for s in reversed(kept) if s < cursor][:limit]
    assert feed.behind(cursor) == len([s for s in kept if s > cursor])
    assert (len(feed), feed.head, feed.floor) == (len(kept), seqs[-1], gone[-1] if gone else -1)
    assert feed.bytes == sum(len(entry.raw) for entry in feed.after(-1, 1000))


def test_the_frame_is_the_record_as_it_stands() -> None:
    """The alert inside the frame is, byte for byte, what stands on the topic."""
    feed = Feed(PLENTY)
    spaced = b" " + DATA.replace(b'":', b'": ') + b"\n"
    entry = feed.append(7, 1000, spaced, now_ms=1000)
    assert entry.alert == spaced
    assert json.loads(entry.item) == {"seq": 7, "alert": json.loads(DATA)}
    assert entry.raw[4:].startswith(b'{"type":"alert","seq":7,"alert":')


def test_bytes_bound_the_ring() -> None:
    """The ring keeps the newest that fit; one too large for it is not kept, and the floor says so."""
    size = len(feed_of(1).after(0, 1)[0].raw)
    feed = feed_of(*range(1, 10), limits=Limits(entries=1000, bytes=3 * size, age_ms=DAY_MS))
    assert [entry.seq for entry in feed.after(0, 99)] == [7, 8, 9]
    assert feed.floor == 6
    assert not feed_of(5, limits=Limits(entries=10, bytes=10, age_ms=DAY_MS)).after(-1, 1)


def test_what_is_dropped_is_let_go_of() -> None:
    """Entries that are gone take no memory, but for a few."""
    feed = feed_of(*range(1000), limits=Limits(entries=200, bytes=10**9, age_ms=DAY_MS))
    assert len(feed) == 200
    assert len(feed._entries) <= 200 + KEPT + 1


def test_age_bounds_the_ring() -> None:
    """What is older than the ring's age goes, also while nothing new comes."""
    feed = feed_of(1, 2, 3, limits=Limits(entries=10, bytes=10**9, age_ms=5000))
    feed.expire(now_ms=7500)
    assert [entry.seq for entry in feed.after(0, 9)] == [3]
    assert feed.dropped_ms == 2000


def test_a_record_that_is_no_alert_is_not_kept_but_passed() -> None:
    """The head moves past a record that cannot be read, so that it is not waited for."""
    feed = feed_of(1)
    with pytest.raises(InvalidRecord):
        feed.append(2, 2000, b"{}", now_ms=2000)
    assert (feed.head, len(feed)) == (2, 1)


def test_an_old_offset_is_our_own_fault() -> None:
    """Offsets only ascend; anything else must be loud."""
    with pytest.raises(ValueError, match="not above the head"):
        feed_of(5).append(5, 5000, DATA, now_ms=5000)


def test_since_finds_the_cursor_of_a_time() -> None:
    """Everything of that time and later follows the cursor; before the window it is the floor."""
    feed = feed_of(10, 20, 30)
    assert feed.since(20_000) == 10
    assert feed.since(99_000) == 30
    assert feed.since(0) == -1


def test_a_feed_knows_how_far_back_it_holds_everything() -> None:
    """Not beyond what it dropped; nor, where the topic had lost its beginning, beyond its own age."""
    whole, cut = feed_of(10, 20, 30), Feed(PLENTY, floor=9)
    assert whole.holds(0, now_ms=40_000)
    assert cut.holds(9 * DAY_MS, now_ms=10 * DAY_MS)
    assert not cut.holds(9 * DAY_MS - 1, now_ms=10 * DAY_MS)
    dropping = feed_of(10, 20, 30, limits=Limits(entries=2, bytes=10**9, age_ms=DAY_MS))
    assert [dropping.holds(ms, now_ms=40_000) for ms in (10_000, 10_001)] == [False, True]


def test_only_quiet_revisions_that_a_later_one_replaces_are_spared() -> None:
    """A lagging client may miss a superseded quiet update, never what interrupts, never the latest."""
    feed = Feed(PLENTY)
    entries = [
        feed.append(1, 1, make_alert("a", 1).to_json(), now_ms=1),
        feed.append(2, 2, make_alert("a", 2).to_json(), now_ms=2),
        feed.append(3, 3, make_alert("a", 3, interrupt=True).to_json(), now_ms=3),
        feed.append(4, 4, make_alert("a", 4).to_json(), now_ms=4),
        feed.append(5, 5, make_alert("b", 2).to_json(), now_ms=5),
    ]
    assert [feed.superseded(entry) for entry in entries] == [False, True, False, False, False]


def test_a_withdrawal_matches_as_its_first_revision_did_after_that_left_the_ring() -> None:
    """Whoever was shown an alert for its words is told of its withdrawal, whose words are others, a day later too."""
    wanted = matcher(Filter(text="explosion"))
    feed = Feed(Limits(entries=1, bytes=10**9, age_ms=DAY_MS))
    feed.append(1, 0, make_alert("a", 1, headline="Explosion at the port").to_json(), now_ms=0)
    feed.append(2, 1, make_alert("b", 1).to_json(), now_ms=1)
    gone = feed.append(3, DAY_MS, make_alert("a", 2, op="withdrawal", headline="Withdrawn").to_json(), now_ms=DAY_MS)
    assert wanted.matches(gone.view)


def test_what_an_alert_was_is_forgotten_after_the_topic_forgot_it() -> None:
    """Memory is bounded by the topic's retention."""
    feed = Feed(PLENTY)
    feed.append(1, 0, make_alert("a", 1, headline="Explosion").to_json(), now_ms=0)
    feed.append(2, 9 * DAY_MS, make_alert("b").to_json(), now_ms=9 * DAY_MS)
    later = feed.append(3, 9 * DAY_MS, make_alert("a", 2, headline="Withdrawn").to_json(), now_ms=9 * DAY_MS)
    assert not matcher(Filter(text="explosion")).matches(later.view)
