from consumers.backends.breaker import Breaker


def test_breaker_opens_after_three_failures_in_a_row() -> None:
    """Two failures are an accident; the third spares the server."""
    breaker = Breaker()
    breaker.failed(0.0)
    breaker.failed(0.1)
    assert breaker.allows(0.2)
    breaker.failed(0.2)
    assert not breaker.allows(0.3)


def test_open_breaker_lets_one_probe_through_a_second() -> None:
    """A permission given is the probe: the next caller waits another second."""
    breaker = Breaker()
    for now in (0.0, 0.1, 0.2):
        breaker.failed(now)
    assert not breaker.allows(1.1)
    assert breaker.allows(1.3)
    assert not breaker.allows(1.4)


def test_success_closes_the_breaker() -> None:
    """After one answer every call goes through again."""
    breaker = Breaker()
    for now in (0.0, 0.1, 0.2):
        breaker.failed(now)
    breaker.succeeded()
    assert breaker.allows(0.3)
    assert not breaker.open
