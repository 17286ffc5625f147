"""Editors at the gateway: their actions, the desk's answers, and what they see of each other."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest
from support.clerk import Clerk, make_candidate
from support.newsroom import SECRET, Newsroom, Subscriber, eventually, newsroom, token

from consumers.gateway.desk import EditorsDesk

ALL: dict[str, Any] = {"all": {}}


@pytest.fixture
def clerk() -> Clerk:
    """A desk without Kafka."""
    return Clerk()


@contextlib.asynccontextmanager
async def office(clerk: Clerk, **settings: Any) -> AsyncIterator[Newsroom]:
    """A gateway with a key, whose actions the clerk takes."""
    async with newsroom(outbox=clerk, **{"gateway_secret": SECRET, **settings}) as room:
        clerk.rooms.append(room)
        yield room


@contextlib.asynccontextmanager
async def person(room: Newsroom, name: str, role: str = "editor", **claims: Any) -> AsyncIterator[Subscriber]:
    """Somebody who is live, with all alerts subscribed."""
    async with room.subscriber(token=token(sub=name, role=role, **claims), subscriptions=ALL) as client:
        await client.until("live")
        yield client


async def act(client: Subscriber, alert: str, do: str, req: int = 1, revision: int = 1, **fields: Any) -> None:
    """Send an action; its id is its word unless given."""
    await client.send(
        **{"type": "action", "req": req, "id": do, "alert": alert, "revision": revision, "do": do, **fields}
    )


async def answer(client: Subscriber, req: int = 1) -> dict[str, Any]:
    """The next `ok` or `error` that carries this number."""
    while (frame := await client.recv())["type"] not in {"ok", "error"} or frame.get("req") != req:
        pass
    return frame


def editors(room: Newsroom) -> list[EditorsDesk]:
    """Those who are connected."""
    return [each for each in room.gateway.newsdesk.editors if isinstance(each, EditorsDesk)]


def desk_frames(client: Subscriber) -> list[dict[str, Any]]:
    return [frame for frame in client.seen if frame["type"] == "desk"]


async def test_a_claim_is_answered_and_every_editor_sees_it(clerk: Clerk) -> None:
    """The one who asked gets ok; all editors learn who claimed and when; viewers learn nothing."""
    async with (
        office(clerk) as room,
        person(room, "ann") as ann,
        person(room, "bob", "admin") as bob,
        person(room, "eve", "viewer") as viewer,
    ):
        alert = await clerk.report(make_candidate())
        await act(ann, alert, "claim", note="on it")
        assert (await answer(ann))["type"] == "ok"
        seen = await bob.until("desk", alert=alert)
        assert (seen["claimed_by"], seen["by"], seen["do"], seen["state"], seen["note"]) == (
            "ann",
            "ann",
            "claim",
            "open",
            "on it",
        )
        assert seen["at"].endswith("Z")
        await act(ann, alert, "withdraw", req=2)
        withdrawn = await viewer.until("alert", seq=1)
        assert withdrawn["alert"]["op"] == "withdrawal"
        assert desk_frames(viewer) == []


async def test_an_order_changes_the_alert_and_its_answer_names_the_revision(clerk: Clerk) -> None:
    """A correction is a new revision for all; the editor is told which."""
    async with office(clerk) as room, person(room, "ann") as ann, person(room, "eve", "viewer") as viewer:
        alert = await clerk.report(make_candidate())
        await act(ann, alert, "correct", headline="Quake near Iquique")
        assert (await answer(ann))["revision"] == 2
        corrected = await viewer.until("alert", seq=1)
        assert (corrected["alert"]["op"], corrected["alert"]["headline"]) == ("correction", "Quake near Iquique")


async def test_refusals_carry_the_desks_reason(clerk: Clerk) -> None:
    """Who looked at an earlier revision, comes second, or asks for what is not there is told which of it."""
    async with office(clerk) as room, person(room, "ann") as ann, person(room, "bob") as bob:
        alert = await clerk.report(make_candidate())
        await act(ann, alert, "correct", headline="Quake near Iquique")
        await answer(ann)
        await act(bob, alert, "withdraw", revision=1)
        stale = await answer(bob)
        assert (stale["code"], stale["message"]) == ("stale_revision", "the alert is at revision 2")
        await act(ann, alert, "claim", req=2)
        await answer(ann, 2)
        await act(bob, alert, "claim", req=3)
        assert (await answer(bob, 3))["code"] == "conflict"
        await act(bob, "nothing", "claim", req=4)
        assert (await answer(bob, 4))["code"] == "not_found"
        await act(bob, alert, "note", req=5, revision=2)
        assert (await answer(bob, 5))["code"] == "bad_request"
        assert [frame["do"] for frame in desk_frames(bob)] == ["correct", "claim"]


async def test_a_viewer_may_not_act(clerk: Clerk) -> None:
    """The gateway refuses by the token's role; nothing reaches the desk."""
    async with office(clerk) as room, person(room, "eve", "viewer") as viewer:
        alert = await clerk.report(make_candidate())
        await act(viewer, alert, "claim")
        assert (await answer(viewer))["code"] == "forbidden"
        await viewer.send(type="trail", req=2, alert=alert)
        assert (await answer(viewer, 2))["code"] == "forbidden"
        assert clerk.audits == []


async def test_without_a_key_the_local_admin_acts(clerk: Clerk) -> None:
    """On one's own machine everyone may do everything, under the name `local`."""
    async with office(clerk, gateway_secret=None) as room, room.subscriber(subscriptions=ALL) as client:
        await client.until("live")
        alert = await clerk.report(make_candidate())
        await act(client, alert, "dismiss")
        assert (await answer(client))["type"] == "ok"
        assert desk_frames(client)[-1]["state"] == "dismissed"
        assert (clerk.audits[-1].by, clerk.audits[-1].outcome) == ("local", "applied")


async def test_who_comes_later_gets_the_present_state(clerk: Clerk) -> None:
    """After live, one frame an alert says how it stands now; what was undone is said as it is now too."""
    async with office(clerk) as room:
        async with person(room, "ann") as ann:
            first = await clerk.report(make_candidate("urn:1", headline="Quake near Arica"))
            second = await clerk.report(make_candidate("urn:2", headline="Flood near Talca"))
            for req, (alert, do) in enumerate([(first, "claim"), (second, "dismiss"), (first, "release")]):
                await act(ann, alert, do, req)
                await answer(ann, req)
        async with room.subscriber(token=token(sub="bob", role="editor"), subscriptions=ALL) as bob:
            frames = [await bob.recv() for _ in range(4)]
            assert [frame["type"] for frame in frames] == ["welcome", "live", "desk", "desk"]
            assert [(f["alert"], f["do"], f["state"], f.get("claimed_by")) for f in frames[2:]] == [
                (second, "dismiss", "dismissed", None),
                (first, "release", "open", None),
            ]


async def test_the_same_action_again_is_answered_again_and_done_once(clerk: Clerk) -> None:
    """Whoever did not hear the answer may ask again, also on another gateway; nobody sees it twice."""
    async with office(clerk) as room, office(clerk) as other, person(room, "bob") as bob:
        async with person(room, "ann") as ann:
            alert = await clerk.report(make_candidate())
            await act(ann, alert, "claim", id="one")
            await answer(ann)
            await act(ann, alert, "release", req=2, id="two")
            await answer(ann, 2)
        async with person(other, "ann") as again:
            await act(again, alert, "claim", id="one")
            assert (await answer(again))["type"] == "ok"
            assert [frame.get("claimed_by") for frame in desk_frames(again)] == [None]
        await act(bob, alert, "dismiss")
        await bob.until("desk", do="dismiss")
        assert [frame["do"] for frame in desk_frames(bob)] == ["claim", "release", "dismiss"]


async def test_a_desk_that_is_silent_is_pending_and_its_answer_comes_later(
    clerk: Clerk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits without word; the connection talks on meanwhile; the answer still comes."""
    monkeypatch.setattr("consumers.gateway.desk.ANSWER_WITHIN", 0.05)
    async with office(clerk) as room, person(room, "ann") as ann:
        alert = await clerk.report(make_candidate())
        clerk.silent = True
        await act(ann, alert, "claim")
        await ann.send(type="ping", req=9)
        await ann.until("pong", req=9)
        pending = await answer(ann)
        assert (pending["code"], pending["retry"]) == ("pending", True)
        await clerk.speak()
        assert (await answer(ann))["type"] == "ok"


async def test_kafka_away_is_said(clerk: Clerk) -> None:
    """An action that cannot be written is refused at once, with leave to try again."""
    async with office(clerk) as room, person(room, "ann") as ann:
        alert = await clerk.report(make_candidate())
        clerk.away = True
        await act(ann, alert, "claim")
        refused = await answer(ann)
        assert (refused["code"], refused["retry"]) == ("unavailable", True)
        assert not room.gateway.newsdesk._waiting


async def test_a_scope_holds_for_editors_too(clerk: Clerk) -> None:
    """An editor for one region neither sees nor handles what is elsewhere."""
    async with (
        office(clerk) as room,
        person(room, "ann") as ann,
        person(room, "kim", regions=["KZ"]) as kim,
    ):
        far = await clerk.report(make_candidate("urn:1", region="CL", headline="Quake near Arica"))
        near = await clerk.report(make_candidate("urn:2", region="KZ", headline="Flood near Oral"))
        for req, alert in enumerate([far, near]):
            await act(ann, alert, "claim", req)
            await answer(ann, req)
        assert (await kim.until("desk"))["alert"] == near
        await act(kim, far, "note", req=7, note="mine")
        assert (await answer(kim, 7))["code"] == "not_found"
        await kim.send(type="trail", req=8, alert=far)
        assert (await answer(kim, 8))["code"] == "not_found"
        assert [frame["alert"] for frame in desk_frames(kim)] == [near]


async def test_the_trail_tells_who_did_what(clerk: Clerk) -> None:
    """All that was done with an alert, refusals too, oldest first; bounded, and saying so."""
    async with office(clerk) as room, person(room, "ann") as ann, person(room, "bob") as bob:
        alert = await clerk.report(make_candidate())
        await act(ann, alert, "claim")
        await answer(ann)
        await act(bob, alert, "claim")
        await answer(bob)
        await bob.send(type="trail", req=2, alert=alert)
        trail = await bob.until("trail", req=2)
        assert [(item["by"], item["do"], item["outcome"], item.get("reason")) for item in trail["items"]] == [
            ("ann", "claim", "applied", None),
            ("bob", "claim", "refused", "conflict: claimed by ann"),
        ]
        assert trail["more"] is False
        await bob.send(type="trail", req=3, alert="nothing")
        assert (await answer(bob, 3))["code"] == "not_found"


async def test_an_editor_who_reads_slowly_is_told_when_he_caught_up(clerk: Clerk) -> None:
    """What editors did while one was behind comes once, as it stands, after what he missed."""
    async with office(clerk) as room, person(room, "ann") as ann, person(room, "bob") as bob:
        alert = await clerk.report(make_candidate())
        await bob.until("alert")
        slow = next(each.reader for each in editors(room) if each.grant and each.grant.user == "bob")
        bob.socket.transport.pause_reading()
        # A kernel that makes room as it likes would take everything after all.
        bob.socket.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        while not slow.paused:
            number = len(clerk.alerts)
            corrected = {"version": str(number), "signal": "correction" if number > 1 else None}
            await clerk.report(make_candidate("urn:flood", "KZ", headline=f"Flood {'x' * 400} {number}", **corrected))
            await asyncio.sleep(0)
        for req, do in enumerate(["claim", "dismiss", "release"]):
            await act(ann, alert, do, req)
            await answer(ann, req)
        bob.socket.transport.resume_reading()
        seen = await bob.until("desk")
        assert (seen["do"], seen["state"]) == ("release", "dismissed")
        assert len(desk_frames(bob)) == 1


async def test_a_token_with_another_role_changes_what_is_told(clerk: Clerk) -> None:
    """Whoever becomes an editor by a fresh token gets the present state; whoever ceases to be one, nothing more."""
    async with office(clerk) as room, person(room, "ann") as ann, person(room, "bob", "viewer") as bob:
        alert = await clerk.report(make_candidate())
        await act(ann, alert, "claim")
        await answer(ann)
        await bob.send(type="auth", req=1, token=token(sub="bob", role="editor"))
        assert (await bob.until("desk"))["claimed_by"] == "ann"
        await bob.send(type="auth", req=2, token=token(sub="bob", role="viewer"))
        await bob.until("ok", req=2)
        await act(ann, alert, "dismiss", req=2)
        await answer(ann, 2)
        await bob.send(type="ping", req=3)
        await bob.until("pong", req=3)
        assert len(desk_frames(bob)) == 1


async def test_a_token_with_another_scope_shows_what_was_out_of_sight(clerk: Clerk) -> None:
    """What was done elsewhere before is told once it is no longer elsewhere."""
    async with office(clerk) as room, person(room, "ann") as ann, person(room, "kim", regions=["KZ"]) as kim:
        alert = await clerk.report(make_candidate(region="CL"))
        await act(ann, alert, "claim")
        await answer(ann)
        await kim.send(type="auth", req=1, token=token(sub="kim", role="editor"))
        assert (await kim.until("desk"))["claimed_by"] == "ann"


async def test_an_audit_trail_that_begins_anew_is_told_from_its_beginning(clerk: Clerk) -> None:
    """Who heard of high offsets of the old topic hears of the low ones of the new."""
    async with office(clerk) as room, person(room, "ann") as ann:
        alert = await clerk.report(make_candidate())
        for req, do in enumerate(["claim", "dismiss"]):
            await act(ann, alert, do, req)
            await answer(ann, req)
        room.gateway.newsdesk.restart()
        room.gateway.newsdesk.hear(0, clerk.audits[0])
        await ann.send(type="ping", req=9)
        await ann.until("pong", req=9)
        assert [frame["do"] for frame in desk_frames(ann)] == ["claim", "dismiss", "claim"]


async def test_nothing_is_left_of_an_editor_who_left(clerk: Clerk) -> None:
    """Neither his place among editors nor a task that waits for an answer."""
    async with office(clerk) as room:
        async with person(room, "ann") as ann:
            alert = await clerk.report(make_candidate())
            clerk.silent = True
            await act(ann, alert, "claim")
            await eventually(lambda: bool(room.gateway.newsdesk._waiting))
        await eventually(lambda: not room.gateway.newsdesk.editors)
        assert not room.gateway.newsdesk._waiting
