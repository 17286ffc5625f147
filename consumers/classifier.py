"""The classifier: articles -> desk. Reads, judges, asks Redis, sends, and only then commits.

An offset is committed only after the outcome of its record is durable (invariant 1): its candidate or its dead letter
acknowledged by Kafka, or the verdict that nobody needs to hear of it.
"""

import asyncio
import logging
import time
import traceback
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError, MessageSizeTooLargeError
from aiokafka.structs import ConsumerRecord

from alerts.alert import Candidate, Dedup
from alerts.article import Article, InvalidArticle
from alerts.classify import candidate, matters
from alerts.copies import Answer, Claim
from alerts.rules import RuleSet
from alerts.verdict import Verdict
from consumers import metrics
from consumers.arrival import arrival
from consumers.backends.claims import Claims
from consumers.backends.deadletters import dead_headers
from consumers.backends.kafka import Cluster, Sender, Unreachable, close
from consumers.backends.leniency import read
from consumers.backends.pulse import Pulse
from consumers.chain import Chain
from consumers.commits import Commits
from consumers.fitting import LEAST_BYTES, MOST_BYTES, fitting
from consumers.rulenote import RuleNote
from consumers.settings import Settings

log = logging.getLogger(__name__)

GROUP = "classifier"
POLL_MS = 200
FAULT_SECONDS = 0.5
# A batch must not keep us from asking for more until the group gives us up (max_poll_interval_ms, 60 s): the next
# member would get the same batch, and so on for ever.
SLOW_SECONDS = 15.0
# A rebalance may take most of it.
STUCK_SECONDS = 45.0
# Judging a batch must not keep heartbeats and the rest of the loop waiting.
YIELD_SECONDS = 0.02
# So many records in a row that crash our own matcher are no longer bad input: we are broken.
MAX_CRASHES = 20


class Broken(RuntimeError):
    """Our own code copes with no article any more."""


@dataclass(slots=True)
class Judged:
    """One article version on its way to the desk."""

    record: "ConsumerRecord[bytes, bytes]"
    article: Article
    verdict: Verdict
    received: datetime
    claim: Claim
    answer: Answer = field(default_factory=Answer)


class Classifier:
    """One member of the classifier group."""

    def __init__(
        self,
        settings: Settings,
        cluster: Cluster,
        claims: Claims,
        rules: Callable[[], RuleSet],
        note: Callable[[], RuleNote] | None = None,
    ) -> None:
        """`rules` gives the rule set in force; it is asked once a batch, so a swap happens between two batches.

        `note` says what is noted beside the offsets that are committed.
        """
        self._settings = settings
        self._cluster = cluster
        self._claims = claims
        self._rules = rules
        self._chain = Chain()
        self._commits = Commits(note, self._chain)
        self._sender = Sender(cluster)
        self._pulse = Pulse(cluster)
        self._positions: dict[TopicPartition, int] = {}
        self._most = settings.classifier_batch  # records at a time: fewer after a batch that took long
        self._astray = False  # a read failed, and we have not gone back yet
        self._failing_since: float | None = None  # reads have failed since then, one and all
        self._busy = asyncio.Lock()
        self._crashes: Counter[str] = Counter()
        self.last_turn = time.monotonic()

    @property
    def healthy(self) -> bool:
        """False if for so long the loop has not come round, or every read has failed, though Kafka answers."""
        lately = min(self.last_turn, self._failing_since or self.last_turn)
        return time.monotonic() - lately < STUCK_SECONDS or not self._pulse.up

    @property
    def ready(self) -> bool:
        """Whether Kafka answers and takes what is sent."""
        return self._sender.healthy and self._pulse.up

    def status(self) -> dict[str, Any]:
        """Which servers answer, and the rule set in force."""
        return {"kafka": self._pulse.up, "redis": self._claims.available, "ruleset": self._rules().hash}

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set; then finish the batch in hand and leave the group."""
        consumer = self._cluster.consumer(group=self._settings.topic(GROUP))
        consumer.subscribe([self._settings.topic("articles")], listener=_Drain(self._busy, self._forget))
        await self._claims.start()
        await self._sender.start()
        pulse = asyncio.create_task(self._pulse.run())
        try:
            await self._join(consumer)
            while not stop.is_set():
                await self._turn(consumer)
        finally:
            pulse.cancel()
            await close(consumer)
            await self._sender.stop()
            await self._claims.stop()

    async def _join(self, consumer: AIOKafkaConsumer) -> None:
        try:
            await consumer.start()
        except KafkaError as exc:
            if not self._cluster.embedded:
                raise
            raise Unreachable(
                "the embedded broker serves one classifier and another one is running; for more use real Kafka "
                f"(`alerts up --kafka apache`, or ALERTS_KAFKA) [{type(exc).__name__}]"
            ) from None

    async def _turn(self, consumer: AIOKafkaConsumer) -> None:
        self.last_turn = time.monotonic()
        try:
            if self._astray:
                await self._rewind(consumer)
                self._astray = False
            most = min(self._most, self._settings.classifier_batch)
            fetched = await read(consumer, timeout_ms=POLL_MS, max_records=most)
        except KafkaError as exc:
            # What was drained in the same call is lost to us unless we go back for it (findings, X1).
            log.warning("reading articles failed (%s); going back to the last committed records", exc)
            self._astray = True
            self._failing_since = self._failing_since or self.last_turn
            await asyncio.sleep(FAULT_SECONDS)
            return
        self._failing_since = None
        if not fetched:
            await self._claims.probe()
            if self._pulse.up:
                async with self._busy:
                    await self._commits.tell(consumer, self._positions)
            return
        async with self._busy:
            await self._commits.learn(consumer, fetched)
            if not set(fetched) <= consumer.assignment():
                return  # moved to another member while we waited: it reads them, we must not commit them
            records = [record for records in fetched.values() for record in records]
            began = time.monotonic()
            with metrics.classify_seconds.time():
                await self._batch(records)
                slow = time.monotonic() - began >= SLOW_SECONDS
                self._most = max(1, len(records) // 4) if slow else 2 * most
                await self._commit(consumer, {tp: records[-1].offset + 1 for tp, records in fetched.items()})

    async def _rewind(self, consumer: AIOKafkaConsumer) -> None:
        for tp in consumer.assignment():
            # Not `seek_to_committed`: where nothing is committed, or 0, that stays where it is.
            at = self._positions[tp] if tp in self._positions else await consumer.committed(tp)
            if at is None:
                await consumer.seek_to_beginning(tp)
            else:
                consumer.seek(tp, at)

    def _forget(self, partitions: Iterable[TopicPartition]) -> None:
        self._commits.forget(partitions)
        for tp in partitions:
            self._positions.pop(tp, None)

    async def _commit(self, consumer: AIOKafkaConsumer, offsets: dict[TopicPartition, int]) -> None:
        try:
            await self._commits.commit(consumer, offsets)
        except (CommitFailedError, IllegalStateError) as exc:  # the second where they are no longer ours at all
            log.info("the group has moved on (%s); another member reads these records again", exc)
        else:
            self._positions.update(offsets)
        metrics.classifier_lag.set(
            sum(max(0, (consumer.highwater(tp) or 0) - self._positions.get(tp, 0)) for tp in consumer.assignment())
        )

    async def _batch(self, records: Sequence[ConsumerRecord[bytes, bytes]]) -> None:
        """Make the outcome of every record durable."""
        rules = self._rules()
        judged = await self._judge(records, rules)
        answers = await self._claims.check([(j.record.partition, j.claim) for j in judged], self._chain)
        dedup: Dedup = "unavailable" if answers is None else "ok"
        now = datetime.now(UTC)
        made: list[tuple[Judged, Candidate]] = []
        for one in _fresh(judged, answers):
            if (said := await self._said(one, rules.hash, now, dedup)) is not None:
                made.append((one, said))
        await self._durably(lambda most: self._send_all([said for _, said in made], most))
        metrics.candidates_sent.labels(dedup=dedup).inc(len(made))
        if answers is not None:  # else nothing is there to be marked, and the chain is broken
            await self._claims.confirm([(one.record.partition, one.claim) for one, _ in made], self._chain)

    async def _said(self, one: Judged, ruleset: str, now: datetime, dedup: Dedup) -> Candidate | None:
        """What the desk is told of it; None if our reading of it crashed."""
        try:
            said = candidate(
                one.article,
                one.verdict,
                ruleset=ruleset,
                received=one.received,
                classified=now,
                content=one.claim.content,
                copy_of=one.answer.copy_of,
                dedup=dedup,
            )
            del self._crashes["reading"]
        except Exception as exc:  # noqa: BLE001 - logged and counted by what it goes to
            await self._crashed("reading", one.record, one.article, exc)
            return None
        return said

    async def _judge(self, records: Sequence[ConsumerRecord[bytes, bytes]], rules: RuleSet) -> list[Judged]:
        judged: list[Judged] = []
        since = time.monotonic()
        for record in records:
            if (one := await self._judge_one(record, rules)) is not None:
                judged.append(one)
            if time.monotonic() - since > YIELD_SECONDS:
                await asyncio.sleep(0)
                since = time.monotonic()
        return judged

    async def _judge_one(self, record: ConsumerRecord[bytes, bytes], rules: RuleSet) -> Judged | None:
        try:
            article = Article.from_json(record.value or b"")
        except InvalidArticle as exc:  # the sender's fault
            await self._bury(record, exc.reason, str(exc))
            return None
        received = arrival(article, record.timestamp, datetime.now(UTC))
        try:
            verdict = rules.judge(article, received)
            if not matters(article, verdict):
                judged = None
            else:
                claim = Claim.of(article, received, copies=verdict.fires)
                judged = Judged(record, article, verdict, received, claim)
            del self._crashes["judging"]
        except Exception as exc:  # noqa: BLE001 - logged and counted by what it goes to
            await self._crashed("judging", record, article, exc)
            return None
        metrics.articles_judged.labels(outcome=verdict.outcome).inc()
        return judged

    async def _crashed(
        self, doing: str, record: ConsumerRecord[bytes, bytes], article: Article, exc: Exception
    ) -> None:
        """Our fault: one odd article must not stop the feed, but many in a row mean that we are broken.

        Raises:
            Broken: it was one too many.
        """
        self._crashes[doing] += 1
        # Not its text, which may quote an article under embargo: where it was raised, and articles.dead has the rest.
        where = "".join(traceback.format_tb(exc.__traceback__))
        kind = type(exc).__name__
        log.error("%s %s from %s failed: %s; see articles.dead\n%s", doing, article.uri, article.source, kind, where)
        if self._crashes[doing] >= MAX_CRASHES:
            raise Broken(f"{doing} {MAX_CRASHES} articles in a row failed, the last one with {kind}") from None
        await self._bury(record, "crash", f"{type(exc).__name__}: {exc}")

    async def _bury(self, record: ConsumerRecord[bytes, bytes], reason: str, error: str) -> None:
        async def send(most: int) -> list[Any]:
            value, why = record.value or b"", error
            if len(value) > most:  # the topic was made by others: better its place than none behind it ever read
                value, why = b"", f"{error} [{len(value)} bytes, more than this topic takes: see dead.offset]"
            headers = dead_headers(record, reason=reason, error=why)
            topic = self._settings.topic("articles.dead")
            return [await self._sender.send(topic, key=record.key, value=value, headers=headers, partition=0)]

        await self._durably(send)
        metrics.articles_judged.labels(outcome="dead").inc()
        metrics.dead_letters.labels(reason=reason).inc()

    async def _send_all(self, made: Sequence[Candidate], most: int) -> list[Any]:
        topic = self._settings.topic("desk")
        return [
            await self._sender.send(topic, key=c.article.uri.encode(), value=fitting(c, most), partition=0)
            for c in made
        ]

    async def _durably(self, send: Callable[[int], Awaitable[list[Any]]]) -> None:
        """Send until Kafka has acknowledged everything; the desk drops what thereby arrives twice.

        `send` is told how many bytes a value may have; what Kafka refuses as too large would be sent again for ever.
        """
        most = MOST_BYTES
        while True:
            try:
                await asyncio.gather(*await send(most))
            except MessageSizeTooLargeError as exc:
                most = max(LEAST_BYTES, most // 2)
                log.warning("a record is too large for its topic (%s); sending it shorter", exc)
                await asyncio.sleep(FAULT_SECONDS)
            except KafkaError as exc:
                log.warning("Kafka did not accept a batch (%s); sending it again", exc)
                await asyncio.sleep(FAULT_SECONDS)
            else:
                return


def _fresh(judged: Sequence[Judged], answers: Sequence[Answer] | None) -> list[Judged]:
    """Without exact repeats of what was last done, or of what came just before in this very batch."""
    last: dict[str, Claim] = {}
    fresh = []
    for i, one in enumerate(judged):
        if answers is not None:
            one.answer = answers[i]
        before = last.get(one.claim.version)
        if one.claim.repeats(before) if before else one.answer.done:
            metrics.articles_repeated.inc()
            continue
        last[one.claim.version] = one.claim
        fresh.append(one)
    return fresh


class _Drain(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka is not typed
    """Lets the batch in hand finish and commit before its partitions go to another member."""

    def __init__(self, busy: asyncio.Lock, forget: Callable[[Iterable[TopicPartition]], None]) -> None:
        self._busy = busy
        self._forget = forget

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        try:
            async with asyncio.timeout(20):
                async with self._busy:
                    pass
        except TimeoutError:
            log.warning("a batch was still in hand when its partitions were taken away; they are read again")
        self._forget(revoked)

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        # Again: a batch that was in hand for too long may have gone on since they were taken away.
        self._forget(assigned)
        log.info("assigned %s", sorted(tp.partition for tp in assigned))
