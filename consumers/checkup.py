"""What `alerts doctor` looks at: each check gives findings, good or bad, with what to do."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError
from redis.asyncio import Redis
from redis.exceptions import RedisError

from alerts.desk import Desk
from consumers.backends.addresses import redis_url, running
from consumers.backends.embedded import taken
from consumers.backends.jars import JAVA_AT_LEAST, find_java, java_major
from consumers.backends.kafka import Cluster, Topic, Unreachable, WrongTopic, topics
from consumers.backends.redis_server import find_redis
from consumers.gateway.access import Gatekeeper
from consumers.office import Office
from consumers.probe import status
from consumers.rulebook import Rulebook
from consumers.settings import Bind, InvalidSetting, Settings

PATIENCE = 3.0
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@dataclass(frozen=True)
class Finding:
    """One line: `ok`, `note` (nothing is wrong, but know it) or `wrong` (something must be done)."""

    state: Literal["ok", "note", "wrong"]
    text: str


def ok(text: str) -> Finding:
    """As it must be."""
    return Finding("ok", text)


def note(text: str) -> Finding:
    """Good to know."""
    return Finding("note", text)


def wrong(text: str) -> Finding:
    """Something must be done; the text says what."""
    return Finding("wrong", text)


async def findings(settings: Settings) -> AsyncIterator[Finding]:
    """Every check in turn, servers first."""
    up = _up(settings)
    for check in (_kafka, _redis):
        async for finding in check(settings, up):
            yield finding
    for finding in (*_rules(settings), *_access(settings)):
        yield finding
    for name, needs in (("ingest", "ingest_bind"), ("gateway", "gateway_bind"), ("gateway", "gateway_http_bind")):
        yield await _port(name, needs, Bind(getattr(settings, needs)))
    for finding in _programs():
        yield finding


def _up(settings: Settings) -> bool:
    """Whether an `alerts up` announced itself in our data folder."""
    try:
        running(settings, "ALERTS_KAFKA")
    except InvalidSetting:
        return False
    return True


async def _kafka(settings: Settings, up: bool) -> AsyncIterator[Finding]:  # noqa: FBT001 - the one fact that decides
    if settings.kafka == "embedded" and not up:
        yield note("Kafka: none is running here; `alerts up` starts an embedded one, ALERTS_KAFKA names a real one")
        return
    try:
        cluster = await Cluster.connect(settings, patience=PATIENCE, create_topics=False)
    except (Unreachable, InvalidSetting) as exc:
        yield wrong(f"Kafka: {exc}")
        return
    if cluster.embedded:
        yield ok(f"Kafka: the embedded broker answers at {cluster.bootstrap}")
        yield note("Kafka: it is in memory; nothing survives a restart")
        return
    admin = cluster.admin()
    await admin.start()
    try:
        described = await admin.describe_cluster()
        brokers = len(described["brokers"])
        yield ok(f"Kafka: {brokers} broker(s) at {cluster.bootstrap}, cluster {described['cluster_id']}")
        if brokers < settings.replication:
            yield wrong(f"Kafka: ALERTS_REPLICATION={settings.replication} needs as many brokers; lower it or add some")
        async for finding in _topics(admin, topics(settings), settings):
            yield finding
        if set(topics(settings)) <= set(await admin.list_topics()):
            yield await _position(settings, cluster)
    except (KafkaError, WrongTopic) as exc:
        yield wrong(f"Kafka: it answers, but does not describe its topics ({type(exc).__name__}: {exc})")
    finally:
        await admin.close()


async def _position(settings: Settings, cluster: Cluster) -> Finding:
    """Whether the desk can go on where its state says."""
    position, oldest, following = await Office(settings, cluster, Desk()).span()
    if oldest <= position <= following:
        return ok(f"desk: stands at {position} of {settings.topic('desk')}, which ends at {following}")
    return wrong(
        f"desk: stands at {position}, but {settings.topic('desk')} holds {oldest} to {following}: records in between "
        "are gone, and their articles must be published again. To go on: stop every desk, start one with --from-oldest"
    )


async def _topics(admin: AIOKafkaAdminClient, specs: dict[str, Topic], settings: Settings) -> AsyncIterator[Finding]:
    existing = set(await admin.list_topics())
    if absent := sorted(set(specs) - existing):
        yield note(f"topics {', '.join(absent)}: not there yet; the first role that starts creates them")
    for name, spec in specs.items():
        if name not in existing:
            continue
        faults = [
            *await _wrong_partitions(admin, name, spec, any_count=name == settings.topic("articles")),
            *await _wrong_config(admin, name, spec),
        ]
        yield wrong(f"topic {name}: {'; '.join(faults)}") if faults else ok(f"topic {name}: as it must be")


async def _wrong_partitions(admin: AIOKafkaAdminClient, name: str, spec: Topic, *, any_count: bool) -> list[str]:
    described = await admin.describe_topics([name])
    count = len(described[0]["partitions"])
    if any_count or count == spec.partitions:
        return []
    return [f"has {count} partitions and must have {spec.partitions}; delete it, or set ALERTS_PREFIX"]


async def _wrong_config(admin: AIOKafkaAdminClient, name: str, spec: Topic) -> list[str]:
    answers = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name)])
    actual: dict[str, Any] = {entry[0]: entry[1] for answer in answers for entry in answer.resources[0][4]}
    return [
        f"{key} is {actual.get(key)}; run kafka-configs --alter --topic {name} --add-config {key}={wanted}"
        for key, wanted in spec.config.items()
        if str(actual.get(key)) != wanted
    ]


async def _redis(settings: Settings, up: bool) -> AsyncIterator[Finding]:  # noqa: FBT001
    if settings.redis == "embedded" and not up:
        program = find_redis()
        yield (
            note(f"Redis: none is running here; `alerts up` starts {program}")
            if program
            else wrong("Redis: none here; install redis-server, or set ALERTS_REDIS=redis://host:port")
        )
        return
    url = redis_url(settings)
    client: Redis = Redis.from_url(url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE)
    shown = settings.masked()["ALERTS_REDIS"]
    try:
        async for finding in _redis_server(client, shown):
            yield finding
    except (RedisError, OSError, TimeoutError) as exc:
        yield wrong(f"Redis: ALERTS_REDIS={shown} does not answer ({exc}); start it, or correct the setting")
    finally:
        await client.aclose()


async def _redis_server(client: Redis, shown: str) -> AsyncIterator[Finding]:
    info: dict[str, Any] = await client.info()
    version = info.get("valkey_version") or info.get("redis_version")
    yield ok(f"Redis: {info.get('server_name', 'redis')} {version} answers (ALERTS_REDIS={shown})")
    policy = info.get("maxmemory_policy")
    if policy == "noeviction":
        yield ok("Redis: maxmemory-policy is noeviction")
    else:
        yield wrong(
            f"Redis: maxmemory-policy is {policy}: a mark that is evicted lets its repeat through. "
            "Run redis-cli config set maxmemory-policy noeviction, and put it into its configuration"
        )
    if not info.get("aof_enabled"):
        yield note("Redis: appendonly is off; after its restart, repeats of earlier articles are judged again")


def _rules(settings: Settings) -> Iterator[Finding]:
    try:
        rules = Rulebook(settings.rules).rules
    except InvalidSetting as exc:
        yield wrong(f"rules: {exc}")
    else:
        yield ok(f"rules: {settings.rules or 'those that ship with Flashwire'}, {len(rules.rules)} rules")


def _access(settings: Settings) -> Iterator[Finding]:
    try:
        Gatekeeper(settings)
    except InvalidSetting as exc:
        yield wrong(f"gateway: {exc}")
    else:
        guarded = settings.gateway_secret is not None
        yield ok("gateway: asks for tokens") if guarded else note("gateway: serves this machine only, without tokens")
    if not Bind(settings.ingest_bind).loopback and not settings.ingest_tokens:
        yield wrong(
            f"ingest: ALERTS_INGEST_BIND={settings.ingest_bind} is open to others; set ALERTS_INGEST_TOKENS too"
        )


async def _port(role: str, field: str, bind: Bind) -> Finding:
    variable = f"ALERTS_{field.upper()}"
    if not bind.port:
        return note(f"{role}: {variable}={bind} lets the system choose a port")
    code = await status(bind, "/readyz")
    if code == 200:
        return ok(f"{role}: is ready at {bind}")
    if code == 503:
        return wrong(f"{role}: answers at {bind} that it is not ready; its log says why")
    if await asyncio.to_thread(taken, bind.host, bind.port):
        return wrong(f"{role}: something else listens at {bind}; stop it, or set another {variable}")
    return ok(f"{role}: {bind} is free")


def _programs() -> Iterator[Finding]:
    java, maven = find_java(), shutil.which("mvn")
    major = java_major(java) if java else 0
    if major >= JAVA_AT_LEAST and maven:
        yield ok(f"Java {major} and Maven: `alerts up --kafka apache` can run")
    else:
        yield note(f"no Java {JAVA_AT_LEAST} with Maven: needed only for `alerts up --kafka apache` and for tests")
    browser = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    yield ok(f"browser for tests: {browser}") if browser else note("no Chromium: needed only for tests of the page")
