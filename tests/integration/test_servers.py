"""The servers that we start ourselves."""

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from aiokafka import TopicPartition
from redis import Redis
from support.topics import settings_for

from consumers.backends.apache import ApacheKafka
from consumers.backends.embedded import EmbeddedKafka, Server, ServerFailed, free_port, taken
from consumers.backends.kafka import Cluster, topics
from consumers.backends.redis_server import WHEELS, RedisServer


async def test_embedded_broker_has_the_topics_as_the_design_wants_them(redis_url: str) -> None:
    """`articles` is partitioned, the others are one sequence each; what goes in comes out."""
    with EmbeddedKafka() as broker:
        settings = settings_for(broker.address, redis_url, "")
        broker.create({name: topic.partitions for name, topic in topics(settings).items()})
        cluster = await Cluster.connect(settings)
        assert cluster.embedded
        producer, consumer = cluster.producer(), cluster.consumer()
        await producer.start()
        await consumer.start()
        try:
            assert len(await producer.partitions_for("articles")) == settings.articles_partitions
            assert len(await producer.partitions_for("alerts")) == 1
            await producer.send_and_wait("alerts", b"first", partition=0)
            consumer.assign([TopicPartition("alerts", 0)])
            await consumer.seek_to_beginning()
            assert (await consumer.getone()).value == b"first"
        finally:
            await consumer.stop()
            await producer.stop()


def test_embedded_broker_ends_when_its_owner_lets_go() -> None:
    """It watches its standard input, so it cannot be left behind."""
    with EmbeddedKafka() as broker:
        broker.server.streams[0].close()
        broker.server.wait_ended(5.0)
        assert broker.server.status == 0


def test_redis_forgets_without_a_folder_and_remembers_with_one(tmp_path: Path) -> None:
    """In memory for a demonstration; appended to a file beside real Kafka, also across kill -9."""
    for data, expected in ((None, None), (tmp_path / "redis", b"kept")):
        with RedisServer(data=data) as server:
            Redis.from_url(server.url).set("key", "kept")
            server.kill()
            server.start()
            client = Redis.from_url(server.url)
            assert client.get("key") == expected
            assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
            client.close()


def test_the_wheel_brings_a_redis_where_the_system_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """`alerts up` needs nothing but Python."""
    monkeypatch.setattr("consumers.backends.redis_server.PROGRAMS", ())
    with RedisServer() as server:
        assert server.server is not None
        assert any(package in str(server.program) for package in WHEELS)
        client = Redis.from_url(server.url)
        assert client.eval("return redis.call('TIME')[1]", 0)
        client.close()


def test_no_redis_at_all_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """One line: what is missing, how to get it, and which setting does without."""
    monkeypatch.setattr("consumers.backends.redis_server.PROGRAMS", ())
    monkeypatch.setattr("consumers.backends.redis_server.WHEELS", {})
    with pytest.raises(ServerFailed, match=r"apt-get install redis-server.*ALERTS_REDIS"):
        RedisServer().start()


def test_apache_kafka_without_java_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """One line: what to install, or which setting does without."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(ServerFailed, match=r"no java here.*openjdk-17-jre-headless maven.*ALERTS_KAFKA"):
        ApacheKafka(data=tmp_path).start()


def test_a_server_that_ends_while_starting_is_told_with_its_last_words(tmp_path: Path) -> None:
    """The reason is in its log; the message quotes it."""
    server = Server("thing", ["/bin/sh", "-c", "echo out of cheese; exit 3"], log=tmp_path / "thing.log")
    server.start()
    with pytest.raises(ServerFailed, match=r"thing ended with status 3 while starting \(out of cheese"):
        server.wait_until(lambda: False)


def test_a_port_in_use_is_known_to_be_taken() -> None:
    """So that we can say which setting to change before anything starts."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        assert taken("127.0.0.1", listener.getsockname()[1])
    assert not taken("127.0.0.1", free_port())


def test_a_port_is_given_once() -> None:
    """Nobody listens on it for a second yet: the next who asks, in another thread too, must not get it as well.

    Out of 12,768 ports, 1,000 drawn by luck alone would hold some 40 twice.
    """
    with ThreadPoolExecutor(4) as threads:
        given = list(threads.map(lambda _: free_port(), range(1_000)))
    assert len(set(given)) == len(given)


@pytest.mark.kafka
async def test_apache_kafka_keeps_acknowledged_records_across_kill_9(
    tmp_path: Path, jars_folder: Path, redis_url: str
) -> None:
    """Data and ports stay the same between runs, so a client need not notice."""
    with ApacheKafka(data=tmp_path / "kafka", libs=jars_folder) as kafka:
        settings = settings_for(kafka.bootstrap, redis_url, "")
        cluster = await Cluster.connect(settings)
        assert not cluster.embedded
        producer = cluster.producer(transactional_id="writer")
        await producer.start()
        async with producer.transaction():
            await producer.send_and_wait("alerts", b"first", partition=0)
        await producer.stop()
        before = kafka.bootstrap
        await asyncio.to_thread(kafka.kill)
        await asyncio.to_thread(kafka.restart)
        assert kafka.bootstrap == before
        consumer = cluster.consumer()
        await consumer.start()
        try:
            consumer.assign([TopicPartition("alerts", 0)])
            await consumer.seek_to_beginning()
            assert (await consumer.getone()).value == b"first"
        finally:
            await consumer.stop()
