"""Users whose tokens no longer count, though they have not ended: a file, one user a line.

A line is a name (the token's `sub`), or a name, a space and a time (RFC 3339): then only tokens issued before it are
revoked, and the user may come back with a fresh one. Lines that begin with # are remarks.
"""

from collections.abc import Mapping
from datetime import datetime

from alerts.instant import instant

FOR_EVER = float("inf")


class InvalidRevocations(ValueError):
    """The file is not what it should be; the text says where."""


def parse(text: str) -> Mapping[str, float]:
    """User -> epoch seconds before which his tokens were issued that do not count.

    Raises:
        InvalidRevocations: a line has a time that is none.
    """
    revoked: dict[str, float] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        user, _, when = stripped.rpartition(" ")
        before = _time(when) if user else None
        if before is None and user and when[:4].isdecimal():
            raise InvalidRevocations(f"line {number}: {when!r} is no time such as 2026-03-01T12:00:00Z")
        name, until = (user.strip(), before.timestamp()) if before else (stripped, FOR_EVER)
        revoked[name] = max(until, revoked.get(name, 0.0))
    return revoked


def _time(text: str) -> datetime | None:
    try:
        return instant(text)
    except ValueError:
        return None
