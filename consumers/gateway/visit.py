"""What the opening request of a websocket says: who, and what the query already asks for."""

from dataclasses import dataclass
from typing import get_args
from urllib.parse import parse_qsl

from websockets.http11 import Request

from alerts import cursor
from alerts.cursor import InvalidCursor, OnGap
from alerts.filters import EVERYTHING, Filter, InvalidFilter
from alerts.wire import CloseCode
from consumers.gateway.access import Grant, Refused


@dataclass(frozen=True, slots=True)
class Visit:
    """A request that may become a conversation.

    `grant` is set if the header authenticated. `refused` is set if the peer is to be told after the upgrade:
    browsers cannot read the status of a handshake.
    """

    address: str = ""
    grant: Grant | None = None
    cursor: str | None = None
    on_gap: OnGap = "replay"
    auto: bool = False
    filter: Filter | None = None
    refused: Refused | None = None


def bad_request(message: str) -> Refused:
    """The request cannot be served as it is."""
    return Refused("bad_request", message, 400, CloseCode.BAD_REQUEST)


def header(request: Request, name: str) -> str | None:
    """The value of a header, None without it.

    Raises:
        Refused: it is given twice, so that nobody can tell which one others heeded.
    """
    values = request.headers.get_all(name)
    if len(values) > 1:
        raise bad_request(f"{name}: given twice")
    return values[0] if values else None


_SCHEMES = ("http", "https", "ws", "wss")


def target(asked: str) -> tuple[str, str]:
    """Path and query of a request's target (RFC 9112, 3.2), whatever it is: `urlsplit` raises on `//[`."""
    path, _, asked_for = asked.partition("#")[0].partition("?")
    scheme, found, rest = path.partition("://")
    if found and scheme.lower() in _SCHEMES:
        path = "/" + rest.partition("/")[2]
    return path, asked_for


def query(path: str) -> list[tuple[str, str]]:
    """The pairs of a request's query.

    Raises:
        Refused: it cannot be read, or holds a token, which would end up in logs.
    """
    try:
        pairs = parse_qsl(target(path)[1], keep_blank_values=True, strict_parsing=False, max_num_fields=500)
    except ValueError as exc:
        raise bad_request(f"query: {exc}") from None
    if any(name in {"token", "access_token"} for name, _ in pairs):
        raise bad_request("a token never goes in the query: use Authorization: Bearer, or `token` in hello")
    return pairs


def read(path: str, address: str, grant: Grant | None) -> Visit:
    """What the path of `/v1/stream` asks for.

    Raises:
        Refused: a parameter is unknown or has a value that cannot be used.
    """
    own: dict[str, str] = {}
    axes = []
    for name, value in query(path):
        if name not in {"cursor", "on_gap", "auto"}:
            axes.append((name, value))
        elif own.setdefault(name, value) != value:
            raise bad_request(f"{name}: given twice")
    on_gap, auto = own.get("on_gap", "replay"), own.get("auto", "0")
    if on_gap not in get_args(OnGap) or auto not in {"0", "1"}:
        raise bad_request("on_gap is replay, live or fail; auto is 0 or 1")
    try:
        if "cursor" in own:
            cursor.parse(own["cursor"])
        wanted = Filter.from_query(axes)
    except (InvalidCursor, InvalidFilter) as exc:
        raise bad_request(str(exc)) from None
    asked = wanted if axes or auto == "1" else None
    return Visit(
        address=address,
        grant=grant,
        cursor=own.get("cursor"),
        on_gap=on_gap,  # type: ignore[arg-type]  # checked above
        auto=auto == "1",
        filter=asked if asked != EVERYTHING else (EVERYTHING if auto == "1" else None),
    )
