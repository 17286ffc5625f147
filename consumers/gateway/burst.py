"""An optional helper in C: the same bytes to many sockets in one call.

Between two calls of `send(2)` Python touches a dozen objects of each connection, far apart in memory; this touches
none. `make native` builds it, with any C compiler; without it everything works the same, a little slower.
"""

import ctypes
from array import array
from collections.abc import Sequence
from pathlib import Path

LIBRARY = Path(__file__).with_name("native") / "burst.so"


class Burst:
    """The helper, loaded."""

    def __init__(self, library: Path) -> None:
        """Load it.

        Raises:
            OSError: it is no library for this machine.
        """
        self._call = ctypes.CDLL(str(library)).burst
        self._call.restype = ctypes.c_int
        self._call.argtypes = (ctypes.c_void_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_void_p)
        self._taken = array("l")

    def send(self, sockets: Sequence[int], frame: bytes) -> Sequence[int] | None:
        """Write a frame to all of these sockets, by file descriptor, without waiting.

        Returns:
            How many bytes each took, 0 where there was an error; None if all took all.
        """
        count = len(sockets)
        if count > len(self._taken):
            self._taken = array("l", bytes(self._taken.itemsize * count))
        handles = array("i", sockets)
        taken, _ = self._taken.buffer_info()
        return self._taken[:count] if self._call(handles.buffer_info()[0], count, frame, len(frame), taken) else None


def load(library: Path = LIBRARY) -> Burst | None:
    """The helper; None where it was not built.

    Raises:
        OSError: what is there is no library for this machine.
    """
    return Burst(library) if library.exists() else None
