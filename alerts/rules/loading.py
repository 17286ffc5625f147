"""From a file's text to a rule set, or to every fault in it with its line and column."""

from functools import lru_cache
from importlib.resources import files
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from alerts.rules.document import ATTRIBUTES, DEFAULTABLE, RuleSpec, closest
from alerts.rules.ruleset import RuleSet
from alerts.rules.source import Document, InvalidRules, Path, Problem
from alerts.rules.syntax import InvalidQuery

VERSION = 1


def load(text: str, *, file: str = "rules.yaml") -> RuleSet:
    """Read a rules file.

    Args:
        text: its content.
        file: its name, for messages.

    Raises:
        InvalidRules: with every problem found.
    """
    return _Reader(Document(text, file)).ruleset()


@lru_cache(maxsize=1)
def default_rules() -> RuleSet:
    """The rules that ship with the package (`alerts/rules/default.yaml`)."""
    return load(files("alerts.rules").joinpath("default.yaml").read_text(encoding="utf-8"), file="default.yaml")


class _Reader:
    """Goes through a document and collects what is wrong with it."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.problems: list[Problem] = []

    def ruleset(self) -> RuleSet:
        """The rules.

        Raises:
            InvalidRules: something is wrong.
        """
        top = self.document.value
        if not isinstance(top, dict):
            found = "nothing" if top is None else type(top).__name__
            raise InvalidRules([self._first(f"found {found}, expected 'version: 1' and 'rules:'", found)])
        self._check_top(top)
        rules = top.get("rules", [])
        defaults = self._defaults(top.get("defaults", {}))
        specs = [self._spec(i, rule, defaults) for i, rule in enumerate(rules)] if isinstance(rules, list) else []
        self._refuse_doubles(specs)
        if self.problems:
            raise InvalidRules(self.problems)
        return RuleSet(spec.rule() for spec in specs if spec is not None)

    def _first(self, message: str, found: str = "") -> Problem:
        return Problem(self.document.file, 1, 1, message, found=found)

    def _add(self, place: tuple[int, int], message: str, **more: Any) -> None:
        self.problems.append(Problem(self.document.file, *place, message, **more))

    def _check_top(self, top: dict[Any, Any]) -> None:
        known = ("version", "defaults", "rules")
        for name in top:
            if name not in known:
                hint = closest(str(name), known)
                self._add(
                    self.document.key((name,)),
                    f"there is no {str(name)!r} at the top of a rules file; expected {', '.join(known)}{hint}",
                    found=str(name),
                    expected=", ".join(known),
                    suggestion=hint.removeprefix(". ") or None,
                )
        if "version" not in top:
            self.problems.append(self._first("'version: 1' is missing"))
        elif top["version"] != VERSION:
            message = f"version {top['version']!r} is not known; expected {VERSION}"
            self._add(self.document.place(("version",)), message, found=str(top["version"]), expected=str(VERSION))
        if "rules" not in top:
            self.problems.append(self._first("'rules:' is missing"))
        elif not isinstance(top["rules"], list):
            self._add(self.document.place(("rules",)), "'rules' is a list; each rule begins with '- id: ...'")

    def _defaults(self, defaults: Any) -> dict[str, Any]:
        if not isinstance(defaults, dict):
            self._add(self.document.place(("defaults",)), "'defaults' is a mapping of attributes")
            return {}
        for name in defaults:
            if name not in DEFAULTABLE:
                self._unknown(("defaults", name), DEFAULTABLE, "defaults")
        return {name: value for name, value in defaults.items() if name in DEFAULTABLE}

    def _spec(self, number: int, rule: Any, defaults: dict[str, Any]) -> RuleSpec | None:
        path: Path = ("rules", number)
        if not isinstance(rule, dict):
            self._add(self.document.place(path), f"found {rule!r}, expected a rule: '- id: ...'", found=repr(rule))
            return None
        for name in rule:
            if name not in ATTRIBUTES:
                self._unknown((*path, name), ATTRIBUTES, f"rule {rule.get('id', number + 1)!r}")
        # Given by name only: `zones` is ours, `in` is the author's.
        given = {name: value for name, value in {**defaults, **rule}.items() if name in ATTRIBUTES}
        try:
            return RuleSpec.model_validate(given)
        except ValidationError as exc:
            for fault in exc.errors(include_url=False):
                self._fault(path, rule, fault)
            return None

    def _unknown(self, path: Path, known: tuple[str, ...], whose: str) -> None:
        name = str(path[-1])
        hint = closest(name, known)
        self._add(
            self.document.key(path),
            f"{whose} has an attribute {name!r} that does not exist{hint or '; expected ' + ', '.join(known)}",
            found=name,
            expected=", ".join(known),
            suggestion=hint.removeprefix(". ") or None,
        )

    def _fault(self, path: Path, rule: dict[str, Any], fault: ErrorDetails) -> None:
        where = fault["loc"]
        if where and where[0] not in rule and fault["type"] != "missing":
            path = ("defaults",)
        whole = (*path, *where)
        error = (fault.get("ctx") or {}).get("error")
        if isinstance(error, InvalidQuery):
            self._add(
                self.document.place(whole, error.offset),
                f"{where[0]}: {error.message}",
                found=error.found,
                expected=error.expected,
                suggestion=error.suggestion,
            )
            return
        if fault["type"] == "missing":
            name = rule.get("id", "this rule")
            self._add(self.document.place(path), f"{name}: {where[-1]!r} is missing", expected=str(where[-1]))
            return
        label = ".".join(str(part) for part in where)
        if fault["type"] == "extra_forbidden":
            self._add(self.document.key(whole), f"{label}: there is no such attribute", found=str(where[-1]))
            return
        found = fault.get("input")
        message = fault["msg"].removeprefix("Value error, ")
        if error is None:
            hint = closest(found, _choices(fault)) if isinstance(found, str) else ""
            message = f"{message[0].lower()}{message[1:]}, found {found!r}{hint}"
        self._add(self.document.place(whole), f"{label}: {message}", found=str(found))

    def _refuse_doubles(self, specs: list[RuleSpec | None]) -> None:
        first: dict[str, int] = {}
        for number, spec in enumerate(specs):
            if spec is None:
                continue
            if spec.id in first:
                line, _ = self.document.place(("rules", first[spec.id]))
                place = self.document.place(("rules", number, "id"))
                self._add(place, f"id {spec.id!r} is taken by the rule in line {line}", found=spec.id)
            first.setdefault(spec.id, number)


def _choices(fault: ErrorDetails) -> tuple[str, ...]:
    """The words pydantic expected, where it lists them."""
    expected = str((fault.get("ctx") or {}).get("expected", ""))
    return tuple(word.strip("' ") for word in expected.replace(" or ", ",").split(","))
