"""From the text of rules files to a rule set, or to every fault in them with file, line and column."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from alerts.rules.building import NO_LISTS
from alerts.rules.document import ATTRIBUTES, CLEARABLE, DEFAULTABLE, PARTS, RuleSpec, Shared
from alerts.rules.expression import Expression
from alerts.rules.ruleset import RuleSet
from alerts.rules.source import Document, InvalidRules, Path, Problem
from alerts.rules.syntax import InvalidQuery, parse
from alerts.rules.wording import closest, expectation, shown
from alerts.uncollected import uncollected

VERSION = 1
_TOP = ("version", "lists", "defaults", "rules")
_LIST = re.compile(r"[A-Za-z][\w-]*")


class Edition:
    """A rule set as it was read, with the place of everything in it.

    Attributes:
        rules: the rule set; rules of several files stand in the order of the files.
    """

    def __init__(
        self, rules: RuleSet, places: dict[str, tuple[Document, Path]], lists: Sequence[tuple[Document, str, str]] = ()
    ) -> None:
        self.rules = rules
        self._places = places
        self._lists = lists

    def lists(self) -> Iterator[tuple[str, Callable[[str, int], Problem]]]:
        """The text of each list, with what makes something to say of a character of it."""
        for document, name, text in self._lists:

            def problem(message: str, offset: int, document: Document = document, name: str = name) -> Problem:
                place = document.place(("lists", name), offset)
                return Problem(document.file, *place, f"${name}: {message}")

            yield text, problem

    def problem(self, rule: str, attribute: str, message: str, *, offset: int | None = None) -> Problem:
        """Something to say of a rule's attribute, or of that character of it; where it is not written, of the rule."""
        document, path = self._places[rule]
        return Problem(document.file, *document.place((*path, attribute), offset), message)

    def file(self, rule: str) -> str:
        """The file that a rule stands in."""
        return self._places[rule][0].file

    def line(self, rule: str) -> int:
        """The line that a rule begins on."""
        document, path = self._places[rule]
        return document.place(path)[0]

    def extent(self, rule: str) -> tuple[int, int]:
        """The line that a rule begins on, and the one behind its last."""
        document, path = self._places[rule]
        return document.extent(path)


def load(text: str, *, file: str = "rules.yaml") -> RuleSet:
    """Read a rules file.

    Args:
        text: its content.
        file: its name, for messages.

    Raises:
        InvalidRules: with every problem found.
    """
    return edition([(file, text)]).rules


def edition(sources: Iterable[tuple[str, str]]) -> Edition:
    """Read rules files that are in force together.

    Args:
        sources: name and content of each. `defaults` are for the rules of the same file; ids are unique among all.

    Raises:
        InvalidRules: with every problem found in any of them.
    """
    # It finds none here, and looking for it takes half of the time.
    with uncollected():
        return _edition(sources)


def _edition(sources: Iterable[tuple[str, str]]) -> Edition:
    readers: list[_Reader] = []
    problems: list[Problem] = []
    for file, text in sources:
        try:
            readers.append(_Reader(Document(text, file)))
        except InvalidRules as exc:
            problems += exc.problems
    found = [(reader.document, *entry) for reader in readers for entry in reader.specs()]
    problems += [problem for reader in readers for problem in reader.problems]
    problems += _doubles([(document, path, spec.id) for document, path, spec in found])
    if problems:  # what is wrong with a default shows in each rule that has it, and is told once
        raise InvalidRules(list(dict.fromkeys(problems)))
    places = {spec.id: (document, path) for document, path, spec in found}
    lists = [(reader.document, name, text) for reader in readers for name, text in reader.lists.items()]
    return Edition(RuleSet(spec.rule() for _, _, spec in found), places, lists)


def default_edition() -> Edition:
    """The rules that ship with the package (`alerts/rules/default.yaml`), with their places."""
    return edition(
        [("default.yaml", files("alerts.rules").joinpath("default.yaml").read_text(encoding="utf-8"))],
    )


@lru_cache(maxsize=1)
def default_rules() -> RuleSet:
    """The rules that ship with the package."""
    return default_edition().rules


def _doubles(found: Sequence[tuple[Document, Path, str]]) -> Iterable[Problem]:
    first: dict[str, tuple[Document, Path]] = {}
    for document, path, id_ in found:
        if id_ in first:
            other, other_path = first[id_]
            line, _ = other.place(other_path)
            where = f"in line {line}" if other is document else f"in {other.file}:{line}"
            place = document.place((*path, "id"))
            yield Problem(document.file, *place, f"id {id_!r} is taken by the rule {where}", found=id_)
        first.setdefault(id_, (document, path))


class _Reader:
    """Goes through a document and collects what is wrong with it."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.problems: list[Problem] = []
        self.lists: dict[str, str] = {}
        self._shared = Shared(NO_LISTS)

    def specs(self) -> list[tuple[Path, RuleSpec]]:
        """Every rule that is right, with its path; what is wrong is in `problems` then."""
        top = self.document.value
        if not isinstance(top, dict):
            found = "nothing" if top is None else type(top).__name__
            self._first(f"found {found}, expected 'version: 1' and 'rules:'", found)
            return []
        self._check_top(top)
        rules = top.get("rules", [])
        self._shared = Shared(self._lists(top.get("lists", {})))
        defaults = self._defaults(top.get("defaults", {}))
        specs = [self._spec(i, rule, defaults) for i, rule in enumerate(rules)] if isinstance(rules, list) else []
        return [(("rules", i), spec) for i, spec in enumerate(specs) if spec is not None]

    def _first(self, message: str, found: str = "") -> None:
        self.problems.append(Problem(self.document.file, 1, 1, message, found=found))

    def _add(self, place: tuple[int, int], message: str, **more: Any) -> None:
        self.problems.append(Problem(self.document.file, *place, message, **more))

    def _check_top(self, top: dict[Any, Any]) -> None:
        for name in top:
            if name not in _TOP:
                self._unknown((name,), _TOP, "a rules file")
        if "version" not in top:
            self._first("'version: 1' is missing")
        elif top["version"] != VERSION or top["version"] is True:
            message = f"version {top['version']!r} is not known; expected {VERSION}"
            self._add(self.document.place(("version",)), message, found=str(top["version"]), expected=str(VERSION))
        if "rules" not in top:
            self._first("'rules:' is missing")
        elif not isinstance(top["rules"], list):
            self._add(self.document.place(("rules",)), "'rules' is a list; each rule begins with '- id: ...'")

    def _lists(self, lists: Any) -> dict[str, Expression]:
        """What `$name` stands for; a list may hold those that stand before it."""
        if not isinstance(lists, dict):
            self._add(self.document.place(("lists",)), "'lists' is a mapping of names to expressions")
            return {}
        known: dict[str, Expression] = {}
        for name, text in lists.items():
            place = ("lists", name)
            if not isinstance(name, str) or not _LIST.fullmatch(name):
                message = f"{name!r} is no name of a list: a letter, then letters, digits, _ or -"
                self._add(self.document.key(place), message, found=str(name))
            elif not isinstance(text, str):
                self._add(self.document.place(place), f"{name}: found {shown(text)}, expected an expression")
            else:
                try:
                    known[name] = parse(text, known)
                    self.lists[name] = text
                except InvalidQuery as error:
                    self._add(
                        self.document.place(place, error.offset),
                        f"{name}: {error.message}",
                        found=error.found,
                        expected=error.expected,
                        suggestion=error.suggestion,
                    )
        return known

    def _defaults(self, defaults: Any) -> dict[str, Any]:
        if not isinstance(defaults, dict):
            self._add(self.document.place(("defaults",)), "'defaults' is a mapping of attributes")
            return {}
        for name in defaults:
            if name not in DEFAULTABLE:
                self._unknown(("defaults", name), DEFAULTABLE, "defaults")
        empty = self._empty(("defaults",), defaults)
        return {name: value for name, value in defaults.items() if name in DEFAULTABLE and name not in empty}

    def _empty(self, path: Path, given: dict[Any, Any]) -> set[str]:
        """Attributes behind which nothing stands: more likely forgotten than meant."""
        empty = {name for name, value in given.items() if value is None and name in ATTRIBUTES}
        for name in empty:
            none = "; write none if it should have no " + name if name in CLEARABLE else ""
            self._add(self.document.key((*path, name)), f"{name}: nothing stands behind it{none}", found="nothing")
        return empty

    def _spec(self, number: int, rule: Any, defaults: dict[str, Any]) -> RuleSpec | None:
        path: Path = ("rules", number)
        if not isinstance(rule, dict):
            self._add(
                self.document.place(path), f"found {shown(rule)}, expected a rule: '- id: ...'", found=shown(rule)
            )
            return None
        for name in rule:
            if name not in ATTRIBUTES:
                self._unknown((*path, name), ATTRIBUTES, f"rule {rule.get('id', number + 1)!r}")
        empty = self._empty(path, rule)
        # Given by name only: `zones` is ours, `in` is the author's.
        given = {
            name: value for name, value in {**defaults, **rule}.items() if name in ATTRIBUTES and name not in empty
        }
        given = {name: value for name, value in given.items() if not (value == "none" and name in CLEARABLE)}
        try:
            return RuleSpec.model_validate(given, context=self._shared)
        except ValidationError as exc:
            for fault in exc.errors(include_url=False):
                if fault["type"] != "missing" or fault["loc"][-1] not in empty:
                    self._fault(path, rule, fault)
            return None

    def _unknown(self, path: Path, known: Sequence[str], whose: str) -> None:
        name = str(path[-1])
        hint = closest(name, known)
        self._add(
            self.document.key(path),
            f"{whose} has no attribute {name!r}{hint or '; expected ' + ', '.join(known)}",
            found=name,
            expected=", ".join(known),
            suggestion=hint.removeprefix(". ") or None,
        )

    def _fault(self, path: Path, rule: dict[str, Any], fault: ErrorDetails) -> None:
        where = fault["loc"]
        attribute = str(where[0]) if where else ""
        if where and attribute not in rule and fault["type"] != "missing":
            path = ("defaults",)
        whole = (*path, *where)
        error = (fault.get("ctx") or {}).get("error")
        if isinstance(error, InvalidQuery):
            self._add(
                self.document.place(whole, error.offset),
                f"{attribute}: {error.message}",
                found=error.found,
                expected=error.expected,
                suggestion=error.suggestion,
            )
        elif fault["type"] == "missing":
            name = rule.get("id", "this rule")
            self._add(self.document.place(path), f"{name}: {where[-1]!r} is missing", expected=str(where[-1]))
        elif fault["type"] == "extra_forbidden":
            self._unknown(whole, PARTS.get(attribute, ()), f"{attribute}:")
        elif error is not None:
            message = fault["msg"].removeprefix("Value error, ")
            self._add(self.document.place(whole), f"{attribute}: {message}", found=str(fault.get("input")))
        else:
            self._unexpected(whole, attribute, fault)

    def _unexpected(self, whole: Path, attribute: str, fault: ErrorDetails) -> None:
        expected, hint = expectation(fault, attribute)
        found = shown(fault.get("input"))
        message = f"found {found}, expected {expected}" if expected else f"{fault['msg']}, found {found}"
        self._add(
            self.document.place(whole),
            f"{attribute}: {message}{hint}",
            found=found,
            expected=expected,
            suggestion=hint.removeprefix(". ") or None,
        )
