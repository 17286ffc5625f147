"""How a record that cannot be used is kept: its bytes untouched, the reason in headers."""

from aiokafka.structs import ConsumerRecord

REASON = "dead.reason"
ERROR = "dead.error"
TOPIC = "dead.topic"
PARTITION = "dead.partition"
OFFSET = "dead.offset"
TIMESTAMP = "dead.timestamp"
ATTEMPTS = "dead.attempts"


def dead_headers(
    record: "ConsumerRecord[bytes, bytes]", *, reason: str, error: str, attempts: int = 1
) -> list[tuple[str, bytes]]:
    """Headers for topic `articles.dead`: why, and where the record stood."""
    values = {
        REASON: reason,
        ERROR: error[:2000],
        TOPIC: record.topic,
        PARTITION: str(record.partition),
        OFFSET: str(record.offset),
        TIMESTAMP: str(record.timestamp),
        ATTEMPTS: str(attempts),
    }
    return [(name, value.encode("utf-8", "replace")) for name, value in values.items()]
