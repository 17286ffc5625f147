"""An optional helper in C: what a fan-out does for each reader, without a step of the interpreter between two.

`make native` builds it for the Python at hand, with a C compiler and that Python's headers; without it everything works
the same, a little slower. What it is asked for is what `fanout` does by itself where there is none.
"""

from collections.abc import Sequence
from importlib.machinery import EXTENSION_SUFFIXES, ExtensionFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    from consumers.gateway.reader import Reader

NAME = "burst"
LIBRARY = Path(__file__).with_name("native") / f"{NAME}{EXTENSION_SUFFIXES[0]}"
"""Named after the Python that it was built for, so that another one leaves it alone."""


class Burst(Protocol):
    """What a fan-out needs done for many readers at once."""

    def sift(
        self, readers: "Sequence[Reader]", seq: int, /
    ) -> "tuple[Sequence[Reader], Sequence[Reader], Sequence[Reader]]":
        """Those of the readers that are LIVE and have not had the alert; from now on they have.

        Returns:
            Who gets the plain frame, who the compressed one, and who has no socket and is to be given the entry.
        """

    def send(self, readers: "Sequence[Reader]", frame: bytes, /) -> "Sequence[tuple[Reader, int]]":
        """Write a frame to each one's socket, without waiting.

        Returns:
            Who did not take all of it, and how many bytes he took; 0 after an error.
        """


class OneByOne:
    """The same in Python."""

    def sift(self, readers: "Sequence[Reader]", seq: int, /) -> "tuple[list[Reader], list[Reader], list[Reader]]":
        """See `Burst.sift`."""
        plain: list[Reader] = []
        deflating: list[Reader] = []
        others: list[Reader] = []
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
        return plain, deflating, others

    def send(self, readers: "Sequence[Reader]", frame: bytes, /) -> "list[tuple[Reader, int]]":
        """See `Burst.send`."""
        size = len(frame)
        left: list[tuple[Reader, int]] = []
        for reader in readers:
            try:
                sent = reader.socket.send(frame) if reader.socket is not None else 0
            except OSError:  # full, or dead: the transport will see which, and do what is to be done
                sent = 0
            if sent != size:
                left.append((reader, sent))
        return left


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
