"""What pydantic found wrong with a document, in words for the person who sent it."""

from typing import Any

from pydantic import ValidationError

_WORDS = {
    "missing": "is missing",
    "string_type": "must be text",
    "string_unicode": "is not Unicode text",
    "string_too_short": "must not be blank",
    "string_too_long": "is longer than {max_length} characters",
    "literal_error": "must be {expected}",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_parsing_size": "must be a whole number",
    "int_from_float": "must be a whole number",
    "finite_number": "must be a whole number",
    "greater_than_equal": "must be {ge} or more",
    "less_than_equal": "must be {le} or less",
    "model_type": "must be text or an object",
}


def sentence(error: ValidationError, *, most: int = 3) -> str:
    """The first faults, each with its field, in one line: `headline is missing; urgency must be 9 or less`."""
    faults = error.errors(include_url=False, include_input=False)
    parts = [f"{'.'.join(str(step) for step in fault['loc']) or 'it'} {_words(fault)}" for fault in faults[:most]]
    more = f" (and {len(faults) - most} more)" if len(faults) > most else ""
    return "; ".join(parts) + more


def _words(fault: Any) -> str:
    kind, context = fault["type"], fault.get("ctx") or {}
    if kind == "string_pattern_mismatch":
        return "must not be blank" if context["pattern"] == r"\S" else "must not hold control characters"
    if kind in _WORDS:
        return _WORDS[kind].format(**context)
    message: str = fault["msg"].removeprefix("Value error, ")
    return message[:1].lower() + message[1:]
