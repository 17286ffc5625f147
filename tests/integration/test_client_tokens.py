"""The client that we ship: its tokens, and why it stops."""

import asyncio
import time
from typing import Any

import pytest
from support.newsroom import PATIENCE, SECRET, eventually, make_alert, newsroom, token
from support.streams import live, stream, take

from alerts.client import AlertStream, Stopped
from alerts.wire import CloseCode


async def test_a_fresh_token_is_fetched_before_the_old_one_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """A function for tokens keeps the connection; a token that just ends stops the stream."""
    monkeypatch.setattr("consumers.gateway.session.EXPIRING", 1.5)
    made: list[str] = []

    async def fresh() -> str:
        made.append(token(exp=int(time.time()) + (2 if not made else 600)))
        return made[-1]

    async with newsroom(gateway_secret=SECRET) as room, stream(room, token=fresh) as client:
        await live(client)
        session = client.session["session"]
        await eventually(lambda: len(made) == 2)
        await room.publish(make_alert())
        assert await take(aiter(client), 1) == ["a1"]
        assert client.session["session"] == session
        async with stream(room, token=token(exp=int(time.time()) + 1)) as other:
            with pytest.raises(Stopped) as stopped:
                await take(aiter(other), 1)
            assert stopped.value.code == CloseCode.TOKEN_EXPIRED


@pytest.mark.parametrize(
    ("options", "code"),
    [({}, 4501), ({"token": "nonsense"}, 4501), ({"token": token(), "filters": {"regions": ["atlantis"]}}, 4500)],
)
async def test_what_cannot_work_stops_with_a_reason(options: dict[str, Any], code: int) -> None:
    """It does not come back for ever where only a person can help; whoever asks later hears it too."""
    async with newsroom(gateway_secret=SECRET) as room, stream(room, **options) as client:
        with pytest.raises(Stopped) as stopped:
            await take(aiter(client), 1)
        assert stopped.value.code == code


async def test_a_token_goes_to_nobody_else() -> None:
    """A redirect is not followed: hello, with the token in it, is for the address that was named."""

    async def redirect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(f"HTTP/1.1 302 Found\r\nLocation: {room.stream}\r\nContent-Length: 0\r\n\r\n".encode())
        writer.close()

    async with newsroom(gateway_secret=SECRET) as room, await asyncio.start_server(redirect, "127.0.0.1", 0) as other:
        port = other.sockets[0].getsockname()[1]
        async with AlertStream(f"ws://127.0.0.1:{port}/v1/stream", token=token()) as client:
            with pytest.raises(Stopped) as stopped:
                await take(aiter(client), 1)
            assert (stopped.value.code, room.gateway.ended) == (302, 0)


async def test_who_asks_after_the_end_hears_why() -> None:
    """At once, not when patience is over."""
    async with newsroom(gateway_secret=SECRET) as room, stream(room) as client:
        with pytest.raises(Stopped):
            await take(aiter(client), 1)
        with pytest.raises(Stopped):
            await asyncio.wait_for(client.history(), PATIENCE)


async def test_a_token_that_takes_long_to_get_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is got before there is a connection, on which the gateway would wait for hello, and then close for good."""
    monkeypatch.setattr("consumers.gateway.greeting.HELLO_WITHIN", 0.2)

    async def slow() -> str:
        await asyncio.sleep(0.5)
        return token()

    async with newsroom(gateway_secret=SECRET) as room, stream(room, token=slow, start="oldest") as client:
        await room.publish(make_alert())
        assert await take(aiter(client), 1) == ["a1"]


async def test_a_token_that_cannot_be_had_now_is_asked_for_again() -> None:
    """Whoever makes tokens may be away for a while, as a gateway may."""
    asked = 0

    def token_of() -> str:
        nonlocal asked
        asked += 1
        if asked < 3:
            raise ConnectionRefusedError("whoever makes tokens is away")
        return token()

    async with newsroom(gateway_secret=SECRET) as room, stream(room, token=token_of) as client:
        await live(client)
        assert asked == 3


async def test_a_stream_that_was_stopped_says_so() -> None:
    """Also to who only watches its state."""
    states: list[tuple[str, str]] = []
    async with newsroom(gateway_secret=SECRET) as room:
        async with stream(room, token=token(), on_state=lambda *each: states.append(each)) as client:
            await live(client)
            room.connection.shut(CloseCode.REVOKED, "revoked")
            await eventually(lambda: client.state == "closed")
            assert "revoked" in states[-1][1]
        assert [state for state, _ in states].count("closed") == 1
