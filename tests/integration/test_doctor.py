"""`alerts doctor`: finds what is wrong and says what to do."""

from pathlib import Path

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from click.testing import CliRunner, Result
from redis import Redis
from support.topics import settings_for

from consumers.backends.kafka import Cluster
from consumers.backends.redis_server import RedisServer
from consumers.checkup import findings
from consumers.commands.doctor import command
from consumers.settings import Settings, load


async def told(settings: Settings) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {"ok": [], "note": [], "wrong": []}
    async for finding in findings(settings):
        found[finding.state].append(finding.text)
    return found


def run(monkeypatch: pytest.MonkeyPatch, folder: Path, **settings: str) -> Result:
    monkeypatch.chdir(folder)
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    return CliRunner().invoke(command)


def test_a_fresh_machine_has_nothing_wrong(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No server runs yet: that is worth a note, not an alarm."""
    ports = {f"ALERTS_{name}_BIND": "127.0.0.1:0" for name in ("INGEST", "GATEWAY", "GATEWAY_HTTP")}
    done = run(monkeypatch, tmp_path, **ports)
    assert done.exit_code == 0, done.output
    assert "--  Kafka: none is running here; `alerts up` starts" in done.output


def test_what_does_not_answer_is_wrong(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Each with the setting, and all of it in one go."""
    done = run(monkeypatch, tmp_path, ALERTS_KAFKA="127.0.0.1:1", ALERTS_REDIS="redis://:secret@127.0.0.1:1/0")
    assert done.exit_code == 1
    assert "!!  Kafka: ALERTS_KAFKA=127.0.0.1:1" in done.output
    assert "!!  Redis: ALERTS_REDIS=redis://***@127.0.0.1:1/0 does not answer" in done.output
    assert "secret" not in done.output


def test_a_setting_that_does_not_exist_is_wrong(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The doctor must be able to say so, not stumble over it."""
    done = run(monkeypatch, tmp_path, ALERTS_KAFAK="x")
    assert done.exit_code == 1
    assert "!!  settings: ALERTS_KAFAK: there is no such setting" in done.output


async def test_redis_that_evicts_is_wrong(embedded_kafka: str, prefix: str) -> None:
    """An evicted mark lets a repeat through."""
    with RedisServer() as server:
        client = Redis.from_url(server.url)
        client.config_set("maxmemory-policy", "allkeys-lru")
        client.close()
        found = await told(settings_for(embedded_kafka, server.url, prefix))
    assert any("maxmemory-policy is allkeys-lru" in text for text in found["wrong"])
    assert any("appendonly is off" in text for text in found["note"])
    assert any("embedded broker answers" in text for text in found["ok"])


async def test_rules_and_access_are_looked_at(embedded_kafka: str, redis_url: str, tmp_path: Path) -> None:
    """What would stop a role's start is said here too."""
    rules = tmp_path / "rules.yaml"
    rules.write_text("version: 1\nrules: [{id: broken}]\n")
    settings = load(
        {},
        env_file=None,
        kafka=embedded_kafka,
        redis=redis_url,
        rules=rules,
        gateway_bind="0.0.0.0:0",
        ingest_bind="0.0.0.0:0",
    )
    wrong = (await told(settings))["wrong"]
    assert [text.partition(":")[0] for text in wrong] == ["rules", "gateway", "ingest"]


@pytest.mark.kafka
async def test_topics_as_we_make_them_are_right(apache_kafka: str, redis_url: str, prefix: str) -> None:
    """Partitions and settings are compared with what the roles would create."""
    settings = settings_for(apache_kafka, redis_url, prefix)
    before = await told(settings)
    assert any("not there yet" in text for text in before["note"])
    await Cluster.connect(settings)
    found = await told(settings)
    assert found["wrong"] == []
    assert f"topic {prefix}desk.state: as it must be" in found["ok"]


@pytest.mark.kafka
async def test_a_topic_made_by_hand_otherwise_is_wrong(apache_kafka: str, redis_url: str, prefix: str) -> None:
    """It says what is there, what must be, and the command."""
    admin = AIOKafkaAdminClient(bootstrap_servers=apache_kafka)
    await admin.start()
    await admin.create_topics([NewTopic(prefix + "desk.state", 3, 1)])
    await admin.close()
    wrong = (await told(settings_for(apache_kafka, redis_url, prefix)))["wrong"]
    assert len(wrong) == 1
    assert "has 3 partitions and must have 1" in wrong[0]
    assert f"kafka-configs --alter --topic {prefix}desk.state --add-config cleanup.policy=compact" in wrong[0]
