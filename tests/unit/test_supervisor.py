import pytest

from consumers.supervisor import LONGEST_WAIT, ended, wait_before


def test_waits_between_restarts_grow_to_a_limit() -> None:
    """A role that cannot start must not spin; one that died once is back at once."""
    waits = [wait_before(n) for n in range(1, 12)]
    assert waits[:4] == [0.5, 1.0, 2.0, 4.0]
    assert waits == sorted(waits)
    assert waits[-1] == LONGEST_WAIT


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (0, "ended with status 0"),
        (3, "ended with status 3"),
        (-9, "was killed by SIGKILL"),
        (-99, "killed by signal 99"),
    ],
)
def test_exit_status_is_told_in_words(status: int, words: str) -> None:
    """A person reads it, not a shell."""
    assert words in ended(status)
