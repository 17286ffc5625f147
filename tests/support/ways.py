"""The three ways to read alerts, each as protocol.md describes it, behind one face: websocket, events, polling."""

import asyncio
import contextlib
import json
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlencode

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from support.events import NO_TLS, Events
from support.newsroom import PATIENCE

WAYS = ("websocket", "events", "poll")
MALFORMED, TOO_OLD = "malformed", "too old"
REFUSALS = {4500: MALFORMED, 4506: TOO_OLD, 400: MALFORMED, 410: TOO_OLD}
WORDS = {MALFORMED: "bad_request", TOO_OLD: "cursor_too_old"}
BROKEN = (ConnectionClosed, InvalidHandshake, StopAsyncIteration, httpx.TransportError, OSError, TimeoutError)
"""How a gateway that is killed, or is not there, shows in each way."""


class Place(Protocol):
    """A gateway: where its websocket and its second listener are."""

    @property
    def stream(self) -> str:
        """`ws://.../v1/stream`."""

    @property
    def web(self) -> str:
        """`http://...`."""


@dataclass
class Told:
    """What one reader was told, over all its connections; `cursor` is what a good client would keep."""

    way: str
    axes: Mapping[str, Any] = field(default_factory=dict)
    cursor: str | None = None
    seqs: list[int] = field(default_factory=list)
    ids: list[tuple[str, int]] = field(default_factory=list)
    gaps: list[dict[str, Any]] = field(default_factory=list)
    resume: dict[str, Any] | None = None
    refused: str | None = None
    live: bool = False
    bye: dict[str, Any] | None = None

    @property
    def at(self) -> int:
        """The seq of the cursor."""
        return -1 if self.cursor is None else int(self.cursor.rpartition(":")[2])

    def alert(self, item: Mapping[str, Any]) -> None:
        """One alert, in its frame or in a page."""
        self.seqs.append(item["seq"])
        self.ids.append((item["alert"]["id"], item["alert"]["revision"]))

    def refuse(self, code: int, error: str) -> None:
        """It was turned away."""
        self.refused = REFUSALS[code]
        assert error == WORDS[self.refused]


class Reader(ABC):
    """A reader connected in one way."""

    def __init__(self, told: Told) -> None:
        self.told = told
        self.told.live = False

    @abstractmethod
    async def step(self) -> None:
        """Take in one frame, or one page."""

    async def until(self, seq: int) -> None:
        """Until everything up to there was given, as an alert or a heartbeat says."""
        while self.told.at < seq:
            await self.step()

    async def until_live(self) -> None:
        """Until the replay is over, or it is refused."""
        while not self.told.live and self.told.refused is None:
            await self.step()

    async def farewell(self) -> dict[str, Any]:
        """Read until the gateway says bye; answers what it said."""
        while self.told.bye is None:
            await self.step()
        return self.told.bye

    def _hear(self, frame: Mapping[str, Any]) -> int | None:
        """Take in a frame; answers the seq up to which everything was now given, if it says so."""
        told = self.told
        match frame["type"]:
            case "welcome":
                told.resume = frame["resume"]
                self.epoch = frame["epoch"]
                return int(frame["resume"]["from"]) if frame["resume"]["ok"] else None
            case "gap":
                told.gaps.append(dict(frame))
                return int(frame["next"]) - 1
            case "alert":
                told.alert(frame)
            case "live":
                told.live = True
            case "heartbeat":
                pass
            case "bye":
                told.bye = dict(frame)
                return None
            case _:
                return None
        return int(frame["seq"])


class _Websocket(Reader):
    def __init__(self, told: Told, socket: ClientConnection) -> None:
        super().__init__(told)
        self.socket = socket

    async def step(self) -> None:
        async with asyncio.timeout(PATIENCE):
            frame = json.loads(await self.socket.recv())
            if frame["type"] == "error":
                await self.socket.wait_closed()
                self.told.refuse(self.socket.close_code or 0, frame["code"])
                return
        at = self._hear(frame)
        if at is not None:
            self.told.cursor = f"{self.epoch}:{at}"


class _Events(Reader):
    def __init__(self, told: Told, stream: Events | None) -> None:
        super().__init__(told)
        self.stream = stream

    async def step(self) -> None:
        assert self.stream is not None
        self._hear(await self.stream.recv())
        self.told.cursor = self.stream.last_id or self.told.cursor


class _Poll(Reader):
    def __init__(self, told: Told, place: Place, http: httpx.AsyncClient, query: list[tuple[str, str]]) -> None:
        super().__init__(told)
        self.place, self.http, self.query = place, http, query

    async def step(self) -> None:
        told = self.told
        at = [] if told.cursor is None else [("cursor", told.cursor)]
        # Until it has caught up it does not wait.
        wait = [("wait", "1" if told.live else "0"), ("limit", "3")]
        answer = await self.http.get(f"{self.place.web}/v1/poll?{urlencode([*self.query, *at, *wait])}")
        page = answer.json()
        if answer.status_code != 200:
            told.refuse(answer.status_code, page["error"])
            return
        if "gap" in page:
            told.gaps.append(page["gap"])
        for item in page["items"]:
            told.alert(item)
        told.cursor, told.live = page["cursor"], not page["more"]


def pairs(axes: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """A filter as a query."""
    found = []
    for name, value in axes.items():
        if isinstance(value, Mapping):
            found += pairs(value, "not.")
        else:
            found += [(prefix + name, each) for each in ([value] if isinstance(value, str) else value)]
    return found


@contextlib.asynccontextmanager
async def opened(told: Told, place: Place, on_gap: str = "replay") -> AsyncIterator[Reader]:
    """Connect, or come back, with the cursor that was kept; the connection is cut at the end of the block."""
    query = [("on_gap", on_gap), *pairs(told.axes)]
    if told.way == "websocket":
        hello = {"type": "hello", "version": 1, "on_gap": on_gap, "subscriptions": {"main": told.axes}}
        async with connect(place.stream, compression=None, max_queue=None, close_timeout=0.2) as socket:
            await socket.send(json.dumps(hello if told.cursor is None else {**hello, "cursor": told.cursor}))
            try:
                yield _Websocket(told, socket)
            finally:
                socket.transport.abort()
        return
    async with httpx.AsyncClient(timeout=PATIENCE + 15, verify=NO_TLS) as http:
        if told.way == "poll":
            yield _Poll(told, place, http, query)
            return
        # A program passes where it begins; a browser that comes back says it in the header.
        begins = not told.cursor or ":" not in told.cursor
        cursor = [("cursor", told.cursor)] if begins and told.cursor is not None else []
        headers = {} if begins else {b"Last-Event-ID": (told.cursor or "").encode()}
        url = f"{place.web}/v1/events?{urlencode([*query, *cursor])}"
        async with http.stream("GET", url, headers=headers) as answer:
            if answer.status_code == 200:
                yield _Events(told, Events(answer))
            else:
                told.refuse(answer.status_code, json.loads(await answer.aread())["error"])
                yield _Events(told, None)


@contextlib.asynccontextmanager
async def following(
    way: str, place: Place, cursor: str | None = None, on_gap: str = "replay", **axes: Any
) -> AsyncIterator[Reader]:
    """A new reader that has taken up at the cursor and caught up; `told.refused` is set if it was refused instead."""
    async with opened(Told(way, axes, cursor), place, on_gap) as reader:
        await reader.until_live()
        yield reader


MALFORMED_CURSORS = ("", "k7", "k7:", "k7:-2", f"k7:{2**53}", "k7:1e3", "-15", "now", "k7: 5", "é:5")
