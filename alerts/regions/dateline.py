"""The line that opens a wire story: `KABUL, Aug 5 (Agency) - `, `Kyiv, Ukraine (Agency) — `."""

import re

from alerts.text import Prepared, Zone

_PATTERN = re.compile(
    r"\s*(?P<place>\w[^\n–—()]{1,60}?)(?:,\s*(?:\w+\.?\s+\d{1,2}|\d{1,2}\.?\s+\w+))?"
    r"\s*(?P<agency>\([^)\n]{1,40}\))?\s*(?:\s--?|–|—)\s"
)


def dateline(prepared: Prepared) -> tuple[Zone | None, int]:
    """The piece that the body text opens with, and how many of its code points are the dateline: 0 if it has none."""
    opening = next((zone for zone in prepared.of("lead", "body") if zone.field == "body_text"), None)
    return opening, _end(prepared.text(opening)) if opening else 0


def _end(text: str) -> int:
    found = _PATTERN.match(text)
    if found is None:
        return 0
    # Many a sentence has a dash; a dateline has capitals or names its agency.
    first = found["place"].split()[0].strip(",.")
    return found.end() if found["agency"] or (len(first) > 2 and first.isupper()) else 0
