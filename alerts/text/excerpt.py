"""A few words around a span, for pages that do not have the whole text."""

import re

_BREAKS = re.compile("[\n\r\t\u2028\u2029]")


def context(text: str, start: int, end: int, width: int = 160) -> str:
    """The words around `text[start:end]`, on one line, at most `width` code points, cut between words if possible."""
    room = width - (end - start)
    if room <= 0:
        return _BREAKS.sub(" ", text[start : start + width])
    left = max(0, min(start - room // 2, len(text) - width))
    right = min(len(text), left + width)
    if left and not text[left - 1].isspace():
        left = next((i + 1 for i in range(left, start) if text[i].isspace()), left)
    if right < len(text) and not text[right].isspace():
        right = next((i for i in range(right - 1, end - 1, -1) if text[i].isspace()), right)
    return _BREAKS.sub(" ", text[left:right]).strip()
