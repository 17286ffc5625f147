"""YAML to plain values, quickly: without the place of anything, which takes most of the time and memory.

Only what a rules file is made of is read here: mappings with each key once, lists and scalars. Whatever is odd (faults
too) is left to `source`, which knows where it stands.

Scalars are read as YAML 1.2 has them: only `true` and `false` are truth values, so that `NO` is Norway and `no` is
Norwegian; times of day and dates stay text.
"""

import re
from functools import lru_cache
from typing import Any

import yaml


class Odd(Exception):
    """This is no YAML, or not of the plain kind: it must be looked at more closely."""


class CoreResolver(yaml.resolver.Resolver):
    """The few implicit types of YAML 1.2's core schema."""

    yaml_implicit_resolvers = {}  # noqa: RUF012 - how PyYAML is told; its own are inherited otherwise


for _tag, _pattern, _first in (
    ("null", r"~|null|Null|NULL|", "~nN"),
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    # What is longer is text: Python refuses to read a number of thousands of digits.
    ("int", r"[-+]?(?:0|[1-9][0-9]{0,17})", "-+0123456789"),
    ("float", r"[-+]?[0-9]+\.[0-9]+(?:[eE][-+]?[0-9]+)?", "-+0123456789"),
):
    CoreResolver.add_implicit_resolver(
        f"tag:yaml.org,2002:{_tag}", re.compile(rf"(?:{_pattern})\Z"), [*_first, *([""] if _tag == "null" else [])]
    )


def values(text: str, *, deepest: int) -> Any:
    """What a document holds.

    Args:
        text: a YAML document.
        deepest: how many mappings and lists may stand in each other.

    Raises:
        Odd: it must be looked at more closely.
    """
    if not yaml.__with_libyaml__:
        raise Odd
    top: list[Any] = []
    try:
        _fill(top, yaml.CSafeLoader(text), deepest)  # events: libyaml's own tree nests C calls without a limit
    except (yaml.YAMLError, UnicodeEncodeError):
        raise Odd from None
    if len(top) > 1:
        raise Odd
    return top[0] if top else None


_STARTS = {yaml.MappingStartEvent: dict, yaml.SequenceStartEvent: list}
_ENDS = {yaml.MappingEndEvent, yaml.SequenceEndEvent}
_VALUES = {yaml.ScalarEvent, yaml.AliasEvent, *_STARTS}


def _fill(top: list[Any], parser: Any, deepest: int) -> None:
    around: list[Any] = []
    into: Any = top
    key: str | None = None
    while (kind := type(event := parser.get_event())) is not yaml.StreamEndEvent:
        if kind in _ENDS:
            into = around.pop()
            continue
        if kind not in _VALUES:
            continue
        value = _value(event)
        if type(into) is list:
            into.append(value)
        elif key is None:
            if type(value) is not str or value in into:
                raise Odd
            key = value
            continue
        else:
            into[key], key = value, None
        if kind in _STARTS:
            around.append(into)
            into = value
            if len(around) > deepest:
                raise Odd


def _value(event: Any) -> Any:
    """The scalar, or an empty mapping or list."""
    if type(event) is yaml.AliasEvent or event.tag is not None or event.anchor is not None:
        raise Odd
    if type(event) is not yaml.ScalarEvent:
        return _STARTS[type(event)]()
    return _plain(event.value) if event.implicit[0] else event.value


@lru_cache(maxsize=4096)
def _plain(text: str) -> Any:
    """A scalar without quotes: text, a number, a truth value or nothing."""
    tag: str = CoreResolver().resolve(yaml.ScalarNode, text, (True, False))  # type: ignore[no-untyped-call]
    match tag.rpartition(":")[2]:
        case "null":
            return None
        case "bool":
            return text.lower() == "true"
        case "int":
            return int(text)
        case "float":
            return float(text)
    return text
