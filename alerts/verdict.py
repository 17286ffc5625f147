"""What the rules say of one article: which fired, where in the text, about which places."""

from dataclasses import dataclass, field
from enum import StrEnum


class Priority(StrEnum):
    """How urgent an alert is, after the wire agencies' ladder; `flash` is the highest."""

    FLASH = "flash"
    BULLETIN = "bulletin"
    URGENT = "urgent"
    ROUTINE = "routine"

    @property
    def rank(self) -> int:
        """4 for flash down to 1 for routine."""
        return _RANK[self]


_RANK = {Priority.ROUTINE: 1, Priority.URGENT: 2, Priority.BULLETIN: 3, Priority.FLASH: 4}


def highest(*priorities: Priority) -> Priority:
    """The most urgent of one or more priorities."""
    return max(priorities, key=_RANK.__getitem__)


class Outcome(StrEnum):
    """The verdict in one word, as `alerts explain` prints it."""

    BREAKING = "breaking"  # a rule fires and would interrupt
    RETRACTION = "retraction"  # all-clear, hoax, kill, correction: never a new alert
    HELD_BACK = "held_back"  # a signal or `unless`
    NONE = "none"
    STALE = "stale"
    EMBARGOED = "embargoed"
    OUT_OF_HOURS = "out_of_hours"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of one field: `getattr(article, field)[start:end] == text`, in Unicode code points.

    `context` is at most 160 characters around it, for pages that have no body.
    """

    field: str
    start: int
    end: int
    text: str
    context: str = ""


@dataclass(frozen=True, slots=True)
class Match:
    """A rule that fired. `cooldown` is in seconds, None where the rule sets none."""

    rule: str
    priority: Priority
    topic: str | None
    cooldown: float | None
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class RegionHit:
    """A place the text is about (or mentions): ISO 3166-1 alpha-2 or ISO 3166-2, weight 0..1, with evidence."""

    code: str
    name: str
    weight: float
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Signal:
    """A named feature of the text that speaks against (or about) an alert, with its evidence."""

    name: str
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """The judgement on one article.

    `matches` holds the rules that fired when `outcome` is `breaking` or `embargoed`; for other outcomes those that
    would have fired but for what `signals` (or the outcome itself) tells.
    """

    outcome: Outcome
    matches: tuple[Match, ...] = ()
    regions: tuple[RegionHit, ...] = ()
    mentioned: tuple[RegionHit, ...] = ()
    signals: tuple[Signal, ...] = field(default=())

    @property
    def priority(self) -> Priority | None:
        """The highest priority among the rules that fired; None unless breaking or embargoed."""
        if not self.fires:
            return None
        return highest(*(m.priority for m in self.matches))

    @property
    def fires(self) -> bool:
        """Whether this article, by itself, makes an alert (now, or when its embargo ends)."""
        return self.outcome in {Outcome.BREAKING, Outcome.EMBARGOED} and bool(self.matches)
