"""The topic lost and read again in a running gateway: what is old is never given out as new, nor missed silently."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest
from aiokafka.errors import KafkaConnectionError, OffsetOutOfRangeError
from support.newsroom import PATIENCE, Newsroom, Subscriber, eventually, fed, make_alert, make_settings

from consumers.backends.kafka import Cluster
from consumers.gateway import metrics
from consumers.gateway import source as sources
from consumers.gateway.hub import now_ms
from consumers.gateway.server import Gateway
from consumers.gateway.source import KafkaArchive, Source

ALL: dict[str, Any] = {"all": {}}
AGE_MS = 3_600_000  # of every alert on the tape


class Tape:
    """A topic and its one consumer in memory: it can be cut, made anew, stopped in the middle of a reading, or away."""

    def __init__(self) -> None:
        self.begin = 0
        self.records: list[Any] = []
        self.away = False
        self.most = 1_000  # records an answer
        self._steps: int | None = None  # answers still to be given; None: as many as are asked for
        self._moving = asyncio.Event()
        self._held = asyncio.Event()
        self._at = 0
        self._news = asyncio.Event()

    def write(self, *ids: str, epoch: str = "k7") -> int:
        for each in ids:
            alert = make_alert(each)
            header = [("epoch", epoch.encode())]
            self.records.append(
                SimpleNamespace(offset=self.end, headers=header, value=alert.to_json(), timestamp=now_ms() - AGE_MS)
            )
        self._news.set()
        return self.end - 1

    def cut(self, begin: int) -> None:
        """Retention has passed by everything before `begin`."""
        self.records = [record for record in self.records if record.offset >= begin]
        self.begin = begin

    def anew(self) -> None:
        """Deleted and created again."""
        self.begin, self.records = 0, []

    async def hold(self, after: int = 0) -> None:
        """Give so many answers, and wait until the next is asked for; it is not given."""
        self._steps = after
        self._held.clear()
        self._moving.set()
        async with asyncio.timeout(PATIENCE):
            await self._held.wait()

    def go_on(self) -> None:
        """Answer again."""
        self._steps = None
        self._moving.set()

    async def _step(self) -> None:
        while self._steps == 0:
            self._moving.clear()
            self._held.set()
            await self._moving.wait()
        if self._steps is not None:
            self._steps -= 1

    @property
    def end(self) -> int:
        return self.begin + len(self.records)

    async def start(self) -> None: ...
    async def stop(self) -> None: ...
    def assign(self, partitions: Any) -> None: ...

    def seek(self, _: Any, offset: int) -> None:
        self._at = offset

    async def position(self, _: Any) -> int:
        return self._at

    async def beginning_offsets(self, partitions: list[Any]) -> dict[Any, int]:
        return {partitions[0]: self._there(self.begin)}

    async def end_offsets(self, partitions: list[Any]) -> dict[Any, int]:
        return {partitions[0]: self._there(self.end)}

    def _there(self, offset: int) -> int:
        if self.away:
            raise KafkaConnectionError
        return offset

    async def getmany(self, partition: Any, timeout_ms: int, max_records: int) -> dict[Any, list[Any]]:
        await self._step()
        self._there(0)
        if not self.begin <= self._at <= self.end:
            raise OffsetOutOfRangeError({partition: self._at})
        if self._at == self.end:
            self._news.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(timeout_ms / 1000, 0.02)):
                    await self._news.wait()
        found = [record for record in self.records if record.offset >= self._at][: min(max_records, self.most)]
        self._at += len(found)
        return {partition: found} if found else {}


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "PROBE_EVERY", 0.0)
    monkeypatch.setattr(sources, "RETRY_AFTER", 0.01)


def cluster_of(tape: Tape) -> Cluster:
    return cast("Cluster", SimpleNamespace(consumer=lambda **_: tape))


@contextlib.asynccontextmanager
async def following(tape: Tape, older: Tape | None = None, **changes: Any) -> AsyncIterator[Newsroom]:
    """A gateway that follows the tape, and reads what the ring no longer holds from the other."""
    settings = make_settings(**changes)
    archive = None if older is None else KafkaArchive(settings, cluster_of(older))
    source = Source(settings, cluster_of(tape), archive)
    gateway = Gateway(settings, log_end=source, archive=archive)
    async with fed(gateway, source) as room:
        yield room


@contextlib.asynccontextmanager
async def said_hello(room: Newsroom, **hello: Any) -> AsyncIterator[Subscriber]:
    """A client whose hello was heard."""
    heard = metrics.commands.labels("hello")._value
    before = heard.get()
    async with room.subscriber(**hello) as client:
        await eventually(lambda: heard.get() > before)
        yield client


def ids(frames: list[dict[str, Any]]) -> list[str]:
    return [frame["alert"]["id"] for frame in frames if frame["type"] == "alert"]


def gaps(frames: list[dict[str, Any]]) -> list[str]:
    return [frame["why"] for frame in frames if frame["type"] == "gap"]


async def lost(tape: Tape, how: str) -> None:
    """The topic is no longer what the gateway has read: `n5` to `n8` are there, of which it may know none."""
    if how == "cut":
        tape.write("gone", "gone too", "n5", "n6", "n7", "n8")
        tape.cut(7)
    else:
        tape.anew()
        tape.write("n5", "n6", "n7", "n8", epoch="k8")


@pytest.fixture
def tape() -> Tape:
    tape = Tape()
    tape.most = 1
    tape.write("n0", "n1", "n2", "n3", "n4")
    return tape


@pytest.mark.parametrize("how", ["cut", "anew"])
async def test_who_comes_live_while_the_topic_is_read_again_gets_nothing_old(tape: Tape, how: str) -> None:
    """Live means what is appended from now on, also for one who comes in the middle of the reading."""
    async with following(tape) as room:
        await tape.hold()
        await lost(tape, how)
        await tape.hold(after=2)  # the refusal, then one record of four
        async with said_hello(room, subscriptions=ALL) as client, room.subscriber("?auto=1&cursor=-15m") as late:
            await eventually(lambda: len(room.gateway.reception.open) == 2)
            tape.go_on()
            await client.until("live")
            await late.until("live")
            tape.write("fresh", epoch=room.gateway.hub.epoch)
            await client.until("alert")
            assert ids(client.seen) == ["fresh"]
            assert ids(late.seen) == []


@pytest.mark.parametrize("how", ["cut", "anew"])
async def test_who_resumes_while_the_topic_is_read_again_misses_and_repeats_nothing(tape: Tape, how: str) -> None:
    """The gap is told once, then comes all that the topic holds, in order."""
    async with following(tape) as room, room.subscriber(subscriptions=ALL) as before:
        await before.until("live")
        await tape.hold()
        await lost(tape, how)
        await tape.hold(after=2)
        async with said_hello(room, subscriptions=ALL, cursor="k7:2") as client:
            tape.go_on()
            await client.until("live")
            tape.write("fresh", epoch=room.gateway.hub.epoch)
            while ids(client.seen)[-1] != "fresh":
                await client.recv()
            assert gaps(client.seen) == ["expired" if how == "cut" else "epoch"]
            assert ids(client.seen) == ["n5", "n6", "n7", "n8", "fresh"]
        assert await before.closed() == 4004
        assert ids(before.seen) == []


async def test_a_reading_that_is_broken_off_is_begun_again_and_the_ring_served_meanwhile(tape: Tape) -> None:
    """Kafka may go away in the middle: nobody is given half a topic, and what comes later is still not new."""
    async with following(tape) as room:
        await tape.hold()
        await lost(tape, "anew")
        await tape.hold(after=2)
        tape.away = True
        tape.go_on()
        await eventually(lambda: not room.gateway.kafka["reachable"])
        async with room.subscriber(subscriptions=ALL, cursor="oldest") as client:
            await client.until("live")
            assert ids(client.seen) == ["n0", "n1", "n2", "n3", "n4"]
            tape.away = False
            assert await client.closed() == 4004
            assert len(ids(client.seen)) == 5
        async with room.subscriber(subscriptions=ALL) as client:
            await client.until("live")
            tape.write("fresh", epoch="k8")
            await client.until("alert")
            assert ids(client.seen) == ["fresh"]


async def test_what_was_appended_while_kafka_was_away_comes_once_to_all(tape: Tape) -> None:
    """Nothing is read again; also who came live meanwhile gets what nobody could be given, and nothing older."""
    async with following(tape) as room, room.subscriber(subscriptions=ALL) as before:
        await before.until("live")
        tape.away = True
        await eventually(lambda: not room.gateway.kafka["reachable"])
        tape.write("missed")
        async with room.subscriber(subscriptions=ALL) as client:
            await client.until("live")
            tape.away = False
            await eventually(lambda: room.gateway.hub.feed.head == 5)
            tape.write("fresh")
            for each in (before, client):
                await each.until("alert", seq=6)
                assert ids(each.seen) == ["missed", "fresh"]


async def test_a_topic_made_anew_that_has_outgrown_us_is_read_from_its_start(tape: Tape) -> None:
    """Our offset is in it, but what stands before that we never saw."""
    async with following(tape) as room:
        await tape.hold()
        tape.anew()
        tape.write(*(f"m{n}" for n in range(8)), epoch="k8")
        tape.go_on()
        await eventually(lambda: room.gateway.hub.epoch == "k8")
        async with room.subscriber(subscriptions=ALL, cursor="k7:4") as client:
            await client.until("live")
            assert gaps(client.seen) == ["epoch"]
            assert ids(client.seen) == [f"m{n}" for n in range(8)]


async def test_whoever_fetches_what_a_gap_named_gets_all_of_a_topic_made_anew(tape: Tape) -> None:
    """Where the old topic began counts no more; what has just left the topic is asked for in vain once at most."""
    older = Tape()
    for each in (tape, older):
        each.anew()
        each.write(*(f"n{n}" for n in range(9)))
    async with (
        following(tape, older, gateway_ring_entries=2) as room,
        httpx.AsyncClient(base_url=room.gateway.url, timeout=PATIENCE) as http,
    ):

        async def seqs() -> list[int]:
            answer = await http.get("/v1/alerts?after=k7:-1")
            return [item["seq"] for item in answer.json().get("items", [])]

        assert await seqs() == list(range(9))
        older.cut(5)
        assert await seqs() == []
        assert await seqs() == list(range(5, 9))
        await tape.hold()
        for each in (tape, older):
            each.anew()
            each.write(*(f"m{n}" for n in range(7)), epoch="k8")
        tape.go_on()
        await eventually(lambda: room.gateway.hub.epoch == "k8")
        assert await seqs() == list(range(7))


async def test_a_poll_that_waits_while_the_topic_is_read_again_skips_nothing(tape: Tape) -> None:
    """Its answer keeps the old cursor, so that the next one tells the gap."""
    async with following(tape) as room, httpx.AsyncClient(base_url=room.web, timeout=PATIENCE) as http:
        waiting = asyncio.create_task(http.get("/v1/poll?cursor=k7:4&wait=20"))
        await eventually(lambda: bool(room.gateway.hub.members))
        await tape.hold()
        tape.write("gone", "gone too", "n7", "n8")
        tape.cut(7)
        tape.go_on()
        page = (await waiting).json()
        assert (page["items"], page["cursor"]) == ([], "k7:4")
        page = (await http.get(f"/v1/poll?cursor={page['cursor']}")).json()
        assert (page["gap"]["why"], [item["seq"] for item in page["items"]]) == ("expired", [7, 8])
