"""What the server says. Alerts and heartbeats go to many and are made of bytes; the rest are values."""

import zlib
from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from alerts.alert import Audit, Do
from alerts.article import Instant
from alerts.cursor import GapReason

DEFLATE_BITS = 15  # window of shared compression

ErrorCode = Literal[
    "bad_request",
    "bad_filter",
    "rate",
    "limit",
    "cursor_too_old",
    "unauthorised",
    "forbidden",
    "stale_revision",
    "conflict",
    "not_found",
    "pending",
    "unavailable",
]


class ServerMessage(BaseModel):
    """A frame for one connection."""

    model_config = ConfigDict(
        frozen=True, use_attribute_docstrings=True, serialize_by_alias=True, validate_by_name=True
    )

    def to_json(self) -> bytes:
        """UTF-8 JSON; absent fields are left out."""
        return self.model_dump_json(exclude_none=True).encode()


class Resumed(BaseModel):
    """Whether the cursor could be taken up without a gap, and the seq after which alerts follow."""

    model_config = ConfigDict(frozen=True, serialize_by_alias=True, validate_by_name=True)

    ok: bool
    from_: Annotated[int, Field(alias="from")]


class Limits(BaseModel):
    """What a client may do: subscriptions, and bytes in a message."""

    subscriptions: int
    message: int


class Welcome(ServerMessage):
    """The answer to hello: who the client is taken for, and where it starts."""

    type: Literal["welcome"] = "welcome"
    version: Literal[1] = 1
    session: str
    epoch: str
    head: int
    """Newest seq this instance has read; -1 if there is none."""
    oldest: int
    """Oldest seq that can be resumed from here."""
    heartbeat: float
    """Seconds between heartbeats."""
    now: int
    """Epoch milliseconds of the server's clock."""
    expires: int | None = None
    """When the token ends, epoch seconds."""
    user: str
    role: Literal["viewer", "editor", "admin"]
    resume: Resumed
    limits: Limits


class Live(ServerMessage):
    """Replay, or catching up after a `lag`, is over."""

    type: Literal["live"] = "live"
    seq: int


class Ok(ServerMessage):
    """Done; for subscriptions, in force for alerts above `seq`."""

    type: Literal["ok"] = "ok"
    req: int
    seq: int
    revision: int | None = None
    """The revision that an action made, if it made one."""


class Pong(ServerMessage):
    """The answer to ping; `now` in epoch milliseconds."""

    type: Literal["pong"] = "pong"
    req: int
    now: int


class Gap(ServerMessage):
    """Alerts above `after` and below `next` may have been missed; they may be had at `url`."""

    type: Literal["gap"] = "gap"
    after: int
    next: int
    why: GapReason
    url: str


class Lag(ServerMessage):
    """The client is slow: so many entries behind, so many superseded quiet updates left out since the last `lag`."""

    type: Literal["lag"] = "lag"
    behind: int
    conflated: int


class Expiring(ServerMessage):
    """The token ends in so many seconds."""

    type: Literal["expiring"] = "expiring"
    in_: Annotated[int, Field(alias="in")]


class Desk(ServerMessage):
    """How editors stand to one alert now, and who did what last; for editors only. It replaces what was said before."""

    type: Literal["desk"] = "desk"
    alert: str
    claimed_by: str | None = None
    """Who works on it; absent: nobody."""
    note: str | None = None
    """The last note anybody left."""
    state: Literal["open", "dismissed"]
    do: Do
    """What was done last."""
    by: str
    at: Instant


class TrailPage(ServerMessage):
    """What editors did with one alert, and which versions the desk kept out of it, oldest first."""

    type: Literal["trail"] = "trail"
    req: int
    alert: str
    items: tuple[Audit, ...]
    more: bool
    """Whether there was more, earlier, that this gateway no longer holds."""


class Error(ServerMessage):
    """Something was refused; the connection stays unless a close follows."""

    type: Literal["error"] = "error"
    req: int | None = None
    code: ErrorCode
    message: str
    retry: bool = False


class Bye(ServerMessage):
    """The server is about to close; come back after a time between these milliseconds."""

    type: Literal["bye"] = "bye"
    code: int
    why: str
    retry_ms: tuple[int, int] | None = None


def alert_json(seq: int, alert: bytes) -> bytes:
    """An alert, as it stands on the topic, in its frame."""
    return b'{"type":"alert","seq":%d,"alert":%b}' % (seq, alert)


def heartbeat_json(seq: int) -> bytes:
    """Everything up to seq that matched was sent."""
    return b'{"type":"heartbeat","seq":%d}' % seq


def history_json(req: int, items: Iterable[bytes], following: int | None) -> bytes:
    """The answer to `history`: items as the feed holds them; `next` is the `before` of the following page, if any."""
    return b'{"type":"history","req":%d,"items":[%b],%b}' % (req, b",".join(items), more_json(following))


def more_json(following: int | None) -> bytes:
    """The members that end a page: whether there is more, and from where."""
    return b'"more":false' if following is None else b'"more":true,"next":%d' % following


def text_frame(payload: bytes) -> bytes:
    """An unmasked, final text frame (RFC 6455, 5.2): server frames carry no mask, so one serves every connection."""
    return _head(0x81, len(payload)) + payload


def deflated_frame(payload: bytes) -> bytes:
    """The same, compressed by permessage-deflate (RFC 7692, 7.2.1).

    For every connection that agreed on `server_no_context_takeover` and on a window of 15 bits: then nothing in it
    depends on what that connection was sent before.
    """
    deflate = zlib.compressobj(wbits=-DEFLATE_BITS)
    # The last four bytes of a flush are the same for all, and left out.
    body = (deflate.compress(payload) + deflate.flush(zlib.Z_SYNC_FLUSH))[:-4]
    return _head(0xC1, len(body)) + body


def _head(first: int, size: int) -> bytes:
    if size < 126:
        return bytes((first, size))
    if size < 2**16:
        return bytes((first, 126)) + size.to_bytes(2, "big")
    return bytes((first, 127)) + size.to_bytes(8, "big")
