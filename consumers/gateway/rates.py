"""How fast one may talk: a bucket for each websocket; for those who come with single requests, by who they are."""

from collections import OrderedDict
from collections.abc import Hashable

COMMAND_BURST, COMMAND_RATE = 30.0, 2.0
"""Commands at once, and a second on."""
TOO_FAST = f"at most {COMMAND_RATE:.0f} commands a second"


class Bucket:
    """A token bucket: `burst` at once, `rate` a second on. Times are seconds of any clock that does not jump."""

    __slots__ = ("_at", "_burst", "_left", "_rate")

    def __init__(self, burst: float, rate: float, now: float) -> None:
        self._burst = self._left = burst
        self._rate = rate
        self._at = now

    def take(self, cost: float, now: float) -> bool:
        """Whether there is enough left; what is not enough is taken all the same, down to one burst of debt."""
        self._left = min(self._burst, self._left + (now - self._at) * self._rate)
        self._at = now
        enough = self._left >= cost
        self._left = max(self._left - cost, -self._burst)
        return enough

    def wait(self, cost: float) -> float:
        """Seconds after the last `take` until so much would be granted."""
        return max(0.0, (cost - self._left) / self._rate)

    @property
    def exhausted(self) -> bool:
        """Whether a whole burst of debt has been run up."""
        return self._left <= -self._burst

    def forgotten(self, now: float) -> bool:
        """Whether it is as if it had never been used."""
        return self._left + (now - self._at) * self._rate >= self._burst


class Rates:
    """A bucket of commands for each of those who have no connection that could hold one."""

    def __init__(self) -> None:
        self._buckets: OrderedDict[Hashable, Bucket] = OrderedDict()

    def __len__(self) -> int:
        return len(self._buckets)

    def take(self, who: Hashable, now: float) -> float:
        """Count a command: 0.0 if it may go ahead, else the seconds after which the next one may."""
        self._forget(now)
        bucket = self._buckets.pop(who, None) or Bucket(COMMAND_BURST, COMMAND_RATE, now)
        self._buckets[who] = bucket
        return 0.0 if bucket.take(1.0, now) else bucket.wait(1.0)

    def _forget(self, now: float) -> None:
        """Drop buckets that are full again, of those longest unused."""
        while self._buckets and next(iter(self._buckets.values())).forgotten(now):
            self._buckets.popitem(last=False)
