"""When to stop asking a server that does not answer."""

from dataclasses import dataclass


@dataclass
class Breaker:
    """Opens after `limit` failures in a row; then lets one probe through every `interval` seconds.

    Times are seconds of any monotonic clock.
    """

    limit: int = 3
    interval: float = 1.0
    failures: int = 0
    last_probe: float = float("-inf")

    @property
    def open(self) -> bool:
        """Whether calls are being spared."""
        return self.failures >= self.limit

    def allows(self, now: float) -> bool:
        """Whether to call now; an open breaker counts the permission as its probe."""
        if not self.open:
            return True
        if now - self.last_probe < self.interval:
            return False
        self.last_probe = now
        return True

    def failed(self, now: float) -> None:
        """A call failed or took too long."""
        self.failures += 1
        self.last_probe = now

    def succeeded(self) -> None:
        """A call was answered in time."""
        self.failures = 0
