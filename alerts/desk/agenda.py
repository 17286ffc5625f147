"""What is due when: one time for each story."""

import heapq
from datetime import datetime


class Agenda:
    """The stories by due time; equal times by id, so that the order never depends on the past."""

    def __init__(self) -> None:
        self._due: dict[str, datetime] = {}
        self._heap: list[tuple[datetime, str]] = []
        # The earliest heap entry of each story: a later due time needs no entry of its own until that one comes up.
        self._entry: dict[str, datetime] = {}

    def put(self, story: str, due: datetime | None) -> None:
        """Set a story's due time; None takes it off."""
        if due is None:
            self._due.pop(story, None)
            return
        self._due[story] = due
        if story not in self._entry or due < self._entry[story]:
            self._entry[story] = due
            heapq.heappush(self._heap, (due, story))
            if len(self._heap) > 4 * len(self._due) + 1000:
                self._rebuild()

    def next(self) -> datetime | None:
        """The earliest due time."""
        self._settle()
        return self._heap[0][0] if self._heap else None

    def pop(self, now: datetime) -> str | None:
        """Take off the story that has been due longest; None if none is due by now."""
        self._settle()
        if not self._heap or self._heap[0][0] > now:
            return None
        _, story = heapq.heappop(self._heap)
        del self._entry[story], self._due[story]
        return story

    def _settle(self) -> None:
        """Move entries that came up too early to where they belong now."""
        while self._heap:
            at, story = self._heap[0]
            due = self._due.get(story)
            if self._entry.get(story) == at:
                if due == at:
                    return
                del self._entry[story]
            heapq.heappop(self._heap)
            if due is not None and story not in self._entry:
                self._entry[story] = due
                heapq.heappush(self._heap, (due, story))

    def _rebuild(self) -> None:
        """Let go of entries that are only waiting to be found out of date."""
        self._entry = dict(self._due)
        self._heap = [(due, story) for story, due in self._due.items()]
        heapq.heapify(self._heap)
