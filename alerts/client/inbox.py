"""What was received and not yet handled: bounded, in order, and never ahead of what the program has done."""

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import Any

ROOM = 256  # alerts; then nothing more is read, and the gateway keeps the rest for us
ROOM_WHILE_ASKING = 4096  # an answer we wait for may stand behind alerts


@dataclass(frozen=True, slots=True)
class Item:
    """One frame: an alert, a gap, or (None) only a sign of how far everything was sent."""

    cursor: str
    frame: dict[str, Any] | None = None


class Inbox:
    """Between the task that reads the socket and the program."""

    def __init__(self) -> None:
        self.closed: BaseException | None = None
        self._items: deque[Item] = deque()
        self._news = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._asking = 0

    def __len__(self) -> int:
        return len(self._items)

    def put(self, item: Item) -> None:
        """Add one; of mere signs only the newest counts."""
        if item.frame is None and self._items and self._items[-1].frame is None:
            self._items.pop()
        self._items.append(item)
        self._news.set()
        self._weigh()

    async def get(self) -> Item:
        """The oldest, as soon as there is one.

        Raises:
            BaseException: that with which the inbox was closed, once it is empty.
        """
        while not self._items:
            if self.closed is not None:
                raise self.closed
            self._news.clear()
            await self._news.wait()
        item = self._items.popleft()
        self._weigh()
        return item

    async def room(self) -> None:
        """Wait until more may be read."""
        await self._room.wait()

    def close(self, why: BaseException) -> None:
        """Nothing more will come."""
        self.closed = why
        self._news.set()

    def ask(self, change: int) -> None:
        """One answer more, or less, is waited for."""
        self._asking += change
        self._weigh()

    def _weigh(self) -> None:
        if len(self._items) < (ROOM_WHILE_ASKING if self._asking else ROOM):
            self._room.set()
        else:
            self._room.clear()
