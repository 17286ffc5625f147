"""Factories and helpers for tests of the feed and the gateway."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

import jwt
from websockets.asyncio.client import ClientConnection, connect

from alerts.alert import Alert
from consumers.gateway.connection import Connection
from consumers.gateway.history import Archive
from consumers.gateway.house import LogEnd
from consumers.gateway.newsdesk import Outbox
from consumers.gateway.patience import Patience
from consumers.gateway.server import Gateway
from consumers.gateway.source import Source
from consumers.settings import Settings

PATIENCE = 15.0  # seconds after which a test that waits has failed
EPOCH = "k7"
SECRET = "a secret of more than sixty-four bytes, so that no algorithm calls it short"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def make_alert(alert_id: str = "a1", revision: int = 1, **fields: Any) -> Alert:
    """A live, urgent alert about Ukraine; override what matters. `reach` follows the fields unless given."""
    alert: dict[str, Any] = {
        "id": alert_id,
        "revision": revision,
        "op": "new" if revision == 1 else "update",
        "status": "live",
        "interrupt": revision == 1,
        "priority": "urgent",
        "headline": f"Headline of {alert_id}",
        "summary": "",
        "language": "en",
        "regions": [{"code": "UA", "name": "Ukraine"}],
        "topics": ["conflict"],
        "rules": ["troops-abroad"],
        "sources": [{"uri": f"urn:{alert_id}", "source": "example.org", "headline": "Headline", "role": "first"}],
        "issued": NOON,
        **fields,
    }
    alert.setdefault("delivery", alert["priority"])
    alert.setdefault("reach", reach_of(alert))
    return Alert.model_validate(alert)


def reach_of(alert: dict[str, Any]) -> dict[str, Any]:
    """What an alert of one revision reaches."""
    return {
        "regions": [region["code"] for region in alert["regions"]],
        "topics": alert["topics"],
        "rules": alert["rules"],
        "languages": [alert["language"]],
        "sources": [source["source"] for source in alert["sources"]],
        "priority": alert["priority"],
    }


def make_settings(**overrides: Any) -> Settings:
    """Settings of a gateway on a free loopback port, whatever the environment says."""
    return Settings(
        _env_file=None,
        **{"gateway_bind": "127.0.0.1:0", "gateway_http_bind": "127.0.0.1:0", "gateway_heartbeat": 5.0, **overrides},
    )


def token(secret: str = SECRET, **claims: Any) -> str:
    """A signed token, good for an hour."""
    return jwt.encode({"sub": "ann", "exp": int(time.time()) + 3600, **claims}, secret, algorithm="HS256")


class Newsroom:
    """A gateway on a real loopback socket, and a writer of `alerts` that needs no Kafka."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        self.next = 0
        self.epoch = EPOCH

    async def publish(self, *alerts: Alert, age_ms: int = 0) -> int:
        """Append alerts; answers the last one's seq."""
        for alert in alerts:
            timestamp_ms = time.time_ns() // 1_000_000 - age_ms
            await self.gateway.publish(self.next, self.epoch, alert.to_json(), timestamp_ms)
            self.next += 1
        return self.next - 1

    @property
    def connection(self) -> Connection:
        """The websocket that was first of those that are connected."""
        return next(member for member in self.gateway.hub.members if isinstance(member, Connection))

    @property
    def web(self) -> str:
        """The second listener's address."""
        return f"http://127.0.0.1:{self.gateway.http_port}"

    @property
    def stream(self) -> str:
        """The websocket's address."""
        return f"ws://127.0.0.1:{self.gateway.port}/v1/stream"

    @contextlib.asynccontextmanager
    async def subscriber(
        self, query: str = "", headers: dict[str, str] | None = None, **hello: Any
    ) -> AsyncIterator["Subscriber"]:
        """A connected client; with `hello` fields (`subscriptions`, `cursor`...) it has said hello."""
        async with connect(self.stream + query, additional_headers=headers, compression=None, max_queue=None) as socket:
            client = Subscriber(socket)
            if hello:
                await client.hello(**hello)
            yield client


class Subscriber:
    """A client that speaks the protocol by hand."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.seen: list[dict[str, Any]] = []

    async def send(self, **frame: Any) -> None:
        """Send one frame."""
        await self.socket.send(json.dumps(frame))

    async def hello(self, **fields: Any) -> None:
        """Say hello."""
        await self.send(type="hello", version=1, **fields)

    async def recv(self) -> dict[str, Any]:
        """The next frame."""
        async with asyncio.timeout(PATIENCE):
            frame: dict[str, Any] = json.loads(await self.socket.recv())
        self.seen.append(frame)
        return frame

    async def until(self, kind: str, **fields: Any) -> dict[str, Any]:
        """The next frame of this type with these fields; what comes before is in `seen`."""
        async with asyncio.timeout(PATIENCE):
            while True:
                frame = await self.recv()
                if frame["type"] == kind and fields.items() <= frame.items():
                    return frame

    async def seqs(self, through: int) -> list[int]:
        """The seqs of alerts up to and including `through`, which must come."""
        seqs: list[int] = []
        while not seqs or seqs[-1] < through:
            seqs.append((await self.until("alert"))["seq"])
        return seqs

    async def closed(self) -> int:
        """Read to the end; answers the close code."""
        with contextlib.suppress(Exception):
            while True:
                await self.recv()
        async with asyncio.timeout(PATIENCE):
            await self.socket.wait_closed()
        assert self.socket.close_code is not None
        return self.socket.close_code


@contextlib.asynccontextmanager
async def newsroom(
    *,
    archive: Archive | None = None,
    log_end: LogEnd | None = None,
    patience: Patience | None = None,
    outbox: Outbox | None = None,
    **settings: Any,
) -> AsyncIterator[Newsroom]:
    """A started gateway; drained at the end."""
    gateway = Gateway(make_settings(**settings), archive=archive, log_end=log_end, patience=patience, outbox=outbox)
    await gateway.start()
    try:
        yield Newsroom(gateway)
    finally:
        await gateway.drain()


@contextlib.asynccontextmanager
async def fed(gateway: Gateway, source: Source) -> AsyncIterator[Newsroom]:
    """A gateway that has read its topic and follows it; drained at the end."""
    await source.load(gateway)
    await gateway.start()
    following = asyncio.create_task(source.run(gateway))
    try:
        yield Newsroom(gateway)
    finally:
        following.cancel()
        with contextlib.suppress(asyncio.CancelledError):  # what else ended it is to be seen
            await following
        await gateway.drain()


async def eventually(holds: Callable[[], bool]) -> None:
    """Wait for what has no event of its own, such as another end's bookkeeping."""
    async with asyncio.timeout(PATIENCE):
        while not holds():  # noqa: ASYNC110 - see the docstring
            await asyncio.sleep(0.005)
