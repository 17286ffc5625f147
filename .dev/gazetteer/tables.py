"""Reads the tables of this folder: facts of language that we wrote ourselves."""

from collections.abc import Iterator
from pathlib import Path

FOLDER = Path(__file__).parent


def lines(name: str) -> Iterator[str]:
    """A table's lines without its comments."""
    yield from (line for line in (FOLDER / name).read_text().splitlines() if line and not line.startswith("#"))


def table(name: str) -> Iterator[tuple[str, list[str]]]:
    """The lines `KEY: value, value`; no value has a comma in it."""
    for line in lines(name):
        key, _, values = line.partition(":")
        yield key, [value.strip() for value in values.split(",") if value.strip()]


def rows(name: str) -> Iterator[list[str]]:
    """The lines `a | b | c`."""
    yield from ([part.strip() for part in line.split("|")] for line in lines(name))


def words(name: str) -> frozenset[str]:
    """The words of a table without keys."""
    return frozenset(word for line in lines(name) for word in line.split())


def languages_with(folder: str) -> list[str]:
    """Languages that have a table of their own in this folder."""
    return sorted(path.stem for path in (FOLDER / folder).glob("*.txt"))
