"""Fixtures: Kafka and Redis servers, one of each for the whole session, and a prefix that keeps tests apart.

ALERTS_TEST_KAFKA and ALERTS_TEST_REDIS may name running ones to use instead.
"""

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from consumers.backends.apache import ApacheKafka
from consumers.backends.embedded import EmbeddedKafka, ServerFailed
from consumers.backends.jars import jars, usable_java
from consumers.backends.redis_server import RedisServer, find_redis


@pytest.fixture
def prefix() -> str:
    """Put it into `ALERTS_PREFIX`: topics, groups and keys of one test are its own, on servers that all share."""
    return f"t{uuid.uuid4().hex[:10]}."


@pytest.fixture(scope="session")
def embedded_kafka() -> Iterator[str]:
    """The embedded broker's address. It makes topics when they are asked about, with 4 partitions."""
    with EmbeddedKafka() as broker:
        yield broker.address


@pytest.fixture(scope="session")
def jars_folder(pytestconfig: pytest.Config) -> Path:
    """Where the jars of Apache Kafka are kept between runs; skips where they, or Java, cannot be had."""
    folder = pytestconfig.rootpath / ".flashwire"
    try:
        usable_java()
        jars(folder)
    except ServerFailed as exc:
        pytest.skip(str(exc))
    return folder


@pytest.fixture(scope="session")
def apache_kafka(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Bootstrap servers of a real Apache Kafka of one node."""
    if named := os.environ.get("ALERTS_TEST_KAFKA"):
        yield named
        return
    libs: Path = request.getfixturevalue("jars_folder")
    with ApacheKafka(data=tmp_path_factory.mktemp("kafka"), libs=libs) as kafka:
        yield kafka.bootstrap


@pytest.fixture(scope="session")
def three_nodes(jars_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApacheKafka]:
    """A real Apache Kafka of three nodes, whose records and transactions survive any one of them.

    Who kills a node starts it again and waits until the cluster is `support.topics.whole`.
    """
    with ApacheKafka(data=tmp_path_factory.mktemp("kafka3"), libs=jars_folder, nodes=3, heap_mib=256) as kafka:
        yield kafka


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of a real Redis or Valkey that keeps nothing."""
    if named := os.environ.get("ALERTS_TEST_REDIS"):
        yield named
        return
    if find_redis() is None:
        pytest.skip("no redis-server or valkey-server here")
    with RedisServer(log=tmp_path_factory.mktemp("redis") / "redis.log") as redis:
        yield redis.url
