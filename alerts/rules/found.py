"""What a search found in the pieces of a text, by pattern."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from alerts.text import ZONES, Folded

BITS = {name: 1 << i for i, name in enumerate(ZONES)}
"""Zones as bits of a mask."""
EVERYWHERE = (1 << len(ZONES)) - 1


_new = tuple.__new__


class Occurrence(NamedTuple):
    """Bytes `start` to `end` of the folded data of one piece of text."""

    piece: int
    start: int
    end: int


class Piece(NamedTuple):
    """A piece of text that was searched: its zone's bit, its folded and its original text."""

    bit: int
    folded: Folded
    text: str


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found: every occurrence of every pattern, in order, in pieces of text."""

    pieces: Sequence[Piece]
    hits: dict[bytes, list[tuple[int, int, int]]]
    """By pattern: number of the piece, first and last byte of the pattern, with the spaces around it."""
    present: frozenset[bytes] = field(init=False, repr=False, compare=False)
    """The patterns, as a set that need not look at what another set holds: among very many rules that counts."""
    _places: dict[bytes, list[Occurrence]] = field(init=False, repr=False, compare=False, default_factory=dict)
    _originals: dict[Occurrence, str] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "present", frozenset(self.hits))

    def places(self, pattern: bytes, zones: int) -> list[Occurrence]:
        """Every occurrence of one pattern in these zones, in order, to the end of its last word."""
        places = self._places.get(pattern)
        if places is None:
            pieces, hits = self.pieces, self.hits.get(pattern, ())
            # Many are made; as a call of the class, each costs twice as much.
            if pattern.endswith(b" "):
                places = [_new(Occurrence, (piece, start + 1, end - 1)) for piece, start, end in hits]
            else:  # it may have stopped within a word
                ends = [pieces[piece].folded.data.find(b" ", end - 1) for piece, _, end in hits]
                places = [
                    _new(Occurrence, (piece, start + 1, end)) for (piece, start, _), end in zip(hits, ends, strict=True)
                ]
            self._places[pattern] = places
        if zones == EVERYWHERE:
            return places
        return [place for place in places if self.pieces[place[0]].bit & zones]

    def words(self, occurrence: Occurrence) -> tuple[int, int]:
        """The numbers of its first and last word."""
        folded = self.pieces[occurrence.piece].folded
        return folded.word(occurrence.start), folded.word(occurrence.end - 1)

    def original(self, occurrence: Occurrence) -> str:
        """The words as they stood."""
        words = self._originals.get(occurrence)
        if words is None:
            piece = self.pieces[occurrence.piece]
            start, end = piece.folded.original(occurrence.start, occurrence.end)
            words = self._originals[occurrence] = piece.text[start:end]
        return words


def scan(pattern: bytes, pieces: Sequence[Piece]) -> list[tuple[int, int, int]]:
    """Every occurrence of one pattern, in order. For many patterns at once there is `search.Index`."""
    hits = []
    for number, piece in enumerate(pieces):
        data = piece.folded.data
        at = data.find(pattern)
        while at >= 0:
            hits.append((number, at, at + len(pattern)))
            at = data.find(pattern, at + 1)
    return hits
