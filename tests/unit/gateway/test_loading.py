from typing import Any, cast

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import KafkaConnectionError

from consumers.backends.kafka import Cluster
from consumers.gateway import loading
from consumers.gateway.loading import assigned, insisted

ALERTS = TopicPartition("alerts", 0)


class Consumer:
    """Starts unless its broker is away."""

    def __init__(self, *, away: bool) -> None:
        self.away, self.stopped, self.partitions = away, False, [ALERTS][:0]

    async def start(self) -> None:
        """Reach the broker."""
        if self.away:
            raise KafkaConnectionError("no broker")

    async def stop(self) -> None:
        """Let go."""
        self.stopped = True

    def assign(self, partitions: list[TopicPartition]) -> None:
        """Read these."""
        self.partitions = partitions


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "RETRY_AFTER", 0.0)


async def test_a_consumer_is_made_until_one_reaches_its_broker() -> None:
    """Those that did not are let go."""
    made = [Consumer(away=True), Consumer(away=True), Consumer(away=False)]
    waiting = iter(made)

    class Away:
        def consumer(self, **_: Any) -> Consumer:
            return next(waiting)

    assert cast("object", await assigned(cast("Cluster", Away()), ALERTS)) is made[2]
    assert made[2].partitions == [ALERTS]
    assert [consumer.stopped for consumer in made] == [True, True, False]


async def test_what_fails_in_the_middle_is_loaded_again_from_the_beginning() -> None:
    """A leader that does not answer in time, a broker that goes; but not a fault of our own."""
    faults = iter([TimeoutError(), KafkaConnectionError("gone"), None])
    begun = 0

    async def load() -> None:
        nonlocal begun
        begun += 1
        if (fault := next(faults)) is not None:
            raise fault

    await insisted(load, "alerts")
    assert begun == 3

    async def broken() -> None:
        raise LookupError("ours")

    with pytest.raises(LookupError):
        await insisted(broken, "alerts")
