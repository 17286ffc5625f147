"""Which names stand in a text, before anyone asks what they mean: longest name first, spelled as a name.

A name counts if it begins with a capital letter where its script has them, is not somebody's surname, and is used in
the text's language.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from alerts.regions.dateline import dateline
from alerts.regions.gazetteer import Gazetteer, Name, Reading
from alerts.regions.people import has_surname, is_surname, may_be_given_name, word_before
from alerts.text import Prepared, Zone

SEARCHED = ("headline", "lead", "body", "slugline")
"""A byline or a publisher's name says where somebody works, not what happened where."""

_PREPOSITIONS = {
    "en": "in|at|near|from|outside|around|to|across|of|over|into|towards?",
    "ru": r"г\.|город\w*|штат\w*|столиц\w*|област\w*|провинци\w*|остров\w*|в|во|на|из|под|около|близ|к|до|через|над|у|от|по",
    "uk": r"м\.|міст\w*|штат\w*|столиц\w*|област\w*|провінці\w*|острів|острова|острові|у|в|на|з|із|зі|до|від|біля|під|над|через|по",
    "be": "у|ў|на|з|да|ад|каля|пад",
    "de": "in|im|aus|bei|nach|von|um|vor|nahe",
    "fr": "à|en|de|au|aux|vers|dans|depuis",
    "es": "en|de|a|desde|hacia|cerca de",
    "it": "a|ad|in|da|di|presso",
    "pt": "em|de|no|na|para|desde",
    "nl": "in|uit|bij|naar|van|te|nabij",
    "pl": "w|we|na|z|ze|do|pod|koło|od",
}
_PLACED = {
    language: re.compile(rf"(?:^|\W)(?:{words})[ \u00a0]$", re.IGNORECASE) for language, words in _PREPOSITIONS.items()
}
# Kazakh and Kyrgyz say it with the case, in, from, to, or with what follows: the town, the region.
_PLACED_BEHIND = re.compile(r"[ \u00a0](?:қала|облыс|облус|шаар|аудан|ауыл|кент|штат|провинция)")
_PLACED_CASE = re.compile(r"(?:[дт][аеоө](?:н|ғы|гі|гы|ги)?|[нт][ае]н|[гғқк][аеоө])$")
_TURKIC = frozenset({"kk", "ky"})
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
        is_person: it is a person's name, or part of one.
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
    is_person: bool
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
    found = [
        mention
        for zone in prepared.of(*SEARCHED)
        for mention in _in_zone(prepared, zone, gazetteer, language, end if zone is opening else 0)
        if mention.is_place
    ]
    # Whoever has been called in full is called by one name afterwards.
    people = {mention.name.folded for mention in found if mention.is_person}
    return [m for m in found if not m.is_person and (m.is_placed or m.in_dateline or m.name.folded not in people)]


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
    for (start, end), same in groupby(hits, key=lambda hit: hit[:2]):
        if start < free:
            continue
        at, to = folded.original(start, end)
        found = [
            (readings, name)
            for name in (gazetteer.name(number) for _, _, number in same)
            if (readings := _as_spelled(name, _in_language(name, language), text, at, to, cased=cased))
        ]
        if not found:
            continue
        free = end
        # Two stems with two endings may make one word.
        readings, name = max(found, key=lambda item: item[0][0].prior)
        yield _mention(
            zone,
            text,
            (start, end, at, to),
            name,
            readings,
            gazetteer,
            language=language,
            cased=cased,
            opening=dateline_end,
        )


def _mention(
    zone: Zone,
    text: str,
    place: tuple[int, int, int, int],
    name: Name,
    readings: tuple[Reading, ...],
    gazetteer: Gazetteer,
    *,
    language: str,
    cased: bool,
    opening: int,
) -> Mention:
    start, end, at, to = place
    before, behind = text[max(0, at - 16) : at], text[to : to + 2]
    is_church = name.is_saint and behind in {"'s", "’s"}
    word = word_before(text, at, is_english=language == "en")
    is_placed = _PLACED.get(language, _PLACED["en"]).search(before) is not None
    if language in _TURKIC and not is_placed:
        is_placed = bool(_PLACED_CASE.search(text[at:to][len(name.folded) :]) or _PLACED_BEHIND.match(text, to))
    running = cased and zone.name != "headline"
    is_given = running and not is_placed and name.is_given_name and has_surname(text, to)
    return Mention(
        zone,
        start,
        end,
        at,
        to,
        name,
        readings,
        is_placed=is_placed,
        is_person=is_given or is_church or (not name.exact and is_surname(word, gazetteer.given_names)),
        follows_comma=before.rstrip().endswith(","),
        has_comma=behind.startswith((",", ".,")),
        follows_name=running and may_be_given_name(word),
        in_dateline=at < opening,
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


def _as_spelled(
    name: Name, readings: tuple[Reading, ...], text: str, at: int, to: int, *, cased: bool
) -> tuple[Reading, ...]:
    """What a name may mean as it is spelled here: in small letters only what its language writes so."""
    if name.exact:
        spelled = text[at:to]
        # `US$` is money
        is_so = (spelled in name.exact or spelled + "." in name.exact) and not text.startswith("$", to)
        return readings if is_so and (cased or len(spelled) > 2) else ()
    if not cased or not text[at].islower():
        return readings
    return tuple(reading for reading in readings if reading.kind in "ex")
