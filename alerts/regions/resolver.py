"""Which places a text is about, and which it only mentions.

Each name is a piece of evidence for its place: strong in the headline, fair in the dateline and the lead, faint in the
body. Pieces add up as independent chances do (`1 - (1-a)(1-b)...`), so a weight stays below 1, grows with every piece
and no number of faint ones outvotes what the headline says. A city speaks for its subdivision and its country.
"""

from collections import defaultdict
from dataclasses import dataclass, field

from alerts.regions.gazetteer import Gazetteer, gazetteer
from alerts.regions.governments import is_government, is_team
from alerts.regions.mentions import Mention, mentions
from alerts.regions.senses import Sense, senses
from alerts.text import Prepared, Zone, fold
from alerts.verdict import RegionHit, Span

_HEADLINE = 0.6
_DATELINE = 0.5
_LEAD = 0.3
_BODY = 0.1
_HINT = 0.3
_LEAD_LENGTH = 200
"""A lead that is longer than this, in code points, is a text without paragraphs: only its beginning is a lead."""
_KINDS = {"n": 1.0, "s": 1.0, "a": 1.0, "c": 0.9, "k": 0.9, "d": 1.0, "e": 1.0, "i": 0.8}
_ABOUT = 0.4
"""The least weight of a place that a text is about, where the headline or the dateline names some place."""
_ABOUT_AT_ALL = 0.25
"""The same where neither does: a name in the lead, or three in the body, must do."""
_BESIDE_HEADLINE = 0.45
"""The most that a place weighs which the headline leaves out, where it names another: less than any in it."""
_MOST_SPANS = 5


@dataclass(frozen=True, slots=True)
class Places:
    """The places of a text, by weight; empty means unknown, which is never "everywhere".

    Attributes:
        about: what the text is about: headline, dateline, lead and frequency decide.
        mentioned: every place named, those of `about` included.
    """

    about: tuple[RegionHit, ...] = ()
    mentioned: tuple[RegionHit, ...] = ()


@dataclass(slots=True)
class _Evidence:
    """What speaks for one place: the chance that nothing of it is so, and the words."""

    doubt: float = 1.0
    in_headline: bool = False
    in_dateline: bool = False
    found: list[tuple[float, Mention]] = field(default_factory=list)

    def add(self, strength: float, mention: Mention) -> None:
        self.doubt *= 1 - strength
        self.in_headline |= mention.zone.name == "headline"
        self.in_dateline |= mention.in_dateline
        self.found.append((strength, mention))

    @property
    def is_prominent(self) -> bool:
        return self.in_headline or self.in_dateline

    @property
    def first(self) -> int:
        """Where its first name stands in its piece."""
        return self.found[0][1].at if self.found else 0


def resolve(prepared: Prepared) -> Places:
    """The places of an article. Pure: the same article gives the same places."""
    book = gazetteer()
    evidence: dict[str, _Evidence] = defaultdict(_Evidence)
    for sense in senses(prepared, mentions(prepared, book), book):
        strength = _strength(sense)
        for code in _told(sense):
            evidence[code].add(strength, sense.mention)
    named = frozenset(evidence)
    for code in _hints(prepared, book):
        evidence[code].doubt *= 1 - _HINT
    weights = _weights(evidence)
    # A country stands before its parts, where they weigh the same; else what comes first in the text.
    order = sorted(evidence, key=lambda code: (-weights[code], len(code), evidence[code].first))
    cut = _Spans(prepared)
    hits = [RegionHit(c, book.places[c].name, weights[c], cut.of(evidence[c])) for c in order]
    about = _about(evidence, weights)
    return Places(tuple(h for h in hits if h.code in about), tuple(h for h in hits if h.code in named))


def _told(sense: Sense) -> set[str]:
    """What a name speaks for: its place and the country; a government or a team, for the country alone."""
    reading, mention = sense.reading, sense.mention
    text, at, to = mention.text, mention.at, mention.to
    is_state = reading.kind == "k" and not mention.in_dateline and is_government(text, at, to)
    if is_state or (reading.kind in "cks" and is_team(text, to)):
        return {reading.country}
    return {reading.code, reading.country}


def _weights(evidence: dict[str, _Evidence]) -> dict[str, float]:
    most = _BESIDE_HEADLINE if any(proof.in_headline for proof in evidence.values()) else 1.0
    return {code: round(min(1 - p.doubt, 1.0 if p.in_headline else most), 4) for code, p in evidence.items()}


def _strength(sense: Sense) -> float:
    mention = sense.mention
    if mention.zone.name == "headline":
        where = _HEADLINE
    elif mention.in_dateline:
        where = _DATELINE
    elif mention.zone.name == "lead" and mention.at < _LEAD_LENGTH:
        where = _LEAD
    else:
        where = _BODY
    return where * _KINDS[sense.reading.kind]


def _hints(prepared: Prepared, book: Gazetteer) -> set[str]:
    """Places that the publisher named beside the text, as ISO codes or by name."""
    article = prepared.article
    names = [reference.name for reference in article.place if reference.name]
    names += (article.located or "").split(",")
    codes = {reference.code.rpartition(":")[2].upper() for reference in article.place if reference.code}
    found = {code for code in codes if code in book.places}
    for name in names:
        entry = book.lookup(fold(name).data.decode().strip())
        if entry and entry.readings[0].kind in "nsck":
            found |= {entry.readings[0].code}
    return found | {code[:2] for code in found if code[:2] in book.places}


def _about(evidence: dict[str, _Evidence], weights: dict[str, float]) -> set[str]:
    least = _ABOUT if any(proof.is_prominent for proof in evidence.values()) else _ABOUT_AT_ALL
    return {code for code, proof in evidence.items() if proof.in_headline or weights[code] >= least}


class _Spans:
    """The strongest evidence as spans; a mention speaks for a country and its subdivision, and is cut out once."""

    def __init__(self, prepared: Prepared) -> None:
        self._prepared = prepared
        self._known: dict[tuple[Zone, int], Span] = {}

    def of(self, proof: _Evidence) -> tuple[Span, ...]:
        strongest = sorted(proof.found, key=lambda item: -item[0])[:_MOST_SPANS]
        return tuple(self._span(mention) for _, mention in strongest)

    def _span(self, mention: Mention) -> Span:
        key = (mention.zone, mention.start)
        if key not in self._known:
            self._known[key] = self._prepared.span(mention.zone, mention.start, mention.end)
        return self._known[key]
