"""Every name we look for, folded, with what it may mean."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

from gazetteer.cldr import LANGUAGES, Cldr, exemplar_cities
from gazetteer.clitics import with_clitics
from gazetteer.declension import derived, peoples, relational, stems
from gazetteer.spelling import bare, forms, script_of
from gazetteer.tables import languages_with, rows, table, words
from gazetteer.towns import SEATED, TELLING, Town, towns
from gazetteer.tree import Places

from alerts.text import fold

# A subdivision's name counts by itself only in lands whose subdivisions the world's news calls by name.
OPEN = frozenset("US CA AU IN GB DE UA RU CN BR MX ZA AF SY IQ PK KZ ES IT".split())

_LIKELIER = 0.15
"""What a language thinks of a name is told apart from this difference on; readings closer than it are rivals."""

Meaning = tuple[str, float, set[str]]
"""Of a place: kind, prior, languages."""

_WIDE = frozenset({"*", "cyrillic", "greek"})
"""Instead of a language: any, or any that is written so."""

_CASED = frozenset({"LATIN", "CYRILLIC", "GREEK"})
_SAINTS = ("St.", "St ", "Saint", "Sint")
_UNIT = re.compile(r" (Province|Oblast|Krai|Okrug|oblysy|Region)$")


def key_of(name: str) -> str:
    """A name as it is compared."""
    # Some spellings stack marks in an order that nobody types: folded again, they are as everyone writes them.
    return fold(fold(name).data.decode()).data.decode().strip()


class Names:
    """Every name we look for, folded, with what it may mean."""

    def __init__(self, places: Places) -> None:
        self.places = places
        self.found: dict[str, dict[str, Meaning]] = defaultdict(dict)
        self.apart: dict[str, dict[str, Meaning]] = defaultdict(dict)
        self.exact: dict[str, set[str]] = defaultdict(set)
        self.endings: dict[str, set[str]] = defaultdict(set)
        self.clues: list[str] = []
        self.commons = words("commons.txt")
        self.given = self.commons | words("firstnames.txt") | words("duals.txt")

    def patterns(self) -> Iterator[str]:
        """What to search for, in the order of `lines`: spaces stand where a word must begin or end."""
        yield from sorted(self.found)

    def lines(self) -> Iterator[str]:
        """`flags, endings, exact forms, readings` by tabs; a reading is `code/kind/prior/languages`."""
        for pattern in sorted(self.found):
            key = pattern.strip()
            flags = ("w" if self._is_common(pattern) else "") + ("g" if key in self.given else "")
            told_of = [*self.found[pattern].items(), *self.apart.get(pattern, {}).items()]
            readings = sorted(told_of, key=lambda item: (-item[1][1], item[1][0] in "ck", item[0]))
            told = (
                f"{c}/{k}/{p:.2f}/{'' if '*' in langs else ','.join(sorted(langs))}" for c, (k, p, langs) in readings
            )
            exact = "|".join(sorted(self.exact.get(pattern, ())))
            yield "\t".join((flags, "".join(sorted(self.endings.get(pattern, ()))), exact, " ".join(told)))

    def languages(self) -> list[str]:
        """Every language in which some name holds only there."""
        books = (*self.found.values(), *self.apart.values())
        used = (langs for readings in books for _, _, langs in readings.values())
        return sorted(set().union(*used) - {"*"})

    def _is_common(self, pattern: str) -> bool:
        # Saints' names are churches, hospitals and schools before they are towns.
        key = pattern.strip()
        likely = max(prior for _, prior, _ in self.found[pattern].values())
        return key in self.commons or (likely < 0.65 and key.startswith(("st ", "saint ")))

    def read(self, cldr: Cldr) -> None:
        """Take everything in, the surest first."""
        self._ours("names.txt", "n")
        self._ours("demonyms.txt", "d")
        self._ours("institutions.txt", "i")
        self._ours("abbreviations.txt", "a")
        for _, values in table("others.txt"):
            for value in values:
                self._add(value, "-", "x", 1.0)
        self._peoples()
        self._territories(cldr)
        for language, codes, values, *kinds in rows("elsewhere.txt"):
            for rank, code in enumerate(codes.split("/")):
                kind = kinds[0] if kinds else "s" if code[2:3] == "-" else "n"
                for value in values.split(", "):
                    self._foreign(value, code, kind, 0.3 if rank else 0.9, language)
        self._ours("cities.txt", "c")
        self._ours("campuses.txt", "c")
        self._states()
        self._towns()
        self._homonyms()
        for language in languages_with("places"):
            for codes, values in table(f"places/{language}.txt"):
                for rank, code in enumerate(codes.split("|")):
                    for value in values:
                        self._place(value, code, 0.3 if rank else 0.9, language)
        self._tidy()

    def _ours(self, file: str, kind: str) -> None:
        """A table of ours; where a key names two places, the first is the likelier."""
        likely = 0.95 if kind == "c" else 0.9
        for codes, values in table(file):
            for rank, code in enumerate(codes.split("|")):
                for value in values:
                    self._add(value, code, "s" if kind == "n" and "-" in code else kind, 0.3 if rank else likely)

    def _homonyms(self) -> None:
        for name, code, clues in rows("homonyms.txt"):
            readings = self.found[f" {name} "]
            kind, prior, languages = readings.get(code, ("s" if "-" in code else "n", 0.3, {"*"}))
            readings[code] = (kind, max(prior, 0.3), languages)
            self.clues.append(f"{name}\t{code}\t{clues}")

    def _add(self, name: str, code: str, kind: str, prior: float, language: str = "*", endings: str = "") -> None:
        if code != "-" and code not in self.places.names:
            raise SystemExit(f"{name!r} is said to be in {code}, which is no place")
        exact = name.startswith("=")
        name = name.removeprefix("=")
        for form in {name, bare(name)}:
            key = key_of(form)
            if not key:
                continue
            pattern = f" {key}" if endings else f" {key} "
            if exact and pattern in self.found and pattern not in self.exact:
                continue
            if exact:
                self.exact[pattern].add(form)
            self.endings[pattern] |= set(endings)
            known_kind, known_prior, languages = self.found[pattern].get(code, (kind, prior, set()))
            if prior > known_prior and language not in _WIDE and not languages.isdisjoint(_WIDE):
                self._add_apart(pattern, code, kind, prior, language)
                continue
            if prior > known_prior or (kind == "k" and known_kind == "c"):
                known_kind, known_prior = kind, max(prior, known_prior)
            self.found[pattern][code] = (known_kind, known_prior, languages | {language})

    def _add_apart(self, pattern: str, code: str, kind: str, prior: float, language: str) -> None:
        """What a name means likelier in one language than elsewhere; where it is little likelier, nothing."""
        _, common, _ = self.found[pattern][code]
        if prior >= common + _LIKELIER:
            _, _, languages = self.apart[pattern].get(code, (kind, prior, set()))
            self.apart[pattern][code] = (kind, prior, languages | {language})

    def _territories(self, cldr: Cldr) -> None:
        for language in LANGUAGES:
            tag = "*" if language == "en" else language.partition("-")[0]
            for code, name in cldr.territories(language):
                if code not in self.places.countries:
                    continue
                for form in forms(name):
                    self._foreign(form, code, "n", 0.6 if form.startswith(_SAINTS) else 0.9, tag)
            for part, name in cldr.parts(language).items() if language != "en" else ():
                self._foreign(name, f"{part[:2]}-{part[2:]}".upper(), "s", 0.9, tag)

    def _foreign(self, name: str, code: str, kind: str, prior: float, language: str) -> None:
        """A name in some language: the ones whose script tells the language hold in every text."""
        script = script_of(name)
        if len(name) < (2 if script == "CJK" or name.isupper() else 3):
            return
        tag = language if script in _CASED else "*"
        self._add(name, code, kind, prior, tag)
        if not name.startswith("="):
            for form, endings in stems(name, language):
                self._add(form, code, kind, prior, tag, endings)
            if kind in "nsck":
                for form, endings in relational(name, language):
                    self._add(form, code, "e", prior, tag, endings)
            for form in () if key_of(name) in self.commons else with_clitics(name):
                self._add(form, code, kind, prior, tag)

    def _peoples(self) -> None:
        """Adjectives and inhabitants in other languages, most of which write them small."""
        for language in languages_with("peoples"):
            for codes, values in peoples(language):
                for rank, code in enumerate(codes.split("|")):
                    for value in values:
                        for form, endings in derived(value, language):
                            self._add(form, code, "e", 0.3 if rank else 0.9, language, endings)

    def _states(self) -> None:
        taken = {p.strip() for p, readings in self.found.items() if any(r[0] in "nd" for r in readings.values())}
        for code, name in self.places.names.items():
            if "-" not in code or not code[0].isupper():
                continue
            for form in {f for full in forms(name) for f in (full, re.sub(_UNIT, "", full))}:
                key = key_of(form)
                if len(key) < 4 or (key in taken and code[:2] not in ("US", "CA")):
                    continue
                if form != name and any(known[:2] == code[:2] for known in self.found.get(f" {key} ", ())):
                    continue  # `Kyiv Oblast` is not Kyiv
                top = code.count("-") == 1 and self.places.parents[code] == [code[:2]]
                likely = 0.85 if top and code[:2] in OPEN else SEATED if len(key) >= TELLING else 0.2
                self._add(form, code, "s", likely)

    def _towns(self) -> None:
        exemplars = exemplar_cities()
        for town in towns(self.places):
            self._town(town)
            for other in town.others:
                self._elsewhere(other, town)
            for name in filter(self._is_new, town.spellings):
                self._town(replace(town, name=name, prior=min(town.prior, SEATED)))
            if town.is_great:
                for language, name in exemplars.get(town.zone, {}).get(town.name, ()):
                    self._foreign(name, town.code, town.kind, town.prior, language)

    def _elsewhere(self, name: str, town: Town) -> None:
        """GeoNames does not say in which language a name is: short ones are too often words."""
        script = script_of(name)
        if script in {"LATIN", ""} or len(name) < (2 if script == "CJK" else 5):
            return
        tag = script.lower() if script in _CASED else "*"
        self._add(name, town.code, town.kind, town.prior, tag)
        if script == "CYRILLIC":
            for form, endings in stems(name, "cyrillic"):
                self._add(form, town.code, town.kind, town.prior, tag, endings)

    def _place(self, name: str, code: str, prior: float, language: str) -> None:
        """A part of a land, a city, an island as another language calls it; English may write it the same."""
        plain = name.removeprefix("=")
        patterns = [f" {key_of(plain)} "]
        patterns += (f" {key_of(stem)}{'' if endings else ' '}" for stem, endings in stems(plain, language))
        for pattern in patterns:
            readings = self.found.get(pattern, {})
            known = [c for c, (kind, _, _) in readings.items() if c[:2] == code[:2] and kind in "csk"]
            if "-" not in code:
                code = next(iter(known), code)
            elif code[:2] in known and key_of(self.places.names[code[:2]]) != pattern.strip():
                self._move(readings, code[:2], code)
        self._foreign(name, code, "s" if "-" in code else "c", prior, language)

    @staticmethod
    def _move(readings: dict[str, Meaning], land: str, part: str) -> None:
        """A table says in which part of its land a town lies."""
        kind, likely, languages = readings.pop(land)
        _, other, others = readings.get(part, (kind, 0.0, set()))
        readings[part] = (kind, max(likely, other), languages | others)

    def _is_new(self, name: str) -> bool:
        return f" {key_of(name)} " not in self.found and key_of(name) not in self.given

    def _town(self, town: Town) -> None:
        name, code = town.name, town.code
        key = key_of(name)
        for known, (kind, _, _) in self.found.get(f" {key} ", {}).items():
            # A country's or people's name is not given up for a town abroad; at home, the town is in the country.
            if kind in "ndx" and known != code:
                return
        if len(key) >= 4:
            self._add(name, code, town.kind, town.prior)

    def _tidy(self) -> None:
        """A name that one reading owns needs no faint others; a namesake town may yet be meant."""
        for readings in self.found.values():
            common = [prior for _, prior, languages in readings.values() if "*" in languages]
            best = max(common or [prior for _, prior, _ in readings.values()])
            for code in [c for c, (kind, prior, _) in readings.items() if prior < best / (40 if kind in "ck" else 8)]:
                del readings[code]
