"""What a filter can see of an alert: its reach, and each of its revisions as it stood.

`reach` is matched by the plain axes. `text` and `not` look at single revisions, this one or any earlier one, so that
whoever was shown an alert also gets its correction and withdrawal, whose words may be quite different ones.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Self

from alerts.alert import Alert
from alerts.regions import ancestors

UNKNOWN = "unknown"
"""The region of an alert of which no region is known; never 'everywhere'."""


@dataclass(frozen=True, slots=True)
class Facets:
    """Values on each axis, expanded upwards: a filter's value matches if it is a member.

    `rank` is that of the priority (see `Priority.rank`).
    """

    regions: frozenset[str]
    topics: frozenset[str]
    rules: frozenset[str]
    languages: frozenset[str]
    sources: frozenset[str]
    rank: int

    def union(self, other: Self) -> Self:
        """What either of the two reaches."""
        return type(self)(
            self.regions | other.regions,
            self.topics | other.topics,
            self.rules | other.rules,
            self.languages | other.languages,
            self.sources | other.sources,
            max(self.rank, other.rank),
        )


@dataclass(frozen=True, slots=True)
class Revision:
    """One revision as `text` and `not` see it, and the one before that differed."""

    own: Facets
    texts: Mapping[str, str]
    earlier: "Revision | None" = None

    def all(self) -> Iterator["Revision"]:
        """This revision and every earlier one, newest first."""
        revision: Revision | None = self
        while revision is not None:
            yield revision
            revision = revision.earlier


@dataclass(frozen=True, slots=True)
class View:
    """All that filters see of an alert at one revision. It only ever grows from revision to revision."""

    reach: Facets
    revision: Revision


def view(alert: Alert, earlier: View | None = None) -> View:
    """The view of a revision, given that of the one before."""
    reach = _reach(alert)
    own = _own(alert)
    texts = {"headline": alert.headline, "lead": alert.summary}
    if earlier is None:
        return View(reach, Revision(own, texts))
    last = earlier.revision
    unchanged = last.own == own and last.texts == texts
    # The desk's reach is a union already, but it cannot tell that a region was once unknown.
    return View(earlier.reach.union(reach), last if unchanged else Revision(own, texts, last))


def _reach(alert: Alert) -> Facets:
    reach = alert.reach
    return Facets(
        _regions(reach.regions or tuple(r.code for r in alert.regions)),
        frozenset(reach.topics),
        frozenset(reach.rules),
        _languages(reach.languages),
        _sources(reach.sources),
        max(reach.priority.rank, alert.priority.rank),
    )


def _own(alert: Alert) -> Facets:
    return Facets(
        _regions(region.code for region in alert.regions),
        frozenset(alert.topics),
        frozenset(alert.rules),
        _languages((alert.language,)),
        _sources(source.source for source in alert.sources),
        alert.priority.rank,
    )


def _regions(codes: Iterable[str]) -> frozenset[str]:
    above: set[str] = set()
    for code in codes:
        above |= {UNKNOWN} if code == UNKNOWN else ancestors(code)
    return frozenset(above or {UNKNOWN})


def _sources(names: Iterable[str]) -> frozenset[str]:
    return frozenset(name.casefold() for name in names)


def _languages(tags: Iterable[str]) -> frozenset[str]:
    return frozenset[str]().union(*(prefixes(tag) for tag in tags))


@lru_cache(maxsize=4096)
def prefixes(tag: str) -> frozenset[str]:
    """A language tag and what it narrows: `zh-Hant-TW` gives `zh`, `zh-hant`, `zh-hant-tw` (RFC 4647, 3.3.1)."""
    parts = tag.casefold().split("-")
    return frozenset("-".join(parts[: i + 1]) for i in range(len(parts)))
