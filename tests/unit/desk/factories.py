"""Candidates, actions and a desk with a clock that moves when told to."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from alerts.alert import Action, Alert, Audit, Candidate, Identity, Region, RuleMatch, Timing, WeightedRegion, Why
from alerts.article import Article
from alerts.desk import Desk, Outputs
from alerts.verdict import Outcome, Priority

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MS = int(NOON.timestamp() * 1000)
QUAKE = "Strong quake hits the coast near Arica"

_ARTICLE = frozenset(Article.model_fields)


def make_candidate(**fields: Any) -> Candidate:
    """A first, usable version that an urgent rule matches; override fields of the article or of the candidate.

    `priority` sets the rule's; `copy_of` may be a (source, uri) pair.
    """
    article: dict[str, Any] = {
        "source": "andes.example",
        "uri": "urn:quake",
        "version": "1",
        "headline": QUAKE,
        "body_text": "A strong quake hit the coast near Arica on Sunday.\n\nNo damage was reported.",
        "language": "en",
        "published": NOON,
        **{name: value for name, value in fields.items() if name in _ARTICLE},
    }
    rest = {name: value for name, value in fields.items() if name not in _ARTICLE}
    matched = rest.pop("matched", True)
    priority = Priority(rest.pop("priority", "urgent"))
    copy_of = rest.pop("copy_of", None)
    if not matched:
        article["body_text"] = ""
    arrived = max(MS, int((article["published"] or NOON).timestamp() * 1000))
    made: dict[str, Any] = {
        "article": Article(**article),
        "matched": matched,
        "outcome": Outcome.BREAKING if matched else Outcome.NONE,
        "matches": (RuleMatch(rule="quakes", priority=priority, topic="disaster"),) if matched else (),
        "regions": (WeightedRegion(code="CL", name="Chile", weight=1.0),) if matched else (),
        "why": (why(article["uri"], article["version"], rule="quakes"),) if matched else (),
        "ruleset": "r1",
        "copy_of": Identity(source=copy_of[0], uri=copy_of[1]) if copy_of else None,
        "timing": Timing(received=arrived, classified=arrived + 10),
        **rest,
    }
    return Candidate(**made)


def place(code: str, name: str) -> tuple[WeightedRegion, ...]:
    """What a text is about, for certain."""
    return (WeightedRegion(code=code, name=name, weight=1.0),)


def why(uri: str, version: str | None, **fields: Any) -> Why:
    """A reason in the headline."""
    return Why(
        **{"uri": uri, "version": version, "field": "headline", "start": 7, "end": 12, "text": "quake", **fields}
    )


def make_action(alert: str, do: str, revision: int = 1, **fields: Any) -> Action:
    """An editor's action; its id is its word unless given."""
    asked = {"id": do, "by": "ann", "role": "editor", "at": NOON, **fields}
    return Action.model_validate({"alert": alert, "revision": revision, "do": do, **asked})


class Room:
    """A desk, its clock, and everything it ever put out.

    Every candidate goes through JSON, as on the topic.
    """

    def __init__(self, desk: Desk | None = None, now: datetime = NOON) -> None:
        self.desk = desk or Desk()
        self.now = now
        self.alerts: list[Alert] = []
        self.audit: list[Audit] = []
        self.state: dict[str, bytes | None] = {}

    def send(self, **fields: Any) -> list[Alert]:
        """Hand in a candidate now; answers the revisions that follow at once."""
        return self.hand(make_candidate(**fields))

    def hand(self, candidate: Candidate) -> list[Alert]:
        """Hand in this very candidate now."""
        return self._take(self.desk.handle(Candidate.from_json(candidate.to_json()), self.now)).alerts

    def act(self, do: str, revision: int | None = None, alert: str | None = None, **fields: Any) -> Audit:
        """An editor acts on the last alert; answers the one audit record."""
        last = self.alerts[-1] if self.alerts else None
        target = alert or (last.id if last else "nothing")
        seen = revision if revision is not None else last.revision if last else 1
        outputs = self._take(self.desk.handle(make_action(target, do, seen, **fields), self.now))
        (audit,) = (a for a in outputs.audit if a.do != "suppress")
        return audit

    def wait(self, seconds: float = 0, **more: float) -> list[Alert]:
        """Let time pass, with a tick whenever something is due; answers the revisions of that time."""
        until = self.now + timedelta(seconds=seconds, **more)
        issued: list[Alert] = []
        while (due := self.desk.next_due()) is not None and due <= until:
            self.now = max(self.now, due)
            issued += self._take(self.desk.tick(self.now)).alerts
        self.now = until
        issued += self._take(self.desk.tick(self.now)).alerts
        return issued

    @property
    def last(self) -> Alert:
        """The newest revision."""
        return self.alerts[-1]

    @property
    def suppressed(self) -> list[tuple[str, str | None, str | None]]:
        """(uri, version, reason) of every version kept back."""
        return [(a.article.uri, a.article.version, a.reason) for a in self.audit if a.article]

    def restored(self) -> "Room":
        """Another room whose desk was made from this one's state records."""
        twin = Room(Desk(), self.now)
        for key, value in self.state.items():
            twin.desk.restore(key, value)
        return twin

    def _take(self, outputs: Outputs) -> Outputs:
        self.alerts += outputs.alerts
        self.audit += outputs.audit
        self.state |= outputs.state
        return outputs


def ops(alerts: Iterable[Alert]) -> list[str]:
    """Each revision in short: `new!` interrupts, `update` is quiet."""
    return [alert.op + "!" * alert.interrupt for alert in alerts]


def region_codes(regions: Iterable[Region]) -> list[str]:
    return [region.code for region in regions]
