"""Keys of others, revocation, proxies, TLS: what may change while the gateway runs."""

import asyncio
import resource
import ssl
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from support.events import events
from support.newsroom import PATIENCE, SECRET, eventually, make_settings, newsroom, token
from support.signing import Signer, write_certificate, write_jwks
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from consumers.gateway import descriptors
from consumers.gateway.server import Gateway
from consumers.settings import InvalidSetting

ALL: dict[str, Any] = {"all": {}}


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("consumers.gateway.upkeep.EVERY", 0.05)
    monkeypatch.setattr("consumers.gateway.keys.AT_MOST_EVERY", 0.0)


async def status(room: Any, given: str) -> int:
    async with httpx.AsyncClient() as http:
        answer = await http.get(f"{room.gateway.url}v1/alerts", headers={"Authorization": f"Bearer {given}"})
        return answer.status_code


# -- keys


@pytest.mark.parametrize("algorithm", ["ES256", "RS256"])
async def test_tokens_of_others_are_taken_by_their_keys(tmp_path: Path, algorithm: str) -> None:
    """RS256 and ES256 by JWKS; foreign keys, a public key used as a secret, and secrets that we do not have are not."""
    ours, foreign = Signer("one", algorithm), Signer("one", algorithm)
    jwks = write_jwks(tmp_path / "jwks.json", ours)
    async with newsroom(gateway_jwks=str(jwks), gateway_audience="alerts") as room:
        async with room.subscriber(token=ours.token(aud="alerts", role="editor"), subscriptions=ALL) as client:
            assert (await client.until("welcome"))["role"] == "editor"
        forged = ours.confused(aud="alerts")
        for bad in (foreign.token(aud="alerts"), forged, token(aud="alerts"), ours.token(), ours.token(aud="mail")):
            assert await status(room, bad) == 401
        assert await status(room, ours.token(aud=["mail", "alerts"])) == 200


async def test_a_new_key_is_found_when_a_token_names_it(tmp_path: Path) -> None:
    """After a rotation nobody has to wait for the next reading; what cannot be read leaves the old keys in force."""
    old, new = Signer("old"), Signer("new")
    jwks = write_jwks(tmp_path / "jwks.json", old)
    async with newsroom(gateway_jwks=str(jwks)) as room:
        assert await status(room, new.token()) == 401
        jwks.write_text("nonsense")
        assert await status(room, new.token()) == 503, "it may be good"
        async with room.subscriber(token=new.token()) as client:
            assert await client.closed() == 1013
            assert [frame.get("code") for frame in client.seen] == ["unavailable", 1013]
        assert await status(room, old.token()) == 200
        write_jwks(jwks, old, new)
        assert await status(room, new.token()) == 200
        async with room.subscriber(token=new.token(), subscriptions=ALL) as client:
            await client.until("live")


async def test_keys_that_cannot_be_had_stop_the_start(tmp_path: Path) -> None:
    """Nobody could connect; so it is said at once, with the setting's name."""
    (tmp_path / "jwks.json").write_text("{}")
    with pytest.raises(InvalidSetting, match="ALERTS_GATEWAY_JWKS"):
        await Gateway(make_settings(gateway_jwks=str(tmp_path / "jwks.json"))).start()


# -- revocation


async def test_a_revoked_user_is_out_at_once_everywhere(tmp_path: Path) -> None:
    """His connections on both listeners end with 4503, new ones are refused; others stay; a fresh token counts."""
    revoked = tmp_path / "revoked"
    revoked.write_text("# nobody yet\n")
    now = int(time.time())
    given = token(sub="ann", iat=now - 60)
    async with (
        newsroom(gateway_secret=SECRET, gateway_revoked=revoked) as room,
        room.subscriber(token=given, subscriptions=ALL) as ann,
        room.subscriber(token=token(sub="bob"), subscriptions=ALL) as bob,
        events(room.web, headers={"Authorization": f"Bearer {given}"}) as stream,
    ):
        for client in (ann, bob, stream):
            await client.until("live")
        moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now - 30))
        revoked.write_text(f"ann {moment}\n")
        assert await ann.closed() == 4503
        assert (await stream.until("bye"))["code"] == 4503
        await bob.send(type="ping", req=1)
        await bob.until("pong")
        assert await status(room, given) == 403
        async with room.subscriber(token=given, subscriptions=ALL) as again:
            assert await again.closed() == 4503
        assert await status(room, token(sub="ann", iat=now)) == 200
        revoked.write_text("bob 2026-99-99\n")  # a slip: what was read before stays in force
        await asyncio.sleep(0.2)
        assert await status(room, given) == 403


@pytest.mark.parametrize("held", [b"ann 2026-13-01\n", b"\xff\xfe"])
async def test_a_revocation_list_that_cannot_be_read_stops_the_start(tmp_path: Path, held: bytes) -> None:
    """In one line that names the setting."""
    revoked = tmp_path / "revoked"
    revoked.write_bytes(held)
    with pytest.raises(InvalidSetting, match="ALERTS_GATEWAY_REVOKED"):
        async with newsroom(gateway_secret=SECRET, gateway_revoked=revoked):
            pass


async def test_a_byte_order_mark_is_no_part_of_a_name(tmp_path: Path) -> None:
    """The first user of the list is revoked, whichever program wrote it."""
    revoked = tmp_path / "revoked"
    revoked.write_text("ann\n", encoding="utf-8-sig")
    async with newsroom(gateway_secret=SECRET, gateway_revoked=revoked) as room:
        assert "ann" in room.gateway.keeper.revoked


async def test_a_revoked_user_who_polls_is_told_nothing_more(tmp_path: Path) -> None:
    """A poll that waits ends with 403 at once, not with the next alert."""
    revoked = tmp_path / "revoked"
    revoked.write_text("")
    bearer = {"Authorization": f"Bearer {token()}"}
    async with (
        newsroom(gateway_secret=SECRET, gateway_revoked=revoked) as room,
        httpx.AsyncClient(base_url=room.web, timeout=30, headers=bearer) as http,
    ):
        waiting = asyncio.create_task(http.get("/v1/poll?wait=20"))
        await eventually(lambda: bool(room.gateway.hub.members))
        revoked.write_text("ann\n")
        answer = await waiting
        assert (answer.status_code, answer.json()["error"]) == (403, "revoked")
        assert room.gateway.door.inside == 0


# -- proxies


async def test_limits_count_who_is_behind_a_proxy_of_ours() -> None:
    """One address may not use up the proxy's share; without trust the header means nothing."""
    limits: dict[str, Any] = {"gateway_max_per_address": 1, "gateway_secret": SECRET}
    hello: dict[str, Any] = {"token": token(), "subscriptions": ALL}
    async with newsroom(gateway_trusted_proxies=("127.0.0.0/8",), **limits) as room:
        async with room.subscriber(headers={"X-Forwarded-For": "198.51.100.1:5678"}, **hello) as first:
            await first.until("live")
            for header in ({"X-Forwarded-For": "198.51.100.2"}, {"Forwarded": 'for="[2001:db8::5]:443"'}):
                async with room.subscriber(headers=header, **hello) as second:
                    await second.until("live")
            with pytest.raises(InvalidStatus) as refused:
                async with connect(room.stream, additional_headers={"X-Forwarded-For": "198.51.100.1"}):
                    pass
            assert refused.value.response.status_code == 503
            async with httpx.AsyncClient() as http:
                forged = {
                    "X-Forwarded-For": "198.51.100.9, 198.51.100.1",
                    "Authorization": f"Bearer {hello['token']}",
                }
                assert (await http.get(f"{room.web}/v1/events", headers=forged)).status_code == 503
        await eventually(lambda: room.gateway.door.inside == 0 and not room.gateway.door._addresses)


@pytest.mark.parametrize("name", ["X-Forwarded-For", "Forwarded", "Via", "X-Real-IP"])
async def test_whom_a_proxy_brings_is_no_local_admin(name: str) -> None:
    """A proxy here makes a loopback `Host` of every stranger's; without a key he is refused everywhere, and why."""
    through = {name: "127.0.0.1"}
    body = {"id": "1", "alert": "a", "revision": 1, "do": "claim"}
    async with newsroom() as room, httpx.AsyncClient(headers=through) as http:
        first = room.gateway.url.rstrip("/")
        for url in (
            first,
            f"{first}/v1/alerts",
            f"{room.web}/v1/poll",
            f"{room.web}/v1/alerts",
            f"{room.web}/v1/events",
        ):
            answer = await http.get(url)
            assert (answer.status_code, answer.json()["error"]) == (403, "proxied")
            assert "ALERTS_GATEWAY_SECRET" in answer.json()["message"]
        assert (await http.post(f"{room.web}/v1/actions", json=body)).status_code == 403
        assert (await http.get(f"{first}/healthz")).status_code == 200
        with pytest.raises(InvalidStatus) as refused:
            async with connect(room.stream, additional_headers=through):
                pass
        assert refused.value.response.status_code == 403
        own = {"Origin": f"http://127.0.0.1:{room.gateway.port}"}
        async with room.subscriber(headers={**through, **own}) as browser:
            assert await browser.closed() == 4501
        async with room.subscriber(headers=own, subscriptions=ALL) as local:
            await local.until("live")


async def test_with_a_key_a_proxy_brings_whom_it_will() -> None:
    """The token says who he is."""
    through = {"X-Forwarded-For": "6.6.6.6"}
    async with (
        newsroom(gateway_secret=SECRET) as room,
        room.subscriber(headers=through, token=token(), subscriptions=ALL) as client,
    ):
        await client.until("live")


# -- TLS


def handshake(port: int) -> str:
    """The common name of the certificate that a listener shows now."""
    from cryptography import x509  # noqa: PLC0415 - one helper needs it

    pem = ssl.get_server_certificate(("127.0.0.1", port))
    return x509.load_pem_x509_certificate(pem.encode()).subject.rfc4514_string()


async def test_tls_on_both_listeners_with_a_certificate_that_is_replaced(tmp_path: Path) -> None:
    """New connections get the new certificate; a file that does not fit changes nothing; nobody is cut off."""
    chain, key = write_certificate(tmp_path, "first")
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    async with newsroom(gateway_tls_cert=chain, gateway_tls_key=key) as room:
        assert room.gateway.url.startswith("https://")
        async with connect(room.stream.replace("ws", "wss", 1) + "?auto=1", ssl=trusting) as socket:
            assert "welcome" in str(await socket.recv())
            ports = (room.gateway.port, room.gateway.http_port)
            assert [await asyncio.to_thread(handshake, port) for port in ports] == ["CN=first"] * 2
            key.write_text("nonsense")
            await asyncio.sleep(0.2)
            assert await asyncio.to_thread(handshake, ports[0]) == "CN=first"
            write_certificate(tmp_path, "second")
            async with asyncio.timeout(10):
                while await asyncio.to_thread(handshake, ports[0]) != "CN=second":
                    pass
            assert await asyncio.to_thread(handshake, ports[1]) == "CN=second"
            await socket.send('{"type":"hello","version":1}')
            assert "live" in str(await socket.recv())


async def test_what_comes_after_the_end_of_tls_is_nothing(tmp_path: Path) -> None:
    """The TLS transport of asyncio raises if it is asked what waits for the peer once it was closed twice."""
    chain, key = write_certificate(tmp_path)
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    async with (
        newsroom(gateway_tls_cert=chain, gateway_tls_key=key) as room,
        connect(room.stream.replace("ws", "wss", 1) + "?auto=1", ssl=trusting) as socket,
    ):
        await socket.recv()
        connection = room.connection
        connection.transport.close()
        connection.transport.close()
        connection.data_received(b"\x89\x80\0\0\0\0")
        connection.pause_writing()
        await eventually(lambda: not room.gateway.reception.open)


async def test_who_begins_no_tls_is_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stranger who only connects holds neither listener for long."""
    monkeypatch.setattr("consumers.gateway.server.OPEN_WITHIN", 0.2)
    monkeypatch.setattr("consumers.gateway.listener.REQUEST_WITHIN", 0.2)
    cert, key = write_certificate(tmp_path)
    async with newsroom(gateway_tls_cert=cert, gateway_tls_key=key) as room:
        for port in (room.gateway.port, room.gateway.http_port):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            async with asyncio.timeout(PATIENCE):
                assert await reader.read() == b""
            writer.close()


async def test_half_a_certificate_stops_the_start(tmp_path: Path) -> None:
    """With a sentence that names the settings."""
    chain, key = write_certificate(tmp_path)
    with pytest.raises(InvalidSetting, match="set both"):
        await Gateway(make_settings(gateway_tls_cert=chain)).start()
    with pytest.raises(InvalidSetting, match="ALERTS_GATEWAY_TLS_CERT"):
        await Gateway(make_settings(gateway_tls_cert=key, gateway_tls_key=chain)).start()


# -- descriptors


def test_too_few_descriptors_are_told(caplog: pytest.LogCaptureFixture) -> None:
    """The limit is raised as far as it goes; if that is too little, the log says how many connections will do."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(1000, before[1]), before[1]))
        assert descriptors.make_room(500) == min(1000, before[1])
        assert caplog.text == ""
        wanted = before[1]
        assert descriptors.make_room(wanted) == wanted
        assert f"ALERTS_GATEWAY_MAX_CONNECTIONS={wanted}" in caplog.text
        assert f"about {wanted - descriptors.OTHERS} connections" in caplog.text
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
