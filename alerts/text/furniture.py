"""Page furniture: what stands on a page beside the story. It is left out of the zones; the article keeps it.

A page's banner, menu, cookie notice, share line or sign-off says nothing about the news, but holds its very words:
"Breaking News", "is a correspondent in Kyiv". What is taken out is decided line by line, by plain patterns; a line
that could be the story stays, since a lost alert is worse than a false one.
"""

import re
from importlib.resources import files
from itertools import islice
from typing import Any

import yaml

from alerts.text.folding import fold

_DATA: dict[str, Any] = yaml.safe_load(files("alerts.text").joinpath("furniture.yaml").read_text(encoding="utf-8"))


def _words(name: str) -> frozenset[str]:
    return frozenset(_DATA[name].split())


_BANNER = "|".join(_DATA["banner"])
_BANNER_PREFIX = re.compile(rf"\W*(?:{_BANNER})\b(?:\s*[:|/»–—-]+\s*|\s*$)", re.IGNORECASE)
_BANNER_INLINE = re.compile(r"\s*(?:Breaking News|BREAKING NEWS|BREAKING|Latest News|LATEST NEWS)\s+(?=[A-Z\"“‘'])")
_BANNER_LINE = re.compile(rf"\W*(?:(?:{_BANNER})\W*)+", re.IGNORECASE)
_TICKER = re.compile(rf"\W*(?:{_BANNER})(?:\s*[:|/»>–—-]|\s\s)", re.IGNORECASE)

_SUFFIXES = 4
_SEPARATOR = re.compile(r"\s+(?:[-–—|•·»]|::)+\s+")
_PUBLISHING, _KINDS, _SMALL_WORDS = _words("publishing"), _words("kinds"), _words("small_words")
_DOMAIN = re.compile(r"(?:www\.)?[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|news|info|tv|co|io|[a-z]{2})", re.IGNORECASE)


def headline(text: str, source: str) -> tuple[int, int]:
    """The part of a headline that is the story, in code points: no "BREAKING:" before, no publisher's name behind."""
    start, end = 0, len(text.rstrip())
    while m := _BANNER_PREFIX.match(text, start, end):
        start = m.end()
    if m := _BANNER_INLINE.match(text, start, end):
        start = m.end()
    for last in reversed(list(_SEPARATOR.finditer(text, start, end))[-_SUFFIXES:]):
        rest = text[start : last.start()]
        if not rest.strip() or not _is_suffix(text[last.end() : end], last.group().strip(), rest, source):
            break
        end = last.start()
    return _stripped(text, start, end) or (end, end)


def _is_suffix(segment: str, separator: str, rest: str, source: str) -> bool:
    """Whether the last segment of a title names its publisher (or is a banner) rather than telling the story."""
    if _BANNER_LINE.fullmatch(segment) or _DOMAIN.fullmatch(segment.strip()):
        return True
    words = fold(segment).data.decode().split()
    if not words or len(words) > 6 or not _KINDS.isdisjoint(words):
        return False
    if len("".join(words)) > 2 and "".join(words) in fold(source).data.decode().replace(" ", ""):
        return True
    if any(word[0].islower() and word not in _SMALL_WORDS for word in segment.split()) or any(
        map(str.isdecimal, words)
    ):
        return False
    if not _PUBLISHING.isdisjoint(words):
        return len(rest.split()) >= 2
    # A bar is hardly ever punctuation; a dash often is: "Blast in Lima - Police".
    return separator == "|" and len(words) <= 4 and len(rest.split()) >= 4


_LINE = re.compile(r"[^\n\r\u2028\u2029\x0b\x0c]+")
_WORD = re.compile(r"[^\W_]+")
_LINES: dict[str, list[re.Pattern[str]]] = {}
for _line in _DATA["lines"]:
    for _first in _line["first"].split():
        _LINES.setdefault(_first, []).extend(re.compile(p, re.IGNORECASE) for p in _line["patterns"])
_BARS = re.compile("[|›»>•·]")
_TRAIL = re.compile(r"\W*[^|›»>•·]{1,30}(?:\s*[|›»>•·]\s*[^|›»>•·]{1,30}){2,}\W*")
_MENU, _CLOCK = _words("menu"), _words("clock")
_BANNER_WORDS = frozenset(banner.partition(" ")[0].partition("(")[0] for banner in _DATA["banner"])
_FIRST_WORDS = _MENU | _CLOCK | _BANNER_WORDS | _LINES.keys()

_PERSON = r"[A-ZÀ-ÞА-Я][\w.’'-]+(?: (?:[A-ZÀ-ÞА-Я][\w.’'-]*|van|von|de|der|bin|al)){1,4}"
_TRADE = "|".join(_DATA["trades"])
_BIO = re.compile(
    rf"\W*(?:{_PERSON}|(?:He|She|They)) (?:is|was|has been|are|works as)\b[^.\n]{{0,120}}?\b(?:{_TRADE})s?\b"
    r"(?:[^.\n]{0,40}?\b(?:for|at|with|of|in|based|covering|who covers|on)\b|\W*$)|"
    rf"\W*(?:{_PERSON}|(?:He|She|They)) (?:covers|reports|writes|has (?:covered|reported|written))\b"
)
_SIGN_OFF = re.compile(
    rf"(?<=[.!?…”\")])\s+(?=(?:{'|'.join(_DATA['sign_offs'])})|"
    rf"{_PERSON} is (?:an?|the|our) [^.\n]{{0,80}}?\b(?:{_TRADE})\b[^.\n]{{0,40}}?\b(?:for|at|with|based|covering)\b)"
)
_SIGN_OFF_WITHIN = 700


def story(text: str) -> list[tuple[int, int]]:
    """The lines of a text that are the story, as ranges of code points, in order, without blanks at their ends."""
    lines = [line for m in _LINE.finditer(text) if (line := _stripped(text, *m.span()))]
    kept = [line for line in _below_ticker(text, lines) if not is_furniture(text[line[0] : line[1]])]
    kept = _without_menu(text, kept)
    _drop_sign_off(text, kept)
    if kept and (m := _BANNER_INLINE.match(text, *kept[0])):
        kept[0] = m.end(), kept[0][1]
    # A text that seems to be nothing but furniture is a text we do not understand: keep it.
    return kept or [line for line in lines if not _BANNER_LINE.fullmatch(text, *line)]


def _below_ticker(text: str, lines: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Without a first line that a banner opens and a menu follows: it tells of another story, on every page alike."""
    if len(lines) < 3 or not _TICKER.match(text, *lines[0]):
        return lines
    return lines[1:] if is_furniture(text[slice(*lines[1])]) else lines


# A sentence of a paragraph that a banner opens, to its full stop.
_BANNER_SENTENCE = re.compile(
    r"(?:(?<=[.!?…”\"] )|(?<![^\n]))(?:BREAKING NEWS|Breaking News|BREAKING|Breaking)\b(?:\s*[:|–—-]\s*|\s+(?=[A-Z]))"
    r"[^\n]*?(?:[.!?…][”\"]?(?=\s|$)|$)",
    re.MULTILINE,
)
_TELLING = 4
"""Words of so many letters tell what a sentence is about."""
_IN_COMMON = 2
_BANNERS = 8
"""So many of them are looked at: a text of nothing else must not hold up the others."""
_BANNER_TELLING = frozenset(("breaking", "news"))
_ENOUGH = 10
"""So many telling words of the rest must have nothing in common with a sentence for it to be foreign."""


def without_banners(text: str, ranges: list[tuple[int, int]], headline: str) -> list[tuple[int, int]]:
    """Without the sentences that a banner opens and that are about something else than the article.

    Such a sentence has no telling word in common with the headline or with the rest of the text, which have some in
    common: on some pages the newest story of the site stands in the first paragraph of every other one.
    """
    if "reaking" not in text and "REAKING" not in text:
        return ranges
    left = list(ranges)
    opened = [m.span() for m in islice(_BANNER_SENTENCE.finditer(text), _BANNERS)]
    for start, end in opened:
        left = [part for range_ in left for part in _outside(text, range_, start, end)]
    about, said = _telling(headline), _telling(" ".join(text[slice(*part)] for part in left))
    if len(said) < _ENOUGH or len(about & said) < _IN_COMMON:
        return ranges
    if all((about | said).isdisjoint(_telling(text[slice(*span)]) - _BANNER_TELLING) for span in opened):
        return left
    return ranges


def _telling(text: str) -> frozenset[str]:
    return frozenset(word for word in fold(text).data.decode().split() if len(word) >= _TELLING)


def _outside(text: str, part: tuple[int, int], start: int, end: int) -> list[tuple[int, int]]:
    """What is left of a part of the text without what stands from `start` to `end`."""
    if part[1] <= start or end <= part[0]:
        return [part]
    rests = (_stripped(text, part[0], max(part[0], start)), _stripped(text, min(end, part[1]), part[1]))
    return [rest for rest in rests if rest]


def _stripped(text: str, start: int, end: int) -> tuple[int, int] | None:
    piece = text[start:end]
    bare = piece.strip()
    if not bare:
        return None
    start += len(piece) - len(piece.lstrip())
    return start, start + len(bare)


def is_furniture(line: str) -> bool:
    """Whether a line, wherever it stands, is no part of a story."""
    m = _WORD.search(line)
    if m is None:
        return True
    first = m.group().casefold()
    if first in _LINES and any(pattern.match(line, m.start()) for pattern in _LINES[first]):
        return True
    if len(line) > 160:
        return False
    if line.startswith("©") or (_BARS.search(line) and _TRAIL.fullmatch(line) and line[-1] not in ".!?"):
        return True
    # Most lines of a story are done with here.
    return (first in _FIRST_WORDS or first[0].isdecimal()) and _is_label(line)


def _is_label(line: str) -> bool:
    """Whether a line is nothing but a banner, menu entries or a date."""
    if _BANNER_LINE.fullmatch(line):
        return True
    words = [word.casefold() for word in _WORD.findall(line)]
    return _MENU.issuperset(words) or (len(words) > 1 and all(w in _CLOCK or w[0].isdecimal() for w in words))


def _without_menu(text: str, lines: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Without four or more very short lines in a row at the top: a menu that names sections or places."""
    count = 0
    while count < len(lines) and _is_short(text[slice(*lines[count])]):
        count += 1
    return lines[count:] if count >= 4 and count < len(lines) else lines


def _is_short(line: str) -> bool:
    return len(line) <= 30 and len(line.split()) <= 3 and line[-1] not in '.!?:;,…"”'


def _drop_sign_off(text: str, lines: list[tuple[int, int]]) -> None:
    """Take the author's note and its like off the end, whole lines first, then the tail of the last line."""
    while len(lines) > 1 and lines[-1][1] - lines[-1][0] <= _SIGN_OFF_WITHIN and _BIO.match(text, *lines[-1]):
        lines.pop()
    if not lines:
        return
    start, end = lines[-1]
    if m := _SIGN_OFF.search(text, max(start, end - _SIGN_OFF_WITHIN), end):
        lines[-1] = start, m.start()
