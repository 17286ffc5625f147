import gc

from alerts.uncollected import uncollected


def test_nothing_is_collected_within_and_all_is_as_before_after_it() -> None:
    """Also where it is off already, and it is as before afterwards."""
    with uncollected():
        assert not gc.isenabled()
        with uncollected():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()
