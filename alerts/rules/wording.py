"""What pydantic finds wrong with a rule, as a rules file has it: what was found, expected and meant.

Only faults that pydantic sees by itself: those that our own checks raise are sentences already.
"""

import difflib
from collections.abc import Iterable
from typing import Any

from pydantic_core import ErrorDetails

_PATTERNS = {
    "media_topic": "an IPTC Media Topic, such as medtop:20000053",
    "": "letters, digits and _ . - after a letter or digit",
}
_LISTS = {
    "sources": "a list such as [example.org], or {allow: [...], deny: [...]}",
    "examples": "{match: [...], no_match: [...]}",
}
_OTHER_WORDS = {
    "zones": "in",
    "countries": "regions",
    "places": "regions",
    "exclude": "unless",
    "not": "unless",
    "keywords": "match",
    "query": "match",
    "pattern": "match",
    "signals": "unless_signals",
    "active": "hours",
    "active_hours": "hours",
    "schedule": "hours",
    "age": "max_age",
    "title": "name",
    "category": "topic",
    "tests": "examples",
}
"""What other tools call our attributes."""


def closest(word: str, known: Iterable[str]) -> str:
    """`. Did you mean X?` for the nearest of the known words, or nothing."""
    known = list(known)
    meant = _OTHER_WORDS.get(word.casefold(), "")
    close = [meant] if meant in known else difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    return f". Did you mean {close[0]}?" if close else ""


def expectation(fault: ErrorDetails, attribute: str) -> tuple[str, str]:
    """What should have stood there, and a suggestion (or nothing); nothing at all where pydantic's words must do."""
    found = fault.get("input")
    context: dict[str, Any] = fault.get("ctx") or {}
    kind = fault["type"]
    if kind in {"literal_error", "enum"}:
        known = [word.strip("' ") for word in str(context.get("expected", "")).replace(" or ", ",").split(",")]
        listed = f"{', '.join(known[:-1])} or {known[-1]}"
        return listed, closest(found, known) if isinstance(found, str) else ""
    if kind == "string_pattern_mismatch":
        return _PATTERNS.get(attribute, _PATTERNS[""]), ""
    if kind == "string_type":
        return "text; put it in quotes" if isinstance(found, int | float) else "text", ""
    if kind == "too_short":
        return "at least one", ""
    if kind in {"tuple_type", "model_type", "dict_type"}:
        return _LISTS.get(attribute, "a list such as [a, b]"), ""
    return "", ""


def shown(value: Any) -> str:
    """A value as a message quotes it, in short."""
    if value is None:
        return "nothing"
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
