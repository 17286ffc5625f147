"""A sketch: what a text is like in a few hundred bytes, and the keys under which texts like it are found.

Likeness is the share of common shingles (runs of three words), estimated by MinHash (Broder, "On the resemblance and
containment of documents", 1997). One hash a shingle and one sorted list make every slot: slot i holds the first hash
at or after point i of a circle, which is MinHash under a circular shift (C-MinHash: Li and Li, ICML 2022). Texts that
agree in both slots of a band share a key. The hash is CRC-32: the same in every process and version of Python, and
fast; who would forge a collision could as well send the text itself.
"""

import base64
from bisect import bisect_left
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from itertools import islice
from typing import Final
from zlib import crc32

from alerts.alert import Identity
from alerts.article import Article
from alerts.copies.anchors import names, numbers, smallest
from alerts.copies.keys import canonical_url, headline_key, headline_words
from alerts.text import fold, furniture

SLOTS: Final = 32
BANDS: Final = 6
MIN_WORDS: Final = 20
"""Fewer words than that are no text."""
MOST_NUMBERS: Final = 16
MOST_NAMES: Final = 12
MOST_FIGURES: Final = 4
MOST_TITLE: Final = 8
_LOOK = 6000  # code points, about a thousand words: what stands below changes no likeness
_LEAD = 60  # words: where a report says who and where
_SHINGLE, _SHINGLE_SPACELESS = 3, 6
_AHEAD = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Sketch:
    """What is compared of an article.

    Attributes:
        identity: whose text it is.
        at: minutes since 1970: when it was published, or received where that is earlier or unknown.
        words: number of words of the story, headline not counted; 0 if they are too few to be a text.
        slots: one byte of each MinHash slot; empty without text.
        numbers: the 16 smallest hashes of its numbers.
        names: the 12 smallest hashes of the names in its lead.
        figures: the 4 smallest hashes of the headline's numbers.
        title: the 8 smallest hashes of the headline's longer words, cut to stems.
        keys: where to look for its like: `u...` address, `h...` headline, `b...` bands of the text; 12 to 18
            characters each.
    """

    identity: Identity
    at: int
    words: int
    slots: bytes
    numbers: tuple[int, ...]
    names: tuple[int, ...]
    figures: tuple[int, ...]
    title: tuple[int, ...]
    keys: tuple[str, ...]


def sketch_of(article: Article, received: datetime) -> Sketch:
    """The sketch of one article version that reached us at `received`."""
    title = headline_words(article)
    text = _story(article)
    words = fold(text).data.split()
    hashes = _shingles(words, text) if len(words) >= MIN_WORDS else []
    slots = _slots(hashes)
    return Sketch(
        identity=Identity(source=article.source, uri=article.uri),
        at=_minutes(article, received),
        words=min(len(words), 0xFFFF) if hashes else 0,
        slots=bytes(value & 0xFF for value in slots),
        numbers=smallest(numbers(text, words), MOST_NUMBERS),
        names=smallest(names(_lead(text, len(words))), MOST_NAMES),
        figures=smallest(numbers(article.headline, title), MOST_FIGURES),
        title=smallest(_stems(title), MOST_TITLE),
        keys=_keys(canonical_url(article.url), headline_key(title), slots),
    )


def _story(article: Article) -> str:
    """The story without page furniture; the abstract where it says more than the body."""
    body, abstract = article.body_text[:_LOOK], (article.description or "")[:_LOOK]
    text = body if len(body) >= len(abstract) else abstract
    return "\n".join([text[start:end] for start, end in furniture.story(text)])


def _lead(text: str, words: int) -> str:
    """About the first sixty words."""
    return text[: len(text) * _LEAD // max(words, _LEAD)]


def _shingles(words: list[bytes], text: str) -> list[int]:
    """The distinct shingles' hashes in order. Where each character is a word, six of them make a shingle."""
    size = _SHINGLE_SPACELESS if len(words) * 3 > len(text) else _SHINGLE
    return sorted(set(map(crc32, map(b" ".join, zip(*(islice(words, i, None) for i in range(size)), strict=False)))))


def _stems(words: list[bytes]) -> set[str]:
    """Words that tell one headline from another, cut so that `dies` and `died` are one."""
    return {word[:5] for word in b" ".join(words).decode().split() if len(word) > 3 or word.isdecimal()}


def _slots(hashes: list[int]) -> list[int]:
    if not hashes:
        return []
    step = 2**32 // SLOTS
    return [hashes[bisect_left(hashes, i * step) % len(hashes)] for i in range(SLOTS)]


def _keys(url: str | None, headline: str | None, slots: list[int]) -> tuple[str, ...]:
    keys = [f"{kind}{_short(text)}" for kind, text in (("u", url), ("h", headline)) if text]
    if slots:
        half = SLOTS // 2
        pairs = [(slots[i * half // BANDS], slots[i * half // BANDS + half]) for i in range(BANDS)]
        keys += [f"b{i}{one:08x}{other:08x}" for i, (one, other) in enumerate(pairs)]
    return tuple(keys)


def _short(text: str) -> str:
    digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _minutes(article: Article, received: datetime) -> int:
    """A date in the future is a mistake; a copy is of the same days as what it copies."""
    at = received if article.published is None else min(article.published, received + _AHEAD)
    return max(0, int(at.timestamp() // 60))
