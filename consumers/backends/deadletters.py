"""How a record that cannot be used is kept: its bytes untouched, the reason in headers."""

from aiokafka.structs import ConsumerRecord

REASON = "dead.reason"
ERROR = "dead.error"
TOPIC = "dead.topic"
PARTITION = "dead.partition"
OFFSET = "dead.offset"
TIMESTAMP = "dead.timestamp"
ATTEMPTS = "dead.attempts"


def dead_headers(record: "ConsumerRecord[bytes, bytes]", *, reason: str, error: str) -> list[tuple[str, bytes]]:
    """Headers for topic `articles.dead`: the record's own, why it is here, and where it stood.

    A dead record may be sent again with its headers, and fail again: each of ours is there once, and attempts count.
    """
    values = {
        REASON: reason,
        ERROR: error[:2000],
        TOPIC: record.topic,
        PARTITION: str(record.partition),
        OFFSET: str(record.offset),
        TIMESTAMP: str(record.timestamp),
        ATTEMPTS: str(_attempts(record) + 1),
    }
    own = [(name, value) for name, value in record.headers if name not in values]
    return own + [(name, value.encode("utf-8", "replace")) for name, value in values.items()]


def _attempts(record: "ConsumerRecord[bytes, bytes]") -> int:
    """How often it failed before, as its headers say; anybody may have written them."""
    said = dict(record.headers).get(ATTEMPTS) or b""
    return int(said) if said.isdigit() and len(said) < 5 else 0
