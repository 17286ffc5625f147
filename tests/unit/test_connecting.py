import pytest
from aiokafka.errors import NodeNotReadyError, NotControllerError

from consumers.backends import kafka
from consumers.backends.kafka import Cluster, Unreachable, topics
from consumers.settings import load

SETTINGS = load({}, env_file=None, kafka="127.0.0.1:9092")


class Answer:
    """What a broker says of topics that it was to create."""

    def __init__(self, code: int) -> None:
        self.topic_errors = [("alerts", code, "")]


class Admin:
    """Of a cluster whose brokers answer each call as `said` has it: an exception, or a code for creating topics."""

    said: list[Exception | int] = []  # noqa: RUF012 - each test sets its own

    def __init__(self, **_: object) -> None:
        self.closed = False

    async def start(self) -> None:
        """Reached."""

    async def close(self) -> None:
        """Left."""

    async def describe_cluster(self) -> dict[str, str]:
        """A real cluster's."""
        return {"cluster_id": "real"}

    async def list_topics(self) -> list[str]:
        """None yet."""
        said = self.said[0] if self.said else None
        if isinstance(said, Exception):
            self.said.pop(0)
            raise said
        return []

    async def create_topics(self, _: object) -> Answer:
        """Done, or not."""
        said = self.said.pop(0) if self.said else 0
        assert isinstance(said, int)
        return Answer(said)

    async def describe_topics(self, names: list[str]) -> list[dict[str, object]]:
        """As they should be."""
        specs = topics(SETTINGS)
        return [{"topic": n, "error_code": 0, "partitions": [0] * specs[n].partitions} for n in names]


async def connect(monkeypatch: pytest.MonkeyPatch, *said: Exception | int, patience: float = 5) -> Cluster:
    """Connect to a cluster that says this first."""
    monkeypatch.setattr(kafka, "AIOKafkaAdminClient", Admin)
    monkeypatch.setattr(Admin, "said", list(said))
    return await Cluster.connect(SETTINGS, patience=patience)


@pytest.mark.parametrize("said", [NodeNotReadyError("gone"), NotControllerError.errno])
async def test_a_role_that_starts_while_brokers_change_asks_again(
    monkeypatch: pytest.MonkeyPatch, said: Exception | int
) -> None:
    """The broker that answered first may be gone by the next question, and another one the controller."""
    assert not (await connect(monkeypatch, said)).embedded
    assert not Admin.said


async def test_it_gives_up_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which setting, what was tried, what to do."""
    with pytest.raises(Unreachable, match=r"ALERTS_KAFKA=127\.0\.0\.1:9092: no broker answered within 0 s \(.*gone"):
        await connect(monkeypatch, NodeNotReadyError("gone"), patience=0)
