"""Arabic writes `and`, `in`, `to`, `like`, `so` and the article at the front of the word."""

from collections.abc import Iterator

from gazetteer.spelling import script_of

_ARTICLE = "ال"
_SHORTEST = 4
_BEFORE = ("و", "ب", "ل", "ف", "ك", "وب", "ول")


def with_clitics(name: str) -> Iterator[str]:
    """The forms of an Arabic name with what may be joined to its front; none of a short one."""
    if script_of(name) != "ARABIC" or len(name) < _SHORTEST:
        return
    for before in _BEFORE:
        # `li` swallows the article's first letter.
        yield before + (name[1:] if before.endswith("ل") and name.startswith(_ARTICLE) else name)
