"""The embedded broker: librdkafka's in-process Kafka cluster, in a process of its own.

`python -m consumers.backends.broker` prints one JSON line, `{"kafka": "host:port"}`, then makes one topic for every
line `{"topic": name, "partitions": n}` on standard input and answers `{"error": 0}` (or librdkafka's error code).
It ends when standard input does, so it cannot outlive whoever started it.

The cluster is the one librdkafka tests itself with (src/rdkafka_mock.h); the `confluent-kafka` wheel carries it. It is
reached by ctypes, because Python's binding (`test.mock.num.brokers`) can neither create topics nor shorten the 3 s
that a group waits for its first member. It is in-memory, keeps about 5 MiB a partition, has no transactions and one
member a group: a demonstration, not a broker.
"""

import ctypes
import importlib.util
import json
import signal
import sys
from pathlib import Path

# librdkafka's rd_kafka_type_t.
PRODUCER = 0
FIRST_MEMBER_WAITS_MS = 100
LIBRARIES = ("confluent_kafka.libs/librdkafka*", "confluent_kafka/.dylibs/librdkafka*", "confluent_kafka/librdkafka*")


def library() -> Path | None:
    """The librdkafka that the confluent-kafka wheel brings, if it is where wheels have it."""
    spec = importlib.util.find_spec("confluent_kafka")
    if spec is None or spec.origin is None:
        return None
    site = Path(spec.origin).parent.parent
    return next((found for pattern in LIBRARIES for found in sorted(site.glob(pattern))), None)


class MockCluster:
    """One in-memory Kafka broker inside this process."""

    def __init__(self, path: Path) -> None:
        """`path` is librdkafka's shared library.

        Raises:
            OSError: it cannot be loaded.
            RuntimeError: it is there but gives no cluster.
        """
        self._lib = ctypes.CDLL(str(path))
        self._declare()
        conf = self._lib.rd_kafka_conf_new()
        # The host client has no broker of its own and would say so; errors of real clients reach those clients.
        error = ctypes.create_string_buffer(256)
        self._lib.rd_kafka_conf_set(conf, b"log_level", b"0", error, len(error))
        self._client = self._lib.rd_kafka_new(PRODUCER, conf, error, len(error))
        self._cluster = self._client and self._lib.rd_kafka_mock_cluster_new(self._client, 1)
        if not self._cluster:
            raise RuntimeError(f"librdkafka gave no cluster: {error.value.decode(errors='replace')}")
        self._lib.rd_kafka_mock_group_initial_rebalance_delay_ms(self._cluster, FIRST_MEMBER_WAITS_MS)
        self.bootstrap: str = self._lib.rd_kafka_mock_cluster_bootstraps(self._cluster).decode()

    def _declare(self) -> None:
        pointer, text, number = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int
        for name, returns, takes in (
            ("rd_kafka_conf_new", pointer, []),
            ("rd_kafka_conf_set", number, [pointer, text, text, text, ctypes.c_size_t]),
            ("rd_kafka_new", pointer, [number, pointer, text, ctypes.c_size_t]),
            ("rd_kafka_mock_cluster_new", pointer, [pointer, number]),
            ("rd_kafka_mock_cluster_bootstraps", text, [pointer]),
            ("rd_kafka_mock_group_initial_rebalance_delay_ms", None, [pointer, ctypes.c_int32]),
            ("rd_kafka_mock_topic_create", number, [pointer, text, number, number]),
        ):
            function = getattr(self._lib, name)
            function.restype, function.argtypes = returns, takes

    def create(self, topic: str, partitions: int) -> int:
        """Create a topic; 0, or librdkafka's error code (it may exist: clients create what they ask about)."""
        return int(self._lib.rd_kafka_mock_topic_create(self._cluster, topic.encode(), partitions, 1))


def main() -> None:
    """Serve until standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for whoever started us, and ends us by standard input
    path = library()
    if path is None:
        sys.exit("alerts: confluent-kafka's librdkafka was not found; install its wheel, or set ALERTS_KAFKA")
    cluster = MockCluster(path)
    print(json.dumps({"kafka": cluster.bootstrap}), flush=True)  # noqa: T201 - this is the protocol
    for line in sys.stdin:
        wanted = json.loads(line)
        print(json.dumps({"error": cluster.create(wanted["topic"], wanted["partitions"])}), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
