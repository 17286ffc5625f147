"""From the text of an expression to its tree, or to an error that says where, what was found and what was expected.

Operators are upper case. From loosest to tightest: OR, AND, NOT, NEAR/n and ONEAR/n. Two terms side by side are an
error rather than a silent AND or phrase: of two readings, the author should say which.
"""

import difflib
import re
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from functools import lru_cache
from types import MappingProxyType
from typing import cast

from lark import Lark, Token, Transformer, UnexpectedCharacters, UnexpectedToken, v_args

from alerts.rules.dialects import meant, misread
from alerts.rules.expression import Anything, Expression, Term, exact_form
from alerts.rules.found import BITS
from alerts.rules.operators import And, AtLeast, In, Near, Not, Or
from alerts.text import ZONES, fold

MAX_LENGTH = 50_000
MAX_DEPTH = 40
MAX_DISTANCE = 100
_SHORTEST_STEM = 2

_GRAMMAR = r"""
start: STAR            -> anything
     | or_expr         -> whole
?or_expr: and_expr (_OR and_expr)*          -> or_
?and_expr: not_expr (_AND not_expr)*        -> and_
?not_expr: _NOT not_expr                    -> not_
         | near_expr
?near_expr: near_expr NEAR primary          -> near
          | primary
?primary: WORD                              -> word
        | PHRASE                            -> phrase
        | EXACT_WORD                        -> exact_word
        | EXACT_PHRASE                      -> exact_phrase
        | LIST                              -> listed
        | ZONE primary                      -> zone
        | COUNT "(" or_expr ("," or_expr)* ")"  -> at_least
        | "(" or_expr ")"

_OR.5: /OR(?![^\s()",=“”])/
_AND.5: /AND(?![^\s()",=“”])/
_NOT.5: /NOT(?![^\s()",=“”])/
NEAR.5: /O?NEAR\/\d+(?![^\s()",=“”])/
COUNT.6: /\d+\s+OF(?=\s*\()/
LIST.4: /\$[A-Za-z][\w-]*/
ZONE.4: /[^\s()",:=*“”]+:/
EXACT_PHRASE.3: /=["“”][^"“”]*["“”]\*?/
EXACT_WORD.3: /=[^\s()",:=*“”]+\*?/
PHRASE.3: /["“”][^"“”]*["“”]\*?/
WORD: /[^\s()",:=*“”]+\*?/
STAR: "*"
%ignore /\s+/
"""

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


class _Fault(Exception):
    """A fault found while the tree is built; `parse` turns it into an InvalidQuery."""

    def __init__(self, token: Token, problem: str, *, expected: str = "", suggestion: str | None = None) -> None:
        super().__init__(problem)
        self.token = token
        self.problem = problem
        self.expected = expected
        self.suggestion = suggestion


Lists = Mapping[str, Expression]
"""Named expressions, for which `$name` stands."""
NO_LISTS: Lists = MappingProxyType({})
_lists: ContextVar[Lists] = ContextVar("lists", default=NO_LISTS)  # the grammar's builder is made once, for all


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
    token = _lists.set(lists)
    try:
        tree = cast("Expression", _parser().parse(text))  # the transformer leaves no lark.Tree
    except UnexpectedToken as exc:
        raise _unexpected(text, exc) from None
    except UnexpectedCharacters as exc:
        raise _unreadable(text, exc.pos_in_stream or 0) from None
    except _Fault as exc:
        offset = exc.token.start_pos or 0
        raise InvalidQuery(
            text, offset, exc.problem, found=str(exc.token), expected=exc.expected, suggestion=exc.suggestion
        ) from None
    finally:
        _lists.reset(token)
    _refuse_depth(text, tree)
    return tree


def terms(text: str) -> Iterator[tuple[int, Term]]:
    """Every word and phrase of a valid expression, with the offset at which it is written."""
    builders = {"WORD": (0, False), "PHRASE": (0, False), "EXACT_WORD": (1, True), "EXACT_PHRASE": (1, True)}
    for token in _parser().lex(text):
        if token.type in builders:
            mark, exact = builders[token.type]
            yield token.start_pos or 0, _term(token, token[mark:], exact=exact)


def _refuse_depth(text: str, tree: Expression) -> None:
    """Refuse what would nest our calls too deeply when it is asked."""
    level = [tree]
    for _ in range(MAX_DEPTH):
        level = [part for node in level for part in node.parts]
        if not level:
            return
    problem = f"nested more than {MAX_DEPTH} deep"
    raise InvalidQuery(text, 0, problem, found=str(problem), suggestion="Write it with fewer parentheses.")


@lru_cache(maxsize=1)
def _parser() -> Lark:
    return Lark(_GRAMMAR, parser="lalr", lexer="basic", transformer=_Builder())


@v_args(inline=True)
class _Builder(Transformer[Token, Expression]):
    """Builds nodes as they are recognised, so that no nesting of the input nests a call of ours."""

    def anything(self, _star: Token) -> Expression:
        return Anything()

    def whole(self, expression: Expression) -> Expression:
        return expression

    def or_(self, *members: Expression) -> Expression:
        return Or(_flat(Or, members)) if len(members) > 1 else members[0]

    def and_(self, *members: Expression) -> Expression:
        return And(_flat(And, members)) if len(members) > 1 else members[0]

    def not_(self, part: Expression) -> Expression:
        return Not(part)

    def near(self, left: Expression, operator: Token, right: Expression) -> Expression:
        name, _, number = operator.partition("/")
        if not 1 <= int(number) <= MAX_DISTANCE:
            raise _Fault(operator, f"{operator}: the number of words is 1 to {MAX_DISTANCE}")
        for side, word in ((left, "left"), (right, "right")):
            if not side.is_placed:
                raise _Fault(
                    operator,
                    f"what stands {word} of {operator} has no place in the text: {side}",
                    expected="words, phrases, OR of these, or another NEAR, in parentheses",
                )
        return Near(left, right, int(number), ordered=name == "ONEAR")

    def word(self, token: Token) -> Expression:
        if fault := misread(token):
            problem, suggestion = fault
            raise _Fault(token, problem, expected="a word", suggestion=suggestion)
        return _term(token, str(token))

    def phrase(self, token: Token) -> Expression:
        return _term(token, str(token))

    def exact_word(self, token: Token) -> Expression:
        return _term(token, token[1:], exact=True)

    def exact_phrase(self, token: Token) -> Expression:
        return _term(token, token[1:], exact=True)

    def listed(self, token: Token) -> Expression:
        lists = _lists.get()
        if token[1:] not in lists:
            known = tuple(f"${name}" for name in lists)
            raise _Fault(
                token,
                f"there is no list {token}",
                expected=", ".join(known),
                suggestion=_closest(str(token), known) or "Lists are named under `lists:` in a rules file.",
            )
        return lists[token[1:]]

    def zone(self, token: Token, part: Expression) -> Expression:
        name = token[:-1]
        if name not in BITS:
            raise _Fault(
                token,
                f"there is no zone {name!r}",
                expected=", ".join(ZONES),
                suggestion=_closest(name, ZONES) or f"Zones are {', '.join(ZONES)}; put text with a colon in quotes.",
            )
        if any(isinstance(node, In) for node in part.walk()):
            raise _Fault(token, f"{token} holds another zone: a text stands in one zone only")
        return In(name, part)

    def at_least(self, token: Token, *members: Expression) -> Expression:
        number = int(token.split()[0])
        if not 1 <= number <= len(members):
            raise _Fault(token, f"{token}: the number is 1 to {len(members)}, as many as there are in the list")
        return AtLeast(number, members)


def _flat(kind: type[And | Or], members: tuple[Expression, ...]) -> tuple[Expression, ...]:
    """`(a OR b) OR c` is `a OR b OR c`."""
    return tuple(part for member in members for part in (member.parts if isinstance(member, kind) else (member,)))


def _term(token: Token, text: str, *, exact: bool = False) -> Term:
    written = text.strip('"“”')
    starred = text.endswith("*") or written.endswith("*")
    written = written.rstrip("*").strip('"“”')
    if "*" in written:
        raise _Fault(token, f"{token}: '*' stands at the end of a word, for any ending", expected="word*")
    words = fold(written).data.decode().strip()
    if not words:
        raise _Fault(
            token, f"{token} has no letter or digit in it, so it is found nowhere", expected="a word or a phrase"
        )
    if starred and not written[-1].isalnum() and written[-1].isspace():
        raise _Fault(token, f"{token}: '*' follows a word without a space", expected="word*")
    if starred and words.isascii() and len(words.rpartition(" ")[2]) < _SHORTEST_STEM:
        raise _Fault(token, f"{token} would match nearly every text", expected="at least two letters before '*'")
    written = " ".join(written.split())
    return Term(words, written, prefix=starred, exact=exact_form(written) if exact else None)


def _unexpected(text: str, exc: UnexpectedToken) -> InvalidQuery:
    token = exc.token
    at_end = token.type == "$END"
    offset = len(text.rstrip()) if at_end else int(token.start_pos or 0)
    found = "the end" if at_end else str(token)
    before = re.sub(r'["“”][^"“”]*["“”]', "", text[:offset])
    # The parser may list what closes a group where none is open: it looks only one word ahead.
    impossible = {"$END"} if before.count("(") > before.count(")") else {"RPAR", "COMMA"}
    expected = _listed(exc.expected - impossible)
    problem = f"found {found if at_end else repr(found)}, expected {expected}"
    return InvalidQuery(text, offset, problem, found=found, expected=expected, suggestion=_meant(text, token))


def _listed(terminals: set[str]) -> str:
    names = {_NAMES.get(name, name) for name in terminals if not name.startswith("EXACT")}
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
    if token.type == "RPAR":
        return None if text.count("(") >= text.count(")") else "There is no '(' for this ')'."
    if token.type == "_NOT":
        return "Did you mean AND NOT?"
    terms = {"PHRASE", "EXACT_PHRASE", "EXACT_WORD", "LIST", "COUNT", "ZONE", "LPAR"}
    return "Put AND or OR between." if token.type in terms else None


def _unreadable(text: str, offset: int) -> InvalidQuery:
    char = text[offset]
    if char in '"“”':
        return InvalidQuery(text, offset, f"the quote {char} is never closed", found=char, expected='"phrase"')
    if char == "=":
        problem = "'=' asks for exact case of the word right behind it"
        return InvalidQuery(text, offset, problem, found=char, expected="=WORD")
    return InvalidQuery(text, offset, f"{char!r} cannot stand here", found=char, expected="a word")


def _closest(name: str, known: tuple[str, ...]) -> str | None:
    close = difflib.get_close_matches(name.casefold(), known, n=1, cutoff=0.5)
    return f"Did you mean {close[0]}?" if close else None
