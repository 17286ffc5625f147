"""`alerts publish`: articles from files onto the topic."""

import asyncio
import contextlib
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import click

from alerts.article import Article, InvalidArticle
from consumers import files, role
from consumers.publish import Publisher, publisher
from consumers.retime import Pace, until
from consumers.settings import Settings

_SHOWN = 20


@dataclass(slots=True)
class Tally:
    """What became of the input so far, told on standard error while it goes on."""

    started: float = field(default_factory=time.monotonic)
    published: int = 0
    rejected: int = 0
    _told: float = 0.0

    def reject(self, place: str, fault: InvalidArticle) -> None:
        """Say where and why, as long as there are not too many."""
        self.rejected += 1
        if self.rejected <= _SHOWN:
            click.echo(f"{place}: {fault}" + (f" ({fault.uri})" if fault.uri else ""), err=True)
        elif self.rejected == _SHOWN + 1:
            click.echo("further rejected articles are only counted", err=True)

    def progress(self) -> None:
        """A line that renews itself on a terminal; elsewhere a line every 10 s."""
        now = time.monotonic()
        terminal = sys.stderr.isatty()
        if now - max(self._told, self.started) >= (0.2 if terminal else 10.0):
            self._told = now
            click.echo(f"\r{self}" if terminal else str(self), err=True, nl=not terminal)

    def __str__(self) -> str:
        seconds = max(time.monotonic() - self.started, 1e-9)
        rate = self.published / seconds
        return f"published {self.published:,}, rejected {self.rejected:,} in {seconds:.1f} s ({rate:,.0f}/s)"


@click.command("publish")
@click.argument(
    "paths",
    nargs=-1,
    required=True,
    metavar="FILE... | -",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True),
)
@click.option("--as-live", is_flag=True, help="Shift dates so that the newest article is published now.")
@click.option(
    "--speed",
    type=click.FloatRange(min=0, min_open=True),
    help="With --as-live: send in the articles' own time, so many times faster, each published when it is sent.",
)
@click.option("--rate", type=click.FloatRange(min=0, min_open=True), help="Send so many articles a second.")
@click.option("--source", help="Publisher of the items of RSS and Atom files; default: the feed's title or domain.")
def command(
    paths: tuple[str, ...],
    as_live: bool,  # noqa: FBT001 - click passes flags by name
    speed: float | None,
    rate: float | None,
    source: str | None,
) -> None:
    """Put articles onto the topic `articles`: JSON, JSON lines, ninjs, RSS or Atom files, also .gz, and `-`.

    What is not an article is reported with its place, the others are sent: then the exit status is 2.
    """
    if speed is not None and (rate is not None or not as_live):
        raise click.UsageError("--speed goes with --as-live and without --rate")
    tally = Tally()

    async def main(settings: Settings, stop: asyncio.Event) -> None:
        with _readable_twice(paths) as inputs:
            shift = None if not as_live or speed is not None else _shift(inputs, source)
            job = _Job(tally, Pace(speed=speed, rate=rate), shift, live=speed is not None)
            async with publisher(settings, stop) as publishing:
                tally.started = time.monotonic()
                await job.run(publishing, inputs, source, stop)

    role.run(main)
    click.echo(str(tally))
    if tally.rejected:
        raise click.exceptions.Exit(2)


@dataclass(slots=True)
class _Job:
    tally: Tally
    pace: Pace
    shift: timedelta | None
    live: bool

    async def run(self, to: Publisher, inputs: tuple[str, ...], source: str | None, stop: asyncio.Event) -> None:
        """Send every article when it is due; a signal ends it after what was sent is acknowledged."""
        started = time.monotonic()
        for place, found in _parsed(inputs, source):
            if stop.is_set():
                break
            if isinstance(found, InvalidArticle):
                self.tally.reject(place, found)
                continue
            due = started + self.pace.due(found)
            if due > time.monotonic():
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), due - time.monotonic())
            try:
                await to.article(found, self._shift_of(found))
            except InvalidArticle as exc:
                self.tally.reject(place, exc)
                continue
            self.tally.published += 1
            if self.tally.published % 64 == 0 or self.live:
                self.tally.progress()

    def _shift_of(self, article: Article) -> timedelta:
        if self.live and article.published is not None:
            return datetime.now(UTC) - article.published
        return self.shift or timedelta(0)


def _parsed(inputs: tuple[str, ...], source: str | None) -> Iterator[tuple[str, Article | InvalidArticle]]:
    for place, data in files.documents(inputs, source=source):
        try:
            yield place, Article.from_json(data)
        except InvalidArticle as exc:
            yield place, exc


def _shift(inputs: tuple[str, ...], source: str | None) -> timedelta:
    """A first pass over all input, which is cheap beside knowing the end only at the end."""
    found = (article for _, article in _parsed(inputs, source) if isinstance(article, Article))
    return until(found, datetime.now(UTC))


@contextlib.contextmanager
def _readable_twice(paths: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The same paths, with standard input set aside in a file."""
    if "-" not in paths:
        yield paths
        return
    with tempfile.NamedTemporaryFile(prefix="stdin-") as copy:
        shutil.copyfileobj(sys.stdin.buffer, copy)
        copy.flush()
        yield tuple(copy.name if path == "-" else path for path in paths)
