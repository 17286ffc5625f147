"""What the desk knows of a story, and how it stands on topic `desk.state`."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from alerts.alert import Dedup, Identity, Reach, Status, Timing
from alerts.desk.events import Signature
from alerts.desk.item import Item
from alerts.desk.publishers import AGENCIES, publisher_of
from alerts.desk.report import Report
from alerts.faults import sentence
from alerts.made import Plain
from alerts.verdict import Priority

SCHEMA = 1
MAX_ITEMS = 200
MAX_CORRECTING = 20
"""Places beyond those, for what takes back or corrects a report: the biggest stories need it most."""
MAX_RECORD_BYTES = 1024 * 1024
"""A record on `desk.state` that is larger loses what it can spare. Kafka takes four times as much, and what it does not
take would end every term of the desk."""
MAX_ANSWERS = 100

Party = Literal["publisher", "editor"]


class BrokenState(ValueError):
    """A record of our own `desk.state` that cannot be read: never the sender's fault, so never skipped."""


class Answer(BaseModel):
    """What became of an editor's action, for when it comes again."""

    outcome: Literal["applied", "refused"]
    reason: str | None = None
    result_revision: int | None = None


class Told(Plain):
    """What people know of a story: they are interrupted again where that changes much."""

    model_config = ConfigDict(frozen=True)

    toll: int | None = None
    toll_by: str | None = None
    """Whose number it is (`Report.origin`)."""
    countries: tuple[str, ...] = ()
    leaders: tuple[str, ...] = ()


class Announced(BaseModel):
    """When and for what a story interrupted as `new`: what the cap of each rule counts."""

    at: datetime
    rank: int
    rules: tuple[str, ...] = ()


class Story(BaseModel):
    """One event as the desk knows it: one alert, which may not have been shown yet (`revision` 0).

    Attributes:
        priority: the highest so far, or the one an editor escalated it to.
        held_by: who holds it; a publisher's hold ends with its next usable version, an editor's with `unhold`.
        withdrawn_by: who withdrew it; only a publisher's withdrawal can be taken back.
        headline: an editor's, over the publisher's `headline_over`; a publisher's other headline replaces it.
        alias: the article the first one was labelled a copy of, if that one itself is not here (yet).
        timing, dedup: of the last report, until a revision carries it.
        signature: what further reports of the event are recognised by; None: no report joins by itself.
        began: the time of the first report, for the signature.
        told: the facts that people were interrupted for.
        interrupted_at: when a revision last interrupted; `pending` is why one should, after the cooldown.
        pending_by: whose report is why; while that is withheld, nothing is due.
        announced: its `new`, if that interrupted; `capped`: it did not, for its rules had interrupted too often.
        news_at: when something last changed; the story's life is counted from here.
        closed_at: since when it only is remembered.
        answers: by `Answer` key, oldest first.
        most_items: so many it may hold; fewer than others may where they take too much room.
    """

    model_config = ConfigDict(extra="ignore", populate_by_name=True, serialize_by_alias=True, cache_strings="none")

    if not TYPE_CHECKING:
        # A desk sets two dozen fields for each candidate; pydantic's way takes four times as long, for nothing.
        __setattr__ = object.__setattr__

    schema_: Annotated[int, Field(alias="schema")]
    id: str
    revision: int = 0
    status: Status = "live"
    priority: Priority = Priority.ROUTINE
    items: list[Item] = Field(default_factory=list)
    reach: Reach = Reach()
    headline: str | None = None
    headline_over: str | None = None
    held_by: Party | None = None
    withdrawn_by: Party | None = None
    alias: Identity | None = None
    published: datetime | None = None
    updated: datetime | None = None
    timing: Timing = Timing()
    dedup: Dedup = "ok"
    signature: Signature | None = None
    began: datetime | None = None
    told: Told = Told()
    interrupted_at: datetime | None = None
    pending: str | None = None
    pending_by: Identity | None = None
    pending_due: datetime | None = None
    announced: Announced | None = None
    capped: bool = False
    news_at: datetime
    last_quiet: datetime | None = None
    quiet_due: datetime | None = None
    closed_at: datetime | None = None
    claimed_by: str | None = None
    dismissed: bool = False
    answers: dict[str, Answer] = Field(default_factory=dict)
    most_items: int = MAX_ITEMS

    @property
    def open(self) -> bool:
        """Whether it can still grow."""
        return self.closed_at is None

    @property
    def unshown(self) -> bool:
        """Whether nobody has been told of it."""
        return self.revision == 0

    @property
    def waiting(self) -> Iterator[Item]:
        """Items with a version under embargo."""
        return (item for item in self.items if item.waiting is not None)

    @property
    def primary(self) -> Item:
        """The item whose text the alert shows: the first that its publisher stands by, else the first there is.

        Raises:
            LookupError: nothing is shown.
        """
        shown = [item for item in self.items if item.shown is not None]
        if not shown:
            raise LookupError(f"story {self.id} shows nothing")
        return max(shown, key=lambda item: (item.stands, item.role == "first", item.role == "independent"))

    @property
    def origins(self) -> dict[str, str]:
        """Who found the event out himself, with the name to show: publishers, and agencies whose texts others print."""
        vouching = [item for item in self.items if item.vouches and not (item.role != "first" and item.shown_corrects)]
        found: dict[str, str] = {}
        for item in vouching:
            origin = item.shown.origin if item.shown else item.source
            # An agency's own text gives it its name, whoever printed it before.
            if origin not in found or (origin == publisher_of(item.source) != publisher_of(found[origin])):
                found[origin] = item.source
        if len(found) > 1:
            found.pop(AGENCIES, None)
        return found

    def has_room(self, report: Report) -> bool:
        """Whether the report may become one more item."""
        spare = MAX_CORRECTING if report.corrects or report.pubstatus != "usable" else 0
        return len(self.items) < self.most_items + spare

    def item(self, identity: tuple[str, str]) -> Item | None:
        """The item of this identity that still belongs here."""
        return next((i for i in self.items if i.uri == identity[1] and i.identity == identity and not i.moved), None)

    def due(self, life: timedelta, memory: timedelta) -> datetime | None:
        """When this story next needs attention: an embargo or a quiet period ends, its life, or our memory of it."""
        if self.closed_at is not None:
            return self.closed_at + memory
        times = [item.waiting.embargoed for item in self.waiting if item.waiting and item.waiting.embargoed]
        times += [due for due in (self.quiet_due, self.pending_due) if due is not None]
        # As long as a version waits, the story must be there to show it.
        if not times and not self.unshown:
            times.append(self.news_at + life)
        return min(times, default=None)

    def close(self, now: datetime) -> None:
        """Only remember it from now on; keep what a late kill or correction needs."""
        self.closed_at = now
        self.quiet_due = self.pending_due = self.pending = self.pending_by = None
        self.alias = self.signature = None
        self._bare(self.items)

    def record(self) -> bytes:
        """What goes onto `desk.state`; of a large story the reasons that no revision shows are let go."""
        record = self.to_json()
        if len(record) > MAX_RECORD_BYTES:
            face = None if self.unshown else self.primary
            self._bare([item for item in self.items if item is not face])
            record = self.to_json()
            if len(record) > MAX_RECORD_BYTES and len(self.items) < self.most_items:
                self.most_items = len(self.items)
                record = self.to_json()
        return record

    @staticmethod
    def _bare(items: Iterable[Item]) -> None:
        for item in items:
            if item.shown is not None and item.shown.why:
                item.shown = item.shown.model_copy(update={"why": ()})

    def to_json(self) -> bytes:
        """The whole story as JSON."""
        return self.__pydantic_serializer__.to_json(self, exclude_defaults=True)

    @classmethod
    def from_json(cls, key: str, data: bytes) -> "Story":
        """Read a record of `desk.state`.

        Raises:
            BrokenState: it is not one of ours.
        """
        try:
            return cls.model_validate_json(data)
        except ValidationError as exc:
            raise BrokenState(f"desk.state record {key!r} cannot be read: {sentence(exc)}") from None
