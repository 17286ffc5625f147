"""One frame to many readers, one after the other, until others are to have a turn: in Python, or by a helper in C.

`make native` builds the helper for the Python at hand, with a C compiler and that Python's headers; without it
everything works the same, a little slower: between two calls of `send(2)` the interpreter touches a dozen objects.
"""

import time
from collections.abc import Sequence
from importlib.machinery import EXTENSION_SUFFIXES, ExtensionFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol, cast

if TYPE_CHECKING:
    from consumers.gateway.reader import Reader

NAME = "burst"
LIBRARY = Path(__file__).with_name("native") / f"{NAME}{EXTENSION_SUFFIXES[0]}"
"""Named after the Python that it was built for, so that another one leaves it alone."""

LOOK = 8  # readers served before the clock is asked
FEW = 32  # readers that need more than a `send`, after which the caller is to see to them


class Given(NamedTuple):
    """How far it came."""

    at: int
    """The first of the readers who is still to be looked at."""
    written: int
    """How many were given the frame."""
    short: "Sequence[tuple[Reader, int]]"
    """Who of them did not take all of it, and how many bytes he took; 0 after an error."""
    others: "Sequence[Reader]"
    """Who has no socket to write to at once, and is to be given the entry by the caller."""


class Burst(Protocol):
    """Writes to many sockets."""

    def give(
        self, readers: "Sequence[Reader]", at: int, seq: int, plain: bytes, deflated: bytes | None, seconds: float, /
    ) -> "tuple[int, int, Sequence[tuple[Reader, int]], Sequence[Reader]]":
        """Give an alert to those of the readers, from `at` on, that are LIVE and have not had it; see `Given`.

        It does not wait, and no code of ours runs between two sockets, so that none is closed whose turn is to come.
        It stops when so many seconds have passed, though not before one reader was looked at; when the caller has
        something to see to; and at the first one that wants the compressed frame if there is none yet.
        """


class OneByOne:
    """In Python."""

    def give(
        self, readers: "Sequence[Reader]", at: int, seq: int, plain: bytes, deflated: bytes | None, seconds: float, /
    ) -> Given:
        """See `Burst.give`."""
        until = time.perf_counter() + seconds
        step = LOOK if seconds > 0 else 1
        written = 0
        short: list[tuple[Reader, int]] = []
        others: list[Reader] = []
        for start in range(at, len(readers), step):
            if start > at and (time.perf_counter() >= until or len(short) + len(others) >= FEW):
                return Given(start, written, short, others)
            for place, reader in enumerate(readers[start : start + step], start):
                if not reader.live or reader.cursor >= seq:
                    continue
                if reader.socket is None:
                    reader.cursor = seq  # before the write, which may pause it
                    others.append(reader)
                    continue
                frame = deflated if reader.deflates else plain
                if frame is None:
                    return Given(place, written, short, others)
                reader.cursor = seq
                reader.delivered += 1
                written += 1
                try:
                    sent = reader.socket.send(frame)
                except OSError:  # full, or dead: the transport will see which, and do what is to be done
                    sent = 0
                if sent != len(frame):
                    short.append((reader, sent))
        return Given(len(readers), written, short, others)


def load(library: Path = LIBRARY) -> Burst | None:
    """The helper; None where it was not built.

    Raises:
        ImportError: what is there is no library for this Python.
    """
    if not library.exists():
        return None
    spec = spec_from_loader(NAME, ExtensionFileLoader(NAME, str(library)))
    if spec is None or spec.loader is None:
        raise ImportError(f"{library} cannot be loaded")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return cast("Burst", module)
