"""A request's body, read no further than it may be long."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass

from starlette.requests import Request

from consumers.ingest import batch
from consumers.ingest.guard import Refused

READ_SECONDS = 30.0
BATCH_FACTOR = 10
_LINES = frozenset({"application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines"})


@dataclass(frozen=True, slots=True)
class Format:
    """How a content type is split into articles. `single` bodies are held to the limit of one article."""

    split: Callable[[bytes], Iterable[batch.Item]]
    lines: bool


@dataclass(slots=True)
class Limits:
    """How much is read. A body that begins as an array, or is lines, may hold `BATCH_FACTOR` times an article.

    `in_flight` are the bytes that all bodies together may still take: many large ones at once are turned away
    at the door instead of filling memory.
    """

    article_bytes: int
    seconds: float = READ_SECONDS
    in_flight: int = 128 * 1024 * 1024

    @property
    def body_bytes(self) -> int:
        """Most bytes of any body."""
        return self.article_bytes * BATCH_FACTOR


def format_of(headers: Mapping[str, str]) -> Format:
    """The format that the content type names.

    Raises:
        Refused: 415.
    """
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if headers.get("content-encoding", "identity").lower() not in {"", "identity"}:
        raise Refused(415, "compressed bodies are not read; send the body as it is", {"Connection": "close"})
    if kind in _LINES:
        return Format(batch.line_items, lines=True)
    if kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json")):
        return Format(batch.json_items, lines=False)
    raise Refused(
        415,
        f"content type {kind or '(none)'} is not read: send application/json or application/x-ndjson",
        {"Connection": "close", "Accept-Post": "application/json, application/x-ndjson"},
    )


@contextlib.asynccontextmanager
async def reading(request: Request, form: Format, limits: Limits) -> AsyncIterator[bytes]:
    """The whole body, counted against `limits.in_flight` while the block runs.

    Raises:
        Refused: 413 too large (what follows is read, up to the limit of a batch, but not kept), 408 too slow,
            400 empty, 503 too many at once.
    """
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced[:20]) > limits.body_bytes:
        raise _too_large(limits.body_bytes)
    data = bytearray()
    try:
        await _fill(data, request.stream(), form, limits)
        yield bytes(data)
    finally:
        limits.in_flight += len(data)


async def _fill(data: bytearray, chunks: AsyncIterator[bytes], form: Format, limits: Limits) -> None:
    refused: Refused | None = None
    total = 0
    try:
        async with asyncio.timeout(limits.seconds):
            async for chunk in chunks:
                total += len(chunk)
                if refused is None:
                    refused = _taken(data, chunk, form, limits)
                elif total > limits.body_bytes:
                    break
    except TimeoutError:
        raise Refused(408, f"the body did not arrive within {limits.seconds:.0f} s", {"Connection": "close"}) from None
    if refused is not None:
        raise refused
    if not data.strip():
        raise Refused(400, "the body is empty")


def _taken(data: bytearray, chunk: bytes, form: Format, limits: Limits) -> Refused | None:
    """Add a chunk. If it is one too many, forget the body, and read on only so that the sender reads our answer."""
    data += chunk
    limits.in_flight -= len(chunk)
    try:
        _check(data, form, limits)
    except Refused as exc:
        limits.in_flight += len(data)
        data.clear()
        return exc
    return None


def _check(data: bytearray, form: Format, limits: Limits) -> None:
    most = limits.body_bytes if form.lines or _is_array(data) else limits.article_bytes
    if len(data) > most:
        raise _too_large(most)
    if limits.in_flight < 0:
        raise Refused(503, "too many large bodies at once; send it again", {"Retry-After": "1", "Connection": "close"})


def _is_array(data: bytearray) -> bool:
    return bytes(data[:64]).removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"[", b"")


def _too_large(limit: int) -> Refused:
    # A body that goes on and on is not read to its end: closing tells its sender to stop.
    return Refused(413, f"the body is larger than {limit} bytes (ALERTS_INGEST_MAX_BYTES)", {"Connection": "close"})
