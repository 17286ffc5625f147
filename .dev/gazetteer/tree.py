"""The tree: countries, their subdivisions, the UN's regions and the groups that people speak of."""

from collections.abc import Iterable, Iterator

from gazetteer.cldr import Cldr
from gazetteer.spelling import kebab
from gazetteer.tables import rows, table

# In CLDR's tree but not in ISO 3166-1, or not lands: islands reserved for post offices, the EU, the UN, outliers.
NOT_COUNTRIES = frozenset("AC CP CQ DG EA EU EZ IC QO TA UN".split())


class Places:
    """The tree: countries, their subdivisions, the UN's regions and the groups people speak of."""

    def __init__(self, cldr: Cldr) -> None:
        self.names: dict[str, str] = {}
        self.parents: dict[str, list[str]] = {}
        self.children: dict[str, list[str]] = {}
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
        for key, name, members in rows("groups.txt"):
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
        ours = {key: values[0].removeprefix("=") for key, values in table("names.txt")}

        def add(inside: Iterable[str], parent: str) -> None:
            for code in inside:
                key = f"{code[:2]}-{code[2:]}".upper()
                # CLDR names some oblasts in a way that English never does.
                name = cldr.subdivision_names.get(code, ours.get(key))
                if name is None:
                    continue
                self.names[key] = ours[key] if key in ours and code.startswith("ua") else name.rstrip("²")
                self.parents[key] = [parent]
                add(cldr.subdivisions.get(code, {}).get("_contains", ()), key)

        for country in sorted(self.countries):
            add(cldr.subdivisions.get(country, {}).get("_contains", ()), country)
