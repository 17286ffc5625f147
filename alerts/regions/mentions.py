"""Which names stand in a text, before anyone asks what they mean: longest name first, spelled as a name.

A name counts if it begins with a capital letter where its script and language have them, is not somebody's, and is used
in the text's language.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from alerts.regions.dateline import dateline
from alerts.regions.gazetteer import Gazetteer, Name, Reading
from alerts.regions.people import begins_sentence, is_people, may_be_given_name, word_before
from alerts.regions.placing import has_things, is_american_unit, is_founded_anew, is_placed, is_seat
from alerts.text import Prepared, Zone

SEARCHED = ("headline", "lead", "body", "slugline")
"""A byline or a publisher's name says where somebody works, not what happened where."""

_ARTICLES = frozenset({"la", "el", "los", "las", "le", "les"})

_ENGLISH = frozenset({"US", "CA", "GB", "AU", "IN"})
"""Whose states English headlines call by their bare name most of the time."""

_LONG = 4
"""From so many letters on a word has a capital in every headline that gives them to more than names."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A name where it stands.

    Attributes:
        zone: the piece of text it stands in.
        start: of the words in the zone's folded data.
        end: behind them.
        text: the piece.
        at: offset of its first character in the piece, in code points.
        to: behind its last one.
        name: the gazetteer's entry.
        readings: what it may mean in a text of this language.
        language: of the text.
        is_sentence: the piece has capital letters where names and sentences begin, and nowhere else.
        in_dateline: it stands in the line that opens a wire story.
    """

    zone: Zone
    start: int
    end: int
    text: str
    at: int
    to: int
    name: Name
    readings: tuple[Reading, ...]
    language: str
    is_sentence: bool
    in_dateline: bool

    @property
    def is_placed(self) -> bool:
        """Something is said to be in, at or from it."""
        return is_placed(self.text, self.at, self.to, len(self.name.folded), self.language)

    @property
    def has_things(self) -> bool:
        """What places have is called its own, in English."""
        is_state = self.readings[0].kind == "s" and self.readings[0].country in _ENGLISH
        return self.language in ("en", "und") and has_things(self.text, self.to, is_state=is_state)

    @property
    def is_seat(self) -> bool:
        """Something is said to be in it or near it, where a capital letter tells a name."""
        return self.is_sentence and is_seat(self.text, self.at, self.to, self.language)

    @property
    def is_running(self) -> bool:
        """It stands in running text, where a capital letter tells most."""
        return self.is_sentence and self.zone.name != "headline"

    @property
    def is_people(self) -> bool:
        """It is somebody's name, or part of it."""
        return is_people(self.text, self.at, self.to, self.name, is_running=self.is_sentence and not self.is_placed)

    @property
    def follows_name(self) -> bool:
        """A capitalised word stands right before it, as a given name stands before a surname."""
        word = word_before(self.text, self.at) if self.is_running else ""
        return may_be_given_name(word, self.text, self.at, is_english=self.language == "en")

    @property
    def may_be_word(self) -> bool:
        """It begins a sentence in a language of whose words we know little."""
        return self.is_running and self.language != "en" and begins_sentence(self.text, self.at)

    @property
    def follows_comma(self) -> bool:
        """A comma stands before it."""
        return self.text[max(0, self.at - 16) : self.at].rstrip().endswith(",")

    @property
    def has_comma(self) -> bool:
        """A comma follows it."""
        return self.text.startswith((",", ".,"), self.to)


def mentions(prepared: Prepared, gazetteer: Gazetteer) -> list[Mention]:
    """The names of places in a text, in order, none inside another."""
    language = prepared.article.primary_language
    opening, end = dateline(prepared)
    found: list[Mention] = []
    people: set[str] = set()
    for zone in prepared.of(*SEARCHED):
        for mention in _in_zone(prepared, zone, gazetteer, language, end if zone is opening else 0):
            if mention.readings[0].kind == "x":  # a newspaper, a sea: it only hides the place in its name
                continue
            if mention.readings[0].kind in "cks" and is_founded_anew(mention.text, mention.at):
                continue
            if mention.is_people:
                people.add(mention.name.folded)
            else:
                found.append(mention)
    # Whoever has been called in full is called by one name afterwards.
    return [m for m in found if m.name.folded not in people or m.in_dateline or m.is_placed]


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
    is_sentence = cased and (zone.name != "headline" or _is_sentence(text))
    free = taken = 0
    best = (0.0, 0)
    mention: Mention | None = None
    for start, end, number in hits:
        # Two stems with two endings may make one word: the likelier wins, then the longer stem.
        if start < free and not (start == taken and end == free):
            continue
        readings = gazetteer.readings(number, language)
        if not readings:
            continue
        name = gazetteer.name(number)
        rank = (readings[0].prior, len(name.folded))
        if start < free and rank <= best:
            continue
        at, to = folded.original(start, end)
        readings = _as_spelled(name, readings, text, at, to, cased=cased)
        if is_american_unit(text, to):
            readings = tuple(reading for reading in readings if reading.country in ("US", "CA"))
        if not readings:
            continue
        if mention is not None and start >= free:
            yield mention
        taken, free, best = start, end, rank
        mention = Mention(zone, start, end, text, at, to, name, readings, language, is_sentence, at < dateline_end)
    if mention is not None:
        yield mention


def _is_sentence(headline: str) -> bool:
    """Whether a headline has its capital letters where a sentence has them: `Man Bites Dog` has not."""
    words = [word for word in headline.split()[1:] if len(word) >= _LONG and word.isalpha()]
    return sum(word[0].islower() for word in words) * 2 > len(words)


def _is_article_with_noun(folded: str, text: str, at: int) -> bool:
    """`La paz` and `El alto` begin a sentence of Spanish; the towns are La Paz and El Alto."""
    article, _, noun = folded.partition(" ")
    return article in _ARTICLES and noun != "" and text[at + len(article) + 1 :][:1].islower()


def _as_spelled(
    name: Name, readings: tuple[Reading, ...], text: str, at: int, to: int, *, cased: bool
) -> tuple[Reading, ...]:
    """What a name may mean as it is spelled here: in small letters only what its language writes so."""
    if name.exact:
        spelled = text[at:to]
        # `US$` is money.
        is_so = (spelled in name.exact or spelled + "." in name.exact) and not text.startswith("$", to)
        return readings if is_so and (cased or len(spelled) > 2) else ()
    if not cased or not (text[at].islower() or _is_article_with_noun(name.folded, text, at)):
        return readings
    return tuple(reading for reading in readings if reading.kind in "ex")
