"""What a search found in the pieces of a text, by pattern."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from alerts.text import ZONES, Folded

BITS = {name: 1 << i for i, name in enumerate(ZONES)}
"""Zones as bits of a mask."""
EVERYWHERE = (1 << len(ZONES)) - 1


_BLANK = 32
_new = tuple.__new__


class Occurrence(NamedTuple):
    """Bytes `start` to `end` of the folded data of one piece of text."""

    piece: int
    start: int
    end: int


Pair = tuple[Occurrence, Occurrence]


class Piece(NamedTuple):
    """A piece of text that was searched: its zone's bit, its folded and its original text."""

    bit: int
    folded: Folded
    text: str


class Found:
    """What a search found: every occurrence of every pattern, in order, in pieces of text.

    Attributes:
        pieces: what was searched.
        hits: by pattern that occurs: number of the piece, first and last byte, with the spaces around it; occurrences
            where all are in `placed` from the beginning.
        present: the patterns, as a set that need not look at what another set holds: among very many rules that counts.
        placed: by pattern that was asked for, its occurrences (see `place`).
        pairs: what NEAR found, by what it looked for.
    """

    # One is made for each text, and asked very often.
    __slots__ = ("_originals", "hits", "pairs", "pieces", "placed", "present")

    def __init__(
        self,
        pieces: Sequence[Piece],
        hits: Mapping[bytes, Sequence[tuple[int, int, int]]],
        placed: dict[bytes, list[Occurrence]] | None = None,
    ) -> None:
        self.pieces = pieces
        self.hits = hits
        self.present = frozenset(hits)
        self.placed = {} if placed is None else placed
        self.pairs: dict[object, list[Pair]] = {}
        self._originals: dict[Occurrence, str] = {}

    def place(self, pattern: bytes) -> list[Occurrence]:
        """Every occurrence of a pattern, in order, to the end of its last word; kept for those who ask next."""
        hits = self.hits.get(pattern, ())
        # Many are made; as a call of the class, each costs twice as much.
        if pattern[-1] != _BLANK:  # it may have stopped within a word
            ends = [self.pieces[piece].folded.data.find(b" ", end - 1) for piece, _, end in hits]
            places = [
                _new(Occurrence, (piece, start + 1, end)) for (piece, start, _), end in zip(hits, ends, strict=True)
            ]
        elif len(hits) == 1:  # most often
            piece, start, end = hits[0]
            places = [_new(Occurrence, (piece, start + 1, end - 1))]
        else:
            places = [_new(Occurrence, (piece, start + 1, end - 1)) for piece, start, end in hits]
        if hits:
            self.placed[pattern] = places
        return places

    def places(self, pattern: bytes, zones: int) -> list[Occurrence]:
        """Every occurrence of one pattern in these zones, in order."""
        places = self.placed.get(pattern)
        if places is None:
            places = self.place(pattern)
        if zones == EVERYWHERE:
            return places
        return [place for place in places if self.pieces[place[0]].bit & zones]

    def places_of(self, patterns: frozenset[bytes], zones: int) -> list[Occurrence]:
        """Every occurrence of some patterns that occur, in these zones, in order, each once."""
        there = [self.places(pattern, zones) for pattern in patterns]
        if len(there) == 1:  # most often: one word of a list
            return there[0]
        return sorted({hit for hits in there for hit in hits})

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
