"""Files that may change while we run: looked at now and then, taken up when they did."""

import asyncio
import logging
from collections.abc import Callable, Iterable
from pathlib import Path

log = logging.getLogger(__name__)

EVERY = 2.0  # seconds


class Upkeep:
    """Calls back when one of some files has changed. What the callback cannot use stays as it was, and is logged."""

    def __init__(self) -> None:
        self._watched: list[tuple[tuple[Path, ...], Callable[[], None]]] = []

    def add(self, files: Iterable[Path], changed: Callable[[], None]) -> None:
        """Watch these; `changed` may raise OSError or ValueError (ssl's errors are OSErrors)."""
        self._watched.append((tuple(files), changed))

    async def run(self) -> None:
        """Watch until cancelled."""
        seen = [_stamp(files) for files, _ in self._watched]
        while True:
            await asyncio.sleep(EVERY)
            for number, (files, changed) in enumerate(self._watched):
                stamp = _stamp(files)
                if stamp == seen[number]:
                    continue
                seen[number] = stamp
                names = ", ".join(map(str, files))
                try:
                    changed()
                except (OSError, ValueError) as exc:
                    log.error("%s: %s; what was read before stays in force", names, exc)  # noqa: TRY400 - the file is at fault
                else:
                    log.info("%s: read again", names)


def _stamp(files: Iterable[Path]) -> tuple[tuple[int, int, int], ...]:
    """What differs when a file was written or replaced."""
    return tuple(_one(file) for file in files)


def _one(file: Path) -> tuple[int, int, int]:
    try:
        found = file.stat()
    except OSError:
        return (0, 0, 0)
    return found.st_ino, found.st_mtime_ns, found.st_size
