"""The rules in force as their authors wrote them, and what becomes of them when one of them is edited.

What stands in the editor is one rule, a few of them, or a whole file. It is read as it would be in its file, with the
file's `defaults` and lists; problems have their places in what the author sees.
"""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from typing import Any

from alerts.rules import Edition, InvalidRules, Problem, Rule, RuleSet, edition, failures, warnings
from alerts.rules.source import Document

_TOP = re.compile(r"^(?:version|rules|defaults|lists)\s*:", re.MULTILINE)
_LIST = re.compile(r"\$([A-Za-z][\w-]*)")
_FIRST = re.compile(r"^[ \t]*(?!#)(\S)", re.MULTILINE)
_BREAKS = str.maketrans({char: f"\\u{ord(char):04x}" for char in "\x7f\x85\u2028\u2029"})
_MOST_WARNINGS = 50


@dataclass(frozen=True)
class Draft:
    """A rule set that is not in force yet.

    Attributes:
        every: all of its rules.
        edition: of what stands in the editor alone (of a whole file: of all files).
        shown: the rules that the author is at work on: those in the editor, or those of a whole file that changed.
        new: ids of those that are not in force, or not like this.
        gone: the versions in force of rules that are changed or left out.
        file: the file that it goes into.
        replaces: ids of the rules in force whose place it takes.
        whole: the text is the file.
        text: as it stands in the editor.
    """

    every: tuple[Rule, ...]
    edition: Edition
    shown: tuple[Rule, ...]
    new: frozenset[str]
    gone: tuple[Rule, ...]
    file: str
    replaces: tuple[str, ...]
    whole: bool
    text: str

    @cached_property
    def rules(self) -> RuleSet:
        """The whole set as it would be; made when it is first asked, not while somebody types."""
        return RuleSet(self.every)

    @property
    def asked(self) -> tuple[Rule, ...]:
        """Every rule that may change a verdict, and those that are shown."""
        changed = (rule for rule in self.every if rule.id in self.new)
        return tuple({id(rule): rule for rule in (*self.shown, *changed, *self.gone)}.values())


class Book:
    """Rules files that are in force together.

    Attributes:
        sources: name and text of each file.
        edition: what they say.
    """

    def __init__(self, sources: Iterable[tuple[str, str]], read: Edition | None = None) -> None:
        """Read the files, unless that is done already.

        Raises:
            InvalidRules: something is wrong with them.
        """
        self.sources = tuple(sources)
        self.edition = read or edition(self.sources)
        self.rules = self.edition.rules
        self._tops: dict[str, dict[Any, Any]] = {}
        self.by_id = {rule.id: rule for rule in self.rules.rules}

    def text(self, file: str) -> str:
        """A file as it is written; empty for a name that is none of ours."""
        return dict(self.sources).get(file, "")

    def block(self, rule: str) -> str:
        """One rule as it is written, without the indent of its file."""
        first, end = self.edition.extent(rule)
        lines = self.text(self.edition.file(rule)).splitlines()[first - 1 : end - 1]
        return outdented(lines) + "\n"

    def draft(self, text: str, *, replaces: Sequence[str] | None = None, file: str | None = None) -> Draft:
        """What the set would be with a text in it.

        Args:
            text: a rule, a list of rules, or a whole file.
            replaces: ids of the rules in force that it takes the place of; None: of those with the same ids.
            file: the file that new rules, or the whole text, go into; by default where the replaced rules stand, else
                the last file.

        Raises:
            InvalidRules: with every problem; those of the text count lines and columns in it and have no file.
        """
        known = [id_ for id_ in replaces or () if id_ in self.by_id]
        names = [name for name, _ in self.sources]
        home = file if file in names else self.edition.file(known[0]) if known else names[-1]
        if _TOP.search(text):
            return self._whole(text, home)
        framed = _Frame(text, self.preface(home, text))
        read = framed.read()
        ids = [rule.id for rule in read.rules.rules]
        if replaces is None:
            known = [id_ for id_ in ids if id_ in self.by_id]
            if file not in names and known:
                home = self.edition.file(known[0])
        self._refuse_taken(read, set(ids) - set(known), framed)
        rules = _put(self.rules.rules, read.rules.rules, known)
        return self._made(rules, read, read.rules.rules, home, tuple(known), text, whole=False)

    def _whole(self, text: str, file: str) -> Draft:
        try:
            read = edition([(name, text if name == file else other) for name, other in self.sources])
        except InvalidRules as exc:
            raise InvalidRules([replace(p, file="") if p.file == file else p for p in exc.problems]) from None
        shown = [rule for rule in read.rules.rules if self.by_id.get(rule.id) != rule]
        return self._made(read.rules.rules, read, shown, file, (), text, whole=True)

    def _made(
        self,
        every: Sequence[Rule],
        read: Edition,
        shown: Sequence[Rule],
        file: str,
        replaces: tuple[str, ...],
        text: str,
        *,
        whole: bool,
    ) -> Draft:
        after = {rule.id: rule for rule in every}
        new = frozenset(id_ for id_, rule in after.items() if self.by_id.get(id_) != rule)
        gone = tuple(rule for id_, rule in self.by_id.items() if after.get(id_) != rule)
        return Draft(tuple(every), read, tuple(shown), new, gone, file, replaces, whole, text)

    def preface(self, file: str, text: str) -> list[str]:
        """What a file says besides its rules, and a text needs to be read as part of it, a line each."""
        if file not in self._tops:
            value = Document(self.text(file), file).value
            self._tops[file] = value if isinstance(value, dict) else {}
        lines = []
        for name, value in self._tops[file].items():
            if name not in {"version", "rules"}:
                needed = _needed(value, text) if name == "lists" and isinstance(value, dict) else value
                # JSON is YAML, but for what YAML takes for line breaks.
                lines.append(f"{name}: {json.dumps(needed, ensure_ascii=False).translate(_BREAKS)}")
        return lines

    def _refuse_taken(self, read: Edition, fresh: Iterable[str], framed: "_Frame") -> None:
        taken = sorted(id_ for id_ in fresh if id_ in self.by_id)
        if taken:
            where = ((id_, f"{self.edition.file(id_)}, line {self.edition.line(id_)}") for id_ in taken)
            raise InvalidRules(
                [framed.place(read.problem(id_, "id", f"id {id_!r} is taken by the rule in {at}")) for id_, at in where]
            )


class _Frame:
    """A rule or a list of rules made into a file, and the way back to where the author wrote something."""

    def __init__(self, text: str, preface: Sequence[str]) -> None:
        first = _FIRST.search(text)
        if first is None:
            raise InvalidRules([Problem("", 1, 1, "write a rule: '- id: ...', then 'match: ...' below it")])
        self._columns = 0
        lines = text.splitlines()
        if not (first.group(1) == "-" and text[first.end(1) : first.end(1) + 1] in {" ", "\n", "", "\r"}):
            self._columns = 2
            at = text.count("\n", 0, first.start(1))
            lines = [("- " if number == at else "  ") + line for number, line in enumerate(lines)]
        self._end = len(lines), len(text.splitlines()[-1]) + 1
        head = ["version: 1", *preface, "rules:"]
        self.head = len(head)
        self._text = "\n".join([*head, *lines, ""])

    def read(self) -> Edition:
        """Read it.

        Raises:
            InvalidRules: with places in the author's text.
        """
        try:
            return edition([("", self._text)])
        except InvalidRules as exc:
            raise InvalidRules([self.place(problem) for problem in exc.problems]) from None

    def place(self, problem: Problem) -> Problem:
        """The problem where the author sees it."""
        line = problem.line - self.head
        column = max(1, problem.column - self._columns)
        line, column = max((1, 1), min((line, column), self._end)) if line >= 1 else (1, 1)
        return replace(problem, file="", line=line, column=column)


def opinions(book: Book, draft: Draft) -> tuple[list[Problem], list[str]]:
    """What is allowed but odd about the rules shown, and which of their examples do not hold, in sentences."""
    ids = {rule.id for rule in draft.shown}
    odd = list(islice(warnings(draft.edition, of=ids), _MOST_WARNINGS))
    if draft.whole:
        odd = [replace(problem, file="") if problem.file == draft.file else problem for problem in odd]
    else:
        frame = _Frame(draft.text, book.preface(draft.file, draft.text))
        odd = [frame.place(problem) for problem in odd if problem.line > frame.head]
    return odd, [str(failure) for failure in failures(draft.rules, of=ids)]


def _needed(lists: dict[Any, Any], text: str) -> dict[Any, Any]:
    """The named lists that a text makes use of, and those that they do: each may hold those that stand before it."""
    wanted = set(_LIST.findall(text))
    for name, value in reversed(lists.items()):
        if name in wanted:
            wanted |= set(_LIST.findall(str(value)))
    return {name: value for name, value in lists.items() if name in wanted}


def outdented(lines: Sequence[str]) -> str:
    """Lines without the indent that all of them have."""
    indent = min((len(line) - len(line.lstrip(" ")) for line in lines if line.strip()), default=0)
    return "\n".join(line[indent:].rstrip("\r") for line in lines)


def _put(rules: Sequence[Rule], fresh: Sequence[Rule], replaced: Sequence[str]) -> list[Rule]:
    """The fresh rules where the first of the replaced ones stands, without the others; at the end if there are none."""
    put: list[Rule] = []
    waiting = list(fresh)
    for rule in rules:
        if rule.id in replaced:
            put += waiting
            waiting = []
        else:
            put.append(rule)
    return put + waiting
