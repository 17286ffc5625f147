"""Where a cursor is kept, so that a program that was down goes on where it was."""

import contextlib
import logging
import os
import time
from pathlib import Path
from typing import Protocol

from alerts import cursor as cursors
from alerts.cursor import InvalidCursor

log = logging.getLogger(__name__)

SYNC_EVERY = 5.0  # seconds; it takes half a millisecond to tens of them, by disk, and the event loop waits for it
LONGEST = 1_000  # bytes of a file that are looked at


class CursorStore(Protocol):
    """Keeps one cursor. Called from the event loop: what takes long belongs into a thread of your own."""

    def load(self) -> str | None:
        """The cursor kept last; None if there is none."""

    def save(self, cursor: str) -> None:
        """Keep this one instead."""


class MemoryStore:
    """Keeps it as long as the program runs."""

    def __init__(self, cursor: str | None = None) -> None:
        self.cursor = cursor

    def load(self) -> str | None:
        """The cursor kept last."""
        return self.cursor

    def save(self, cursor: str) -> None:
        """Keep this one instead."""
        self.cursor = cursor


class CursorLost(ValueError):
    """The file is there but holds no cursor; to begin anew could miss alerts in silence, so it is not for us to say."""


class FileStore:
    """Keeps it in a file of its own, replaced as a whole, so that a crash of the program leaves the old one or the new.

    After a loss of power a file written just before may be empty. So the first cursor, and then one every
    `SYNC_EVERY` seconds, also goes into a second file beside it (`.synced`), and is on the disk before `save` returns:
    at most so many seconds of alerts come again.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self.synced = self.path.with_name(f"{self.path.name}.synced")
        self._synced_at: float | None = None

    def load(self) -> str | None:
        """The cursor kept last; None if there is no file.

        Raises:
            CursorLost: neither file holds a cursor. Delete it to begin where `start` says, or write one into it.
        """
        try:
            return _read(self.path)
        except FileNotFoundError:
            return None
        except CursorLost:
            with contextlib.suppress(FileNotFoundError, CursorLost):
                cursor = _read(self.synced)
                log.warning("%s holds no cursor; going on from %s, a little earlier", self.path, self.synced)
                return cursor
            raise

    def save(self, cursor: str) -> None:
        """Keep this one instead."""
        now = time.monotonic()
        first = self._synced_at is None
        if self._synced_at is None or now - self._synced_at >= SYNC_EVERY:
            _write(self.synced, cursor, durably=True)
            self._synced_at = now
        _write(self.path, cursor, durably=first)  # its name at least must last: without the file there is no cursor


def _read(path: Path) -> str:
    with path.open("rb") as file:
        text = file.read(LONGEST).decode("ascii", "replace").strip()
    try:
        # One that was cut short either is none, or names an earlier seq, from which nothing is missed.
        cursors.parse(text)
    except InvalidCursor:
        raise CursorLost(
            f"{path} holds no cursor ({text[:40]!r}), as after a loss of power: delete it to begin anew, "
            "or write the cursor into it from which to go on"
        ) from None
    return text


def _write(path: Path, cursor: str, *, durably: bool) -> None:
    fresh = path.with_name(f"{path.name}.new")
    with fresh.open("w", encoding="ascii") as file:
        file.write(cursor)
        if durably:
            file.flush()
            os.fsync(file.fileno())
    fresh.replace(path)
    if durably and os.name == "posix":
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
