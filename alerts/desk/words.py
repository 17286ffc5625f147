"""What the public is told about an interruption, a correction or a withdrawal, and editors about what was kept back."""

from alerts.desk.reading import shortened

SUPERSEDED = "superseded before it was issued"
OLDER = "older than the version already known"
WITHDRAWN_UNSHOWN = "withdrawn by its publisher before it was shown"
WITHHELD_UNSHOWN = "withheld by its publisher before it was shown"
WITHDRAWN_BEFORE = "its publisher has withdrawn it before"
COPY_OF_TAKEN_BACK = "a copy of an article that was taken back before it was shown"
COPY_OF_WITHDRAWN = "a copy of an article whose alert has been withdrawn"
ALERT_WITHDRAWN = "the alert has been withdrawn"
STILL_WITHDRAWN = "its publisher withdrew it, and no rule matches the new version"
TEXT_OF_ENDED = "the same text as in an alert that has ended"
CROWDED = "the alert has as many sources as it can hold"
UNLISTED = "the alert lists as many sources as it can"

FLOODED = "issued without interrupting"

WITHDRAWN_BY_EDITORS = "Withdrawn by the editors."


def withdrawn(source: str) -> str:
    """The only publisher took its story back."""
    return f"{_name(source)} has withdrawn this story."


def withdrew(source: str) -> str:
    """One publisher of several took its report back."""
    return f"{_name(source)} has withdrawn its report of this story; other sources stand by theirs."


def withdrew_copy(source: str) -> str:
    """A publisher took back its copy of a text that stands elsewhere."""
    return f"{_name(source)} has withdrawn its copy of this story."


def reinstated(source: str) -> str:
    """A publisher stands by its story again."""
    return f"{_name(source)} has reinstated the story it withdrew."


def corrected(source: str, before: str, after: str) -> str:
    """A publisher corrected what the alert shows."""
    return f"{_name(source)} has corrected this story{_change(before, after)}"


def reported(source: str, headline: str) -> str:
    """Another publisher corrects, denies or takes back what the alert shows."""
    return f"{_name(source)} reports: {_quoted(headline)}."


def flooded(rule: str, cap: int) -> str:
    """A new story interrupted nobody."""
    return f"{FLOODED}: rule {rule} has interrupted {cap} times within the hour"


def raised(source: str, priority: str, headline: str) -> str:
    """A report made the alert more urgent."""
    return f"Now {priority}. {reported(source, headline)}"


def toll(source: str, now: int, before: int | None) -> str:
    """Many more, or fewer, are dead than was told."""
    known = "" if before is None else f"; {before:,} were reported before"
    return f"{_name(source)} reports {now:,} dead{known}."


def spread(country: str, source: str, headline: str) -> str:
    """A second country is concerned."""
    return f"Also {country}. {reported(source, headline)}"


def named(leader: str, source: str, headline: str) -> str:
    """A leader is named whom no report named before."""
    return f"{leader} named. {reported(source, headline)}"


def many(number: int) -> str:
    """A story that interrupted nobody so far turns out to be a big one."""
    return f"Now reported by {number} publishers independently."


def corrected_by_editors(before: str, after: str) -> str:
    """The editors changed the headline."""
    return f"The editors have corrected the headline{_change(before, after)}"


def _change(before: str, after: str) -> str:
    return "." if before == after else f": {_quoted(before)} is now {_quoted(after)}."


def _name(source: str) -> str:
    return shortened(source, 80)


def _quoted(headline: str) -> str:
    return f"“{shortened(headline, 180)}”"
