"""What `alerts up` starts: which servers, which roles, with which addresses; and where it says so to other commands."""

import contextlib
import fcntl
import json
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from consumers.backends.addresses import ANNOUNCEMENT
from consumers.backends.apache import ApacheKafka
from consumers.backends.embedded import EmbeddedKafka, ServerFailed, free_port, taken
from consumers.backends.kafka import topics
from consumers.backends.redis_server import RedisServer
from consumers.settings import Bind, InvalidSetting, Settings
from consumers.supervisor import Program, Watched

ROLES = ("ingest", "classify", "desk", "gateway")
KAFKA_LOG = "broker.log"
REDIS_LOG = "redis.log"


@dataclass
class Servers:
    """Kafka and Redis, ours or the operator's.

    Attributes:
        embedded: ours if it is in memory; `apache`, `redis_server`: ours if we started them.
    """

    settings: Settings
    group: int
    kafka_port: int | None = None  # of an Apache Kafka of ours; None: the embedded broker
    kafka: str = ""
    redis: str = ""
    embedded: EmbeddedKafka | None = None
    apache: ApacheKafka | None = None
    redis_server: RedisServer | None = None

    def start(self) -> None:
        """Start what the settings leave to us.

        Raises:
            ServerFailed: one could not be started.
        """
        data = self.settings.data
        if self.settings.kafka != "embedded":
            self.kafka = self.settings.kafka
        elif self.kafka_port is not None:
            ports = [(self.kafka_port, self.kafka_port + 1)]
            self.apache = ApacheKafka(data=data / "kafka", ports=ports, libs=data, group=self.group).start()
            self.kafka = self.apache.bootstrap
        else:
            self.embedded = EmbeddedKafka(log=data / KAFKA_LOG, group=self.group)
            self.embedded.start({name: spec.partitions for name, spec in topics(self.settings).items()})
            self.kafka = self.embedded.address
        if self.settings.redis != "embedded":
            self.redis = self.settings.redis
        else:
            kept = data / "redis" if self.apache else None
            self.redis_server = RedisServer(data=kept, log=data / REDIS_LOG, group=self.group).start()
            self.redis = self.redis_server.url

    def watched(self) -> list[Watched]:
        """What we started, for the supervisor to look after."""
        watched = []
        if (broker := self.embedded) is not None:
            watched.append(Watched(broker.server.name, lambda: broker.server.status, None))
        if (apache := self.apache) is not None:
            watched.append(Watched("Apache Kafka", lambda: apache.servers[1].status, apache.restart))
        if (redis := self.redis_server) is not None:
            watched.append(Watched("Redis", lambda: redis.status, redis.start))
        return watched

    def stop(self, seconds: float) -> None:
        """End what we started."""
        if self.apache is not None:
            self.apache.stop(seconds=seconds)
        if self.redis_server is not None:
            self.redis_server.stop(seconds=seconds)
        if self.embedded is not None:
            self.embedded.stop()


@dataclass(frozen=True)
class Places:
    """Where the roles listen. Ports that were left to the system are chosen here, so that we can ask and tell."""

    ingest: Bind
    gateway: Bind
    gateway_http: Bind
    classify: Bind = field(default_factory=lambda: _on_loopback(0))
    desk: Bind = field(default_factory=lambda: _on_loopback(0))

    @classmethod
    def choose(cls, settings: Settings) -> "Places":
        """By the settings.

        Raises:
            InvalidSetting: something else listens on a port that a setting names.
        """
        chosen = {}
        for name in ("ingest_bind", "gateway_bind", "gateway_http_bind"):
            bind = Bind(getattr(settings, name))
            variable = f"ALERTS_{name.upper()}"
            if bind.port and taken(bind.host, bind.port):
                raise InvalidSetting(
                    f"{variable}={bind}: something else listens there. "
                    f"Stop it, or set another, such as {variable}={_with_port(bind, bind.port + 10)}"
                )
            chosen[name.removesuffix("_bind")] = bind if bind.port else _with_port(bind, free_port())
        return cls(**chosen)

    def ready(self) -> Mapping[str, Bind]:
        """Where each role says that it is ready."""
        return {"ingest": self.ingest, "classify": self.classify, "desk": self.desk, "gateway": self.gateway}


def _with_port(bind: Bind, port: int) -> Bind:
    return Bind(f"{str(bind).rpartition(':')[0]}:{port}")


def _on_loopback(port: int) -> Bind:
    return Bind(f"127.0.0.1:{port or free_port()}")


def command_line(*arguments: str) -> list[str]:
    """How to run a command of ours with this very Python."""
    return [sys.executable, "-m", "consumers", *arguments]


def programs(servers: Servers, places: Places) -> list[Program]:
    """The roles, each with explicit addresses."""
    shared = {
        "ALERTS_KAFKA": servers.kafka,
        "ALERTS_REDIS": servers.redis,
        "ALERTS_INGEST_BIND": str(places.ingest),
        "ALERTS_GATEWAY_BIND": str(places.gateway),
        "ALERTS_GATEWAY_HTTP_BIND": str(places.gateway_http),
    }
    admin = {"classify": places.classify, "desk": places.desk}
    return [
        Program(
            role, command_line(role), {**shared, **({"ALERTS_ADMIN_BIND": str(admin[role])} if role in admin else {})}
        )
        for role in ROLES
    ]


@contextlib.contextmanager
def only_one(data: Path) -> Iterator[None]:
    """One `alerts up` for one data folder; the lock goes with the process.

    Raises:
        InvalidSetting: another has it, or the folder cannot be used.
    """
    try:
        data.mkdir(parents=True, exist_ok=True)
        held = (data / "up.lock").open("a")
    except OSError as exc:
        raise InvalidSetting(f"ALERTS_DATA={data}: cannot be written ({exc.strerror}); set another folder") from None
    with held as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise InvalidSetting(
                f"ALERTS_DATA={data}: an `alerts up` is already running there. Stop it, or set another folder."
            ) from None
        yield


@contextlib.contextmanager
def announced(servers: Servers, places: Places) -> Iterator[None]:
    """While this lasts, other commands with default settings find us (see `backends.addresses`)."""
    file = servers.settings.data / ANNOUNCEMENT
    found = {
        "kafka": servers.kafka,
        "redis": servers.redis,
        "pid": os.getpid(),
        "ingest": str(places.ingest),
        "gateway": str(places.gateway),
    }
    fresh = file.with_suffix(".new")
    # It may hold a password of ALERTS_REDIS.
    fresh.touch(mode=0o600)
    fresh.write_text(json.dumps(found))
    fresh.replace(file)
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


def refuse_contradictions(settings: Settings, kafka: str | None, port: int) -> None:
    """`--kafka` says which broker to start; the settings may name one that runs.

    Raises:
        InvalidSetting: both.
        ServerFailed: the port for Apache Kafka is taken.
    """
    if kafka and settings.kafka != "embedded":
        raise InvalidSetting(
            f"ALERTS_KAFKA={settings.kafka}: names a broker, and --kafka {kafka} starts one. Leave one of them out."
        )
    if kafka == "apache":
        for wanted in (port, port + 1):
            if taken("127.0.0.1", wanted):
                raise ServerFailed(
                    f"127.0.0.1:{wanted} is taken, and Apache Kafka needs it. If that is a Kafka you want to use, "
                    f"set ALERTS_KAFKA=127.0.0.1:{port}; else choose another with --kafka-port."
                )
