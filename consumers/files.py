"""Articles in files: JSON, JSON arrays, JSON lines, RSS and Atom, each also gzipped, and `-` for standard input.

What a file holds is seen from its first bytes, not from its name. JSON lines are read line by line; the other
formats are read whole.
"""

import gzip
import io
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import click
from pydantic_core import from_json, to_json

from alerts.article import InvalidArticle
from consumers.ingest import batch, syndication

_BOM = b"\xef\xbb\xbf"
_GZIP = b"\x1f\x8b"
_PEEK = 65_536


class Unreadable(click.ClickException):
    """A file cannot be read at all: not there, not allowed, or a broken archive."""

    exit_code = 2


def documents(paths: Iterable[str], *, source: str | None = None) -> Iterator[tuple[str, bytes]]:
    """Each article of the files as JSON bytes, not yet parsed, with its place (`file:line`, or `file[item]`).

    Args:
        paths: file names, or `-` for standard input.
        source: publisher of the items of a feed; absent, the feed's own title or domain.

    Raises:
        Unreadable: a file cannot be read.
    """
    for path in paths:
        name = "stdin" if path == "-" else path
        try:
            with _opened(path) as stream:
                yield from _read(name, stream, source)
        except (OSError, EOFError) as exc:  # gzip raises both
            raise Unreadable(f"{name}: {getattr(exc, 'strerror', None) or exc}") from None


def _opened(path: str) -> io.BufferedReader:
    below: Any = sys.stdin.buffer if path == "-" else Path(path).open("rb", buffering=0)  # noqa: SIM115 - the caller closes
    raw = io.BufferedReader(below, _PEEK)
    if raw.peek(2).startswith(_GZIP):
        return io.BufferedReader(_Unzipped(raw), _PEEK)
    return raw


class _Unzipped(gzip.GzipFile):
    """A gzip stream that closes the file below it too."""

    def __init__(self, raw: BinaryIO) -> None:
        super().__init__(fileobj=raw, mode="rb")
        self._below = raw

    def close(self) -> None:
        super().close()
        self._below.close()


def _read(name: str, stream: io.BufferedReader, source: str | None) -> Iterator[tuple[str, bytes]]:
    if stream.peek(3).startswith(_BOM):
        stream.read(3)
    number, first = _next_line(stream, 0)
    if first.startswith(b"<"):
        yield from _feed(name, first + stream.read(), source)
    elif first.startswith(b"["):
        yield from _array(name, first + stream.read())
    elif first:
        yield from _objects(name, stream, number, first)


def _next_line(stream: BinaryIO, number: int) -> tuple[int, bytes]:
    """The next line that is not blank, with its number; an empty one at the end."""
    while line := stream.readline():
        number += 1
        if stripped := line.strip():
            return number, stripped
    return number, b""


def _objects(name: str, stream: io.BufferedReader, number: int, first: bytes) -> Iterator[tuple[str, bytes]]:
    """JSON lines, or one object that spans lines; a broken line is the fault of that line only."""
    second_number, second = _next_line(stream, number)
    if second and not _is_json(first) and not second.startswith(b"{"):
        yield f"{name}:{number}", first + b"\n" + second + b"\n" + stream.read()
        return
    yield f"{name}:{number}", first
    while second:
        yield f"{name}:{second_number}", second
        second_number, second = _next_line(stream, second_number)


def _is_json(line: bytes) -> bool:
    try:
        from_json(line)
    except ValueError:
        return False
    return True


def _array(name: str, data: bytes) -> Iterator[tuple[str, bytes]]:
    """Items of an array; one that cannot be written as JSON again stays what it is: not an article."""
    try:
        items = batch.array(data)
    except InvalidArticle:
        yield f"{name}:1", data
        return
    for index, item in enumerate(items):
        try:
            yield f"{name}[{index}]", to_json(item, inf_nan_mode="constants")
        except (ValueError, RecursionError):  # a lone surrogate: kept as an escape, for the parser to refuse
            yield f"{name}[{index}]", json.dumps(item).encode()


def _feed(name: str, data: bytes, source: str | None) -> Iterator[tuple[str, bytes]]:
    for index, fields in enumerate(syndication.articles(data, source=source)):
        yield f"{name}[{index}]", to_json(fields)
