"""Which names stand in a text, before anyone asks what they mean: longest name first, spelled as a name.

A name counts if it begins with a capital letter where its script has them, is not somebody's surname, and is used in
the text's language.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from alerts.regions.dateline import dateline
from alerts.regions.gazetteer import Gazetteer, Name, Reading
from alerts.text import Prepared, Zone

SEARCHED = ("headline", "lead", "body", "slugline")
"""A byline or a publisher's name says where somebody works, not what happened where."""

_WORD_BEFORE = re.compile(r"([^\W\d_][\w.’'-]*)[ \u00a0]$")
# Capitalised before a place's name without making it a surname.
_NO_GIVEN_NAME = re.compile(
    r"north|south|east|west|(?:north|south|east|west|(?:north|south)(?:east|west))ern|(?:north|south)(?:east|west)|central|"
    r"greater|downtown|old|upper|lower|inner|outer|mid|city|university|\w+day|"
    r"in|at|near|from|to|of|the|and|for|by|with",
    re.IGNORECASE,
)
_TITLE = re.compile(r"(?:mr|mrs|ms|miss|dr|sir|lord|lady|prof)\.?", re.IGNORECASE)
_PLACED = re.compile(
    r"\b(?:in|at|near|from|outside|around|to|across|of|over|into|towards?)[ \u00a0]$",
    re.IGNORECASE,
)
_LATIN = re.compile(r"[a-z\u00c0-\u024f ]")


@dataclass(frozen=True, slots=True)
class Mention:
    """A name where it stands.

    Attributes:
        zone: the piece of text it stands in.
        start: of the words in the zone's folded data.
        end: behind them.
        at: offset of its first character in the piece, in code points.
        to: behind its last one.
        name: the gazetteer's entry.
        readings: what it may mean in a text of this language.
        is_placed: a preposition of place stands before it.
        follows_comma: a comma stands before it.
        has_comma: a comma follows it.
        follows_name: a capitalised word stands right before it, as a given name stands before a surname.
        in_dateline: it stands in the line that opens a wire story.
    """

    zone: Zone
    start: int
    end: int
    at: int
    to: int
    name: Name
    readings: tuple[Reading, ...]
    is_placed: bool
    follows_comma: bool
    has_comma: bool
    follows_name: bool
    in_dateline: bool

    @property
    def is_place(self) -> bool:
        """Not a newspaper, a sea or a person."""
        return self.readings[0].kind != "x"


def mentions(prepared: Prepared, gazetteer: Gazetteer) -> list[Mention]:
    """The names in a text, in order, none inside another."""
    language = prepared.article.language.partition("-")[0].lower()
    opening, end = dateline(prepared)
    return [
        mention
        for zone in prepared.of(*SEARCHED)
        for mention in _in_zone(prepared, zone, gazetteer, language, end if zone is opening else 0)
        if mention.is_place
    ]


def _in_zone(
    prepared: Prepared, zone: Zone, gazetteer: Gazetteer, language: str, dateline_end: int
) -> Iterator[Mention]:
    folded = prepared.folded(zone)
    hits = gazetteer.find(folded.data)
    if not hits:
        return
    text = prepared.text(zone)
    cased = any(map(str.isupper, text)) and any(map(str.islower, text))
    hits.sort(key=lambda hit: (hit[0], -hit[1]))
    free = 0
    for start, end, number in hits:
        if start < free:
            continue
        name = gazetteer.name(number)
        readings = _in_language(name, language)
        if not readings:
            continue
        at, to = folded.original(start, end)
        if not _is_spelled(name, text, at, to, cased=cased):
            continue
        free = end
        word = _word_before(text, at)
        if _TITLE.fullmatch(word) or word.lower() in gazetteer.given_names:
            continue
        before, after = text[max(0, at - 16) : at], text[to : to + 2]
        yield Mention(
            zone,
            start,
            end,
            at,
            to,
            name,
            readings,
            is_placed=_PLACED.search(before) is not None,
            follows_comma=before.rstrip().endswith(","),
            has_comma=after.startswith((",", ".,")),
            follows_name=bool(word) and cased and zone.name != "headline" and not _NO_GIVEN_NAME.fullmatch(word),
            in_dateline=at < dateline_end,
        )


def _in_language(name: Name, language: str) -> tuple[Reading, ...]:
    readings = name.readings
    if not any(reading.languages for reading in readings):
        return readings
    # Where the language is not told, a foreign name counts unless it is short or an English word as well.
    unsure = language == "und" and not name.is_word and (len(name.folded) > 4 or not _LATIN.match(name.folded))
    return tuple(
        r
        for r in readings
        if not r.languages or unsure or language in r.languages or not r.languages.isdisjoint({"cyrillic", "greek"})
    )


def _is_spelled(name: Name, text: str, at: int, to: int, *, cased: bool) -> bool:
    if name.exact:
        spelled = text[at:to]
        return (spelled in name.exact or spelled + "." in name.exact) and (cased or len(spelled) > 2)
    if not cased:
        return True
    first = text[at]
    return not first.islower()


def _word_before(text: str, at: int) -> str:
    """The capitalised word right before, which makes the name a person's: `Michael Jordan`, `Mr London`; or nothing."""
    if at < 2 or text[at - 1] not in " \u00a0":
        return ""
    before = _WORD_BEFORE.search(text, max(0, at - 24), at)
    return before.group(1) if before and before.group(1)[0].isupper() else ""
