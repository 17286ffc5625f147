"""HTML that would be dear to parse, made cheap.

Parsing as browsers do is quadratic in the depth of what is never closed and in the attributes of one tag; and where
formatting is never closed, each later element gets a copy of all of it: 20 KB of `<font>` and `<p>` become a gigabyte.
Browsers have a tab for that; here one article would stop all others.
"""

import re
from typing import Final

FEW_TAGS: Final = 200
FEW_CHARACTERS: Final = 20_000
"""HTML of so few is cheap, whatever it is."""
DEEPEST: Final = 1_000
MOST_ATTRIBUTES: Final = 500
MOST_COPIES: Final = 100_000
"""Of formatting elements, in all; a page has a few for each of its tags."""

_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/>]*)([^>]*)>?")
_SEPARATOR = re.compile(r"[\s/\"']+")
_FORMATTING = frozenset(
    ["a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"]
)
# They hold nothing, or hold each other only within a table, which counts.
_UNCOUNTED = frozenset(
    [
        "area",
        "base",
        "br",
        "col",
        "embed",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "param",
        "source",
        "track",
        "wbr",
        "html",
        "head",
        "body",
        "frameset",
        "frame",
        "p",
        "caption",
        "colgroup",
        "thead",
        "tbody",
        "tfoot",
        "tr",
        "td",
        "th",
    ]
)
# The next of its kind ends one that was not closed.
_ENDED_BY_NEXT = {"li": "li", "dd": "d", "dt": "d", "option": "option"}


class _Open:
    """The elements that are open at least: more than a parser has open where tags are not closed in order."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.formatting = 0

    def closes(self, name: str) -> None:
        """An end tag; one that is not in order closes nothing here."""
        if self.names and self.names[-1] == name:
            self.names.pop()
            self.formatting -= name in _FORMATTING

    def opens(self, name: str) -> None:
        """A start tag."""
        if name in _UNCOUNTED:
            return
        kind = _ENDED_BY_NEXT.get(name)
        if kind and self.names and _ENDED_BY_NEXT.get(self.names[-1]) == kind:
            self.names.pop()
        self.names.append(name)
        self.formatting += name in _FORMATTING


def tamed(html: str) -> str:
    """The same HTML where it is cheap to parse; else without formatting, what is nested too deeply, and attributes."""
    if html.count("<") <= FEW_TAGS and len(html) <= FEW_CHARACTERS:
        return html
    return _cut(html) if _is_dear(html) else html


def _is_dear(html: str) -> bool:
    now, copies = _Open(), 0
    for tag in _TAG.finditer(html):
        end, name, attributes = tag.groups()
        copies += now.formatting
        if end:
            now.closes(name.lower())
        else:
            now.opens(name.lower())
        if len(now.names) > DEEPEST or copies > MOST_COPIES or _has_many(attributes):
            return True
    return False


def _has_many(attributes: str) -> bool:
    return len(attributes) > MOST_ATTRIBUTES and len(_SEPARATOR.findall(attributes)) > MOST_ATTRIBUTES


def _cut(html: str) -> str:
    now = _Open()

    def kept(tag: re.Match[str]) -> str:
        name = tag[2].lower()
        if name in _FORMATTING:
            return ""
        if tag[1]:
            now.closes(name)
            return tag[0]
        if len(now.names) >= DEEPEST and name not in _UNCOUNTED:
            return ""
        now.opens(name)
        return f"<{name}>" if _has_many(tag[3]) else tag[0]

    return _TAG.sub(kept, html)
