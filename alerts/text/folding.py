"""Folding: text as it is compared, with a way back to where each piece stood in the original.

`Folded.data` is UTF-8: one space, then words separated by one space each, then one space. So a whole word is found by
its bytes with a space on either side, whatever stood around it, by any byte search (findings: folding costs more than
searching, so each *distinct* character is folded once, and offsets are worked out only where something was found).

What is the same after folding:

- case (Unicode full case folding) and compatibility forms (NFKC): `STRASSE` is `Straße`, `ＷＨＯ` is `who`;
- composed and decomposed accents; accents themselves count: `résumé` is not `resume`;
- Turkish dotted and dotless i, both ways, so that `DİYARBAKIR`, `Diyarbakır` and `diyarbakir` are one;
- Russian ё and е; Arabic letters as Lucene's ArabicNormalizer has them (hamza seats, final forms, tatweel, vowel
  marks) with the Persian shapes of yeh and kaf; Hebrew points;
- invisible characters (soft hyphen, joiners, direction marks) are not there at all.

What separates words: everything that is neither letter, digit nor mark. Apostrophes and hyphens too, of any shape:
`Kazakhstan's` is `kazakhstan s`, and `no-fly` is `no fly`; a rule's own words go through the same fold, so `no-fly`
and `"no fly"` find each other. Scripts written without spaces (Han, Hiragana, Thai, Lao, Khmer, Myanmar) count each
character, with its marks, as a word, so that a term is found anywhere in a run; Katakana runs are words, for loan
words hide in longer ones.
"""

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate

__all__ = ["Folded", "fold", "is_invisible", "is_word_character"]

_ASCII = bytes(ord(chr(i).lower()) if chr(i).isalnum() else 32 for i in range(128)) + bytes(range(128, 256))

_ZERO_WIDTH_SPACE = "\u200b"  # format character by category, but Thai and Khmer set it between words
_TATWEEL = "\u0640"
_DOT_ABOVE = "\u0307"
# Letters by category, apostrophes by use: Ukrainian об'єкт and Uzbek o'zbek come with any of these or with ' or ’.
_APOSTROPHES = frozenset("\u02b9\u02ba\u02bb\u02bc\u02bd\u02be\u02bf\u02c8\u055a\ua78b\ua78c")
_VARIANTS = {
    "ı": "i",
    "ё": "е",
    **dict.fromkeys("أإآٱ", "ا"),
    "ى": "ي",
    "ی": "ي",
    "ة": "ه",
    "ک": "ك",
    "ؤ": "و",
    "ئ": "ي",
}
_SPACELESS = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\ua9e0-\ua9ff\uaa60-\uaa7f"  # Thai, Lao, Myanmar, Khmer
    "\u3005\u3007\u3041-\u3096\u309d-\u309f\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
_KATAKANA = "\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff"
_SPACELESS_BLOCKS = ((0xE00, 0xEFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0xA9E0, 0xA9FF), (0xAA60, 0xAA7F))
_MARKS = "".join(
    chr(c) for low, high in _SPACELESS_BLOCKS for c in range(low, high + 1) if unicodedata.category(chr(c))[0] == "M"
)
_HAS_SPACELESS = re.compile(f"[{_SPACELESS}]")
_BLANK = 32
_WORDS_SPACELESS = re.compile(f"[{_SPACELESS}][{_MARKS}\u3099\u309a]*|[{_KATAKANA}]+|[^ {_SPACELESS}{_KATAKANA}]+")

_Pieces = tuple[list[bytes], list[bytes]]
"""What stands between two blanks, and the same without the third that may stand before it."""
_Segments = list[tuple[int, int, int, int]]
"""(start, end) in the folded text, (start, end) in the original."""


def is_word_character(char: str) -> bool:
    """Whether a character is part of a word: a letter, a digit or a mark."""
    return (char.isalnum() and char not in _APOSTROPHES) or unicodedata.category(char)[0] == "M"


class Folded:
    """Text as it is compared. Made by `fold`.

    Attributes:
        data: UTF-8 `b" word word "`; for text without any word, `b" "` or `b"  "`.
    """

    __slots__ = (
        "_pieces",
        "_places",
        "_plain",
        "_raw",
        "_runs",
        "_segments",
        "_shifts",
        "_spaceless",
        "_wide",
        "data",
    )

    def __init__(self, data: bytes, raw: bytes, pieces: _Pieces, segments: _Segments, *, spaceless: bool) -> None:
        self.data = data
        self._raw = raw
        self._pieces = pieces
        self._segments = segments
        self._spaceless = spaceless
        self._places: tuple[list[int], list[int]] | None = None
        self._runs: list[int] | None = None
        self._wide: Sequence[int] = ()

    def word(self, offset: int) -> int:
        """The number, from 0, of the word that holds the byte at `offset` of `data`, or begins right after it."""
        return self.data.count(b" ", 0, offset + 1) - 1

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Where `data[start:end]` stood in the original text, in code points; spaces at its ends do not count.

        Raises:
            ValueError: there is no word in it.
        """
        data = self.data
        if start >= end or data[start] == _BLANK or data[end - 1] == _BLANK:
            start, end = self._trimmed(start, end)
        if self._spaceless:
            return self._first(self._spaceless_offset(start)), self._last(self._spaceless_offset(end, after=True))
        runs = self._runs or self._collapsed()
        first = last = bisect_right(runs, start)
        if end > runs[first]:
            last = bisect_right(runs, end - 1)
        shifts = self._shifts
        if self._plain:
            return start + shifts[first], end + shifts[last]
        first_point, last_point = start + shifts[first], end + shifts[last]
        if wide := self._wide:
            if wide[first]:
                first_point += _extra(data[runs[first - 1] : start])
            if wide[last]:
                last_point += _extra(data[runs[last - 1] : end])
        if self._segments:
            return self._first(first_point), self._last(last_point)
        return first_point, last_point

    def _trimmed(self, start: int, end: int) -> tuple[int, int]:
        """Without spaces at the ends."""
        within = self.data[start:end]
        if not (words := within.strip(b" ")):
            raise ValueError(f"no word at {start}")
        start += within.index(words)
        return start, start + len(words)

    def _collapsed(self) -> list[int]:
        """Runs of words with a single blank between: where each begins in `data`; behind the last, the end of `data`.

        How far from there each stood in the text is in `_shifts`, and by how much its characters are more than its
        bytes in `_wide` (if there are any such), both behind one that stands for what is before the first.
        """
        pieces, words = self._pieces
        # What is empty begins where the next one does, and takes no room.
        runs = list(accumulate([len(run) + 1 if run else 0 for run in words], initial=1))
        # A blank is cut between two runs, and one more if it stands before a run, or if there is no run.
        cut = [1 if run is piece and run else 2 for piece, run in zip(pieces, words, strict=True)]
        if not self._raw.isascii():
            wide = [0] * (len(words) + 1)
            cut.append(0)
            for number, narrow in enumerate(map(bytes.isascii, words), 1):
                if not narrow:  # a run ends by its bytes, and the next one begins by its characters
                    run = words[number - 1]
                    wide[number] = more = len(run.decode()) - len(run)
                    cut[number] += more
            self._wide = wide
        self._plain = not self._wide and not self._segments
        self._runs, self._shifts = runs, list(accumulate(cut, initial=-2))
        return runs

    def _spaceless_offset(self, offset: int, *, after: bool = False) -> int:
        """The code point of the unspaced text for a byte of `data` (`after`: for the end of what stands before it)."""
        if self._places is None:
            starts = [m.end() for m in re.finditer(b" (?=[^ ])", self.data)]
            self._places = starts, [m.start() for m in _WORDS_SPACELESS.finditer(self._raw.decode())]
        starts, places = self._places
        number = bisect_right(starts, offset - after) - 1
        return places[number] + _characters(self.data[starts[number] : offset])

    def _first(self, at: int) -> int:
        segments = self._segments
        k = bisect_right(segments, at, key=_folded_start) - 1
        if k < 0:
            return at
        _, end, original_start, original_end = segments[k]
        return original_start if at < end else original_end + at - end

    def _last(self, at: int) -> int:
        segments = self._segments
        k = bisect_left(segments, at, key=_folded_start) - 1
        if k < 0:
            return at
        _, end, _, original_end = segments[k]
        return original_end if at <= end else original_end + at - end


def _characters(data: bytes) -> int:
    """How many there are, one that has not ended left out."""
    return len(data.decode(errors="ignore"))


def _extra(data: bytes) -> int:
    """By how much its characters are more than its bytes: none or less."""
    return _characters(data) - len(data)


def _folded_start(segment: tuple[int, int, int, int]) -> int:
    return segment[0]


def fold(text: str) -> Folded:
    """Fold a text. Linear in its length; what it costs is a few passes in C, and Python only for rare characters."""
    if text.isascii():
        return _spaced(text.encode().translate(_ASCII), [])
    lowered = text.lower()
    if len(lowered) == len(text):  # all but capital dotted i
        text = lowered
    composed = unicodedata.is_normalized("NFC", text)
    odd = set((_ODD if composed else _ODD_OR_MARK).findall(text))
    spaceless = _HAS_SPACELESS.search("".join(odd)) is not None
    text, segments = _fold_clusters(text, odd, composed=composed)
    for char in odd:
        replacement = _fold_character(char)
        if replacement is not None and replacement != char:
            text = text.replace(char, replacement)
    raw = text.encode().translate(_ASCII)
    if not spaceless:
        return _spaced(raw, segments)
    words = _WORDS_SPACELESS.findall(raw.decode())
    return Folded(b" " + " ".join(words).encode() + b" ", raw, ([], []), segments, spaceless=True)


def _spaced(raw: bytes, segments: _Segments) -> Folded:
    """Where blanks stand between words: one of them."""
    # Two blanks meet at few places. To replace them goes through the whole text, once more for each longer run.
    pieces = raw.rstrip().split(b"  ")
    words = [piece.strip() for piece in pieces]
    return Folded(b" " + b" ".join(filter(None, words)) + b" ", raw, (pieces, words), segments, spaceless=False)


@lru_cache(maxsize=16_384)
def _fold_character(char: str) -> str | None:
    """What one character becomes if that is one character, whatever stands beside it; else None."""
    if unicodedata.category(char)[0] == "M" or char == _TATWEEL or _is_jamo(char) or is_invisible(char):
        return None
    if not is_word_character(char):
        return " "  # before NFKC, so that `…` and the no-break space stay one character
    folded = _fold_cluster(char)
    return folded if len(folded) == 1 else None


def _fold_cluster(cluster: str) -> str:
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", cluster).casefold())
    folded = folded.replace("i" + _DOT_ABOVE, "i")
    kept = "".join(_VARIANTS.get(char, char) for char in folded if not _is_dropped(char))
    return "".join(char if is_word_character(char) else " " for char in kept)


def _is_jamo(char: str) -> bool:
    """Hangul vowels and finals, and half-width voicing marks: they join with what stands before them."""
    return "\u1160" <= char <= "\u11ff" or "\ud7b0" <= char <= "\ud7ff" or char in "\uff9e\uff9f"


def is_invisible(char: str) -> bool:
    """Whether a character is as good as not there: a soft hyphen, a joiner, a direction mark."""
    return unicodedata.category(char) == "Cf" and char != _ZERO_WIDTH_SPACE


def _is_dropped(char: str) -> bool:
    """Marks that are written or left out at will, and what cannot be seen."""
    if char == _TATWEEL or "\ufe00" <= char <= "\ufe0f" or is_invisible(char):
        return True
    return ("\u0591" <= char <= "\u06ed" or "\u08d3" <= char <= "\u08ff") and unicodedata.category(char) == "Mn"


def _fold_clusters(text: str, odd: set[str], *, composed: bool) -> tuple[str, _Segments]:
    """The text with every character that is not folded one to one already folded, and where each of those stood."""
    odd = {char for char in odd if _fold_character(char) is None and not (composed and _stands_alone(char))}
    if not odd:
        return text, []
    parts: list[str] = []
    segments: _Segments = []
    last = at = 0
    for m in _clusters("".join(sorted(odd))).finditer(text):
        start, end = m.span()
        parts.append(text[last:start])
        at += start - last
        folded = _cached_cluster(m.group())
        parts.append(folded)
        segments.append((at, at + len(folded), start, end))
        at += len(folded)
        last = end
    parts.append(text[last:])
    return "".join(parts), segments


_cached_cluster = lru_cache(maxsize=16_384)(_fold_cluster)


@lru_cache(maxsize=256)
def _clusters(odd: str) -> re.Pattern[str]:
    """A base with the odd marks after it, or an odd character by itself."""
    joining = re.escape("".join(c for c in odd if unicodedata.category(c)[0] == "M" or _is_jamo(c)))
    single = f"[{re.escape(odd)}]"
    return re.compile(f"[^ {joining}][{joining}]+|{single}" if joining else single)


def _stands_alone(char: str) -> bool:
    """A mark that, in composed text, stays as it is (Indic and Thai vowel signs): most of them, in those scripts."""
    return unicodedata.category(char)[0] == "M" and not _is_dropped(char) and not "\u0300" <= char <= "\u036f"


# Characters that folding leaves alone, of the scripts most news is written in: what a text is searched for is the rest.
_SCRIPTS = ((0x80, 0x24F), (0x370, 0x52F), (0x531, 0x6FF), (0x900, 0xDFF), (0x10D0, 0x10FF), (0x1E00, 0x1EFF))
_LETTERS = "".join(
    chr(c)
    for low, high in _SCRIPTS
    for c in range(low, high + 1)
    if chr(c).isalnum() and _fold_character(chr(c)) == chr(c)
)
_STANDING = "".join(chr(c) for low, high in _SCRIPTS for c in range(low, high + 1) if _stands_alone(chr(c)))
_HANGUL = "\uac00-\ud7a3"
_ODD_OR_MARK = re.compile(f"[^\x00-\x7f{_LETTERS}{_HANGUL}]")
_ODD = re.compile(f"[^\x00-\x7f{_LETTERS}{_HANGUL}{_STANDING}]")
