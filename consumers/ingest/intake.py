"""From a body to acknowledged records: each article is checked, stamped, appended and awaited."""

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from aiokafka.errors import KafkaError

from alerts.article import Article, InvalidArticle
from consumers.ingest import metrics
from consumers.ingest.batch import Item
from consumers.ingest.guard import Refused, Sources
from consumers.ingest.log import Away, Log

ACK_SECONDS = 5.0
_PAUSE_EVERY = 200


@dataclass(frozen=True, slots=True)
class Rejected:
    """One article that was not taken."""

    index: int
    uri: str | None
    reason: str
    forbidden: bool = False


@dataclass(slots=True)
class Outcome:
    """What became of a body. `unsure` records were handed to Kafka but not acknowledged in time."""

    accepted: int = 0
    unsure: int = 0
    rejected: list[Rejected] = field(default_factory=list)
    uris: list[str] = field(default_factory=list)

    def body(self, error: str | None = None) -> dict[str, object]:
        """The answer's JSON."""
        rejected = [{"index": r.index, "uri": r.uri, "reason": r.reason} for r in self.rejected]
        answer: dict[str, object] = {"accepted": self.accepted, "rejected": rejected}
        return answer if error is None else {**answer, "error": error}


class Intake:
    """Appends articles to the log."""

    def __init__(
        self, log: Log, now: Callable[[], datetime], *, max_bytes: int, ack_seconds: float = ACK_SECONDS
    ) -> None:
        self._log = log
        self._now = now
        self._max_bytes = max_bytes
        self._ack_seconds = ack_seconds

    async def take(self, items: Iterable[Item], allowed: Sources) -> Outcome:
        """Check and append every article, then wait for the acknowledgements.

        Records that are handed over are never taken back, also if nobody waits for them any longer.
        """
        outcome = Outcome()
        records: list[tuple[bytes, bytes]] = []
        for item in items:
            if item.index % _PAUSE_EVERY == _PAUSE_EVERY - 1:
                await asyncio.sleep(0)  # a large body must not hold up other requests
            checked = self._checked(item, allowed)
            if isinstance(checked, Rejected):
                outcome.rejected.append(checked)
            else:
                outcome.uris.append(checked.uri)
                records.append((checked.uri.encode(), checked.to_json()))
        outcome.accepted = await self._append(records)
        outcome.unsure = len(records) - outcome.accepted
        for name, count in (
            ("accepted", outcome.accepted),
            ("unsure", outcome.unsure),
            ("rejected", len(outcome.rejected)),
        ):
            metrics.articles.labels(outcome=name).inc(count)
        return outcome

    def _checked(self, item: Item, allowed: Sources) -> Article | Rejected:
        article = item.article
        if isinstance(article, InvalidArticle):
            return Rejected(item.index, article.uri, str(article))
        if article.source not in allowed:
            reason = f"this token may not send for source {article.source!r}"
            return Rejected(item.index, article.uri, reason, forbidden=True)
        stamped = article.model_copy(update={"received": self._now()})
        if len(stamped.to_json()) > self._max_bytes:
            return Rejected(item.index, article.uri, f"larger than {self._max_bytes} bytes (ALERTS_INGEST_MAX_BYTES)")
        return stamped

    async def _append(self, records: list[tuple[bytes, bytes]]) -> int:
        """How many were acknowledged within the time."""
        started = time.monotonic()
        acks: list[asyncio.Future[object]] = []
        try:
            async with asyncio.timeout(self._ack_seconds):
                for key, value in records:
                    acks.append(asyncio.ensure_future(await self._log.append(key, value)))
        except (TimeoutError, Away):
            pass  # those handed over may still arrive
        left = max(0.0, self._ack_seconds - (time.monotonic() - started))
        # wait() cancels nothing when the time is up.
        done = (await asyncio.wait(acks, timeout=left))[0] if acks else set()
        metrics.append_seconds.observe(time.monotonic() - started)
        return sum(1 for ack in done if _durable(ack))


def _durable(ack: "asyncio.Future[object]") -> bool:
    if ack.cancelled():
        return False
    error = ack.exception()
    if error is not None and not isinstance(error, KafkaError):
        raise error
    return error is None


def verdict(outcome: Outcome, ack_seconds: float = ACK_SECONDS) -> None:
    """Say no where nothing (or not all) could be done.

    Raises:
        Refused: 503 something was not acknowledged, 403 the token allows none of it, 400 nothing is an article.
    """
    if outcome.unsure:
        total = outcome.accepted + outcome.unsure
        raise Refused(
            503,
            f"Kafka did not acknowledge {outcome.unsure} of {total} articles within {ack_seconds:.0f} s; "
            "they may still be delivered. Send the body again: repeats are dropped",
            {"Retry-After": "5"},
        )
    if outcome.rejected and not outcome.accepted:
        forbidden = all(rejected.forbidden for rejected in outcome.rejected)
        raise Refused(403 if forbidden else 400, outcome.rejected[0].reason)
