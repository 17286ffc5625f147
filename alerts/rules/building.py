"""Nodes of a tree, made of tokens and of other nodes; what makes no sense is refused at its token."""

import difflib
from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from functools import lru_cache
from types import MappingProxyType

from lark import Token

from alerts.rules.dialects import misread
from alerts.rules.expression import Anything, Expression, Term, exact_form
from alerts.rules.found import BITS
from alerts.rules.grammar import listed
from alerts.rules.operators import And, AtLeast, In, Near, Not, Or
from alerts.text import ZONES, fold

Lists = Mapping[str, Expression]
"""Named expressions, for which `$name` stands."""
NO_LISTS: Lists = MappingProxyType({})
LISTS: ContextVar[Lists] = ContextVar("lists", default=NO_LISTS)
"""Those in force while an expression is built: the builder is one for all."""
MAX_DISTANCE = 100
_SHORTEST_STEM = 2


class Fault(Exception):
    """The author's fault, found while the tree is built; `syntax.parse` makes an InvalidQuery of it."""

    def __init__(self, token: Token, problem: str, *, expected: str = "", suggestion: str | None = None) -> None:
        super().__init__(problem)
        self.token = token
        self.problem = problem
        self.expected = expected
        self.suggestion = suggestion


class Builder:
    """A method for each kind of node that the grammar names."""

    def anything(self, _star: Token) -> Expression:
        """`*`."""
        return Anything()

    def whole(self, expression: Expression) -> Expression:
        """The expression."""
        return expression

    def any_holds(self, *members: Expression) -> Expression:
        """`a OR b OR c`."""
        return Or(_flat(Or, members))

    def all_hold(self, *members: Expression) -> Expression:
        """`a AND b AND c`."""
        return And(_flat(And, members))

    def negation(self, part: Expression) -> Expression:
        """`NOT a`."""
        return Not(part)

    def near(self, left: Expression, operator: Token, right: Expression) -> Expression:
        """`a NEAR/5 b`."""
        name, _, number = operator.partition("/")
        if not 1 <= _number(number) <= MAX_DISTANCE:
            raise Fault(operator, f"{operator}: the number of words is 1 to {MAX_DISTANCE}")
        for side, word in ((left, "left"), (right, "right")):
            if not side.is_placed:
                raise Fault(
                    operator,
                    f"what stands {word} of {operator} has no place in the text: {side}",
                    expected="words, phrases, OR of these, or another NEAR, in parentheses",
                )
        return Near(left, right, int(number), ordered=name == "ONEAR")

    def any_of(self, token: Token) -> Expression:
        """`(a OR b OR c)`, of terms."""
        return Or(tuple(map(term, listed(token))))

    def term(self, token: Token) -> Expression:
        """A word or phrase."""
        return term(token)

    def named(self, token: Token) -> Expression:
        """`$name`."""
        lists = LISTS.get()
        if token[1:] not in lists:
            known = [f"${name}" for name in lists]
            raise Fault(
                token,
                f"there is no list {token}",
                expected=", ".join(known),
                suggestion=_closest(token, known) or "Lists are named under `lists:` in a rules file.",
            )
        return lists[token[1:]]

    def zone(self, token: Token, part: Expression) -> Expression:
        """`headline:a`."""
        name = token[:-1]
        if name not in BITS:
            raise Fault(
                token,
                f"there is no zone {name!r}",
                expected=", ".join(ZONES),
                suggestion=_closest(name, ZONES) or f"Zones are {', '.join(ZONES)}; put text with a colon in quotes.",
            )
        if any(isinstance(node, In) for node in part.walk()):
            raise Fault(token, f"{token} holds another zone: a text stands in one zone only")
        return In(name, part)

    def at_least(self, token: Token, *members: Expression) -> Expression:
        """`2 OF (a, b, c)`."""
        number = _number(token.split()[0])
        if not 1 <= number <= len(members):
            raise Fault(token, f"{token}: the number is 1 to {len(members)}, as many as there are in the list")
        return AtLeast(number, members)


def _number(digits: str) -> int:
    """What it says, as far as that is of any use: Python refuses to read thousands of digits."""
    return int(digits[:9])


def term(token: Token) -> Term:
    """A word or phrase.

    Raises:
        Fault: it is none.
    """
    made = _term(str(token))
    if isinstance(made, Term):
        return made
    problem, expected, suggestion = made
    raise Fault(token, problem, expected=expected, suggestion=suggestion)


# A few words stand in very many rules.
@lru_cache(maxsize=65_536)
def _term(token: str) -> Term | tuple[str, str, str | None]:
    """A term, or what is wrong with it, what was expected and what was probably meant."""
    exact = token.startswith("=")
    text = token[exact:]
    if not exact and text[0] not in '"“”' and (fault := misread(text)):
        problem, suggestion = fault
        return problem, "a word", suggestion
    written = text.strip('"“”')
    starred = text.endswith("*") or written.endswith("*")
    written = written.rstrip("*").strip('"“”')
    if "*" in written:
        return f"{token}: '*' stands at the end of a word, for any ending", "word*", None
    words = fold(written).data.decode().strip()
    if not words:
        return f"{token} has no letter or digit in it, so it is found nowhere", "a word or a phrase", None
    if starred and not written[-1].isalnum() and written[-1].isspace():
        return f"{token}: '*' follows a word without a space", "word*", None
    if starred and words.isascii() and len(words.rpartition(" ")[2]) < _SHORTEST_STEM:
        return f"{token} would match nearly every text", "at least two letters before '*'", None
    written = " ".join(written.split())
    return Term(words, written, prefix=starred, exact=exact_form(written) if exact else None)


def _flat(kind: type[And | Or], members: tuple[Expression, ...]) -> tuple[Expression, ...]:
    """`(a OR b) OR c` is `a OR b OR c`."""
    return tuple(part for member in members for part in (member.parts if isinstance(member, kind) else (member,)))


def _closest(name: str, known: Iterable[str]) -> str | None:
    close = difflib.get_close_matches(name.casefold(), known, n=1, cutoff=0.5)
    return f"Did you mean {close[0]}?" if close else None
