"""Whether two sketches are copies of one text. Whole numbers only, so that Redis (Lua) decides the same.

Tuned on half of the pairs of `tests/quality/copies.py`.
"""

from typing import Final, Literal

from alerts.copies.sketch import MOST_NAMES, MOST_NUMBERS, SLOTS, Sketch

Kind = Literal["u", "h", "b"]
"""By what the two were found: address, headline, or a band of the text."""

WINDOW: Final = 48 * 60
"""Minutes between two copies at most: later in the same words is a new report (a weekly one, or tomorrow's)."""
HEADLINE_WINDOW: Final = 18 * 60
"""Minutes, where one has no text: a daily report keeps its headline."""
COPY: Final = 70
"""Per cent of the shorter text that must be in the longer one."""
SAME_HEADLINE: Final = 30
"""The same under one headline."""
SAME_PAGE: Final = 10
"""The same at one address: below that the page has moved on to other news."""
SHORTER: Final = 40
"""Per cent of the longer text's words that the shorter one must have."""
NUMBERS: Final = 25
"""Per cent of numbers that may be others."""
NAMES: Final = 34
"""Per cent of names that may be others."""
SHORT_TEXT: Final = 60
"""Words. Shorter texts must share a word of their headlines: they may be nothing but "more to follow"."""


def is_copy(one: Sketch, other: Sketch, kind: Kind) -> bool:
    """Whether two articles found under one key are copies. Symmetric."""
    apart = abs(one.at - other.at)
    if apart > WINDOW or _differ(one.figures, other.figures):
        return False
    texts = bool(one.words and other.words)
    if kind == "u":
        return not texts or _common(one, other) >= SAME_PAGE
    if kind == "h":
        if not texts:
            return apart <= HEADLINE_WINDOW and _anchors_agree(one, other)
        return _common(one, other) >= SAME_HEADLINE and _anchors_agree(one, other)
    return (
        min(one.words, other.words) * 100 >= SHORTER * max(one.words, other.words)
        and _common(one, other) >= COPY
        and _anchors_agree(one, other)
        and (min(one.words, other.words) >= SHORT_TEXT or not _differ(one.title, other.title))
    )


def _common(one: Sketch, other: Sketch) -> int:
    """Per cent of the shorter text's shingles that the longer one has too, from the share of equal slots.

    With J = equal / SLOTS the overlap is J (n1 + n2) / (1 + J) shingles.
    """
    equal = sum(a == b for a, b in zip(one.slots, other.slots, strict=True))
    shorter = min(one.words, other.words)
    return 100 * equal * (one.words + other.words) // ((SLOTS + equal) * shorter)


def _anchors_agree(one: Sketch, other: Sketch) -> bool:
    return (
        _others(one.numbers, other.numbers, MOST_NUMBERS) <= NUMBERS
        and _others(one.names, other.names, MOST_NAMES) <= NAMES
    )


def _others(one: tuple[int, ...], other: tuple[int, ...], most: int) -> int:
    """Per cent that were replaced. What one has in addition is no replacement: the other one may have been cut.

    A list of `most` hashes is the beginning of a longer one: above its end nothing is known of it.
    """
    end = min(hashes[-1] if len(hashes) == most else 0xFFFF for hashes in (one, other))
    first = [item for item in one if item <= end]
    second = [item for item in other if item <= end]
    fewer = min(len(first), len(second))
    return 100 * (fewer - len(set(first) & set(second))) // fewer if fewer else 0


def _differ(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    """Whether both have some and share none."""
    return bool(one and other) and set(one).isdisjoint(other)
