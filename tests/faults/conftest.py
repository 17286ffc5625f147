"""Where fault tests run: on one node in every test run, on three in `make faults`."""

from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest
from support.line import Kafka, Line, MakeLine, line

from consumers.backends.apache import ApacheKafka


@pytest.fixture(params=["one", pytest.param("three", marks=pytest.mark.long)])
def kafka(request: pytest.FixtureRequest) -> Kafka:
    """The session's single node; in a long run also its three nodes."""
    if request.param == "one":
        return Kafka(request.getfixturevalue("apache_kafka"), 1)
    return Kafka(request.getfixturevalue("three_nodes").bootstrap, 3)


@pytest.fixture
def three(three_nodes: ApacheKafka) -> Kafka:
    """Three nodes."""
    return Kafka(three_nodes.bootstrap, 3)


@pytest.fixture
def make_line(tmp_path: Path, redis_url: str, prefix: str) -> MakeLine:
    """`make_line(kafka, truth, redis=..., ALERTS_X=...)`: a line in this test's own folder, under its own prefix."""

    def make(kafka: Kafka, truth: Any, *, redis: str = redis_url, **settings: str) -> AbstractAsyncContextManager[Line]:
        return line(tmp_path, kafka.bootstrap, redis, prefix, truth, replication=kafka.replication, **settings)

    return make
