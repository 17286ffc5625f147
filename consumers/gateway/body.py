"""The body of a request on the second listener: JSON, of bounded size, in bounded time."""

import asyncio
from typing import Any

from pydantic_core import from_json
from starlette.types import Receive
from websockets.http11 import Request

from alerts.wire import CloseCode
from consumers.gateway.access import Refused
from consumers.gateway.visit import bad_request, header

BODY_WITHIN = 5.0


async def json_object(request: Request, receive: Receive, most: int) -> dict[str, Any]:
    """Read it.

    Raises:
        Refused: it is no JSON object, larger than `most` bytes, or too slow.
    """
    if (header(request, "Content-Type") or "").partition(";")[0].strip().lower() != "application/json":
        raise Refused("media_type", "expected Content-Type: application/json", 415, CloseCode.BAD_REQUEST)
    try:
        async with asyncio.timeout(BODY_WITHIN):
            body = await _body(receive, most)
    except TimeoutError:
        raise Refused("timeout", "the body did not arrive in time", 408, CloseCode.BAD_REQUEST) from None
    try:
        said = from_json(body)
    except ValueError:
        raise bad_request("not JSON") from None
    if not isinstance(said, dict):
        raise bad_request("expected a JSON object")
    return said


async def _body(receive: Receive, most: int) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise bad_request("the sender hung up before the body was complete")
        body += message.get("body", b"")
        if len(body) > most:
            raise Refused("bad_request", f"at most {most} bytes", 413, CloseCode.BAD_REQUEST)
        if not message.get("more_body"):
            return bytes(body)
