"""What each name means in this text: one sense a name, told by what stands beside it and by the text's other names."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from alerts.regions.gazetteer import Gazetteer, Reading
from alerts.regions.mentions import Mention
from alerts.text import Prepared

Support = dict[str, set[str]]
"""Country or subdivision -> the folded names that speak for it."""

_SURE = 0.5
_KNOWN = 0.4
"""From this prior on a town without namesakes is meant where something is said to be in it or near it."""
_DOUBT = 0.15
"""A name whose two likeliest meanings are closer than this speaks for neither."""
_SELF = 0.6
"""From this prior on a town or a subdivision is evidence by itself."""
_GREAT = 0.9
"""From this prior on a town is known by its name wherever that stands."""
_SUPPORT = 0.3
_NEAR = 0.7
_CLOSE = 1.0
_SEVERAL = 2
"""For a namesake whose own subdivision is named, in a text that names nothing in the other's country."""
_CLUE = 0.35
_MOST_CLUES = 3


@dataclass(frozen=True, slots=True)
class Sense:
    """A mention and what it means."""

    mention: Mention
    reading: Reading


def senses(prepared: Prepared, found: list[Mention], gazetteer: Gazetteer) -> Iterator[Sense]:
    """The mentions that mean a place, with the place.

    A name that may be a common word, a small town or a quarter needs more than itself: a preposition of place, a
    dateline's comma, or another name of the same country.
    """
    support = _support(found)
    told = dict(_told_by_neighbour(found))
    chosen: dict[str, Reading | None] = {}
    for mention in found:
        key = mention.name.folded
        if key not in chosen:
            chosen[key] = told.get(key) or _choose(prepared, mention, support, gazetteer)
        reading = chosen[key]
        if reading is None or (reading.kind == "a" and not mention.follows_comma):
            continue
        if key in told or _is_enough(mention, reading, support):
            yield Sense(mention, reading)


def _support(found: Iterable[Mention]) -> Support:
    """Which names speak by themselves for each country and each of its subdivisions."""
    names: Support = defaultdict(set)
    for mention in found:
        best = mention.readings[0]
        if best.prior < _SURE or best.kind == "a" or mention.name.is_word or mention.follows_name:
            continue
        if len(mention.readings) > 1 and mention.readings[1].prior > best.prior - _DOUBT:
            continue  # Georgia speaks for neither
        names[best.country].add(mention.name.folded)
        names[best.code].add(mention.name.folded)
    return names


def _is_supported(code: str, mention: Mention, support: Support) -> bool:
    names = support.get(code)
    return names is not None and (len(names) > 1 or mention.name.folded not in names)


def _told_by_neighbour(found: list[Mention]) -> Iterator[tuple[str, Reading]]:
    """`Paris, Texas`; `Birmingham, Ala.`; `Tripoli, Lebanon`: the second name says which one the first is."""
    for first, second in pairwise(found):
        if first.zone != second.zone or second.start - first.end > 1 or not first.has_comma:
            continue
        place = _within(first.readings, second.readings[0])
        if place is not None:
            yield first.name.folded, place


def _within(readings: tuple[Reading, ...], above: Reading) -> Reading | None:
    """The reading that lies in `above`; a town that we have only elsewhere lies there too, if that is a state."""
    if above.kind not in "nsa" or all(reading.kind not in "csk" for reading in readings):
        return None
    inside = next((r for r in readings if r.kind in "csk" and above.code in (r.code, r.country)), None)
    return inside or (above if above.kind in "sa" else None)


def _choose(prepared: Prepared, mention: Mention, support: Support, gazetteer: Gazetteer) -> Reading | None:
    readings = mention.readings
    if len(readings) == 1:
        return readings[0]
    clues = gazetteer.clues.get(mention.name.folded, {})
    text = b"".join(prepared.folded(zone).data for zone in prepared.zones) if clues else b""

    rivals = {r.country for r in readings if r.prior >= _SURE and _is_supported(r.country, mention, support)}

    def score(reading: Reading) -> float:
        own = _is_supported(reading.code, mention, support)
        near = own and "-" in reading.code and not rivals - {reading.country}
        own = own or _is_supported(reading.country, mention, support)
        spoken = min(_MOST_CLUES, sum(clue in text for clue in clues.get(reading.code, ())))
        beside = (_NEAR if len(support[reading.code]) < _SEVERAL else _CLOSE) if near else _SUPPORT if own else 0
        return reading.prior + beside + _CLUE * spoken

    return max(readings, key=score)


def _is_enough(mention: Mention, reading: Reading, support: Support) -> bool:
    if (reading.kind in "ndeia") or mention.in_dateline:
        return True
    supported = _is_supported(reading.country, mention, support)
    sure = reading.prior >= _SURE
    if mention.name.is_word:
        return (sure and (supported or mention.is_placed or mention.has_things)) or (supported and mention.is_placed)
    if not sure and reading.prior >= _KNOWN:
        # Where a text names other countries, there may be a namesake in one of them that we do not know.
        alone = (mention.is_seat or mention.has_things) and (mention.zone.name == "headline" or not support)
        return alone or (supported and mention.is_placed)
    if mention.follows_name or not sure or (mention.may_be_word and reading.kind == "c" and reading.prior < _GREAT):
        return supported or (sure and mention.is_placed)
    return (
        reading.prior >= _SELF or supported or mention.is_placed or mention.has_comma or mention.zone.name == "headline"
    )
