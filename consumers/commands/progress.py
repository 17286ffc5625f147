"""How far a long command has come, told on standard error while it goes on."""

import sys
import time
from collections.abc import Iterable
from pathlib import Path

import click

_TERMINAL_SECONDS, _LOG_SECONDS = 0.2, 10.0
_SILENT_SECONDS = 1.0


def size(files: Iterable[str]) -> int | None:
    """Bytes in all files; None where that is not known beforehand, or says little (standard input, gzip)."""
    paths = [Path(file) for file in files]
    if any(path.name == "-" or path.suffix == ".gz" or not path.is_file() for path in paths):
        return None
    return sum(path.stat().st_size for path in paths)


class Progress:
    """A line that renews itself on a terminal; elsewhere a line every 10 s. What is done within a second says nothing.

    Attributes:
        done: rows so far.
        weight: how much of `total` that is, in whatever `total` is counted.
    """

    def __init__(self, what: str, total: int | None) -> None:
        self.done = 0
        self.weight = 0
        self._what = what
        self._total = total
        self._started = self._told = time.monotonic()
        self._terminal = sys.stderr.isatty()
        # Lines of output in the same terminal would be torn apart by a line that renews itself.
        self._renews = self._terminal and not sys.stdout.isatty()
        self._open = False

    def add(self, weight: int = 1) -> None:
        """One more row is done."""
        self.done += 1
        self.weight += weight

    def tell(self) -> None:
        """Say how far it is, if it is time to."""
        now = time.monotonic()
        every = _TERMINAL_SECONDS if self._renews else _LOG_SECONDS
        if now - self._started >= _SILENT_SECONDS and now - self._told >= every:
            self._told = now
            self._say()

    def end(self) -> None:
        """Say how much it was in all, if anything was said before."""
        if self._open:
            self._say()
            click.echo(err=True)

    def _say(self) -> None:
        if self._renews:
            self._open = True
            click.echo(f"\r\x1b[K{self}", err=True, nl=False)
        else:
            click.echo(f"alerts: {self}", err=True)

    def __str__(self) -> str:
        seconds = max(time.monotonic() - self._started, 1e-9)
        text = f"{self.done:,} {self._what}, {self.done / seconds:,.0f}/s"
        if not self._total or not self.weight:
            return f"{text}, {_clock(seconds)}"
        part = min(self.weight / self._total, 1.0)
        return f"{text}, {part:.0%}, {_clock(seconds * (1 / part - 1))} to go"


def _clock(seconds: float) -> str:
    minutes, left = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"
