"""What a search found in the pieces of a text, by pattern."""

from collections.abc import Sequence
from typing import NamedTuple

from alerts.text import ZONES, Folded

BITS = {name: 1 << i for i, name in enumerate(ZONES)}
"""Zones as bits of a mask."""
EVERYWHERE = (1 << len(ZONES)) - 1


_BLANK = 32


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
        hits: by pattern that occurs; of one that may end within a word, `end` is its last byte (see `places`).
        present: the patterns, as a set that need not look at what another set holds: among very many rules that counts.
        pairs: what NEAR found, by what it looked for.
    """

    # One is made for each text, and asked very often.
    __slots__ = ("_originals", "_whole", "hits", "pairs", "pieces", "present")

    def __init__(self, pieces: Sequence[Piece], hits: dict[bytes, list[Occurrence]]) -> None:
        self.pieces = pieces
        self.hits = hits
        self.present = frozenset(hits)
        self.pairs: dict[object, list[Pair]] = {}
        self._whole: dict[bytes, list[Occurrence]] = {}
        self._originals: dict[Occurrence, str] = {}

    def places(self, pattern: bytes, zones: int) -> list[Occurrence]:
        """Every occurrence of one pattern in these zones, in order, to the end of its last word."""
        places = self.hits.get(pattern, [])
        if pattern[-1] != _BLANK:
            places = self._whole.get(pattern) or self._to_the_end(pattern, places)
        if zones == EVERYWHERE:
            return places
        return [place for place in places if self.pieces[place[0]].bit & zones]

    def places_of(self, patterns: frozenset[bytes], zones: int) -> list[Occurrence]:
        """Every occurrence of some patterns that occur, in these zones, in order, each once."""
        there = [self.places(pattern, zones) for pattern in patterns]
        if len(there) == 1:  # most often: one word of a list
            return there[0]
        return sorted({hit for hits in there for hit in hits})

    def _to_the_end(self, pattern: bytes, places: list[Occurrence]) -> list[Occurrence]:
        """Those of a pattern that may have stopped within a word, to the word's end."""
        pieces = self.pieces
        whole = [Occurrence(piece, start, pieces[piece].folded.data.find(b" ", end)) for piece, start, end in places]
        self._whole[pattern] = whole
        return whole

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


def scan(pattern: bytes, pieces: Sequence[Piece]) -> list[Occurrence]:
    """Every occurrence of one pattern, in order, as in `Found.hits`. For many at once there is `search.Index`."""
    hits = []
    for number, piece in enumerate(pieces):
        data = piece.folded.data
        at = data.find(pattern)
        while at >= 0:
            hits.append(Occurrence(number, at + 1, at + len(pattern) - 1))
            at = data.find(pattern, at + 1)
    return hits
