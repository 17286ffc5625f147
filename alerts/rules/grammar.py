"""The grammar of the rule language: a text in tokens, and in which order nodes are made of them.

A tree's shape depends on the kinds of its tokens alone. Files with very many rules have few shapes, so each is parsed
once, into a plan that is then filled in with the tokens of every expression of that shape.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from lark import Lark, Token, Tree, UnexpectedCharacters
from lark.common import LexerConf
from lark.lexer import Lexer

_GRAMMAR = r"""
start: STAR            -> anything
     | or_expr         -> whole
?or_expr: and_expr
        | and_expr (_OR and_expr)+          -> any_holds
?and_expr: not_expr
         | not_expr (_AND not_expr)+        -> all_hold
?not_expr: _NOT not_expr                    -> negation
         | near_expr
?near_expr: near_expr NEAR primary          -> near
          | primary
?primary: (WORD | PHRASE | EXACT_WORD | EXACT_PHRASE) -> term
        | LIST                              -> named
        | ZONE primary                      -> zone
        | COUNT "(" or_expr ("," or_expr)* ")"  -> at_least
        | COUNT any_of                      -> at_least
        | any_of
        | "(" or_expr ")"
any_of: ANY_OF

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
// (a OR b OR "c d"): nothing but terms. Much of what is written is that, and it is much dearer word by word.
ANY_OF.7: /\(\s*+(?:@TERM@\s++OR\s++)++@TERM@\s*+\)/
STAR: "*"
%ignore /\s+/
"""
_OPERATOR = r"""(?:OR|AND|NOT|O?NEAR\/\d+)(?![^\s()",=“”])"""
_TERM = rf"""=?(?:["“”][^"“”]*+["“”]|(?!{_OPERATOR}|\$[A-Za-z])[^\s()",:=*“”]++)\*?+"""
_PART = re.compile(f"{_TERM}|OR")

TERMS = frozenset(("WORD", "PHRASE", "EXACT_WORD", "EXACT_PHRASE", "ANY_OF"))
"""Tokens that are words and phrases, or a list of them."""


class Step(NamedTuple):
    """A node of that name is made of the last so many things on the stack."""

    name: str
    parts: int


Plan = tuple[int | Step, ...]
"""Read from left to right: put the token of that number on the stack, or make a node."""


def tokens(text: str) -> Iterator[Token]:
    """The tokens of a text. They know their `start_pos`.

    Raises:
        UnexpectedCharacters: no token begins here.
    """
    match = _lexer().match
    at = 0
    while at < len(text):
        m = match(text, at)
        if m is None or m.lastgroup is None:
            raise UnexpectedCharacters(text, at, 1, at + 1)  # type: ignore[no-untyped-call]
        if not m.lastgroup.startswith("__"):  # ignored
            yield Token(m.lastgroup, m.group(), at)
        at = m.end()


def listed(token: Token) -> Iterator[Token]:
    """The terms in a token of one of the kinds of `TERMS`, each with its own place."""
    for m in _PART.finditer(token):
        if m.group() != "OR":
            yield Token("WORD", m.group(), (token.start_pos or 0) + m.start())


@lru_cache(maxsize=4096)
def plan(kinds: str) -> Plan:
    """How an expression is made of tokens of these kinds, separated by blanks.

    Raises:
        UnexpectedToken: one cannot stand where it does; the `start_pos` of that token is its number.
    """
    steps: list[int | Step] = []
    todo: list[Tree[Token] | Token] = [_parser().parse(kinds)]
    while todo:  # backwards: a node, then what it is made of, from the last part to the first
        node = todo.pop()
        if isinstance(node, Token):
            steps.append(node.start_pos or 0)
        else:
            steps.append(Step(str(node.data), len(node.children)))
            todo.extend(node.children)
    return tuple(reversed(steps))


class _Kinds(Lexer):
    """Reads kinds of tokens: Lark is asked for shapes only."""

    def __init__(self, conf: LexerConf) -> None:
        """Nothing to prepare."""

    def lex(self, data: str) -> Iterator[Token]:  # type: ignore[override]  # Lark wraps what takes a text only
        for number, kind in enumerate(data.split()):
            yield Token(kind, kind, number)


@lru_cache(maxsize=1)
def _parser() -> Lark:
    return Lark(_GRAMMAR.replace("@TERM@", _TERM), parser="lalr", lexer=_Kinds)


@lru_cache(maxsize=1)
def _lexer() -> re.Pattern[str]:
    conf = _parser().parser.lexer_conf
    # As Lark orders them: by priority, then what may be longer.
    order = sorted(conf.terminals, key=lambda t: (-t.priority, -t.pattern.max_width, -len(t.pattern.value), t.name))
    return re.compile("|".join(f"(?P<{t.name}>{t.pattern.to_regexp()})" for t in order))
