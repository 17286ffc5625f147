"""What was asked and not yet answered: sent again after each break, until it is."""

import asyncio
from collections.abc import Iterator
from typing import Any

from alerts.client.ends import Refused

Frame = dict[str, Any]


class Questions:
    """Requests by number, each with the answer that is waited for."""

    def __init__(self) -> None:
        self._last = 0
        self._open: dict[int, tuple[Frame, asyncio.Future[Frame]]] = {}

    def __iter__(self) -> Iterator[Frame]:
        """The requests, in the order in which they were made."""
        return iter([request for request, _ in self._open.values()])

    def add(self, request: Frame) -> tuple[Frame, "asyncio.Future[Frame]"]:
        """A request with its number, and its answer to come."""
        self._last += 1
        numbered = {**request, "req": self._last}
        self._open[self._last] = numbered, asyncio.get_running_loop().create_future()
        return self._open[self._last]

    def drop(self, request: Frame) -> None:
        """It is no longer waited for."""
        del self._open[request["req"]]

    def answer(self, frame: Frame) -> str:
        """Take an answer; of an error that answers nothing, says what it says."""
        _, answer = self._open.get(frame.get("req", -1), (None, None))
        refused = frame["type"] == "error"
        if answer is None:
            return str(frame["message"]) if refused else ""
        if answer.done():
            return ""
        if not refused:
            answer.set_result(frame)
        elif frame["code"] != "pending":
            answer.set_exception(Refused(frame["code"], frame["message"]))
        return ""

    def end(self, why: Exception) -> None:
        """No answer will come."""
        for _, answer in self._open.values():
            if not answer.done():
                answer.set_exception(why)
