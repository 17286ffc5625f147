"""Who may connect: hosts, origins, tokens and what they allow.

Without a secret the gateway serves this machine only. A web page anywhere can make a browser open connections to
loopback, so `Host` must then be loopback (DNS rebinding) and an `Origin`, if there is one, our own or listed. A proxy
on this machine brings strangers, whatever `Host` it makes of theirs, so what came through one is refused then too.
"""

import hashlib
import ipaddress
import logging
import math
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import jwt
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from websockets.datastructures import Headers

from alerts.filters import EVERYTHING, Filter, sentence
from alerts.verdict import Priority
from alerts.wire import CloseCode
from consumers.gateway.keys import ALGORITHMS, Keys
from consumers.gateway.proxies import Proxies
from consumers.settings import Bind, InvalidSetting, Settings

Role = Literal["viewer", "editor", "admin"]

LEEWAY = 30  # seconds a clock may be behind ours
SHARED = "HS256"
SHORTEST = 32  # bytes of a secret

log = logging.getLogger(__name__)


class Refused(Exception):
    """The peer may not connect: `status` and `error` before the upgrade, `code` after it; he may after some seconds."""

    def __init__(self, error: str, message: str, status: int, code: CloseCode, after: int | None = None) -> None:
        super().__init__(message)
        self.error = error
        self.status = status
        self.code = code
        self.after = 5 if status == 503 and after is None else after


def unauthorised(message: str, error: str = "unauthorised") -> Refused:
    """No token, or one that is not good."""
    return Refused(error, message, 401, CloseCode.UNAUTHORISED)


@dataclass(frozen=True, slots=True)
class Grant:
    """What a peer may do. `expires`, `issued` in epoch seconds; `key` tells tokens apart without keeping them."""

    user: str
    role: Role
    scope: Filter = EVERYTHING
    expires: int | None = None
    key: str = ""
    issued: int | None = None

    @property
    def editor(self) -> bool:
        """Whether actions are allowed."""
        return self.role in {"editor", "admin"}


_PROXIED = (
    "this request came through a proxy; without a configured key this gateway serves its own machine only. "
    "Set ALERTS_GATEWAY_SECRET or ALERTS_GATEWAY_JWKS"
)

LOCAL = Grant("local", "admin")


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _whole(value: Any) -> Any:
    """A NumericDate may have a fraction (RFC 7519, 2), as Python's `time.time()` has."""
    return math.floor(value) if isinstance(value, float) and math.isfinite(value) else value


_List = Annotated[list[str] | None, BeforeValidator(_listed)]
_Date = Annotated[int, BeforeValidator(_whole), Field(ge=0, lt=2**53)]


class _Claims(BaseModel):
    model_config = ConfigDict(extra="ignore")

    sub: Annotated[str, Field(min_length=1, max_length=256)]
    exp: _Date
    iat: _Date | None = None
    role: Role = "viewer"
    regions: _List = None
    topics: _List = None
    min_priority: Priority | None = None

    def scope(self) -> Filter:
        axes = {"regions": self.regions, "topics": self.topics, "min_priority": self.min_priority}
        return Filter.model_validate({name: value for name, value in axes.items() if value is not None}, strict=False)


class Tokens:
    """Reads and makes tokens: JWT, signed with a secret that we share (HS256), or with keys of others (JWKS).

    Which of the two a token is checked against is decided by its algorithm, and each has its own: a public key is
    never taken for a secret.
    """

    def __init__(self, secret: str | None, keys: Keys | None = None, audience: str | None = None) -> None:
        """At least one of `secret` and `keys`; with an `audience`, tokens for others are refused."""
        self._secret = secret
        self.keys = keys
        self._audience = audience
        if secret is not None and len(secret.encode()) < SHORTEST:
            log.warning("ALERTS_GATEWAY_SECRET has fewer than %d bytes: it can be guessed (RFC 7518, 3.2)", SHORTEST)
            warnings.simplefilter("ignore", jwt.InsecureKeyLengthWarning)  # said once, above, not at every token
        if keys is not None and audience is None:
            log.warning("ALERTS_GATEWAY_JWKS without ALERTS_GATEWAY_AUDIENCE: tokens made for others are taken too")

    async def prepare(self, token: str) -> None:
        """Fetch keys anew if the token names one that is not known. Before `grant`, which does no I/O."""
        if self.keys is not None:
            kid = _header(token).get("kid")
            if isinstance(kid, str):
                await self.keys.know(kid)

    def grant(self, token: str, now: float) -> Grant:
        """What the token allows at the time `now`, epoch seconds.

        Raises:
            Refused: it is not ours, or has ended, or a claim cannot be used.
        """
        try:
            claims = _Claims.model_validate(self._read(token))
            scope = claims.scope()
        except ValidationError as exc:
            raise unauthorised(f"token: {sentence(exc)}") from None
        if claims.exp <= now:
            raise Refused("token_expired", "the token has ended", 401, CloseCode.TOKEN_EXPIRED)
        key = hashlib.sha256(token.encode()).hexdigest()[:16]
        return Grant(claims.sub, claims.role, scope, claims.exp, key, claims.iat)

    def _read(self, token: str) -> dict[str, Any]:
        required = ["exp", "sub"] if self._audience is None else ["exp", "sub", "aud"]
        options: Any = {"require": required, "verify_exp": False, "verify_iat": False}
        options["verify_aud"] = self._audience is not None
        algorithm, key = self._key(token)
        try:
            claims: dict[str, Any] = jwt.decode(
                token, key, algorithms=[algorithm], options=options, leeway=LEEWAY, audience=self._audience
            )
        except (jwt.InvalidTokenError, UnicodeEncodeError) as exc:
            raise unauthorised(f"token: {exc}") from None
        return claims

    def _key(self, token: str) -> tuple[str, Any]:
        header = _header(token)
        algorithm, kid = header.get("alg"), header.get("kid")
        if algorithm == SHARED and self._secret is not None:
            return SHARED, self._secret
        if self.keys is not None and isinstance(algorithm, str) and (kid is None or isinstance(kid, str)):
            found = self.keys.find(kid, algorithm)
            if found is not None:
                return algorithm, found.key
            if self.keys.stale and algorithm in ALGORITHMS:
                # Not for ever, as a refusal would be: whoever has a token of tomorrow's key is to come again.
                message = "the keys that tokens are checked against cannot be read now"
                raise Refused("unavailable", message, 503, CloseCode.TRY_AGAIN_LATER)
        raise unauthorised("token: signed with an algorithm or key that is not taken here")

    def make(self, claims: dict[str, Any]) -> str:
        """A token with these claims, signed with the shared secret.

        Raises:
            ValidationError: claims that `grant` would refuse.
        """
        _Claims.model_validate(claims).scope()
        if self._secret is None:
            raise ValueError("there is no secret to sign with")
        audience = {} if self._audience is None else {"aud": self._audience}
        return jwt.encode({**audience, **claims}, self._secret, algorithm=SHARED)


def _header(token: str) -> dict[str, Any]:
    try:
        return jwt.get_unverified_header(token)
    except (jwt.InvalidTokenError, UnicodeEncodeError) as exc:
        raise unauthorised(f"token: {exc}") from None


class Gatekeeper:
    """Decides on hosts, origins and tokens.

    Raises:
        InvalidSetting: no secret, and other machines could connect.
    """

    def __init__(self, settings: Settings) -> None:
        secret = settings.gateway_secret.get_secret_value() if settings.gateway_secret else ""
        keys = Keys(settings.gateway_jwks) if settings.gateway_jwks else None
        self.tokens = Tokens(secret or None, keys, settings.gateway_audience) if secret or keys else None
        self.proxies = Proxies(settings.gateway_trusted_proxies)
        self.revoked: Mapping[str, float] = {}
        self.ports: set[int] = set()
        """Ports we listen on: our page, served on one, may use the other."""
        self.origins = frozenset(origin.rstrip("/").lower() for origin in settings.gateway_origins)
        for name in ("gateway_bind", "gateway_http_bind"):
            bind = Bind(getattr(settings, name))
            if self.tokens is None and not bind.loopback:
                raise InvalidSetting(
                    f"ALERTS_{name.upper()}={bind}: without ALERTS_GATEWAY_SECRET or ALERTS_GATEWAY_JWKS the "
                    "gateway serves loopback only. Set one of them, or bind to 127.0.0.1."
                )

    def check_place(self, host: str | None, origin: str | None) -> None:
        """Refuse requests that a foreign web page may have caused.

        Raises:
            Refused: `Host` is not loopback though we have no secret, or `Origin` is neither ours nor listed.
        """
        if self.tokens is None and not loopback(host):
            message = "without a configured key this gateway answers to localhost only"
            raise Refused("host", message, 403, CloseCode.UNAUTHORISED)
        if origin is None or origin.lower() in self.origins:
            return
        if not self._own(origin, host):
            raise Refused(
                "origin", "this origin may not connect; see ALERTS_GATEWAY_ORIGINS", 403, CloseCode.UNAUTHORISED
            )

    def check_way(self, peer: str, headers: Headers) -> None:
        """Refuse what a proxy brought from elsewhere, where whoever comes would be the local admin.

        Raises:
            Refused: we have no secret, and the request says that it came through a proxy.
        """
        if self.tokens is None and not self.proxies.local(peer, headers):
            raise Refused("proxied", _PROXIED, 403, CloseCode.UNAUTHORISED)

    def _own(self, origin: str, host: str | None) -> bool:
        """Whether the origin is the address that was asked, or the same machine on our other port."""
        try:
            theirs, ours = urlsplit(origin), urlsplit(f"//{host}")
            same_machine = theirs.hostname == ours.hostname and {theirs.port, ours.port} <= self.ports
        except ValueError:
            return False
        return theirs.scheme in {"http", "https"} and (
            theirs.netloc.lower() == (host or "").lower() != "" or same_machine
        )

    def grant(self, token: str | None, now: float) -> Grant:
        """What a peer with this token (or none) may do.

        Raises:
            Refused: a token is needed and this is none, or not a good one.
        """
        if self.tokens is None:
            return LOCAL
        if token is None:
            raise unauthorised("a token is needed: Authorization: Bearer, or `token` in hello", "token_missing")
        grant = self.tokens.grant(token, now)
        if self.is_revoked(grant):
            raise Refused("revoked", "the user's access was revoked", 403, CloseCode.REVOKED)
        return grant

    async def admit(self, token: str | None, now: float) -> Grant:
        """As `grant`, having fetched the keys that it may take.

        Raises:
            Refused: as `grant`.
        """
        if self.tokens is not None and token is not None:
            await self.tokens.prepare(token)
        return self.grant(token, now)

    def is_revoked(self, grant: Grant) -> bool:
        """Whether this token of the user no longer counts; one that does not say when it was made, never does."""
        return (grant.issued or 0) < self.revoked.get(grant.user, 0.0)


def loopback(host: str | None) -> bool:
    """Whether a `Host` header names this machine."""
    if not host:
        return False
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def bearer(headers: Iterable[str]) -> str | None:
    """The token of an `Authorization` header.

    Raises:
        Refused: there is such a header and it is not a bearer token.
    """
    values = list(headers)
    if not values:
        return None
    scheme, _, token = values[0].partition(" ")
    if len(values) > 1 or scheme.lower() != "bearer" or not token.strip():
        raise unauthorised("expected `Authorization: Bearer TOKEN`")
    return token.strip()
