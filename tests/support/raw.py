"""A peer that speaks HTTP and websocket byte by byte over TCP, well or badly as a test wants it.

Nothing here is shared with the library that the gateway uses, so that a fault of the one is not hidden by the other.
"""

import asyncio
import base64
import contextlib
import hashlib
import json
import struct
import zlib
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from support.newsroom import PATIENCE

CONT, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
KEY = "dGhlIHNhbXBsZSBub25jZQ=="  # the example of RFC 6455, 1.3
ACCEPT = base64.b64encode(hashlib.sha1(f"{KEY}258EAFA5-E914-47DA-95CA-C5AB0DC85B11".encode()).digest()).decode()  # noqa: S324
MASK = b"\x37\xfa\x21\x3d"


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame that the gateway sent."""

    opcode: int
    payload: bytes
    fin: bool = True
    rsv: int = 0

    @property
    def code(self) -> int:
        """The code of a close frame; 1005 if it has none (RFC 6455, 7.1.5)."""
        return struct.unpack("!H", self.payload[:2])[0] if self.payload else 1005

    def json(self) -> dict[str, Any]:
        """The message in a text frame, inflated if it has to be (RFC 7692, 7.2.2)."""
        data = self.payload
        if self.rsv:
            data = zlib.decompressobj(wbits=-15).decompress(data + b"\x00\x00\xff\xff")
        said: dict[str, Any] = json.loads(data)
        return said


def frame(
    opcode: int,
    payload: bytes | str = b"",
    *,
    fin: bool = True,
    rsv: int = 0,
    mask: bytes | None = MASK,
    size: bytes | None = None,
) -> bytes:
    """A client's frame (RFC 6455, 5.2); `size` replaces the length, as 1, 3 or 9 bytes without the mask bit."""
    data = payload.encode() if isinstance(payload, str) else payload
    if size is None:
        short, wide = len(data) < 126, len(data) < 2**16
        size = bytes([len(data)]) if short else struct.pack("!BH", 126, len(data)) if wide else struct.pack(
            "!BQ", 127, len(data)
        )  # fmt: skip
    first = (0x80 if fin else 0) | rsv << 4 | opcode
    if mask is None:
        return bytes([first]) + size + data
    masked = bytes(byte ^ mask[n % 4] for n, byte in enumerate(data))
    return bytes([first, size[0] | 0x80]) + size[1:] + mask + masked


def said(**message: Any) -> bytes:
    """A message in one frame."""
    return frame(TEXT, json.dumps(message))


def deflated(data: bytes | str, *, tail: bytes = b"") -> bytes:
    """The payload of a compressed message (RFC 7692, 7.2.1)."""
    deflate = zlib.compressobj(wbits=-15)
    raw = data.encode() if isinstance(data, str) else data
    return (deflate.compress(raw) + deflate.flush(zlib.Z_SYNC_FLUSH))[:-4] + tail


def request(path: str = "/v1/stream", method: str = "GET", /, **changes: str | None) -> bytes:
    """An opening request (RFC 6455, 4.1). Changes are headers by name with _ for -; None leaves one out."""
    headers: dict[str, str | None] = {
        "Host": "127.0.0.1",
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": KEY,
        "Sec-WebSocket-Version": "13",
    }
    names = {name.replace("-", "_").lower(): name for name in headers}
    for name, value in changes.items():
        headers[names.get(name.lower(), name.replace("_", "-"))] = value
    lines = [f"{name}: {value}" for name, value in headers.items() if value is not None]
    return "\r\n".join([f"{method} {path} HTTP/1.1", *lines, "", ""]).encode()


@dataclass(frozen=True, slots=True)
class Head:
    """The head of an answer, and its body."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> dict[str, Any]:
        """The body as JSON."""
        answer: dict[str, Any] = json.loads(self.body)
        return answer


class Raw:
    """One TCP connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.frames: list[Frame] = []
        self.half_closed = False

    def send(self, *data: bytes) -> None:
        """Write, without waiting for anything."""
        self.writer.write(b"".join(data))

    @property
    def ended(self) -> bool:
        """Whether the other end has closed, or cut us off."""
        return self.reader.at_eof() or self.writer.transport.is_closing()

    def half_close(self) -> None:
        """Say that there is no more to come, and go on hearing."""
        self.half_closed = True
        self.writer.write_eof()

    async def head(self, *, bodyless: bool = False) -> Head | None:
        """The answer to a request; None if the connection ended without one. HEAD has no body."""
        try:
            async with asyncio.timeout(PATIENCE):
                status, *lines = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                headers = {name.lower(): value.strip() for name, _, value in (x.partition(":") for x in lines) if value}
                size = 0 if bodyless else int(headers.get("content-length", "0"))
                body = await self.reader.readexactly(size)
        except (asyncio.IncompleteReadError, ConnectionError):
            return None
        return Head(int(status.split()[1]), headers, body)

    async def upgrade(self, *data: bytes, path: str = "/v1/stream?auto=1", **changes: str | None) -> Head:
        """Become a websocket, sending `data` right after; answers the head."""
        self.send(request(path, **changes), *data)
        head = await self.head()
        assert head is not None
        assert head.status == 101, (head.status, head.body)
        return head

    async def frame(self) -> Frame | None:
        """The next frame; None at the end of the connection."""
        try:
            async with asyncio.timeout(PATIENCE):
                first, second = await self.reader.readexactly(2)
                assert second < 128, "a server does not mask (RFC 6455, 5.1)"
                size = second
                if second > 125:
                    size = int.from_bytes(await self.reader.readexactly(2 if second == 126 else 8), "big")
                payload = await self.reader.readexactly(size)
        except (asyncio.IncompleteReadError, ConnectionError):
            return None
        self.frames.append(got := Frame(first & 15, payload, bool(first & 128), first >> 4 & 7))
        return got

    async def until(self, *kinds: str) -> dict[str, Any]:
        """The next message of one of these types."""
        while (got := await self.frame()) is not None:
            if got.opcode == TEXT and (message := got.json())["type"] in kinds:
                return message
        raise AssertionError(f"ended before {kinds}: {self.frames[-3:]}")

    async def end(self) -> int | None:
        """Read to the end, answering a close with a close; the code of the one that came, None if none did."""
        code = None
        while (got := await self.frame()) is not None:
            if got.opcode == CLOSE:
                assert code is None, "two close frames"
                code = got.code
                if not self.half_closed:
                    self.send(frame(CLOSE, got.payload))
        return code


@contextlib.asynccontextmanager
async def raw(port: int) -> AsyncIterator[Raw]:
    """A connection to loopback; cut at the end of the block."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield Raw(reader, writer)
    finally:
        writer.transport.abort()


def pieces(data: bytes, size: int = 1) -> Iterable[bytes]:
    """Cut into pieces of a size."""
    return (data[start : start + size] for start in range(0, len(data), size))


def fragments(*payloads: bytes, opcode: int = TEXT, rsv: int = 0) -> bytes:
    """One message in several frames (RFC 6455, 5.4)."""
    last = len(payloads) - 1
    return b"".join(
        frame(CONT if n else opcode, data, fin=n == last, rsv=0 if n else rsv) for n, data in enumerate(payloads)
    )
