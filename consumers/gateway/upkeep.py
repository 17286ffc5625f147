"""Files that may change while we run: looked at now and then, taken up when they did."""

import asyncio
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

log = logging.getLogger(__name__)

EVERY = 2.0  # seconds


_Stamp = tuple[tuple[int, int, int], ...]


@dataclass(slots=True)
class _Watched:
    files: tuple[Path, ...]
    changed: Callable[[], None]
    seen: _Stamp


class Upkeep:
    """Calls back when one of some files has changed. What the callback cannot use stays as it was, and is logged."""

    def __init__(self) -> None:
        self._watched: list[_Watched] = []

    def add(self, files: Iterable[Path], changed: Callable[[], None]) -> None:
        """Watch these from now on, so before they are read; `changed` may raise OSError or ValueError.

        (ssl's errors are OSErrors.)
        """
        watched = tuple(files)
        self._watched.append(_Watched(watched, changed, _stamp(watched)))

    async def run(self) -> None:
        """Watch until cancelled."""
        while True:
            await asyncio.sleep(EVERY)
            for each in self._watched:
                stamp = _stamp(each.files)
                if stamp == each.seen:
                    continue
                each.seen = stamp
                names = ", ".join(map(str, each.files))
                try:
                    each.changed()
                except (OSError, ValueError) as exc:
                    log.error("%s: %s; what was read before stays in force", names, exc)  # noqa: TRY400 - the file is at fault
                else:
                    log.info("%s: read again", names)


def _stamp(files: Iterable[Path]) -> _Stamp:
    """What differs when a file was written or replaced."""
    return tuple(_one(file) for file in files)


def _one(file: Path) -> tuple[int, int, int]:
    try:
        found = file.stat()
    except OSError:
        return (0, 0, 0)
    return found.st_ino, found.st_mtime_ns, found.st_size
