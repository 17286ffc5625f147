"""When an article reached us, as far as what is said of it can be believed."""

from datetime import UTC, datetime

from alerts.article import Article
from alerts.instant import AHEAD

# Before Kafka and we were there: what stands for no time at all (-1, 0), or seconds read as milliseconds.
_FIRST_SECOND = datetime(2000, 1, 1, tzinfo=UTC).timestamp()


def arrival(article: Article, sent_ms: int, now: datetime) -> datetime:
    """When the article reached us; the same at every redelivery, so the same verdict.

    Who writes to the topic himself may have said it wrongly: a record's time in seconds or microseconds, a clock set to
    local time. Nothing reached us later than now; by such a time every article would be old news.

    Args:
        article: as it stands on the topic.
        sent_ms: the record's time, in milliseconds since 1970.
        now: what counts if neither can be believed.
    """
    latest = (now + AHEAD).timestamp()
    if article.received is not None and article.received.timestamp() <= latest:
        return article.received
    sent = sent_ms / 1000
    return datetime.fromtimestamp(sent, UTC) if _FIRST_SECOND <= sent <= latest else now
