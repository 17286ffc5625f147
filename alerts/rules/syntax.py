"""From the text of an expression to its tree, or to an error that says where, what was found and what was expected.

Operators are upper case. From loosest to tightest: OR, AND, NOT, NEAR/n and ONEAR/n. Two terms side by side are an
error rather than a silent AND or phrase: of two readings, the author should say which.
"""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from lark import Token, UnexpectedCharacters, UnexpectedToken

from alerts.rules.building import LISTS, NO_LISTS, Builder, Fault, Lists, term
from alerts.rules.dialects import meant
from alerts.rules.expression import Expression, Term
from alerts.rules.grammar import TERMS, listed, plan, tokens

MAX_LENGTH = 200_000
MAX_DEPTH = 40
MAX_PARTS = 200_000
"""So many words and operators may come of lists: lists of lists of lists multiply."""

_NAMES = {
    "_OR": "OR",
    "_AND": "AND",
    "_NOT": "NOT",
    "NEAR": "NEAR/n",
    "COUNT": "n OF (...)",
    "ZONE": "a zone",
    "WORD": "a word",
    "PHRASE": 'a "phrase"',
    "LIST": "a $list",
    "LPAR": "'('",
    "RPAR": "')'",
    "COMMA": "','",
    "STAR": "'*' alone",
    "$END": "the end",
}


class InvalidQuery(ValueError):
    """The author's fault: this is no expression of the rule language.

    Attributes:
        offset: code points before the fault.
        column: the same from 1, in its line of the expression.
        found: what stands there.
        expected: what could have stood there; empty where the fault is another.
        suggestion: what was probably meant, or None.
    """

    def __init__(
        self, text: str, offset: int, problem: str, *, found: str, expected: str = "", suggestion: str | None = None
    ) -> None:
        self.offset = offset
        self.column = offset - (text.rfind("\n", 0, offset) + 1) + 1
        self.problem = problem
        self.found = found
        self.expected = expected
        self.suggestion = suggestion
        super().__init__(f"column {self.column}: {self.message}")

    @property
    def message(self) -> str:
        """The fault in words, without its place."""
        return f"{self.problem}. {self.suggestion}" if self.suggestion else self.problem


def parse(text: str, lists: Lists = NO_LISTS) -> Expression:
    """The tree of an expression.

    Args:
        text: as it is written.
        lists: what `$name` stands for.

    Raises:
        InvalidQuery: it is none.
    """
    if len(text) > MAX_LENGTH:
        found = f"{len(text)} characters"
        raise InvalidQuery(text, MAX_LENGTH, f"too long: {found}, at most {MAX_LENGTH}", found=found)
    read: list[Token] = []
    unreadable: int | None = None
    try:
        read.extend(tokens(text))
    except UnexpectedCharacters as exc:
        unreadable = exc.pos_in_stream or 0
    _refuse_endless_lists(text, read, lists)
    before = LISTS.set(lists)
    try:
        tree = _built(read)
    except UnexpectedToken as exc:
        at_end = exc.token.type == "$END"
        _refuse_faults(text, read if at_end else read[: exc.token.start_pos])
        if unreadable is None or not at_end:
            raise _unexpected(text, read, exc) from None
    except Fault as exc:
        raise _faulty(text, exc) from None
    finally:
        LISTS.reset(before)
    if unreadable is not None:
        raise _unreadable(text, unreadable)
    _refuse_depth(text, tree)
    return tree


def _refuse_endless_lists(text: str, read: list[Token], lists: Lists) -> None:
    """Refuse what is short as it is written and endless as it is meant, before anything is made of it."""
    sizes: dict[str, int] = {}
    total = 0
    for token in read:
        name = token[1:]
        if token.type == "LIST" and name in lists:
            if name not in sizes:
                sizes[name] = sum(1 for _ in islice(lists[name].walk(), MAX_PARTS + 1))
            total += sizes[name]
            if total > MAX_PARTS:
                problem = f"too large: with all that {token} holds it has more than {MAX_PARTS} parts"
                raise InvalidQuery(text, token.start_pos or 0, problem, found=str(token))


def _refuse_faults(text: str, read: list[Token]) -> None:
    """Refuse the first word that means something in another language: better told than what it leads to."""
    try:
        for token in read:
            if token.type in TERMS:
                for part in listed(token):
                    term(part)
    except Fault as exc:
        raise _faulty(text, exc) from None


def _faulty(text: str, fault: Fault) -> InvalidQuery:
    return InvalidQuery(
        text,
        fault.token.start_pos or 0,
        fault.problem,
        found=str(fault.token),
        expected=fault.expected,
        suggestion=fault.suggestion,
    )


_BUILDER = Builder()


def _built(found: list[Token]) -> Expression:
    """Follows the plan with a stack of our own, so that no nesting of the input nests a call of ours."""
    stack: list[Any] = []
    for step in plan(" ".join([token.type for token in found])):
        if isinstance(step, int):
            stack.append(found[step])
        else:
            name, count = step
            parts = stack[-count:]
            del stack[-count:]
            stack.append(getattr(_BUILDER, name)(*parts))
    tree: Expression = stack[0]
    return tree


def terms(text: str) -> Iterator[tuple[int, Term]]:
    """Every word and phrase of a valid expression, with the offset at which it is written."""
    for token in tokens(text):
        if token.type in TERMS:
            for part in listed(token):
                yield part.start_pos or 0, term(part)


def _refuse_depth(text: str, tree: Expression) -> None:
    """Refuse what would nest our calls too deeply when it is asked."""
    level = [tree]
    for _ in range(MAX_DEPTH):
        level = [part for node in level for part in node.parts]
        if not level:
            return
    problem = f"nested more than {MAX_DEPTH} deep"
    raise InvalidQuery(text, 0, problem, found=str(problem), suggestion="Write it with fewer parentheses.")


def _unexpected(text: str, read: list[Token], exc: UnexpectedToken) -> InvalidQuery:
    at_end = exc.token.type == "$END"
    token = exc.token if at_end else read[exc.token.start_pos or 0]
    offset = len(text.rstrip()) if at_end else int(token.start_pos or 0)
    found = "the end" if at_end else "(" if token.type == "ANY_OF" else str(token)
    before = re.sub(r'["“”][^"“”]*["“”]', "", text[:offset])
    # The parser may list what closes a group where none is open: it looks only one word ahead.
    impossible = {"$END"} if before.count("(") > before.count(")") else {"RPAR", "COMMA"}
    expected = _listed(exc.expected - impossible)
    problem = f"found {found if at_end else repr(found)}, expected {expected}"
    return InvalidQuery(text, offset, problem, found=found, expected=expected, suggestion=_meant(text, token))


def _listed(terminals: set[str]) -> str:
    names = {_NAMES.get(name, name) for name in terminals - {"ANY_OF"} if not name.startswith("EXACT")}
    if {"WORD", "PHRASE", "LPAR"} <= terminals:  # where a term may stand, so may all of these
        names = {"a word", 'a "phrase"', "'('", *(("NOT",) if "_NOT" in terminals else ())}
    ordered = [name for name in (*_NAMES.values(),) if name in names]
    return ordered[0] if len(ordered) == 1 else f"{', '.join(ordered[:-1])} or {ordered[-1]}"


def _meant(text: str, token: Token) -> str | None:
    """What the author probably meant by a token that cannot stand where it does."""
    if token.type == "WORD":
        return meant(str(token), text[: token.start_pos])
    if token.type == "$END":
        return "A closing ')' is missing." if text.count("(") > text.count(")") else None
    if token.type == "COMMA":
        return 'Put OR or AND between; a number with a comma, as "10,000", stands in quotes.'
    if token.type == "_NOT":
        return _absent(text[: token.start_pos].rstrip())
    if token.type == "RPAR" and text.count("(") < text.count(")"):
        return "There is no '(' for this ')'."
    terms = {"PHRASE", "EXACT_PHRASE", "EXACT_WORD", "LIST", "COUNT", "ZONE", "LPAR", "ANY_OF"}
    return "Put AND or OR between." if token.type in terms else None


def _absent(before: str) -> str:
    """What was probably meant by a NOT behind this."""
    if re.search(r"NEAR/\d+$", before):
        return "What is absent is near nothing: a AND NOT (a NEAR/5 b)."
    return "NOT stands before the zone: NOT headline:a." if before.endswith(":") else "Did you mean AND NOT?"


def _unreadable(text: str, offset: int) -> InvalidQuery:
    char = text[offset]
    if char in '"“”':
        return InvalidQuery(text, offset, f"the quote {char} is never closed", found=char, expected='"phrase"')
    if char == "=":
        problem = "'=' asks for exact case of the word right behind it"
        return InvalidQuery(text, offset, problem, found=char, expected="=WORD")
    return InvalidQuery(text, offset, f"{char!r} cannot stand here", found=char, expected="a word")
