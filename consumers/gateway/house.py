"""What all sessions of a gateway share."""

from dataclasses import dataclass

from consumers.gateway.access import Gatekeeper
from consumers.gateway.door import Door
from consumers.gateway.history import History
from consumers.gateway.hub import Hub
from consumers.gateway.newsdesk import Newsdesk
from consumers.gateway.patience import Patience
from consumers.gateway.wheel import Wheel


class LogEnd:
    """Asks Kafka where the topic ends; a gateway without Kafka (a test) says that it cannot tell."""

    async def __call__(self) -> int | None:
        """First offset past the end of `alerts`; None if nobody can tell now."""
        return None


@dataclass(frozen=True, slots=True)
class House:
    """The ring and its readers, who may enter, what is older, the editors, the pulse."""

    hub: Hub
    keeper: Gatekeeper
    door: Door
    history: History
    newsdesk: Newsdesk
    wheel: Wheel
    log_end: LogEnd
    patience: Patience

    @property
    def heartbeat(self) -> float:
        """Seconds between heartbeats."""
        return self.wheel.heartbeat
