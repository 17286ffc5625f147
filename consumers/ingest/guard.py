"""Who may post: rules about headers, without a server around them.

Without tokens ingest serves this machine only. That alone does not keep web pages out: a page in a browser on this
machine can post to loopback, and by DNS rebinding it can even look like the same origin. So a foreign Origin is
refused, and without tokens the Host must be a loopback name. A proxy on this machine brings strangers, whatever Host it
makes of theirs: without tokens what came through one is refused too.
"""

import hashlib
import hmac
import ipaddress
from collections.abc import Container, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from consumers.proxied import is_proxied
from consumers.settings import Bind, InvalidSetting, Settings

EVERY_SOURCE = "*"


class Refused(Exception):
    """A request is answered with a status and one sentence."""

    def __init__(self, status: int, error: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(error)
        self.status = status
        self.error = error
        self.headers = dict(headers or {})


@dataclass(frozen=True, slots=True)
class Sources:
    """The sources a sender may speak for."""

    names: frozenset[str]

    def __contains__(self, source: str) -> bool:
        return EVERY_SOURCE in self.names or source in self.names


ANY_SOURCE = Sources(frozenset({EVERY_SOURCE}))


class Guard:
    """The rules of one ingest."""

    def __init__(self, settings: Settings) -> None:
        """Take the rules from the settings.

        Raises:
            InvalidSetting: ingest would serve a network without tokens.
        """
        if not settings.ingest_tokens and not Bind(settings.ingest_bind).loopback:
            raise InvalidSetting(
                f"ALERTS_INGEST_BIND={settings.ingest_bind}: without ALERTS_INGEST_TOKENS ingest serves loopback only; "
                'set tokens, such as ALERTS_INGEST_TOKENS={"secret": ["example.org"]}, or bind to 127.0.0.1'
            )
        # Digests, so that the time of a comparison tells nothing about a token.
        self._tokens = {_digest(token): Sources(frozenset(names)) for token, names in settings.ingest_tokens.items()}

    def check_way(self, headers: Container[str]) -> None:
        """Refuse what a proxy brought from elsewhere, where whoever comes may speak for every source.

        Args:
            headers: the names in the request, to be asked in any case.

        Raises:
            Refused: 403.
        """
        if not self._tokens and is_proxied(headers):
            raise Refused(
                403,
                "this request came through a proxy; without tokens ingest serves its own machine only "
                "(set ALERTS_INGEST_TOKENS)",
            )

    def check_page(self, host: str | None, origin: str | None) -> None:
        """Refuse what a foreign web page could send.

        Raises:
            Refused: 403.
        """
        if not self._tokens and not _is_loopback(host):
            raise Refused(403, f"Host {host or '(none)'} is not this machine: use localhost, or set tokens")
        if origin is not None and not _same_origin(origin, host):
            raise Refused(403, "requests from web pages of another origin are refused")

    def sender(self, authorization: str | None) -> Sources:
        """What the sender may speak for.

        Raises:
            Refused: 401, a token is needed and this is none of them.
        """
        if not self._tokens:
            return ANY_SOURCE
        scheme, _, token = (authorization or "").partition(" ")
        given = _digest(token.strip()) if scheme.lower() == "bearer" else b""
        found = [sources for known, sources in self._tokens.items() if hmac.compare_digest(known, given)]
        if not found:
            raise Refused(401, "a bearer token is needed (ALERTS_INGEST_TOKENS)", {"WWW-Authenticate": "Bearer"})
        return found[0]


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode(errors="surrogateescape")).digest()


def _is_loopback(host: str | None) -> bool:
    name = _netloc_name(host or "")
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _netloc_name(netloc: str) -> str:
    try:
        return urlsplit(f"//{netloc}").hostname or ""
    except ValueError:
        return ""


def _same_origin(origin: str, host: str | None) -> bool:
    """Scheme aside (TLS may end at a proxy), the page came from this very address. `null` never does."""
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and parts.netloc.lower() == (host or "").lower() != ""
