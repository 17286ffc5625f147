"""YAML with places: the values of a rules file, and for each of them where it stands, to the character.

Places are for messages: most files are right, so theirs are worked out only when one is asked for.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import yaml

from alerts.rules.values import CoreResolver, Odd, values

MAX_DEPTH = 40
_SURROGATE = re.compile("[\ud800-\udfff]")
Path = tuple[str | int, ...]
"""Keys and indices from the top of the document."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault (or warning) in a rules file; line and column count from 1 (0: the file as a whole)."""

    file: str
    line: int
    column: int
    message: str
    found: str = ""
    expected: str = ""
    suggestion: str | None = None

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.message}" if self.line else f"{self.file}: {self.message}"


class InvalidRules(ValueError):
    """The author's fault: this is no rules file. `problems` holds every fault found, by file, in order of place."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda p: (p.file, p.line, p.column)))
        more = len(problems) - 1
        super().__init__(f"{self.problems[0]}{f' (and {more} more)' if more else ''}")


class _Loader(CoreResolver, yaml.SafeLoader):
    """The safe loader: slow, and the one whose messages say what is wrong."""


if yaml.__with_libyaml__:

    class _FastLoader(yaml.composer.Composer, yaml.CSafeLoader, CoreResolver):
        """libyaml reads, Python composes: its own composer nests C calls without a limit, until the process dies."""

        def __init__(self, text: str) -> None:
            yaml.CSafeLoader.__init__(self, text)
            yaml.composer.Composer.__init__(self)

        def dispose(self) -> None:
            """Nothing to free."""

else:
    _FastLoader = _Loader  # type: ignore[misc,assignment]  # PyYAML was built without libyaml


def _composed(text: str) -> tuple[yaml.Node | None, Any]:
    """The tree of a document and its loader. What libyaml refuses is read again by the loader that says why.

    Raises:
        yaml.YAMLError: it is not YAML.
    """
    try:
        loader: Any = _FastLoader(text)
        return loader.get_single_node(), loader
    except (yaml.YAMLError, UnicodeEncodeError):
        loader = _Loader(text)
        return loader.get_single_node(), loader


class Document:
    """A parsed YAML file: `value`, and the place of every part of it."""

    def __init__(self, text: str, file: str) -> None:
        """Parse.

        Raises:
            InvalidRules: it is not YAML, holds a key twice, or nests absurdly.
        """
        self.text = text
        self.file = file
        try:
            self.value = values(text, deepest=MAX_DEPTH - 1)
        except Odd:
            self.value = self._closely()

    @cached_property
    def root(self) -> yaml.Node | None:
        """The document with its places."""
        return _composed(self.text)[0]

    def _closely(self) -> Any:
        """The value of what is odd, if it is right all the same."""
        try:
            self.root, loader = _composed(self.text)
            problems = list(self._faults(self.root)) if self.root is not None else []
            value = None if self.root is None or problems else self._constructed(loader)
        except yaml.MarkedYAMLError as exc:
            raise InvalidRules([self._unreadable(exc)]) from None
        except yaml.reader.ReaderError as exc:
            line, column = self._line_column(exc.position)
            raise InvalidRules(
                [Problem(self.file, line, column, f"not YAML: {exc.reason}", found=repr(exc.character))]
            ) from None
        except RecursionError:
            raise InvalidRules([Problem(self.file, 1, 1, "nested too deeply to be a rules file")]) from None
        if problems:
            raise InvalidRules(problems)
        return value

    def _constructed(self, loader: Any) -> Any:
        """The value of the tree.

        Raises:
            InvalidRules: a tag promises what the value behind it is not; PyYAML raises whatever comes of it.
        """
        try:
            return loader.construct_document(self.root)
        except (AttributeError, KeyError, TypeError, ValueError):
            events: Any = yaml.parse(self.text)
            tagged = next(event for event in events if getattr(event, "tag", None))
            kind = f"!!{tagged.tag.rpartition(':')[2]}"
            message = f"not YAML: a tag such as {kind} stands before what is no such thing; rules need none"
            place = tagged.start_mark.line + 1, tagged.start_mark.column + 1
            raise InvalidRules([Problem(self.file, *place, message, found=kind)]) from None

    def place(self, path: Path, offset: int | None = None) -> tuple[int, int]:
        """Line and column, from 1, of the value at a path; with `offset`, of that character of a text.

        Of a path that leads to nothing (an attribute that is missing), the place of the last part that is there.
        """
        node = self._node(path)
        if offset is None or not isinstance(node, yaml.ScalarNode):
            return node.start_mark.line + 1, node.start_mark.column + 1
        return self._line_column(self._source_index(node, offset))

    def key(self, path: Path) -> tuple[int, int]:
        """Line and column of the key at the end of a path."""
        parent = self._node(path[:-1])
        for node in _keys(parent):
            if node.value == str(path[-1]):
                return node.start_mark.line + 1, node.start_mark.column + 1
        return parent.start_mark.line + 1, parent.start_mark.column + 1

    def extent(self, path: Path) -> tuple[int, int]:
        """The lines of the value at a path: the first, and the one behind the last, without comments that follow."""
        node = self._node(path)
        first, end = node.start_mark.line, node.end_mark.line + 1
        if isinstance(node, yaml.CollectionNode) and not node.flow_style and self.text[node.end_mark.index :].strip():
            end -= 1  # a block ends where the next thing begins
        lines = self.text.splitlines()[first:end]
        while len(lines) > 1 and (not lines[-1].strip() or lines[-1].lstrip().startswith("#")):
            lines.pop()
        return first + 1, first + 1 + len(lines)

    def _node(self, path: Path) -> yaml.Node:
        node = self.root
        for step in path:
            below = _child(node, step)
            if below is None:
                break
            node = below
        assert node is not None  # noqa: S101 - whoever asks for a place has found a value
        return node

    def _faults(self, root: yaml.Node) -> Iterator[Problem]:
        """Keys that stand twice, of which the last would win, silently; and what YAML can escape and no text can hold.

        Raises:
            RecursionError: at absurd depth.
        """
        level = [root]
        for _ in range(MAX_DEPTH):
            for node in level:
                if isinstance(node, yaml.ScalarNode) and (half := _SURROGATE.search(node.value)):
                    line, column = self._line_column(self._source_index(node, half.start()))
                    said = f"\\u{ord(half[0]):04x} is half of a character: write the character"
                    yield Problem(self.file, line, column, said, found=f"\\u{ord(half[0]):04x}")
                seen: set[str] = set()
                for key in _keys(node):
                    name = str(key.value)
                    if name in seen:
                        line, column = key.start_mark.line + 1, key.start_mark.column + 1
                        yield Problem(self.file, line, column, f"{name!r} stands here twice", found=name)
                    seen.add(name)
            level = [child for node in level for child in _children(node)]
            if not level:
                return
            if len(level) > len(self.text):
                break
        raise RecursionError

    def _unreadable(self, exc: yaml.MarkedYAMLError) -> Problem:
        mark = exc.problem_mark or exc.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        message = " ".join(filter(None, (exc.context, exc.problem)))
        return Problem(self.file, line, column, f"not YAML: {message}{_hint(exc)}", found=str(exc.problem or ""))

    def _line_column(self, index: int) -> tuple[int, int]:
        start = self.text.rfind("\n", 0, index) + 1
        return self.text.count("\n", 0, index) + 1, index - start + 1

    def _source_index(self, node: yaml.ScalarNode, offset: int) -> int:
        """Where a character of a scalar stands in the file.

        Blanks and line breaks are folded in many ways, everything else stands there one to one (but for escapes):
        so the n-th character that is not white space is found by counting.
        """
        start, end = node.start_mark.index, node.end_mark.index
        if node.style in {"|", ">"}:
            start = self.text.index("\n", start) + 1
        elif node.style in {"'", '"'}:
            start += 1
        wanted = sum(not char.isspace() for char in node.value[:offset])
        if offset >= len(node.value.rstrip()):  # behind the last one
            return self._after(node, wanted, start, end)
        for index in _visible(self.text, start, end, node.style):
            if wanted == 0:
                return index
            wanted -= 1
        return end

    def _after(self, node: yaml.ScalarNode, count: int, start: int, end: int) -> int:
        last = start
        for number, index in enumerate(_visible(self.text, start, end, node.style)):
            if number >= count:
                break
            last = index + 1
        return last


def _hint(exc: yaml.MarkedYAMLError) -> str:
    """What to do about it."""
    problem = exc.problem or ""
    if "'\\t'" in problem:
        return ". Indent by spaces, not by tabs"
    if "mapping values" in problem:
        return ". A text that holds ': ' must stand in quotes; what belongs together is indented alike"
    if "another document" in problem:
        return ". A rules file is one document: leave out '---', and give the rules below it no head of their own"
    if isinstance(exc, yaml.scanner.ScannerError | yaml.parser.ParserError | yaml.composer.ComposerError):
        return ". A text that begins with one of * & ! | > ' \" % @ ` { [ must stand in quotes"
    return ""


def _visible(text: str, start: int, end: int, style: str | None) -> "list[int]":
    """The places of what is not white space in a scalar's source; an escape counts as one character, at its start."""
    places = []
    index = start
    while index < end:
        char = text[index]
        step = 1
        if (style == "'" and text.startswith("''", index)) or (style == '"' and char == "\\"):
            step = 2 + {"x": 2, "u": 4, "U": 8}.get(text[index + 1 : index + 2], 0) if char == "\\" else 2
            blank = char == "\\" and text[index + 1 : index + 2] in "\nnt _NLPr"
            if not blank:
                places.append(index)
        elif not char.isspace():
            places.append(index)
        index += step
    return places


def _keys(node: yaml.Node) -> list[yaml.Node]:
    return [key for key, _ in node.value] if isinstance(node, yaml.MappingNode) else []


def _children(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [part for pair in node.value for part in pair]
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []


def _child(node: yaml.Node | None, step: str | int) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == str(step)), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        child: yaml.Node = node.value[step]
        return child
    return None
