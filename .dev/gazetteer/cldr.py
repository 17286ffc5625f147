"""What we take of the Unicode CLDR: names in many languages, what lies in what, the cities of time zones."""

import json
import subprocess
import tarfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel import Locale
from babel.core import get_global

VERSION = "48.2.0"
PACKAGES = ("cldr-core", "cldr-localenames-full", "cldr-subdivisions-full")
LANGUAGES = (
    "en af am ar az be bg bn bs ca cs cy da de el es et eu fa fi fil fr ga gl gu he hi hr hu hy id is it ja ka kk "
    "km ko ky lo lt lv mk ml mn mr ms my ne nl no pa pl ps pt pt-PT ro ru si sk sl sq sr sr-Latn sv sw ta te tg "
    "th tk tr uk ur uz uz-Cyrl vi zh zh-Hant"
).split()


def fetch(folder: Path) -> Path:
    """Unpack CLDR's JSON packages into a folder."""
    for package in PACKAGES:
        subprocess.run(["npm", "pack", "--silent", f"{package}@{VERSION}"], cwd=folder, check=True)
        with tarfile.open(folder / f"{package}-{VERSION}.tgz") as archive:
            archive.extractall(folder / "_", filter="data")
        (folder / "_" / "package").rename(folder / package)
    return folder


class Cldr:
    """What we take of CLDR's JSON."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        core = folder / "cldr-core" / "supplemental"
        containment = json.loads((core / "territoryContainment.json").read_text())
        self.containment: dict[str, Any] = containment["supplemental"]["territoryContainment"]
        within = json.loads((core / "subdivisionContainment.json").read_text())
        self.subdivisions: dict[str, Any] = within["supplemental"]["subdivisionContainment"]
        self.subdivision_names = self.parts("en")

    def parts(self, language: str) -> dict[str, str]:
        """Subdivisions' codes as CLDR writes them (`gbeng`) -> names; but for English, Britain's alone."""
        path = self._folder / "cldr-subdivisions-full" / "subdivisions" / language / f"{language}.json"
        names: dict[str, str] = {}
        if path.exists():
            names = json.loads(path.read_text())["subdivisions"]["localeDisplayNames"]["subdivisions"]
        return names

    def territories(self, language: str) -> Iterator[tuple[str, str]]:
        """(code, name), other forms of a name included."""
        path = self._folder / "cldr-localenames-full" / "main" / language / "territories.json"
        names = json.loads(path.read_text())["main"][language]["localeDisplayNames"]["territories"]
        for code, name in names.items():
            yield code.partition("-alt-")[0], name


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
