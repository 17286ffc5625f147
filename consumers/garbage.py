"""When Python looks for garbage: never at all connections, or all stories, at once while alerts go out.

A whole collection looks at every object there is; with ten thousand connections it held the loop for half a second, and
of a desk with ten thousand stories it took a seventh of its time. So what survives a young collection is set aside
(`gc.freeze`) and not looked at again; connections and stories need no collector, they are gone with their last
reference (`thrift.untangle`). The little that goes in circles all the same, and lived for longer, is swept up after as
many have ended as there are: then it costs each of them the same whatever the number, and what is not yet swept up is
never more than what is in use.
"""

import asyncio
import contextlib
import gc
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

log = logging.getLogger(__name__)

YOUNG, MIDDLE = 700, 4  # objects made, and young collections, before each of the first two collections
EVERY = 60.0  # seconds between two looks whether to sweep
AT_LEAST = 2_000  # that ended


class Garbage:
    """Sets survivors aside while it is in force. One in a process.

    `inside` says how many there are (connections; stories), `ended` how many have ended so far; of a desk, how many
    records it has handled.
    """

    def __init__(self, inside: Callable[[], int], ended: Callable[[], int]) -> None:
        self._inside, self._ended = inside, ended
        self._swept = 0

    @contextlib.contextmanager
    def in_force(self) -> Iterator[None]:
        """Until the end of the block."""
        before = gc.get_threshold()
        gc.collect()
        gc.freeze()
        gc.set_threshold(YOUNG, MIDDLE, before[2])
        gc.callbacks.append(self._collected)
        try:
            yield
        finally:
            gc.callbacks.remove(self._collected)
            gc.set_threshold(*before)
            gc.unfreeze()

    def _collected(self, phase: str, info: Mapping[str, Any]) -> None:
        if phase == "stop" and info["generation"] > 0:
            gc.freeze()

    async def run(self) -> None:
        """Sweep up at times, until cancelled."""
        while True:
            await asyncio.sleep(EVERY)
            self.sweep()

    def sweep(self) -> bool:
        """Look at everything, if enough has ended since; says so."""
        ended = self._ended()
        if ended - self._swept < max(AT_LEAST, self._inside()):
            return False
        self._swept = ended
        began = time.perf_counter()
        gc.unfreeze()
        found = gc.collect()
        gc.freeze()
        log.info("swept up %d objects in %.0f ms", found, (time.perf_counter() - began) * 1000)
        return True
