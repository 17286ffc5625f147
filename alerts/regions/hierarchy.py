"""What lies in what: subdivisions (ISO 3166-2), countries (ISO 3166-1), the UN's regions (M49) and common groups.

Codes of ISO are upper case; ours, for regions and groups, are lower case with hyphens: `central-asia`, `eu`, `sahel`.
"""

from functools import lru_cache

from alerts.regions.gazetteer import gazetteer


class UnknownRegion(KeyError):
    """The caller's fault: no place has this code."""


@lru_cache(maxsize=8192)
def ancestors(code: str) -> frozenset[str]:
    """The code itself and every place and group that it lies in; of a code we do not know, itself alone.

    Alerts outlive a release: one with a code that this version does not know must still pass its filters.
    """
    place = gazetteer().places.get(code)
    above = place.parents if place else ()
    return frozenset({code}).union(*(ancestors(parent) for parent in above))


def is_region(code: str) -> bool:
    """Whether a filter or a rule may name this code."""
    return code in gazetteer().places


def name(code: str) -> str:
    """The English name.

    Raises:
        UnknownRegion: no place has this code.
    """
    place = gazetteer().places.get(code)
    if place is None:
        raise UnknownRegion(f"{code!r} is no region")
    return place.name


def known() -> frozenset[str]:
    """Every code."""
    return frozenset(gazetteer().places)


@lru_cache(maxsize=1024)
def children(code: str) -> tuple[str, ...]:
    """What lies directly in a place, by name: a region's parts, a group's members, a country's subdivisions.

    Raises:
        UnknownRegion: no place has this code.
    """
    name(code)
    book = gazetteer()
    places = book.places
    inside = places[code].children or book.subdivisions.get(code, ())
    return tuple(sorted(inside, key=lambda inner: places[inner].name))
