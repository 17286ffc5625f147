"""How the classifier reads, goes back and commits, whatever Kafka and Redis do meanwhile."""

import asyncio
import logging
import time
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import CorruptRecordException, IllegalStateError, KafkaConnectionError
from aiokafka.structs import OffsetAndMetadata
from support.judging import NO_NOTES, Nothing, make_classifier, record

from alerts.copies import Answer
from consumers import classifier
from consumers.backends.claims import Asked
from consumers.chain import Chain, noted, token_in


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
