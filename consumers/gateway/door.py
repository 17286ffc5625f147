"""How many may be inside at a time."""

from collections import Counter

from alerts.wire import CloseCode
from consumers.gateway.access import Grant, Refused
from consumers.settings import Settings


class Door:
    """Counts who is inside: in all, by address, by token."""

    def __init__(self, settings: Settings) -> None:
        self._most = settings.gateway_max_connections
        self._most_per_address = settings.gateway_max_per_address
        self._most_per_token = settings.gateway_max_per_token
        self._addresses: Counter[str] = Counter()
        self._tokens: Counter[str] = Counter()
        self.inside = 0
        self.ended = 0
        """How many connections have ended so far."""

    def enter(self, address: str) -> bool:
        """Count a connection in. False: so far above the limit that not even a refusal is owed."""
        self.inside += 1
        self._addresses[address] += 1
        return self.inside <= self._most * 1.1 + 100

    def leave(self, address: str) -> None:
        """Count it out."""
        self.inside -= 1
        self._addresses[address] -= 1
        if not self._addresses[address]:
            del self._addresses[address]

    def check(self, address: str) -> None:
        """Refuse a connection, already counted, that is one too many.

        Raises:
            Refused: with 503 rather than 429, which stock clients take for final.
        """
        if self.inside > self._most:
            raise Refused("overload", "too many connections", 503, CloseCode.TRY_AGAIN_LATER)
        if self._addresses[address] > self._most_per_address:
            raise Refused("limit", "too many connections from this address", 503, CloseCode.CONNECTION_LIMIT)

    def take(self, grant: Grant) -> None:
        """Count a token's use.

        Raises:
            Refused: it is used too often at once.
        """
        if not grant.key:
            return
        if self._tokens[grant.key] >= self._most_per_token:
            raise Refused("limit", "too many connections with this token", 503, CloseCode.CONNECTION_LIMIT)
        self._tokens[grant.key] += 1

    def give_back(self, grant: Grant) -> None:
        """The use is over."""
        if not grant.key:
            return
        self._tokens[grant.key] -= 1
        if not self._tokens[grant.key]:
            del self._tokens[grant.key]
