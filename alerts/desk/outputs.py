"""What the desk answers: everything that goes into one transaction."""

from dataclasses import dataclass, field

from alerts.alert import Alert, Audit


@dataclass
class Outputs:
    """What follows from one event, or from several, in order.

    Attributes:
        alerts: revisions for topic `alerts`.
        audit: records for topic `desk.audit`.
        state: records for topic `desk.state`: story id -> the story's whole state; None is a tombstone.
    """

    alerts: list[Alert] = field(default_factory=list)
    audit: list[Audit] = field(default_factory=list)
    state: dict[str, bytes | None] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.alerts or self.audit or self.state)

    def add(self, later: "Outputs") -> None:
        """Append what followed from a later event."""
        self.alerts += later.alerts
        self.audit += later.audit
        self.state |= later.state
