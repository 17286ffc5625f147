"""One frame to many readers, one after the other, until others are to have a turn: in Python, or by a helper in C.

`make native` builds the helper for the Python at hand, with a C compiler and that Python's headers; without it
everything works the same, a little slower: between two calls of `send(2)` the interpreter touches a dozen objects.
"""

import time
from collections.abc import Callable, Sequence
from importlib.machinery import EXTENSION_SUFFIXES, ExtensionFileLoader, ModuleSpec
from importlib.util import module_from_spec
from pathlib import Path
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from consumers.gateway.reader import Reader

NAME = "burst"
LIBRARY = Path(__file__).with_name("native") / f"{NAME}{EXTENSION_SUFFIXES[0]}"
"""Named after the Python that it was built for, so that another one leaves it alone."""

SLICE = 32  # readers served before the clock is asked, in Python; the helper asks more often
FEW = 32  # readers that need more than a `send`, after which the caller is to see to them, as soon as it is asked


Given = tuple[int, int, "Sequence[tuple[Reader, int]]", "Sequence[Reader]"]
"""How far it came: the first of the readers who is still to be looked at; how many were given the frame; who of them
did not take all of it, and how many bytes he took, 0 after an error; who has no socket to write to at once, and is to
be given the entry by the caller."""

Give = Callable[["Sequence[Reader]", int, int, bytes, Callable[[], bytes], float], Given]
"""What `give` is, also the helper's."""


def give(
    readers: "Sequence[Reader]", at: int, seq: int, plain: bytes, deflated: Callable[[], bytes], seconds: float, /
) -> Given:
    """Give an alert to those of the readers, from `at` on, that are LIVE and have not had it; see `Given`.

    It does not wait, and nothing that could close a socket runs before it returns, so that none is closed whose turn is
    to come. It stops when so many seconds have passed, though not before one reader was looked at, and when there are a
    few that the caller is to see to. The compressed frame is asked for if anybody wants it.
    """
    until = time.perf_counter() + seconds
    step = SLICE if seconds > 0 else 1
    written = 0
    short: list[tuple[Reader, int]] = []
    others: list[Reader] = []
    for start in range(at, len(readers), step):
        if start > at and (time.perf_counter() >= until or len(short) + len(others) >= FEW):
            return start, written, short, others
        wanting, deflating = _sifted(readers[start : start + step], seq, others)
        written += len(wanting) + len(deflating)
        _send(wanting, plain, short)
        if deflating:
            _send(deflating, deflated(), short)
    return len(readers), written, short, others


def _sifted(
    readers: "Sequence[Reader]", seq: int, others: "list[Reader]"
) -> "tuple[Sequence[Reader], Sequence[Reader]]":
    plain: list[Reader] = []
    deflating: list[Reader] = []
    for reader in readers:
        if not reader.live or reader.cursor >= seq:
            continue
        reader.cursor = seq  # before the write, which may pause it
        if reader.socket is None:
            others.append(reader)
            continue
        reader.delivered += 1
        if reader.deflates:
            deflating.append(reader)
        else:
            plain.append(reader)
    return plain, deflating


def _send(readers: "Sequence[Reader]", frame: bytes, short: "list[tuple[Reader, int]]") -> None:
    size = len(frame)
    for reader in readers:
        try:
            sent = reader.socket.send(frame) if reader.socket is not None else 0
        except OSError:  # full, or dead: the transport will see which, and do what is to be done
            sent = 0
        if sent != size:
            short.append((reader, sent))


def load(library: Path = LIBRARY) -> Give | None:
    """The helper's `give`; None where it was not built.

    Raises:
        ImportError: what is there is no library for this Python.
    """
    if not library.exists():
        return None
    loader = ExtensionFileLoader(NAME, str(library))
    module = module_from_spec(ModuleSpec(NAME, loader, origin=str(library)))
    loader.exec_module(module)
    return cast("Give", module.give)
