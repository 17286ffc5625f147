"""How long to wait before coming back: full jitter, so that many who were cut off at once do not return at once.

Source: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
"""

import random
from collections.abc import Callable

FIRST, LONGEST = 0.5, 20.0  # seconds: the wait is drawn below a bound that doubles at each failure
STEADY = 30.0  # seconds connected after which failures are forgotten


class Backoff:
    """Counts failures. Times are seconds of any clock that does not jump."""

    def __init__(
        self, *, first: float = FIRST, longest: float = LONGEST, draw: Callable[[float, float], float] = random.uniform
    ) -> None:
        self.first = first
        self.longest = longest
        self.failures = 0
        self._draw = draw
        self._since: float | None = None

    def connected(self, now: float) -> None:
        """A conversation has begun."""
        self._since = now

    def wait(self, now: float, told_ms: tuple[int, int] | None = None, at_least: float = 0.0) -> float:
        """Seconds to wait, now that the connection is lost or could not be had.

        Args:
            now: the time.
            told_ms: the span that the server asked for, in milliseconds.
            at_least: what the server asked for in other ways.
        """
        if self._since is not None and now - self._since >= STEADY:
            self.failures = 0
        self._since = None
        bound = min(self.longest, self.first * 2 ** min(self.failures, 30))
        self.failures += 1
        if told_ms is not None:
            return max(at_least, self._draw(told_ms[0] / 1000, told_ms[1] / 1000))
        return at_least + self._draw(0.0, bound)
