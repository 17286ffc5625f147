"""One rule, as the matcher uses it: every attribute checked and in its final form."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from functools import reduce
from typing import Any, Literal
from zoneinfo import ZoneInfo

from alerts.rules.found import BITS
from alerts.rules.query import Query
from alerts.verdict import Priority

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ZoneName = Literal["headline", "lead", "body", "byline", "slugline", "source"]
DEFAULT_ZONES: tuple[ZoneName, ...] = ("headline", "lead", "body")

Kind = Literal["alert", "retraction"]


@dataclass(frozen=True, slots=True)
class Hours:
    """When a rule is active: from one time of day to another in a time zone, across midnight if `end` is the earlier.

    A span belongs to the day on which it begins; equal times are the whole day.
    """

    start: time
    end: time
    zone: ZoneInfo
    days: tuple[str, ...] = DAYS

    def include(self, now: datetime) -> bool:
        """Whether the moment is in one of the spans."""
        local = now.astimezone(self.zone)
        at = local.timetz().replace(tzinfo=None)
        today, yesterday = DAYS[local.weekday()], DAYS[local.weekday() - 1]
        if self.start < self.end:
            return today in self.days and self.start <= at < self.end
        return (today in self.days and at >= self.start) or (yesterday in self.days and at < self.end)

    def __str__(self) -> str:
        days = "" if self.days == DAYS else f" {','.join(self.days)}"
        return f"{self.start:%H:%M}-{self.end:%H:%M} {self.zone.key}{days}"


@dataclass(frozen=True, slots=True)
class Sources:
    """Publishers a rule listens to. A domain also means those below it: `bbc.co.uk` is also `news.bbc.co.uk`."""

    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()

    def include(self, source: str) -> bool:
        """Whether a publisher is allowed (if any list is given) and not denied."""
        names = _above(source.casefold())
        if not names.isdisjoint(name.casefold() for name in self.deny):
            return False
        return not self.allow or not names.isdisjoint(name.casefold() for name in self.allow)


def _above(source: str) -> frozenset[str]:
    parts = source.split(".")
    return frozenset(".".join(parts[i:]) for i in range(len(parts)))


@dataclass(frozen=True, slots=True)
class Examples:
    """Articles, or headlines, on which a rule must and must not fire."""

    match: tuple[Mapping[str, Any], ...] = ()
    no_match: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. What each attribute means is in docs and in `alerts.rules.document`."""

    id: str
    match: Query
    name: str = ""
    kind: Kind = "alert"
    topic: str | None = None
    media_topic: str | None = None
    priority: Priority = Priority.ROUTINE
    unless: Query | None = None
    unless_signals: frozenset[str] = frozenset()
    zones: tuple[ZoneName, ...] = DEFAULT_ZONES
    regions: frozenset[str] = frozenset()
    when_region_unknown: Literal["skip", "fire"] = "skip"
    languages: tuple[str, ...] = ()
    sources: Sources | None = None
    max_age: timedelta | None = None
    hours: Hours | None = None
    cooldown: timedelta | None = None
    examples: Examples = field(default=Examples(), compare=False)

    @property
    def mask(self) -> int:
        """The zones it looks in, as bits."""
        return reduce(lambda mask, name: mask | BITS[name], self.zones, 0)

    def speaks(self, language: str) -> bool:
        """Whether it is for articles in this language; one whose language is not known is not lost for that."""
        if not self.languages or language.casefold() == "und":
            return True
        tag = f"{language.casefold()}-"
        return any(tag.startswith(f"{wanted.casefold()}-") for wanted in self.languages)


_DURATION = re.compile(r"(?:(\d{1,18})d)?(?:(\d{1,18})h)?(?:(\d{1,18})m)?(?:(\d{1,18})s)?")


def duration(text: str) -> timedelta:
    """`90s`, `30m`, `6h`, `2d`, `1h30m`.

    Raises:
        ValueError: it is none of these, or no time at all.
    """
    m = _DURATION.fullmatch(text.strip())
    days, hours, minutes, seconds = (int(group or 0) for group in m.groups()) if m else (0, 0, 0, 0)
    try:
        length = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    except OverflowError:
        raise ValueError(f"{text!r} is longer than any clock runs") from None
    if not length:
        raise ValueError(f"{text!r} is no length of time; write it like 90s, 30m, 6h, 2d or 1h30m")
    return length


def written(length: timedelta) -> str:
    """A duration as a rules file has it."""
    minutes, seconds = divmod(int(length.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = ((days, "d"), (hours, "h"), (minutes, "m"), (seconds, "s"))
    return "".join(f"{number}{unit}" for number, unit in parts if number)
