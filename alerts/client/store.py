"""Where a cursor is kept, so that a program that was down goes on where it was."""

import os
from pathlib import Path
from typing import Protocol


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


class FileStore:
    """Keeps it in a file of its own, replaced as a whole, so that a crash leaves the old one or the new one."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)

    def load(self) -> str | None:
        """The cursor kept last; None if there is no file, or nothing in it."""
        try:
            return self.path.read_text(encoding="ascii").strip() or None
        except FileNotFoundError:
            return None

    def save(self, cursor: str) -> None:
        """Keep this one instead."""
        fresh = self.path.with_name(f"{self.path.name}.new")
        fresh.write_text(cursor, encoding="ascii")
        fresh.replace(self.path)
