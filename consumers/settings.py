"""Every setting, once: read from `ALERTS_*` variables and `.env`, typed, frozen. An unknown one stops the start."""

import difflib
import os
import re
from collections.abc import Iterable, Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

PREFIX = "ALERTS_"
_FILES = ("kafka_ca", "rules", "feeds", "gateway_revoked", "gateway_tls_cert", "gateway_tls_key")
"""Settings that name a file or folder which must be there."""


class InvalidSetting(ValueError):
    """The operator's fault: one line that names the setting, what was tried and what to do."""


class Bind(str):
    """`host:port`; port 0 lets the system choose."""

    __slots__ = ()

    @property
    def host(self) -> str:
        """The address to listen on, without brackets."""
        return self.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        """The TCP port."""
        return int(self.rpartition(":")[2])

    @property
    def loopback(self) -> bool:
        """Whether only this machine can connect."""
        return self.host in {"localhost", "::1"} or self.host.startswith("127.")


def _bind(value: Any) -> Bind:
    text = str(value)
    host, colon, port = text.rpartition(":")
    if not colon or not host or not port.isdecimal() or int(port) > 65535:
        raise ValueError("expected host:port")
    return Bind(text)


class Settings(BaseSettings):
    """The effective settings of one process."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=".env", extra="ignore", frozen=True, use_attribute_docstrings=True
    )

    kafka: str = "embedded"
    """Bootstrap servers, `host:port,...`, or `embedded`: an in-memory broker that `alerts up` starts."""
    kafka_tls: bool = False
    """Speak TLS to Kafka."""
    kafka_ca: Path | None = None
    """File of certificates (PEM) that Kafka's must be signed by. Absent: those that this machine trusts."""
    kafka_user: str | None = None
    """Name to log in to Kafka with (SASL). Absent: no login."""
    kafka_password: Annotated[SecretStr | None, Field(validate_default=True)] = None
    """Password of that name."""
    kafka_sasl: Annotated[str, Field(pattern="^(PLAIN|SCRAM-SHA-256|SCRAM-SHA-512)$")] = "SCRAM-SHA-512"
    """How to log in: PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512."""
    redis: str = "embedded"
    """`redis://host:port/db`, or `embedded`: a server that `alerts up` starts."""
    rules: Path | None = None
    """Rules file (YAML), or a folder of `*.yaml`; edits are taken while running. Absent: the package's own rules."""
    rules_seconds: Annotated[float, Field(ge=0.01, le=3600)] = 1.0
    """Seconds between looks at the rules; an edit is taken once it has stood unchanged for one of them."""
    feeds: Path | None = None
    """File of feeds to poll. Absent: none."""
    prefix: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]*$")] = ""
    """Put before topics, groups, transactional.id and Redis keys, so that installations can share a cluster."""
    data: Path = Path(".flashwire")
    """Where `alerts up --kafka apache` keeps the broker's jars and data."""
    log_level: Annotated[str, Field(pattern="^(debug|info|warning|error)$")] = "info"
    """debug, info, warning or error."""

    ingest_bind: Annotated[str, Field(validate_default=True)] = "127.0.0.1:8000"
    """Where ingest listens for HTTP."""
    ingest_tokens: Annotated[dict[str, tuple[str, ...]], NoDecode] = {}
    """JSON object: bearer token -> sources it may send (`*`: all). Absent: loopback only, nothing through a proxy."""
    ingest_max_bytes: Annotated[int, Field(ge=1000, le=2_000_000)] = 1_000_000
    """Largest article in bytes, at most 2,000,000; a batch may hold 10 times that."""

    gateway_bind: Annotated[str, Field(validate_default=True)] = "127.0.0.1:8765"
    """Where the gateway listens for websockets, the page and /v1/alerts."""
    gateway_http_bind: Annotated[str, Field(validate_default=True)] = "127.0.0.1:8766"
    """Where the gateway listens for server-sent events, polling and editors' actions by POST."""
    gateway_admin_bind: Annotated[str, Field(validate_default=True)] = "127.0.0.1:0"
    """Health and metrics of one gateway process (processes may share the public port)."""
    gateway_secret: SecretStr | None = None
    """Secret for HS256 tokens. Absent: the gateway serves loopback only, everyone is the local admin."""
    gateway_jwks: str | None = None
    """Public keys for RS256 and ES256 tokens: a JWKS file, or its https:// URL. Read again every 5 minutes."""
    gateway_audience: str | None = None
    """What tokens must have as `aud`. Absent: it is not looked at."""
    gateway_revoked: Path | None = None
    """File of users whose tokens no longer count, one a line, optionally with a time before which they were issued."""
    gateway_tls_cert: Path | None = None
    """Certificate chain (PEM). With the key: both listeners speak TLS. Read again when it changes."""
    gateway_tls_key: Path | None = None
    """Private key (PEM) of the certificate."""
    gateway_trusted_proxies: Annotated[tuple[str, ...], NoDecode] = ()
    """Comma-separated networks of proxies whose X-Forwarded-For, or else Forwarded, is believed."""
    gateway_origins: Annotated[tuple[str, ...], NoDecode] = ()
    """Comma-separated web origins that may connect, exact. The page's own origin always may."""
    gateway_ring_entries: Annotated[int, Field(ge=1)] = 50_000
    """Newest alerts kept in memory for resume."""
    gateway_ring_bytes: Annotated[int, Field(ge=1)] = 64 * 1024 * 1024
    """Bytes of newest alerts kept in memory for resume."""
    gateway_ring_hours: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 24.0
    """Age of alerts loaded into memory at start, in hours."""
    gateway_heartbeat: Annotated[float, Field(gt=0, le=3600)] = 25.0
    """Seconds between heartbeats."""
    gateway_compression: bool = True
    """Compress alerts for websockets that ask for it (each alert once, for all of them)."""
    gateway_share_port: bool = False
    """Let several gateway processes listen on the same ports; the limits below then hold for each."""
    gateway_max_connections: Annotated[int, Field(ge=1)] = 20_000
    """Connections in all; above it new ones get 503."""
    gateway_max_per_address: Annotated[int, Field(ge=1)] = 1_000
    """Connections of one address."""
    gateway_max_per_token: Annotated[int, Field(ge=1)] = 200
    """Connections of one token."""

    lab: bool = True
    """Serve the rule lab (/lab): a process of its own, started when an editor first opens it."""
    lab_articles: Annotated[int, Field(ge=100, le=1_000_000)] = 20_000
    """Newest articles that the lab keeps."""
    lab_mib: Annotated[int, Field(ge=8, le=16_384)] = 256
    """Mebibytes of newest articles that the lab keeps at most."""

    admin_bind: Annotated[str, Field(validate_default=True)] = "127.0.0.1:0"
    """Health and metrics of classifier and desk; port 0 lets the system choose, the log says which."""
    articles_partitions: Annotated[int, Field(ge=1, le=1000)] = 12
    """Partitions of `articles`, used when it is created."""
    replication: Annotated[int, Field(ge=1, le=9)] = 1
    """Replication factor of topics we create; with 3, min.insync.replicas is 2."""
    classifier_batch: Annotated[int, Field(ge=1, le=5000)] = 500
    """Most articles judged and committed together."""
    quiet_seconds: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 30.0
    """Quiet updates of one story are coalesced to one in so many seconds."""
    cooldown_seconds: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 600.0
    """News of one story interrupts at most once in so many seconds, where its rule has no `cooldown`."""
    rule_cap: Annotated[int, Field(ge=0)] = 60
    """So many new stories of one rule may interrupt within an hour, flashes apart; 0 lifts the cap."""

    @field_validator("ingest_bind", "gateway_bind", "gateway_http_bind", "gateway_admin_bind", "admin_bind")
    @classmethod
    def _binds(cls, value: str) -> str:
        return _bind(value)

    @field_validator("kafka")
    @classmethod
    def _bootstrap(cls, value: str) -> str:
        if value != "embedded":
            for part in value.split(","):
                _bind(part.strip())
        return value

    @field_validator("kafka_password")
    @classmethod
    def _login(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if bool(value and value.get_secret_value()) != bool(info.data.get("kafka_user")):
            raise ValueError("ALERTS_KAFKA_USER and ALERTS_KAFKA_PASSWORD need each other")
        return value

    @field_validator("redis")
    @classmethod
    def _redis_url(cls, value: str) -> str:
        if value != "embedded" and not value.startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("expected redis://host:port/db, rediss://, unix:// or embedded")
        return value

    @field_validator("ingest_tokens", mode="before")
    @classmethod
    def _tokens(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        from pydantic_core import from_json  # noqa: PLC0415 - only where it is needed

        try:
            tokens = from_json(value or "{}")
            return {k: (v,) if isinstance(v, str) else tuple(v) for k, v in tokens.items()}
        except (ValueError, TypeError, AttributeError):  # no JSON, no sources, no object
            raise ValueError('expected a JSON object such as {"secret": ["example.org"]}') from None

    @field_validator("gateway_origins", "gateway_trusted_proxies", mode="before")
    @classmethod
    def _commas(cls, value: Any) -> Any:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("gateway_origins")
    @classmethod
    def _origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for origin in value:  # what no browser would ever send would let nobody in, and say nothing
            if not re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#\s*]+/?", origin):
                raise ValueError("expected origins such as https://news.example, without a path or *")
        return value

    @field_validator("gateway_trusted_proxies")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for network in value:
            ip_network(network)
        return value

    @field_validator("gateway_jwks")
    @classmethod
    def _keys(cls, value: str | None) -> str | None:
        if value and "://" in value and not value.startswith("https://"):
            raise ValueError("expected a file or an https:// URL")
        return value or None

    @field_validator(*_FILES, mode="before")
    @classmethod
    def _absent(cls, value: Any) -> Any:
        """`ALERTS_RULES=` names nothing; as a path it would be the folder that we happen to be started in."""
        return None if isinstance(value, str) and not value.strip() else value

    @field_validator(*_FILES)
    @classmethod
    def _exists(cls, value: Path | None) -> Path | None:
        if value is not None and not value.exists():
            raise ValueError(f"there is no {value}")
        return value

    def topic(self, name: str) -> str:
        """The topic's name in the cluster."""
        return self.prefix + name

    def masked(self) -> dict[str, str]:
        """Every setting as text by its variable's name, secrets masked."""
        shown = {}
        for name in type(self).model_fields:
            value = getattr(self, name)
            if name == "ingest_tokens":
                value = [("***", *sources) for sources in value.values()]
            elif name == "redis":
                value = _without_password(value)
            elif name in {"gateway_origins", "gateway_trusted_proxies"}:
                value = ",".join(value)
            shown[PREFIX + name.upper()] = "" if value is None or value == [] else str(value)
        return shown


def _without_password(url: str) -> str:
    scheme, sep, rest = url.partition("://")
    credentials, at, host = rest.rpartition("@")
    return f"{scheme}{sep}***@{host}" if at and credentials else url


# May hold what an error line, which ends up in logs, must not show.
_SECRETS = frozenset({"ALERTS_GATEWAY_SECRET", "ALERTS_KAFKA_PASSWORD", "ALERTS_INGEST_TOKENS", "ALERTS_REDIS"})

# Read by the tests and by `alerts watch`, not settings of a role.
_OTHERS = ("ALERTS_TEST_", "ALERTS_TOKEN")


def load(environ: Mapping[str, str] | None = None, env_file: str | None = ".env", **overrides: Any) -> Settings:
    """Read the settings.

    Raises:
        InvalidSetting: a variable is unknown or has a value that cannot be used.
    """
    environ = os.environ if environ is None else environ
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    _refuse_unknown(_names(environ, env_file), known)
    try:
        return Settings(_env_file=env_file, **overrides)
    except ValidationError as exc:
        fault = exc.errors(include_url=False)[0]
        name = PREFIX + str(fault["loc"][0] if fault["loc"] else "?").upper()
        value = "***" if name in _SECRETS else repr(fault.get("input"))
        message = fault["msg"].removeprefix("Value error, ")
        raise InvalidSetting(f"{name}={value}: {message}. See `alerts settings`.") from None


def _names(environ: Mapping[str, str], env_file: str | None) -> Iterable[str]:
    yield from environ
    if env_file and Path(env_file).is_file():
        from dotenv import dotenv_values  # noqa: PLC0415 - only where there is a file

        yield from dotenv_values(env_file)


def _refuse_unknown(names: Iterable[str], known: set[str]) -> None:
    for name in names:
        if not name.startswith(PREFIX) or name in known or name.startswith(_OTHERS):
            continue
        suffixes = [each.removeprefix(PREFIX) for each in known]
        close = difflib.get_close_matches(name.removeprefix(PREFIX), suffixes, n=1)
        hint = f"Did you mean {PREFIX}{close[0]}?" if close else "`alerts settings` lists all."
        raise InvalidSetting(f"{name}: there is no such setting. {hint}")
