"""The values between the parts: Candidate (classifier to desk), Action (editor to desk), Alert and Audit (from desk).

Each has `to_json` and `from_json`; the JSON Schemas printed by `alerts schema` are made from these classes.
Within a major version fields are only added, so readers ignore what they do not know.
"""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from alerts.article import Article, Instant, OptionalInstant
from alerts.faults import sentence
from alerts.made import Plain
from alerts.notices import Word
from alerts.verdict import Outcome, Priority

ALERT_SCHEMA = "https://flashwire.example/schemas/alert/1"
MAX_ALERT_BYTES = 64 * 1024
MAX_SOURCES = 50

Op = Literal["new", "update", "correction", "hold", "withdrawal", "expiry"]
Status = Literal["live", "held", "withdrawn", "expired"]
Dedup = Literal["ok", "unavailable"]
Do = Literal["claim", "release", "dismiss", "restore", "escalate", "correct", "withdraw", "note", "hold", "unhold"]


class InvalidRecord(ValueError):
    """A record on one of our own topics that is not what the contract says."""


class _Value(Plain):
    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)

    def to_json(self) -> bytes:
        """UTF-8 JSON, as it stands on the topic."""
        # Not `model_dump_json`, which makes a string of the bytes first.
        return self.__pydantic_serializer__.to_json(self)

    @classmethod
    def from_json(cls, data: bytes) -> Self:
        """Read a record.

        Raises:
            InvalidRecord: not JSON, or not of this shape.
        """
        try:
            return cls.model_validate_json(data)
        except ValidationError as exc:
            # Without what stands in it: this goes to logs, and the text may be embargoed.
            raise InvalidRecord(f"not a {cls.__name__.lower()}: {sentence(exc)}") from None


class Region(_Value):
    """A place an alert is about."""

    code: str
    """ISO 3166-1 alpha-2 or ISO 3166-2."""
    name: str


class WeightedRegion(Region):
    """A place, and how much the text is about it."""

    weight: float
    """How much the text is about this place, 0 to 1."""


class Why(_Value):
    """One reason: a piece of an article that made a rule fire or a region hold."""

    uri: str
    version: str | None = None
    rule: str | None = None
    region: str | None = None
    field: str
    """`headline`, `description` or `body_text` (or another text field of the Article)."""
    start: int
    """First code point; `field[start:end] == text` in the article, not in the alert."""
    end: int
    text: str
    context: Annotated[str, Field(max_length=160)] = ""
    """At most 160 characters around it, for pages that have no body."""


class Source(_Value):
    """An article behind an alert."""

    uri: str
    version: str | None = None
    source: str
    headline: str
    url: str | None = None
    published: OptionalInstant = None
    role: Literal["first", "independent", "copy", "correction"] = "independent"
    wire: str | None = None
    """The agency whose text it prints, in one word; `agencies` if it names none."""
    shared: tuple[str, ...] = ()
    """Why it is a report of the same event: what it shares with the story's first reports, most telling first."""


class Reach(_Value):
    """The union over this and all earlier revisions: what filters match."""

    regions: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    priority: Priority = Priority.ROUTINE


class Timing(_Value):
    """Epoch milliseconds at which the pipeline touched the article behind this revision."""

    received: int | None = None
    classified: int | None = None
    issued: int | None = None


class RuleMatch(_Value):
    """A rule that fired, as the desk needs it."""

    rule: str
    priority: Priority
    topic: str | None = None
    cooldown: float | None = None
    """Seconds."""


class SignalNote(_Value):
    """A named feature of the text, with the words that show it."""

    name: str
    evidence: tuple[str, ...] = ()


class Identity(_Value):
    """What names an item: publisher and uri."""

    source: str
    uri: str


class Reading(_Value):
    """What the text of a candidate says, read by its classifier so that the desk need not (see alerts.desk.reading)."""

    edition: str
    """Which way of reading it was; the desk reads for itself where that is not its own."""
    summary: str = ""
    """The lead, at most 400 characters."""
    notice: Word | None = None
    """What its publisher says of an earlier text of its own, in an agency's word at the head of the text."""
    wire: str | None = None
    toll: int | None = None
    leaders: tuple[str, ...] = ()
    terms: dict[str, int] = Field(default_factory=dict)
    """What it can be recognised by: weight by term."""
    shown: dict[str, str] = Field(default_factory=dict)
    """How a term stands in the text, where that is not how it is written in `terms`."""
    acts: tuple[str, ...] = ()
    main: tuple[str, ...] = ()
    again: bool = False
    countries: tuple[str, ...] = ()
    magnitudes: tuple[int, ...] = ()
    days: tuple[int, ...] = ()
    dated: tuple[int, ...] = ()
    rules: tuple[str, ...] = ()


class Candidate(_Value):
    """One article version that matters to the desk, with the classifier's verdict."""

    type: Literal["candidate"] = "candidate"
    schema_: Annotated[int, Field(alias="schema")] = 1
    article: Article
    """Without `body_text` when nothing matched."""
    content: str = ""
    """Hash of what makes this version differ from another (see alerts.fingerprint)."""
    matched: bool
    outcome: Outcome = Outcome.NONE
    matches: tuple[RuleMatch, ...] = ()
    regions: tuple[WeightedRegion, ...] = ()
    why: tuple[Why, ...] = ()
    signals: tuple[SignalNote, ...] = ()
    ruleset: str = ""
    copy_of: Identity | None = None
    dedup: Dedup = "ok"
    timing: Timing = Timing()
    reading: Reading | None = None
    """Where something matched: what the text says."""

    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
        populate_by_name=True,
        serialize_by_alias=True,
        use_attribute_docstrings=True,
        # A table of sixteen thousand words seen last is slower than to make them; and what a desk keeps of a candidate
        # it finds sooner where it lies together than where each word lies with the text that had it first.
        cache_strings="none",
    )

    @property
    def received(self) -> int | None:
        """When the version reached us, in epoch milliseconds."""
        if self.timing.received is not None:
            return self.timing.received
        return int(self.article.received.timestamp() * 1000) if self.article.received else None


class Action(_Value):
    """What an editor asks of the desk.

    `id` is the client's and is applied once; `by` and `role` come from the token.
    """

    type: Literal["action"] = "action"
    schema_: Annotated[int, Field(alias="schema")] = 1
    id: Annotated[str, Field(min_length=1, max_length=128)]
    alert: str
    revision: int
    """The revision the editor was looking at; an older one than the desk's is refused as stale."""
    do: Do
    by: str
    role: Literal["viewer", "editor", "admin"]
    at: Instant
    priority: Priority | None = None
    headline: Annotated[str | None, Field(max_length=1000)] = None
    note: Annotated[str | None, Field(max_length=4000)] = None

    model_config = ConfigDict(
        frozen=True, extra="ignore", populate_by_name=True, serialize_by_alias=True, use_attribute_docstrings=True
    )


class Audit(_Value):
    """What became of an action, or of an article the desk kept back (topic `desk.audit`)."""

    action: str
    """The action's id; for what the desk did by itself, an id made from the article."""
    by: str
    at: Instant
    alert: str
    """With revision 0, an id that `alerts` may never hold."""
    revision: int
    do: str
    """The action's word, or `suppress` where the desk kept an article version out of `alerts`."""
    outcome: Literal["applied", "refused"]
    reason: str | None = None
    result_revision: int | None = None
    note: str | None = None
    article: "AuditArticle | None" = None


class AuditArticle(_Value):
    """The article version a `suppress` record is about."""

    source: str
    uri: str
    version: str | None = None


class Alert(_Value):
    """One revision of one alert, exactly as it stands on the topic `alerts` and inside websocket frames."""

    id: str
    """Stable for the story; made from the first article's (source, uri).

    Where that is news again more than 8 days after the story ended, it begins again with `new`, revision 1.
    """
    revision: int
    """1, 2, ... without holes."""
    op: Op
    status: Status
    """`held`: under check, to be shown with that label."""
    interrupt: bool
    """True where a person must be interrupted."""
    priority: Priority
    delivery: Priority
    """max(priority, bulletin for a withdrawal, urgent for a correction): orders queues and sounds only."""
    reach: Reach
    reason: str | None = None
    """Public words for a correction or withdrawal, or for what makes an update interrupt."""
    headline: str
    summary: Annotated[str, Field(max_length=400)] = ""
    language: str = "und"
    url: str | None = None
    regions: tuple[Region, ...] = ()
    """Empty means unknown, which is never 'everywhere'."""
    topics: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    ruleset: str = ""
    """Hash of the rule set that fired."""
    why: tuple[Why, ...] = ()
    sources: Annotated[tuple[Source, ...], Field(max_length=MAX_SOURCES)] = ()
    sources_total: int = 0
    """All of them, where `sources` is cut."""
    independent_sources: tuple[str, ...] = ()
    """Publishers' names; copies of one wire count once."""
    published: OptionalInstant = None
    """The first article's."""
    updated: OptionalInstant = None
    """The last article's."""
    issued: Instant
    """When the desk made this revision."""
    timing: Timing = Timing()
    dedup: Dedup = "ok"
    """`unavailable`: Redis could not be asked whether the article is a copy."""

    def headers(self, epoch: str) -> list[tuple[str, bytes]]:
        """Kafka headers: our `epoch`, and CloudEvents 1.0 in binary mode.

        Source: CloudEvents Kafka protocol binding 1.0.2, section 3.2.
        """
        values = {
            "epoch": epoch,
            "ce_specversion": "1.0",
            "ce_id": f"{self.id}:{self.revision}",
            "ce_source": "/flashwire",
            "ce_type": f"flashwire.alert.{self.op}.v1",
            "ce_time": self.issued.isoformat().replace("+00:00", "Z"),
            "ce_subject": self.id,
            "ce_dataschema": ALERT_SCHEMA,
            "content-type": "application/json",
        }
        return [(name, value.encode()) for name, value in values.items()]


Audit.model_rebuild()


_AS_WRITTEN = b'{"type":"candidate",'
"""How `Candidate.to_json` begins: nearly all records of the topic do."""


def desk_record(data: bytes) -> Candidate | Action:
    """Read a record of the topic `desk`.

    Raises:
        InvalidRecord: neither a candidate nor an action.
    """
    if data.startswith(_AS_WRITTEN):
        return Candidate.from_json(data)
    kind: Any = _type_of(data)
    if kind == "candidate":
        return Candidate.from_json(data)
    if kind == "action":
        return Action.from_json(data)
    raise InvalidRecord(f"type is {kind!r}; expected 'candidate' or 'action'")


class _Typed(BaseModel):
    type: str = ""


def _type_of(data: bytes) -> str:
    try:
        return _Typed.model_validate_json(data).type
    except ValidationError as exc:
        raise InvalidRecord(f"not a desk record: {sentence(exc)}") from None
