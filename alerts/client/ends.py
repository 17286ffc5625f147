"""How a connection ends, and whether, and when, to come back."""

from dataclasses import dataclass

from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI

from alerts.wire import CloseCode, may_reconnect

LONGEST_TOLD = 60.0  # seconds of a Retry-After that are heeded
FULL = 5.0  # seconds after which at the earliest to come back to a gateway that is full (1013)

FOR_NOW = frozenset({408, 425, 429})  # of a proxy, say: too slow, too early, too many; not what another try will be

LOST = (ConnectionClosed, InvalidURI, InvalidHandshake, OSError, TimeoutError)
"""What a connection ends with."""


class Stopped(ConnectionError):
    """The gateway will not have us, and coming back would not help; `code` is the close code or HTTP status."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code


class Refused(RuntimeError):
    """The gateway, or the desk, refused what was asked; `code` is the protocol's."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


@dataclass(frozen=True, slots=True)
class End:
    """Why, and how many seconds to wait at least."""

    why: str
    at_least: float = 0.0


def end_of(url: str, exc: Exception, said: str, *, renewable: bool) -> End:
    """What an exception of `LOST` means.

    Args:
        url: where the connection went.
        exc: how it ended.
        said: what was known before of why it would; it counts more.
        renewable: whether a fresh token can be had when one has ended.

    Raises:
        Stopped: coming back would not help.
    """
    match exc:
        case ConnectionClosed():
            code, reason = (exc.rcvd.code, exc.rcvd.reason) if exc.rcvd else (CloseCode.ABNORMAL, "")
            return _closed(url, code, said or reason, renewable=renewable)
        case InvalidURI():
            raise Stopped(str(exc), 0) from None
        case InvalidStatus():
            return _refused(url, exc)
        case _:
            return End(said or str(exc) or type(exc).__name__)


def _closed(url: str, code: int, why: str, *, renewable: bool) -> End:
    fresh = code == CloseCode.TOKEN_EXPIRED and renewable
    if not fresh and (code == CloseCode.TOKEN_EXPIRED or not may_reconnect(code)):
        raise Stopped(f"{url}: closed with {code}: {why}", code)
    return End(why, FULL if code == CloseCode.TRY_AGAIN_LATER else 0.0)


def _refused(url: str, exc: InvalidStatus) -> End:
    status = exc.response.status_code
    if status < 500 and status not in FOR_NOW:
        reason = bytes(exc.response.body or b"").decode(errors="replace").strip()
        raise Stopped(f"{url}: {status} {reason}", status) from None
    after = exc.response.headers.get("Retry-After", "")
    return End(f"HTTP {status}", min(float(after), LONGEST_TOLD) if after.isdecimal() else 0.0)
