"""What clients say."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from alerts.alert import Do
from alerts.cursor import OnGap
from alerts.filters import EVERYTHING, Filter
from alerts.verdict import Priority

MAX_FRAME = 8 * 1024
"""Largest client frame, in bytes."""

MAX_HISTORY = 200

_FILTER_FIELDS = {"filter", "subscriptions"}


class InvalidFrame(ValueError):
    """The client's fault: this frame is no command.

    Attributes:
        code: `bad_request`, or `bad_filter` where the fault is in a filter.
        req: the frame's `req`, if it could be read, so that the answer can carry it.
        version: the frame's `version`, if it could be read: what is no command in ours may be one in another.
    """

    def __init__(
        self,
        message: str,
        *,
        code: Literal["bad_request", "bad_filter"],
        req: int | None = None,
        version: int | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.req = req
        self.version = version


Req = Annotated[int, Field(ge=0, lt=2**53)]
SubscriptionId = Annotated[str, Field(min_length=1, max_length=64)]
AlertId = Annotated[str, Field(min_length=1, max_length=512)]
Seq = Annotated[int, Field(ge=-1, lt=2**53)]


class _Command(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True)


class Hello(_Command):
    """The first frame: who, from where, what."""

    type: Literal["hello"]
    version: int
    token: str | None = None
    cursor: Annotated[str, Field(max_length=100)] | None = None
    """`epoch:seq`, `oldest`, or a time such as `-15m`. Absent: live only."""
    on_gap: OnGap = "replay"
    """What to do if alerts were missed: replay from the oldest, go on live, or fail."""
    client: Annotated[str, Field(max_length=100)] | None = None
    """Name and version of the program, for logs."""
    subscriptions: dict[SubscriptionId, Filter] = {}


class Subscribe(_Command):
    """Add or replace one subscription; takes effect at the seq returned, without a gap."""

    type: Literal["subscribe"]
    req: Req
    id: SubscriptionId
    filter: Filter


class Unsubscribe(_Command):
    """Remove one subscription."""

    type: Literal["unsubscribe"]
    req: Req
    id: SubscriptionId


class Authenticate(_Command):
    """A fresh token, before the old one ends."""

    type: Literal["auth"]
    req: Req
    token: str


class History(_Command):
    """Older alerts, newest first."""

    type: Literal["history"]
    req: Req
    before: Seq | None = None
    """Only alerts with a lower seq. Absent: from the newest."""
    limit: Annotated[int, Field(ge=1, le=MAX_HISTORY)] = 50
    filter: Filter = EVERYTHING


class EditorAction(_Command):
    """What an editor asks of the desk."""

    type: Literal["action"]
    req: Req
    id: Annotated[str, Field(min_length=1, max_length=128)]
    """The client's own; the action is applied once however often it is sent."""
    alert: AlertId
    revision: Annotated[int, Field(ge=1, lt=2**53)]
    do: Do
    priority: Priority | None = None
    headline: Annotated[str, Field(max_length=1000)] | None = None
    note: Annotated[str, Field(max_length=4000)] | None = None


class Trail(_Command):
    """What editors did with one alert; for editors."""

    type: Literal["trail"]
    req: Req
    alert: AlertId


class Ack(_Command):
    """Everything up to seq was dealt with."""

    type: Literal["ack"]
    seq: Seq


class Ping(_Command):
    """Browsers cannot send websocket pings."""

    type: Literal["ping"]
    req: Req


Command = Hello | Subscribe | Unsubscribe | Authenticate | History | EditorAction | Trail | Ack | Ping

_COMMAND: TypeAdapter[Command] = TypeAdapter(Annotated[Command, Field(discriminator="type")])


class _Said(BaseModel):
    req: Any = None
    version: Any = None


def parse_command(frame: str | bytes) -> Command:
    """Read one client frame.

    Raises:
        InvalidFrame: never anything else, whatever the frame.
    """
    try:
        size = len(frame if isinstance(frame, bytes) else frame.encode())
    except UnicodeEncodeError:
        raise InvalidFrame("not Unicode text", code="bad_request") from None
    if size > MAX_FRAME:
        raise InvalidFrame(f"{size} bytes; at most {MAX_FRAME}", code="bad_request")
    try:
        return _COMMAND.validate_json(frame)
    except ValidationError as exc:
        fault = exc.errors(include_url=False, include_input=False, include_context=False)[0]
    where = [str(part) for part in fault["loc"]]
    code: Literal["bad_request", "bad_filter"] = "bad_filter" if _FILTER_FIELDS.intersection(where) else "bad_request"
    message = fault["msg"].removeprefix("Value error, ")
    # The first part names the frame's type; what follows is the way to the fault.
    said = _said(frame)
    raise InvalidFrame(
        ": ".join(filter(None, [".".join(where[1:]), message])),
        code=code,
        req=_number(said.req),
        version=_number(said.version),
    )


def _said(frame: str | bytes) -> _Said:
    try:
        return _Said.model_validate_json(frame)
    except ValidationError:
        return _Said()


def _number(value: Any) -> int | None:
    return value if type(value) is int and 0 <= value < 2**53 else None
