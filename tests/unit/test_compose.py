"""`docker-compose.yml` and `Dockerfile`: Docker cannot run everywhere, so what can be checked without it is."""

import json
import os
import re
import shutil
import subprocess
from collections import Counter
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema.validators import validator_for

from consumers.backends.jars import kafka_version
from consumers.settings import Bind, load

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"] == "flashwire:local"}
GIVEN = {
    "ALERTS_GATEWAY_SECRET": "a secret of more than sixty-four bytes, so that no algorithm calls it short",
    "ALERTS_INGEST_TOKENS": '{"swordfish": ["example.org"]}',
}
# As Compose reads it: it ends at the first brace, even within the message.
REQUIRED = re.compile(r"\$\{(\w+):\?[^}]+\}")


def test_it_is_a_compose_file() -> None:
    """By the Compose specification's own JSON Schema (as check-jsonschema ships it)."""
    text = files("check_jsonschema").joinpath("builtin_schemas/vendor/compose-spec.json").read_text()
    schema = json.loads(text)
    faults = [fault.message for fault in validator_for(schema)(schema).iter_errors(COMPOSE)]
    assert faults == []


def test_docker_itself_accepts_it() -> None:
    """Where the compose plugin is there it has the last word; it needs no engine for this."""
    docker = shutil.which("docker")
    if docker is None or subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode:
        return  # the schema above has judged it
    done = subprocess.run(
        [docker, "compose", "-f", str(ROOT / "docker-compose.yml"), "config", "--quiet"],
        env={**os.environ, **GIVEN},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_every_part_is_there() -> None:
    """Ingest, two classifiers, the desk and its standby, two gateways; Kafka and Redis."""
    count: Counter[str] = Counter()
    for service in OURS.values():
        count[service["command"][0]] += service.get("deploy", {}).get("replicas", 1)
    assert count == {"ingest": 1, "classify": 2, "desk": 2, "gateway": 2}
    assert set(SERVICES) - set(OURS) == {"kafka", "redis"}


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_watched_and_comes_back(name: str) -> None:
    """A health check each, and a restart policy."""
    assert SERVICES[name]["healthcheck"]["test"][0] == "CMD"
    assert SERVICES[name]["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", OURS)
def test_roles_wait_for_healthy_servers(name: str) -> None:
    """Not for started ones, which do not answer yet."""
    assert OURS[name]["depends_on"] == {
        "kafka": {"condition": "service_healthy"},
        "redis": {"condition": "service_healthy"},
    }


def _environment(service: dict[str, Any]) -> dict[str, str]:
    """As the container gets it, with what the operator must give."""
    return {
        name: REQUIRED.sub(lambda required: GIVEN[required.group(1)], str(value))
        for name, value in service["environment"].items()
    }


@pytest.mark.parametrize("name", OURS)
def test_settings_are_real_ones_with_usable_values(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A setting that does not exist would stop the role at its start."""
    environment = _environment(OURS[name])
    for variable, value in environment.items():
        monkeypatch.setenv(variable, value)
    settings = load(env_file=None)
    masked = settings.masked()
    assert set(environment) <= set(masked)
    host, _, port = settings.kafka.partition(":")
    listeners = SERVICES[host]["environment"]["KAFKA_ADVERTISED_LISTENERS"]
    assert f"://{host}:{port}," in listeners
    assert settings.redis == "redis://redis:6379/0"


@pytest.mark.parametrize("name", OURS)
def test_health_checks_ask_where_the_role_listens(name: str) -> None:
    """On the role's own public or admin port."""
    service = OURS[name]
    binds = {Bind(v).port for k, v in _environment(service).items() if k.endswith("_BIND")}
    *probe, where = service["healthcheck"]["test"]
    assert probe == ["CMD", "python", "-m", "consumers.probe"]
    assert Bind(where).port in binds


def test_who_listens_beyond_loopback_must_be_given_its_secrets() -> None:
    """Containers bind 0.0.0.0: without tokens and a secret, starting is refused with a sentence."""
    for name, service in OURS.items():
        environment = service["environment"]
        if "ALERTS_INGEST_BIND" in environment:
            assert REQUIRED.fullmatch(environment["ALERTS_INGEST_TOKENS"]), name
        if "ALERTS_GATEWAY_BIND" in environment:
            assert REQUIRED.fullmatch(environment["ALERTS_GATEWAY_SECRET"]), name


def test_published_ports_differ_and_are_for_this_host() -> None:
    """Nothing is open to the network unless an operator says so."""
    published = [port.rsplit(":", 1)[0] for service in SERVICES.values() for port in service.get("ports", [])]
    assert all(each.startswith("127.0.0.1:") for each in published)
    assert len(set(published)) == len(published)


def test_kafka_is_the_version_that_tests_run_against() -> None:
    """The jars and the image must not drift apart."""
    assert SERVICES["kafka"]["image"] == f"apache/kafka:{kafka_version()}"


def test_redis_keeps_everything() -> None:
    """An evicted or forgotten mark is a repeat that is done again."""
    command = " ".join(SERVICES["redis"]["command"])
    assert "--appendonly yes" in command
    assert "--maxmemory-policy noeviction" in command


def test_the_image_is_locked_and_not_root() -> None:
    """Hashes for everything that is installed; the process has no power over its own files."""
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    assert "RUN pip install --require-hashes -r requirements.lock" in lines
    assert any(re.match(r"USER \d+:\d+$", line) for line in lines)


def test_what_the_image_copies_is_let_through() -> None:
    """`.dockerignore` keeps everything out but what is named."""
    ignore = (ROOT / ".dockerignore").read_text().splitlines()
    copied = [
        word
        for line in (ROOT / "Dockerfile").read_text().splitlines()
        if line.startswith("COPY ") and "--from" not in line
        for word in line.split()[1:-1]
    ]
    assert "*" in ignore
    assert {f"!{name}" for name in copied} <= set(ignore)
    assert all((ROOT / name).exists() for name in copied)
