"""Questions and answers on the pipes between a gateway and its lab.

A question is a line of JSON with `id` and `do`. An answer is a head `id kind length` on a line, then so many bytes: the
gateway passes them on without looking into them. `m` is one of several, `e` the last or only one, `x` a refusal. Head
`0 m 0` says that the lab is alive.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, Any

from pydantic_core import from_json, to_json

MORE, END, REFUSED = "m", "e", "x"
ALIVE = 0
LONGEST_HEAD = 64


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of an answer."""

    id: int
    kind: str
    body: bytes

    def to_bytes(self) -> bytes:
        """As it goes through the pipe."""
        return b"%d %s %d\n%s" % (self.id, self.kind.encode(), len(self.body), self.body)


Put = Callable[[Piece], None]
"""Takes the pieces of answers, from any thread."""


async def read(reader: asyncio.StreamReader) -> Piece:
    """The next piece.

    Raises:
        EOFError: the lab has ended.
    """
    try:
        id_, kind, length = (await reader.readuntil(b"\n")).split()
        return Piece(int(id_), kind.decode(), await reader.readexactly(int(length)))
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError) as exc:
        raise EOFError("the lab's pipe has ended") from exc


def question(id_: int, do: str, **fields: Any) -> bytes:
    """A line that asks."""
    return to_json({"id": id_, "do": do, **fields}) + b"\n"


def asked(line: bytes) -> dict[str, Any]:
    """A line that was asked."""
    told: dict[str, Any] = from_json(line)
    return told


def write(pipe: IO[bytes], piece: Piece) -> None:
    """Write a piece whole; the caller sees to it that only one does at a time."""
    pipe.write(piece.to_bytes())
    pipe.flush()
