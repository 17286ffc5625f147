"""A candidate as a record that Kafka takes, however large its article."""

from typing import Any, Final

from alerts.alert import Candidate
from consumers.backends.kafka import MAX_RECORD_BYTES

MOST_BYTES: Final = MAX_RECORD_BYTES - 32_768
"""A value so large fits into a record of ours, with key and headers beside it."""
LEAST_BYTES: Final = 65_536
"""And one so large into any topic, also if others made it."""


def fitting(made: Candidate, most: int) -> bytes:
    """The candidate as a record of at most so many bytes; of an article too large for that without what can be spared.

    The desk reads no more of the body than its lead.
    """
    record = made.to_json()
    if len(record) > most:
        record = _shorter(made, body_text=made.article.body_text[:2000], subject=(), place=())
    if len(record) > most:
        cut = dict.fromkeys(("url", "byline", "slugline", "located", "ednote"))
        lead = (made.article.description or "")[:2000] or None
        record = _shorter(made, body_text="", subject=(), place=(), description=lead, **cut)
    return record


def _shorter(made: Candidate, **changes: Any) -> bytes:
    return made.model_copy(update={"article": made.article.model_copy(update=changes)}).to_json()
