"""Two gateways as processes, killed and drained: acceptance checks 3 and 4 in short (in full: ALERTS_TEST_FULL)."""

import asyncio
import contextlib
import random
import signal
import socket
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaProducer
from support import oracle
from support.laws import FULL
from support.newsroom import EPOCH, make_alert
from support.raw import request
from support.stack import Role, Stack, stack
from support.topics import settings_for
from support.ways import BROKEN, WAYS, Told, opened

from consumers.backends.kafka import Cluster

HEARTBEAT = "0.3"
HEALTHY, STUCK = (500, 20) if FULL else (30, 5)
READERS = {"websocket": 300, "events": 50, "poll": 20} if FULL else {"websocket": 10, "events": 5, "poll": 5}
KILLS, ALERTS = (5, 3000) if FULL else (2, 300)


@dataclass
class Address:
    """Where a gateway listens."""

    stream: str
    web: str

    @classmethod
    def of(cls, role: Role) -> "Address":
        bind = {name: role.environment[f"ALERTS_GATEWAY_{name}"] for name in ("BIND", "HTTP_BIND")}
        return cls(f"ws://{bind['BIND']}/v1/stream", f"http://{bind['HTTP_BIND']}")


@dataclass
class Topic:
    """What was written to `alerts`: each alert's fields, and those of its revisions up to it."""

    producer: AIOKafkaProducer
    name: str
    revisions: list[list[dict[str, Any]]] = field(default_factory=list)
    ids: list[tuple[str, int]] = field(default_factory=list)

    async def append(self, alert_id: str, **fields: Any) -> int:
        """Append the next revision of an alert; answers its offset."""
        mine = [revisions for (known, _), revisions in zip(self.ids, self.revisions, strict=True) if known == alert_id]
        history = [*(mine[-1] if mine else []), fields]
        alert = make_alert(alert_id, len(history), **fields)
        self.revisions.append(history)
        self.ids.append((alert_id, len(history)))
        sent = await self.producer.send_and_wait(
            self.name, alert.to_json(), key=alert_id.encode(), headers=alert.headers(EPOCH), partition=0
        )
        offset: int = sent.offset
        assert offset == len(self.ids) - 1
        return offset

    def wanted(self, axes: dict[str, Any]) -> list[int]:
        """The seqs that a filter gets of it all."""
        return [seq for seq, revisions in enumerate(self.revisions) if oracle.matches(axes, revisions)]


@contextlib.asynccontextmanager
async def topic(kafka: str, prefix: str) -> AsyncIterator[Topic]:
    """The topic `alerts`, to write to."""
    settings = settings_for(kafka, "embedded", prefix)
    producer = (await Cluster.connect(settings)).producer()
    await producer.start()
    try:
        yield Topic(producer, settings.topic("alerts"))
    finally:
        await producer.stop()


async def read(told: Told, places: Sequence[Address], rnd: random.Random, end: asyncio.Future[int]) -> None:
    """Read through everything that happens to the gateways, until the end of the log is reached."""
    while not (end.done() and told.at >= end.result()):
        try:
            async with opened(told, rnd.choice(places)) as reader:
                while not (end.done() and told.at >= end.result()):
                    await reader.step()
        except BROKEN:
            await asyncio.sleep(rnd.uniform(0.02, 0.2))


async def test_kill_9_of_gateways_loses_nothing(embedded_kafka: str, prefix: str, tmp_path: Path) -> None:
    """Either is killed while alerts flow: each reader, of each way, has what its filter gets of the topic, in order."""
    rnd = random.Random(11)
    with stack(tmp_path, embedded_kafka, "embedded", prefix, ALERTS_GATEWAY_HEARTBEAT=HEARTBEAT) as running:
        async with topic(embedded_kafka, prefix) as log:
            await log.append("s0", **oracle.fields(rnd))
            roles = [await asyncio.to_thread(running.start, "gateway") for _ in range(2)]
            places = [Address.of(role) for role in roles]
            everyone = [Told(way, oracle.wish(rnd), "oldest") for way in WAYS for _ in range(READERS[way])]
            end: asyncio.Future[int] = asyncio.get_running_loop().create_future()
            async with asyncio.timeout(220), asyncio.TaskGroup() as tasks:
                for number, told in enumerate(everyone):
                    tasks.create_task(read(told, places, random.Random(number), end))
                killing = tasks.create_task(kill_in_turn(running, roles))
                while not killing.done() or len(log.ids) < ALERTS:
                    await log.append(f"s{rnd.randint(0, 40)}", **oracle.fields(rnd))
                    await asyncio.sleep(0.005 if len(log.ids) < ALERTS else 0.1)
                end.set_result(len(log.ids) - 1)
        for told in everyone:
            wanted = log.wanted(dict(told.axes))
            assert sorted(set(told.seqs)) == wanted, told.axes
            assert in_order(told.seqs)
            assert told.gaps == []
        assert sum(len(told.seqs) for told in everyone) > ALERTS
        assert not [role.name for role in running.roles if "Traceback" in role.log.read_text()]


async def kill_in_turn(running: Stack, roles: list[Role]) -> None:
    """Kill one, start it again, then the other."""
    for number in range(KILLS):
        victim = number % 2
        running.kill9(roles[victim])
        roles[victim] = running.restart(roles[victim], ready=False)
        await asyncio.to_thread(running.wait_ready, roles[victim], 90.0)


def in_order(seqs: Sequence[int]) -> bool:
    """Whether what is new always comes after all that came before; what comes again may (protocol.md)."""
    highest = -1
    for place, seq in enumerate(seqs):
        if seq < highest and seq not in seqs[:place]:
            return False
        highest = max(highest, seq)
    return True


def stuck_sockets(role: Role, count: int) -> list[socket.socket]:
    """Peers that asked for everything and read nothing, and as many that never finished their request."""
    host, _, port = role.environment["ALERTS_GATEWAY_BIND"].rpartition(":")
    made = []
    for number in range(2 * count):
        peer = socket.socket()
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        peer.connect((host, int(port)))
        whole = request("/v1/stream?auto=1&cursor=oldest", Host=f"127.0.0.1:{port}")
        peer.sendall(whole if number < count else whole[:-20])
        made.append(peer)
    return made


async def test_sigterm_drains(embedded_kafka: str, prefix: str, tmp_path: Path) -> None:
    """With healthy, stalled and half-open peers: done in 15 s with code 0; the healthy hear bye and lose nothing."""
    with stack(tmp_path, embedded_kafka, "embedded", prefix, ALERTS_GATEWAY_HEARTBEAT=HEARTBEAT) as running:
        async with topic(embedded_kafka, prefix) as log:
            for number in range(60):
                await log.append(f"s{number}", headline="x" * 8000)
            first = await asyncio.to_thread(running.start, "gateway")
            second = await asyncio.to_thread(running.start, "gateway")
            stuck = stuck_sockets(first, STUCK)
            async with contextlib.AsyncExitStack() as open_:
                readers = []
                for number in range(HEALTHY):
                    told = Told(WAYS[number % 2], {}, f"{EPOCH}:59")
                    reader = await open_.enter_async_context(opened(told, Address.of(first)))
                    await reader.until_live()
                    readers.append(reader)
                began = time.monotonic()
                first.process.send_signal(signal.SIGTERM)
                endings = [asyncio.create_task(reader.farewell()) for reader in readers]
                for number in range(20):
                    await log.append(f"t{number}")
                byes = await asyncio.gather(*endings)
                assert await asyncio.to_thread(first.process.wait, 20) == 0
                took = time.monotonic() - began
            print(f"\ndrained {HEALTHY} healthy, {STUCK} stalled, {STUCK} half-open in {took:.1f} s")  # noqa: T201
            assert took < 15
            assert {(bye["code"], tuple(bye["retry_ms"])) for bye in byes} == {(1012, (500, 15_000))}
            last = len(log.ids) - 1
            for reader in readers:
                async with opened(reader.told, Address.of(second)) as again:
                    await again.until(last)
                assert sorted(set(again.told.seqs)) == list(range(60, last + 1))
                assert again.told.gaps == []
        for peer in stuck:
            peer.close()
        assert not [role.name for role in running.roles if "Traceback" in role.log.read_text()]
