"""The client that we ship, for programs without an event loop."""

import asyncio
import threading

import pytest
from support.clerk import Clerk, make_candidate
from support.newsroom import PATIENCE, make_alert, newsroom

from alerts.client import BlockingAlertStream, MemoryStore


async def test_the_blocking_client() -> None:
    """The same for programs without an event loop."""
    clerk = Clerk()
    async with newsroom(outbox=clerk) as room:
        clerk.rooms.append(room)
        await clerk.report(make_candidate())

        def work() -> tuple[list[str], int | None, int, int]:
            got: list[str] = []
            made = None
            with BlockingAlertStream(room.stream, start="oldest") as alerts:
                for alert in alerts:
                    got.append(alert.headline)
                    if len(got) == 2:
                        break
                    made = alerts.act(alert, "correct", headline="Quake near Iquique")
                done = alerts.trail(alert.id)["items"]
                alerts.subscribe("more", {})
                alerts.unsubscribe("more")
                return got, made, len(alerts.history()["items"]), len(done)

        got, made, older, done = await asyncio.to_thread(work)
        assert (got, made, older, done) == (["Strong quake near Arica", "Quake near Iquique"], 2, 2, 1)


class Broken(MemoryStore):
    """A store that cannot be read."""

    def load(self) -> str | None:
        raise PermissionError("not yours")


def test_a_blocking_client_that_cannot_begin_leaves_no_thread() -> None:
    """The reason is passed on, and nothing runs on."""
    with pytest.raises(PermissionError, match="not yours"), BlockingAlertStream("ws://127.0.0.1:9/", store=Broken()):
        pass
    assert "alerts" not in {thread.name for thread in threading.enumerate()}


async def test_a_hook_that_asks_the_blocking_client_is_told_not_to() -> None:
    """It would wait for itself for ever."""
    async with newsroom() as room:
        await room.publish(make_alert())
        told: list[str] = []

        def work() -> None:
            def on_gap(_: object) -> None:
                with pytest.raises(RuntimeError, match="hook") as refused:
                    alerts.history()
                told.append(str(refused.value))

            with BlockingAlertStream(room.stream, start="k1:0", on_gap=on_gap) as alerts:
                next(iter(alerts))

        await asyncio.wait_for(asyncio.to_thread(work), PATIENCE)
        assert len(told) == 1
