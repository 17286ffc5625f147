"""What the classifier does with articles that its own code cannot cope with."""

import asyncio
import logging
import time
import traceback
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import CorruptRecordException, IllegalStateError, KafkaConnectionError, MessageSizeTooLargeError
from aiokafka.structs import OffsetAndMetadata

from alerts.alert import Candidate
from alerts.article import Article
from alerts.copies import Answer, Claim, Memory
from alerts.rules import RuleSet, default_rules, load
from consumers import classifier
from consumers.backends.claims import Asked
from consumers.backends.kafka import MAX_RECORD_BYTES
from consumers.chain import Chain, noted, token_in
from consumers.classifier import MAX_CRASHES, Broken, Classifier

QUAKE = "Strong earthquake kills 12 in Chile"


class Sent:
    """Stands in for the sender: acknowledges everything, and remembers it."""

    def __init__(self, most: int = 10**9) -> None:
        self.records: list[tuple[str, bytes]] = []
        self.headers: list[tuple[str, bytes]] = []
        self._most = most

    async def send(
        self,
        topic: str,
        *,
        value: bytes,
        key: bytes | None = None,
        headers: Sequence[tuple[str, bytes]] = (),
        partition: int | None = None,
    ) -> "asyncio.Future[None]":
        """What is larger than the topic takes is refused."""
        acknowledged: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if len(value) + len(key or b"") > self._most:
            acknowledged.set_exception(MessageSizeTooLargeError())
            return acknowledged
        self.records.append((topic, value))
        self.headers += headers
        acknowledged.set_result(None)
        return acknowledged

    def uris(self, topic: str) -> list[str]:
        made = [value for to, value in self.records if to == topic]
        return [(Candidate.from_json(v).article if topic == "desk" else Article.from_json(v)).uri for v in made]


class Remembering:
    """Stands in for Redis: remembers, as it does."""

    def __init__(self) -> None:
        self._memory = Memory()

    async def check(self, asked: Sequence[Asked], _: Chain) -> list[Answer]:
        return [self._memory.check(claim) for _, claim in asked]

    async def confirm(self, done: Sequence[Asked], _: Chain) -> None:
        for _partition, claim in done:
            self._memory.confirm(claim)


class Nothing:
    """Stands in for Redis: knows nothing."""

    def __init__(self) -> None:
        self.confirmed: list[Claim] = []

    async def check(self, asked: Sequence[Asked], _: Chain) -> list[Answer]:
        return [Answer() for _ in asked]

    async def confirm(self, done: Sequence[Asked], _: Chain) -> None:
        self.confirmed += [claim for _, claim in done]

    async def probe(self) -> None:
        pass


def make_classifier(
    claims: Nothing | Remembering, rules: Callable[[], RuleSet] = default_rules
) -> tuple[Classifier, Sent]:
    settings, cluster = SimpleNamespace(topic=lambda name: name, classifier_batch=100), SimpleNamespace()
    made = Classifier(settings, cluster, claims, rules)  # type: ignore[arg-type]  # stand-ins
    sent = Sent()
    made._sender = sent  # type: ignore[assignment]
    return made, sent


def record(uri: str) -> Any:
    article = Article(uri=uri, source="a.example", headline=QUAKE, language="en")
    return SimpleNamespace(
        topic="articles",
        partition=0,
        offset=1,
        timestamp=1_772_366_400_000,
        key=b"",
        value=article.to_json(),
        headers=(),
    )


@pytest.mark.parametrize("part", ["candidate", "Claim"])
async def test_an_article_that_crashes_our_reading_is_set_aside(part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The others of its batch reach the desk, and only they are marked done."""
    genuine = getattr(classifier, part)

    def reading(article: Article, *args: Any, **kwargs: Any) -> Any:
        if article.uri == "urn:odd":
            raise ValueError("cannot be read")
        return (genuine if part == "candidate" else genuine.of)(article, *args, **kwargs)

    monkeypatch.setattr(classifier, part, reading if part == "candidate" else SimpleNamespace(of=reading))
    claims = Nothing()
    made, sent = make_classifier(claims)
    await made._batch([record("urn:1"), record("urn:odd"), record("urn:2")])
    assert (sent.uris("desk"), sent.uris("articles.dead")) == (["urn:1", "urn:2"], ["urn:odd"])
    assert [claim.identity.uri for claim in claims.confirmed] == ["urn:1", "urn:2"]


async def test_a_classifier_that_can_read_nothing_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty in a row are no odd articles any more, also if they come one by one."""

    def broken(*_: Any, **__: Any) -> Any:
        raise ValueError("cannot be read")

    monkeypatch.setattr(classifier, "candidate", broken)
    made, sent = make_classifier(Nothing())
    for number in range(MAX_CRASHES - 1):
        await made._batch([record(f"urn:{number}")])
    with pytest.raises(Broken, match="20 articles in a row"):
        await made._batch([record("urn:last")])
    assert len(sent.uris("articles.dead")) == MAX_CRASHES - 1


async def test_an_article_that_an_edited_rule_asks_for_is_no_repeat() -> None:
    """It was sent before, and fired nobody's rule: sent again, it must alert. Then it is a repeat."""
    quiet, loud = (load(f"version: 1\nrules:\n  - {{id: a, match: {word}}}\n") for word in ("flood", "earthquake"))
    in_force = [quiet]
    made, sent = make_classifier(Remembering(), lambda: in_force[-1])
    await made._batch([record("urn:1")])
    await made._batch([record("urn:1")])
    in_force.append(loud)
    await made._batch([record("urn:1"), record("urn:1")])
    await made._batch([record("urn:1")])
    assert [Candidate.from_json(value).matched for _, value in sent.records] == [False, True]


@pytest.mark.parametrize(
    "milliseconds",
    [-1, 0, 1_772_366_400, 1_772_366_400_000_000, 1_772_366_400_000_000_000, -(10**16), 4_000_000_000_000],
)
async def test_a_record_with_a_time_that_cannot_be_is_received_now(milliseconds: int) -> None:
    """Seconds, microseconds, nothing at all: its producer's mistake neither stops us nor makes the article old news."""
    made, sent = make_classifier(Nothing())
    odd = record("urn:odd")
    odd.timestamp = milliseconds
    before = time.time() * 1000
    await made._batch([odd])
    [(topic, value)] = sent.records
    assert topic == "desk"
    received = Candidate.from_json(value).timing.received
    assert received is not None
    assert before - 1 <= received <= time.time() * 1000


async def test_an_article_that_claims_to_be_received_in_the_future_is_no_old_news() -> None:
    """A producer whose clock is set to local time: what was published a minute ago alerts."""
    now = datetime.now(UTC)
    fields = {"source": "a.example", "headline": QUAKE, "language": "en", "published": now - timedelta(minutes=1)}
    made, sent = make_classifier(Nothing())
    odd = record("urn:odd")
    odd.value = Article(uri="urn:odd", received=now + timedelta(days=9), **fields).to_json()
    await made._batch([odd])
    assert [Candidate.from_json(value).matched for _, value in sent.records] == [True]


async def _no_notes(_: Any) -> dict[TopicPartition, Any]:
    return {}


NO_NOTES = SimpleNamespace(fetch_committed_offsets=_no_notes)
"""Stands in for aiokafka's own coordinator, where nothing is noted beside any offset."""


class Silent(Nothing):
    """Stands in for a Redis that does not answer."""

    async def check(self, asked: Sequence[Asked], chain: Chain) -> Any:
        chain.step(asked[0][0])


async def test_what_redis_never_answered_is_sent_and_not_marked() -> None:
    """It has no mark that could be confirmed."""
    claims = Silent()
    made, sent = make_classifier(claims)
    await made._batch([record("urn:1")])
    assert sent.uris("desk") == ["urn:1"]
    assert claims.confirmed == []


async def test_the_chain_goes_on_from_what_is_noted_and_is_noted_when_it_has() -> None:
    """Read before Redis is first asked, committed with the offset; after a rebalance what others noted counts."""
    tp = TopicPartition("articles", 0)
    expected: list[bytes] = []
    committed: dict[TopicPartition, tuple[int, str]] = {tp: (1, noted("", b"noted..."))}

    class Asking(Nothing):
        async def check(self, asked: Sequence[Asked], chain: Chain) -> list[Answer]:
            expected.append(chain.step(0)[0])
            return await super().check(asked, chain)

    async def getmany(**_: Any) -> dict[TopicPartition, list[Any]]:
        return {tp: [record("urn:1")]}

    async def notes(_: Any) -> dict[TopicPartition, OffsetAndMetadata]:
        return {tp: OffsetAndMetadata(*committed[tp])}

    async def commit(offsets: dict[TopicPartition, tuple[int, str]]) -> None:
        committed.update(offsets)

    made, _ = make_classifier(Asking())
    consumer: Any = SimpleNamespace(
        getmany=getmany,
        commit=commit,
        assignment=lambda: {tp},
        highwater=lambda _: 0,
        _coordinator=SimpleNamespace(fetch_committed_offsets=notes),
    )
    await made._turn(consumer)
    first = token_in(committed[tp][1])
    await made._turn(consumer)
    committed[tp] = (9, noted("", b"others'."))
    await classifier._Drain(asyncio.Lock(), made._forget).on_partitions_assigned({tp})
    await made._turn(consumer)
    assert expected == [b"noted...", first, b"others'."]


class Reader:
    """A consumer's side: two partitions, of which one can be read, and the other for once cannot."""

    def __init__(self, committed: int | None) -> None:
        self.partitions = [TopicPartition("articles", 0), TopicPartition("articles", 1)]
        self.at = dict.fromkeys(self.partitions, 0)
        self.offset_of_group = committed
        self.faults = 1
        self.away = 0
        self._coordinator = NO_NOTES

    async def getmany(self, **_: Any) -> dict[TopicPartition, list[Any]]:
        """Drains the first partition; then the second one raises, as aiokafka does."""
        good, bad = self.partitions
        found = [record("urn:1")] if self.at[good] == 0 else []
        self.at[good] = 1
        if self.faults:
            self.faults -= 1
            raise CorruptRecordException(f"Invalid CRC - {bad}")
        return {good: found} if found else {}

    def assignment(self) -> set[TopicPartition]:
        return set(self.partitions)

    def highwater(self, _: TopicPartition) -> int:
        return 1

    async def committed(self, _: TopicPartition) -> int | None:
        if self.away:
            self.away -= 1
            raise KafkaConnectionError
        return self.offset_of_group

    def seek(self, tp: TopicPartition, offset: int) -> None:
        self.at[tp] = offset

    async def seek_to_beginning(self, tp: TopicPartition) -> None:
        self.at[tp] = 0

    async def seek_to_committed(self, tp: TopicPartition) -> None:
        """As aiokafka's, which does nothing where nothing or 0 is committed."""
        if self.offset_of_group:
            self.at[tp] = self.offset_of_group

    async def commit(self, _: Any) -> None:
        pass


@pytest.mark.parametrize("committed", [None, 0])
async def test_what_was_drained_beside_a_fault_is_read_again(
    committed: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also on a partition of which nothing has been handled yet, and if Kafka does not at once say where to go back."""
    monkeypatch.setattr(classifier, "FAULT_SECONDS", 0.0)
    made, sent = make_classifier(Nothing())
    reader: Any = Reader(committed)
    reader.away = 1
    for _ in range(4):
        await made._turn(reader)
    assert sent.uris("desk") == ["urn:1"]


async def test_a_classifier_that_can_never_read_is_ill(monkeypatch: pytest.MonkeyPatch) -> None:
    """A batch that is corrupt on the broker's disk fails for ever: going round is no sign of health then."""
    monkeypatch.setattr(classifier, "FAULT_SECONDS", 0.0)
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now)
    made, _ = make_classifier(Nothing())
    made._pulse.up = True
    reader: Any = Reader(None)
    reader.faults = 3
    for seconds in (0.0, 30.0, 30.0):
        now += seconds
        await made._turn(reader)
    assert not made.healthy
    await made._turn(reader)
    assert made.healthy


async def test_partitions_that_were_taken_away_while_we_worked_do_not_end_us(caplog: pytest.LogCaptureFixture) -> None:
    """Kafka was slow, the group moved on: the commit is refused, and what is not ours has no position here."""
    caplog.set_level(logging.INFO)
    made, _ = make_classifier(Nothing())

    async def commit(_: Any) -> None:
        raise IllegalStateError("Partition 0 is not assigned")

    tp = TopicPartition("articles", 0)
    consumer: Any = SimpleNamespace(commit=commit, assignment=set, highwater=lambda _: 1)
    await made._commit(consumer, {tp: 5})
    assert tp not in made._positions
    assert "another member reads these records again" in caplog.text


LONG_KEY = "urn:" + "\U0001f30b" * 2000


@pytest.mark.parametrize(
    ("most", "fields"),
    [
        (MAX_RECORD_BYTES, {"uri": LONG_KEY, "body_text": "x" * (MAX_RECORD_BYTES - 72_000)}),
        (1_000_000, {"body_text": "x" * 1_500_000}),
        (500_000, {"description": "\x01" * 99_000, "body_text": "x" * 5000}),
    ],
)
async def test_an_article_too_large_for_the_desk_goes_there_shortened(
    most: int, fields: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever makes it large, and whoever made the topic: refused for ever, it would hold up all behind it."""
    monkeypatch.setattr(classifier, "FAULT_SECONDS", 0.0)
    made, _ = make_classifier(Nothing())
    sent = Sent(most)
    made._sender = sent  # type: ignore[assignment]
    large = record("urn:1")
    large.value = Article(**{"uri": "urn:1", "source": "a.example", "headline": QUAKE, **fields}).to_json()
    async with asyncio.timeout(10):
        await made._batch([large, record("urn:2")])
    assert sent.uris("desk")[-2:] == [fields.get("uri", "urn:1"), "urn:2"]


async def test_a_dead_letter_too_large_for_its_topic_names_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its bytes are on `articles` still; it holds up nothing."""
    monkeypatch.setattr(classifier, "FAULT_SECONDS", 0.0)
    made, _ = make_classifier(Nothing())
    sent = Sent(1_000_000)
    made._sender = sent  # type: ignore[assignment]
    large = record("urn:1")
    large.value = b"x" * 1_500_000
    async with asyncio.timeout(10):
        await made._batch([large])
    headers = dict(sent.headers)
    assert sent.records == [("articles.dead", b"")]
    assert headers["dead.error"].endswith(b"[1500000 bytes, more than this topic takes: see dead.offset]")
    assert headers["dead.offset"] == b"1"


async def test_no_text_of_an_article_that_crashes_us_reaches_a_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It may be under embargo, and exceptions quote what they choke on."""

    def broken(article: Article, *_: Any, **__: Any) -> Any:
        return int(article.headline)

    monkeypatch.setattr(classifier, "candidate", broken)
    made, _ = make_classifier(Nothing())
    with pytest.raises(Broken) as stopped:
        await made._batch([record(f"urn:{n}") for n in range(MAX_CRASHES)])
    assert "in broken" in caplog.text
    assert "ValueError" in caplog.text
    assert QUAKE not in caplog.text + "".join(traceback.format_exception(stopped.value))


async def test_after_a_batch_that_took_long_fewer_are_read_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """The group gives up who is busy for a minute, and the next member gets the same batch: each time a smaller one."""
    clock, seconds_each = [0.0], [1.0]
    asked: list[int] = []
    made, _ = make_classifier(Nothing())

    async def getmany(*, max_records: int, **_: Any) -> dict[TopicPartition, list[Any]]:
        asked.append(max_records)
        return {TopicPartition("articles", 0): [record(f"urn:{n}") for n in range(max_records)]}

    async def batch(records: Sequence[Any]) -> None:
        clock[0] += seconds_each[0] * len(records)

    async def commit(_: Any) -> None:
        pass

    consumer: Any = SimpleNamespace(
        getmany=getmany,
        commit=commit,
        assignment=lambda: {TopicPartition("articles", 0)},
        highwater=lambda _: 0,
        _coordinator=NO_NOTES,
    )
    monkeypatch.setattr(made, "_batch", batch)
    monkeypatch.setattr(classifier, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    for _ in range(4):
        await made._turn(consumer)
    seconds_each[0] = 0.001
    for _ in range(5):
        await made._turn(consumer)
    assert asked == [100, 25, 6, 12, 24, 48, 96, 100, 100]
