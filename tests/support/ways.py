"""The three ways to read alerts, each as protocol.md describes it, behind one face: websocket, events, polling."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import httpx
from support.events import events
from support.newsroom import PATIENCE, Newsroom

WAYS = ("websocket", "events", "poll")
Query = dict[str, Any]
MALFORMED, TOO_OLD = "malformed", "too old"


@dataclass
class Told:
    """What one reader heard: gaps, seqs of alerts in order, how far it got, and why it was refused."""

    way: str
    gaps: list[dict[str, Any]] = field(default_factory=list)
    seqs: list[int] = field(default_factory=list)
    ids: list[tuple[str, int]] = field(default_factory=list)
    cursor: str | None = None
    refused: str | None = None
    resume: dict[str, Any] | None = None

    def hear(self, frame: dict[str, Any]) -> None:
        """Take in a frame, or an item of a page."""
        kind = frame.get("type", "alert")
        if kind == "alert":
            self.seqs.append(frame["seq"])
            self.ids.append((frame["alert"]["id"], frame["alert"]["revision"]))
        elif kind == "gap":
            self.gaps.append(frame)
        elif kind == "welcome":
            self.resume = frame["resume"]
            self.epoch = frame["epoch"]
            self.cursor = self.cursor if self.resume and not self.resume["ok"] else f"{self.epoch}:{frame['head']}"


class Follower:
    """A reader that goes on: `until(seq)` waits until everything up to there was said."""

    def __init__(self, told: Told) -> None:
        self.told = told

    async def until(self, seq: int) -> None:
        """Until the alert of this seq was given, or a heartbeat said that everything up to it was."""
        raise NotImplementedError


class _Frames(Follower):
    """Over a websocket or a stream of events, whose frames are the same."""

    def __init__(self, told: Told, source: Any) -> None:
        super().__init__(told)
        self.source = source

    async def recv(self) -> dict[str, Any]:
        frame: dict[str, Any] = await self.source.recv()
        self.told.hear(frame)
        if "seq" in frame and frame["type"] in {"alert", "heartbeat", "live"}:
            self.told.cursor = f"{self.told.epoch}:{frame['seq']}"
        elif frame["type"] == "gap":
            self.told.cursor = f"{self.told.epoch}:{frame['next'] - 1}"
        return frame

    async def until(self, seq: int) -> None:
        frame: dict[str, Any] = {}
        while frame.get("type") not in {"alert", "heartbeat", "live"} or frame["seq"] < seq:
            frame = await self.recv()


class _Pages(Follower):
    """By polling."""

    def __init__(self, told: Told, room: Newsroom, http: httpx.AsyncClient, query: Query) -> None:
        super().__init__(told)
        self.room, self.http, self.query = room, http, query

    async def ask(self, wait: int = 10) -> bool:
        """One poll; whether there is more."""
        cursor = {} if self.told.cursor is None else {"cursor": self.told.cursor}
        answer = await self.http.get(
            f"{self.room.web}/v1/poll?{urlencode({**self.query, **cursor, 'wait': wait}, doseq=True)}"
        )
        said = answer.json()
        if answer.status_code != 200:
            self.told.refused = {400: MALFORMED, 410: TOO_OLD}[answer.status_code]
            assert said["error"] == {400: "bad_request", 410: "cursor_too_old"}[answer.status_code]
            return False
        for frame in [*([said["gap"]] if "gap" in said else []), *said["items"]]:
            self.told.hear(frame)
        self.told.cursor = said["cursor"]
        more: bool = said["more"]
        return more

    async def until(self, seq: int) -> None:
        async with asyncio.timeout(PATIENCE):
            while int((self.told.cursor or ":-1").rpartition(":")[2]) < seq:
                await self.ask(1)


@contextlib.asynccontextmanager
async def following(
    way: str, room: Newsroom, cursor: str | None = None, on_gap: str = "replay", **axes: Any
) -> AsyncIterator[Follower]:
    """A reader that has taken up at the cursor and caught up; `told.refused` is set if it was refused instead."""
    told = Told(way)
    query: Query = {"on_gap": on_gap, **axes}
    if way == "poll":
        async with httpx.AsyncClient(timeout=PATIENCE + 15) as http:
            pages = _Pages(told, room, http, query)
            told.cursor = cursor
            while await pages.ask(wait=0):
                pass
            yield pages
    elif way == "events":
        if cursor is not None:
            query["cursor"] = cursor
        url = f"?{urlencode(query, doseq=True)}"
        async with httpx.AsyncClient(timeout=PATIENCE) as http:
            if on_gap == "fail" or cursor in MALFORMED_CURSORS:
                async with http.stream("GET", f"{room.web}/v1/events{url}") as answer:
                    if answer.status_code != 200:
                        told.refused = {400: MALFORMED, 410: TOO_OLD}[answer.status_code]
                        yield Follower(told)
                        return
        async with events(room.web, url) as stream:
            reader = _Frames(told, stream)
            while (await reader.recv())["type"] != "live":
                pass
            yield reader
    else:
        hello: dict[str, Any] = {"on_gap": on_gap, "subscriptions": {"main": axes}}
        if cursor is not None:
            hello["cursor"] = cursor
        async with room.subscriber(**hello) as client:
            reader = _Frames(told, client)
            while (frame := await reader.recv())["type"] not in {"live", "error"}:
                pass
            if frame["type"] == "error":
                code = await client.closed()
                told.refused = {4500: MALFORMED, 4506: TOO_OLD}[code]
                assert frame["code"] == {4500: "bad_request", 4506: "cursor_too_old"}[code]
            yield reader


MALFORMED_CURSORS = ("", "k7", "k7:", "k7:-2", f"k7:{2**53}", "k7:1e3", "-15", "now", "k7:5 ", "é:5")
