"""Every client of ours gets into a real Kafka that asks for TLS and a name, and no other does."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from support.signing import write_certificate

from alerts.article import Article
from consumers.backends.apache import ApacheKafka
from consumers.backends.embedded import free_port
from consumers.backends.kafka import Cluster, Unreachable
from consumers.backends.pulse import Pulse
from consumers.checkup import findings
from consumers.publish import publisher
from consumers.settings import InvalidSetting, Settings, load

USER, PASSWORD = "desk", 'a "quoted" pass=word'
_LISTENER = """\
listeners=PLAINTEXT://127.0.0.1:{plain},CONTROLLER://127.0.0.1:{controllers},LOGIN://127.0.0.1:{port}
advertised.listeners=PLAINTEXT://127.0.0.1:{plain},LOGIN://127.0.0.1:{port}
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,LOGIN:SASL_SSL
listener.name.login.ssl.keystore.type=PEM
listener.name.login.ssl.keystore.location={keystore}
listener.name.login.sasl.enabled.mechanisms=PLAIN
listener.name.login.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required \\
    user_{user}="{password}";
"""


class Guarded(ApacheKafka):
    """One node with a second listener, which asks for TLS and a login."""

    def __init__(self, data: Path, libs: Path, keystore: Path) -> None:
        self.port = free_port()
        self._plain, self._controllers, self._keystore = free_port(), free_port(), keystore
        super().__init__(data=data, libs=libs, ports=[(self._plain, self._controllers)])

    def _configuration(self, node: int) -> str:
        listener = _LISTENER.format(
            plain=self._plain,
            controllers=self._controllers,
            port=self.port,
            keystore=self._keystore,
            user=USER,
            password=PASSWORD.replace('"', '\\\\"'),
        )
        return super()._configuration(node) + listener  # the last of two lines counts


@dataclass(frozen=True)
class Door:
    """Where the guarded listener is, and who vouches for it."""

    address: str
    ca: Path


@pytest.fixture(scope="module")
def door(jars_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    folder = tmp_path_factory.mktemp("login")
    chain, key = write_certificate(folder)
    keystore = folder / "keystore.pem"
    keystore.write_bytes(key.read_bytes() + chain.read_bytes())
    with Guarded(folder / "kafka", jars_folder, keystore) as kafka:
        yield Door(f"127.0.0.1:{kafka.port}", chain)


def settings(door: Door, prefix: str, **more: Any) -> Settings:
    login: dict[str, Any] = {"kafka_user": USER, "kafka_password": PASSWORD, "kafka_sasl": "PLAIN"}
    known = {"kafka": door.address, "prefix": prefix, "kafka_tls": True, "kafka_ca": door.ca, **login, **more}
    return load(env_file=None, **known)


async def test_all_clients_log_in(door: Door, prefix: str) -> None:
    """Topics are made, an article is sent by librdkafka and read by aiokafka, health and doctor ask."""
    own = settings(door, prefix)
    cluster = await Cluster.connect(own)
    async with publisher(own, asyncio.Event()) as publishing:
        await publishing.article(Article(uri="u:1", source="a.example", headline="Quake"))
    consumer = cluster.consumer(own.topic("articles"))
    await consumer.start()
    try:
        record = await asyncio.wait_for(consumer.getone(), timeout=20)
    finally:
        await consumer.stop()
    assert record.key == b"u:1"
    assert await Pulse(cluster)._ask()
    assert [text async for text in findings(own) if "Kafka: 1 broker" in str(text)]


@pytest.mark.parametrize(
    "wrong",
    [
        {"kafka_password": "another"},
        {"kafka_user": None, "kafka_password": None},
        {"kafka_ca": None},
        {"kafka_tls": False},
    ],
    ids=["password", "nobody", "stranger", "plain"],
)
async def test_who_may_not_come_in_is_told_in_one_line(door: Door, prefix: str, wrong: dict[str, Any]) -> None:
    """A wrong password, no login, a certificate that nobody vouches for, no TLS."""
    with pytest.raises(Unreachable) as refused:
        await Cluster.connect(settings(door, prefix, **wrong), patience=1.0)
    told = str(refused.value)
    assert told.startswith(f"ALERTS_KAFKA={door.address}: ")
    assert "\n" not in told
    assert PASSWORD not in told


async def test_a_file_without_certificates_is_refused_by_name(tmp_path: Path) -> None:
    """At once, and not as a broker that does not answer."""
    empty = tmp_path / "ca.pem"
    empty.write_text("none", encoding="utf-8")
    with pytest.raises(InvalidSetting, match=f"ALERTS_KAFKA_CA={empty}: no certificates can be read"):
        await Cluster.connect(load(env_file=None, kafka="127.0.0.1:9", kafka_tls=True, kafka_ca=empty))


@pytest.mark.parametrize("half", [{"kafka_user": "desk"}, {"kafka_password": "secret"}])
def test_a_name_and_a_password_need_each_other(half: dict[str, Any]) -> None:
    """Half a login is refused by name, and the password is not shown."""
    with pytest.raises(InvalidSetting, match="ALERTS_KAFKA_USER and ALERTS_KAFKA_PASSWORD need each other") as refused:
        load(env_file=None, **half)
    assert "secret" not in str(refused.value)
