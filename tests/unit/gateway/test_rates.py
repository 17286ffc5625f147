from hypothesis import given
from hypothesis import strategies as st

from consumers.gateway.rates import COMMAND_BURST, COMMAND_RATE, Bucket, Rates


@given(st.lists(st.tuples(st.floats(0, 2), st.floats(0, 5)), max_size=60))
def test_a_bucket_never_gives_more_than_burst_and_rate(takes: list[tuple[float, float]]) -> None:
    """Whatever the pattern, what is granted stays within one burst plus the rate over the time passed."""
    bucket, now, granted = Bucket(10, 2, now=0), 0.0, 0.0
    for wait, cost in takes:
        now += wait
        if bucket.take(cost, now):
            granted += cost
    assert granted <= 10 + 2 * now + 1e-6


def test_a_bucket_is_exhausted_only_by_who_does_not_stop() -> None:
    """A burst of refused requests is needed before the connection is ended, and waiting heals."""
    bucket = Bucket(3, 1, now=0)
    assert [bucket.take(1, 0) for _ in range(5)] == [True, True, True, False, False]
    assert not bucket.exhausted
    bucket.take(1, 0)
    assert bucket.exhausted
    assert bucket.take(1, 10)


def test_who_waits_as_long_as_he_is_told_may_go_on() -> None:
    """And not a moment earlier, also after a debt was run up."""
    rates, now = Rates(), 100.0
    assert [rates.take("ann", now) for _ in range(int(COMMAND_BURST))] == [0.0] * int(COMMAND_BURST)
    wait = [rates.take("ann", now) for _ in range(5)][-1]
    assert wait == 6 / COMMAND_RATE
    assert rates.take("bob", now) == 0.0
    assert rates.take("ann", now + wait) == 0.0


def test_those_who_went_quiet_take_no_memory() -> None:
    """A bucket that is full again is as good as none."""
    rates = Rates()
    for number in range(100):
        rates.take(number, 0.0)
    for _ in range(40):
        rates.take("ann", 0.0)
    rates.take("bob", 1.0)
    assert len(rates) == 2
    assert rates.take("ann", 1.0) > 0
