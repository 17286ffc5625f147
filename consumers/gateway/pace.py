"""Long work on the event loop, a little at a time: to look for words in thousands of alerts takes 100 ms."""

import asyncio
import time

from consumers.gateway.fanout import TURN


class Pace:
    """When others last had a turn."""

    __slots__ = ("_began",)

    def __init__(self) -> None:
        self._began = time.perf_counter()

    @property
    def due(self) -> bool:
        """Whether others are to have a turn."""
        return time.perf_counter() - self._began >= TURN

    async def pause(self) -> None:
        """Let them, if it is time."""
        if self.due:
            await asyncio.sleep(0)
            self._began = time.perf_counter()
