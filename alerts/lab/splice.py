"""A draft put into the text of its file, everything around it left as its authors wrote it."""

from collections.abc import Sequence

from alerts.lab.book import Book, Draft, outdented
from alerts.rules import InvalidRules, Problem, edition


def spliced(book: Book, draft: Draft) -> str:
    """The new text of `draft.file`.

    Raises:
        InvalidRules: the file is written in a way in which one rule cannot be exchanged by itself.
    """
    if draft.whole:
        return draft.text if draft.text.endswith("\n") else draft.text + "\n"
    lines = book.text(draft.file).splitlines(keepends=True)
    end = "\r\n" if lines and lines[0].endswith("\r\n") else "\n"
    extents = sorted(
        (book.edition.extent(id_) for id_ in draft.replaces if book.edition.file(id_) == draft.file), reverse=True
    )
    at, indent = _where(book, draft, lines, extents)
    for first, behind in extents:
        del lines[first - 1 : behind - 1]
    if at and lines[at - 1].strip() and not lines[at - 1].endswith(("\n", "\r")):
        lines[at - 1] += end
    block = _item(draft.text)
    if not extents and at and lines[at - 1].strip():
        block = ["", *block]  # an empty line before a rule that is added
    lines[at:at] = [(f"{indent}{line}" if line.strip() else "") + end for line in block]
    text = "".join(lines)
    _prove(book, draft, text)
    return text


def _where(book: Book, draft: Draft, lines: Sequence[str], extents: Sequence[tuple[int, int]]) -> tuple[int, str]:
    """Before which line the draft goes, and with which indent: that of its predecessor."""
    if extents:
        at = extents[-1][0] - 1
        return at, _indent(lines[at])
    inside = [book.edition.extent(id_) for id_ in book.by_id if book.edition.file(id_) == draft.file]
    if not inside:
        return len(lines), ""
    first, end = max(inside)
    return end - 1, _indent(lines[first - 1])


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip(" "))]


def _item(text: str) -> list[str]:
    """The text as items of a list, without indent."""
    lines = outdented(text.rstrip().splitlines()).split("\n")
    first = next(number for number, line in enumerate(lines) if line.strip() and not line.lstrip().startswith("#"))
    if lines[first].startswith("- ") or lines[first] == "-":
        return lines
    return [("- " if number == first else "  ") + line for number, line in enumerate(lines)]


def _prove(book: Book, draft: Draft, text: str) -> None:
    """Read the result: it must say exactly what the draft says.

    Raises:
        InvalidRules: it does not.
    """
    try:
        read = edition([(name, text if name == draft.file else other) for name, other in book.sources])
        same = {rule.id: rule for rule in read.rules.rules} == {rule.id: rule for rule in draft.every}
    except InvalidRules:
        same = False
    if not same:
        message = "this rule cannot be put into the file by itself, as the file is written; open the whole file"
        raise InvalidRules([Problem(draft.file, 0, 0, message)])
