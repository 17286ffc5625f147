"""What may stand in a rules file: one model, by which every rule is checked and read.

docs/rules.md explains the attributes, with examples.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from functools import lru_cache
from typing import Annotated, Any, Literal, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    model_validator,
)

from alerts.article import Article
from alerts.regions import is_region, known
from alerts.regions.gazetteer import gazetteer
from alerts.rules.building import NO_LISTS, Lists
from alerts.rules.languages import LANGUAGES
from alerts.rules.query import Query, parse_query
from alerts.rules.rule import DAYS, DEFAULT_ZONES, Examples, Hours, Kind, Rule, Sources, ZoneName, duration
from alerts.rules.signals import NAMES
from alerts.rules.wording import closest, shown
from alerts.text import fold
from alerts.verdict import Priority

# The first part of a tag has two or three letters: longer ones are registered for none (RFC 5646, 2.2.1).
_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")
_TIMES = re.compile(r"(\d\d?):(\d\d)\s*[-–]\s*(\d\d?):(\d\d)\s+(\S+)(?:\s+(\S+))?")


def _region(code: str) -> str:
    for spelling in (code, code.upper(), code.lower()):
        if is_region(spelling):
            return spelling
    hint = _listed(code) or _place_named(code) or closest(code.casefold().replace(" ", "-"), _groups())
    if code.isdecimal():
        hint = "; the areas of UN M49 go by their names, such as europe or western-africa"
    raise ValueError(f"{code!r} is no region: a country (AF), a subdivision (UA-30) or a group (central-asia){hint}")


def _listed(text: str) -> str:
    """What was meant by several values in one text, as `AF, KZ`: a list."""
    return f". Did you mean [{text}]?" if "," in text else ""


def _place_named(name: str) -> str:
    """`. Did you mean KZ?` for somebody who wrote Kazakhstan."""
    found = gazetteer().lookup(fold(name).data.decode().strip())
    code = found.readings[0].code if found and found.readings else "-"
    return f". Did you mean {code}?" if is_region(code) else ""


@lru_cache(maxsize=1)
def _groups() -> tuple[str, ...]:
    return tuple(sorted(code for code in known() if code.islower()))


def _language(tag: str) -> str:
    if not _TAG.fullmatch(tag):
        code = LANGUAGES.get(tag.casefold()) or (tag.replace("_", "-") if _TAG.fullmatch(tag.replace("_", "-")) else "")
        hint = f". Did you mean {code}?" if code else _listed(tag)
        raise ValueError(f"{tag!r} is no language tag, such as en or pt-BR{hint}")
    return tag


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        hint = closest(name, tuple(sorted(available_timezones())))
        raise ValueError(f"{name!r} is no time zone, such as Europe/London{hint}") from None


def _hours(value: Any) -> Any:
    """`08:00-20:00 Europe/London`, `22:00-06:00 Asia/Almaty mon-fri`."""
    m = _TIMES.fullmatch(value.strip()) if isinstance(value, str) else None
    if m is None:
        raise ValueError("expected hours like '22:00-06:00 Europe/London' or '08:00-18:00 Asia/Almaty mon-fri'")
    start_hour, start_minute, end_hour, end_minute = (int(group) for group in m.groups()[:4])
    try:
        start, end = _clock(start_hour, start_minute), _clock(end_hour, end_minute)
    except ValueError:
        raise ValueError(f"{value!r} holds a time that no clock shows") from None
    return Hours(start, end, _zone(m[5]), _days(m[6]) if m[6] else DAYS)


def _clock(hour: int, minute: int) -> time:
    """A time of day; 24:00 is the midnight that ends it."""
    return time(0) if (hour, minute) == (24, 0) else time(hour, minute)


def _days(text: str) -> tuple[str, ...]:
    chosen: set[str] = set()
    for part in text.casefold().split(","):
        first, _, last = part.partition("-")
        if first not in DAYS or (last and last not in DAYS):
            raise ValueError(f"{part!r} are no days; write them like mon-fri or sat,sun")
        start, end = DAYS.index(first), DAYS.index(last or first)
        chosen |= {DAYS[i % 7] for i in range(start, (end if end >= start else end + 7) + 1)}
    return tuple(day for day in DAYS if day in chosen)


def _many(value: Any) -> Any:
    """One word may stand for a list of one."""
    return [value] if isinstance(value, str) else value


def _example(value: Any) -> Any:
    """A headline, or the fields of an article; what an article needs besides is filled in."""
    fields = {"headline": value} if isinstance(value, str) else value
    if not isinstance(fields, Mapping):
        raise ValueError("an example is a headline, or a mapping of an article's fields")  # noqa: TRY004
    unknown = [name for name in fields if name not in Article.model_fields]
    if unknown:
        hint = closest(str(unknown[0]), Article.model_fields) or "; a headline with a colon stands in quotes"
        raise ValueError(f"an article has no field {str(unknown[0])!r}{hint}")
    Article.from_mapping({"uri": "example", "source": "example", "headline": "-", **fields})
    return dict(fields)


def _signals(value: Any) -> Any:
    names = NAMES if value == "all" else _many(value)
    for name in names if isinstance(names, list | tuple) else ():
        if name not in NAMES:
            hint = closest(str(name), NAMES)
            raise ValueError(f"there is no signal {name!r}; expected {', '.join(NAMES)}, or all{hint}")
    return names


def _text(value: Any) -> str:
    if isinstance(value, list):
        raise ValueError("expected one expression, found a list; put OR or AND between")  # noqa: TRY004
    if not isinstance(value, str):
        raise ValueError(f"expected text, found {shown(value)}; put it in quotes")  # noqa: TRY004
    return value


def _duration(value: Any) -> Any:
    if isinstance(value, int | float) and not isinstance(value, bool):
        hint = f". Did you mean {value}h?" if value > 0 and isinstance(value, int) else ""
        raise ValueError(f"{value} has no unit; write it like 90s, 30m, 6h, 2d or 1h30m{hint}")  # noqa: TRY004
    return duration(_text(value))


@dataclass(frozen=True, slots=True)
class Shared:
    """What the rules of one file have in common; the context of their validation.

    Attributes:
        lists: what `$name` stands for.
        queries: what has been read so far: many rules have one `unless`.
    """

    lists: Lists
    queries: dict[str, Query] = field(default_factory=dict)


def _query(value: Any, info: ValidationInfo) -> Query:
    text, shared = _text(value), info.context or Shared(NO_LISTS)
    known: Query | None = shared.queries.get(text)
    if known is None:
        known = shared.queries[text] = parse_query(text, shared.lists)
    return known


_ZONES: tuple[ZoneName, ...] = get_args(ZoneName)
_Query = Annotated[Query, BeforeValidator(_query)]
_Duration = Annotated[Any, BeforeValidator(_duration)]
_Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
_Region = Annotated[str, BeforeValidator(lambda v: str(v) if type(v) is int else v), AfterValidator(_region)]
_Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", max_length=100)]
_Example = Annotated[dict[str, Any], BeforeValidator(_example)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True, populate_by_name=True)


def _source(name: str) -> str:
    """Sources are compared letter by letter: a pattern would be found in no article, and deny nothing."""
    if name.startswith("*."):
        raise ValueError(f"{name!r}: a domain also means all below it. Did you mean {name[2:]}?")
    return name


_Source = Annotated[_Word, AfterValidator(_source)]


class SourcesSpec(_Part):
    """Publishers, by name or domain; a domain also means those below it."""

    allow: Annotated[tuple[_Source, ...], BeforeValidator(_many)] = ()
    deny: Annotated[tuple[_Source, ...], BeforeValidator(_many)] = ()

    @model_validator(mode="before")
    @classmethod
    def _list(cls, value: Any) -> Any:
        return {"allow": value} if isinstance(value, str | list) else value


class ExamplesSpec(_Part):
    """Headlines, or articles, on which the rule must and must not fire."""

    match: Annotated[tuple[_Example, ...], BeforeValidator(_many)] = ()
    no_match: Annotated[tuple[_Example, ...], BeforeValidator(_many)] = ()


class RuleSpec(_Part):
    """One rule as it is written."""

    id: _Id
    name: str = ""
    kind: Kind = "alert"
    topic: _Id | None = None
    media_topic: Annotated[str, StringConstraints(pattern=r"^medtop:\d{8}$")] | None = None
    priority: Priority = Priority.ROUTINE
    match: _Query
    unless: _Query | None = None
    unless_signals: Annotated[tuple[str, ...], BeforeValidator(_signals)] = ()
    zones: Annotated[
        tuple[ZoneName, ...],
        BeforeValidator(_many),
        Field(alias="in", min_length=1),
    ] = DEFAULT_ZONES
    regions: Annotated[tuple[_Region, ...], BeforeValidator(_many)] = ()
    when_region_unknown: Literal["skip", "fire"] = "skip"
    languages: Annotated[tuple[Annotated[str, AfterValidator(_language)], ...], BeforeValidator(_many)] = ()
    sources: SourcesSpec | None = None
    max_age: _Duration = None
    hours: Annotated[Hours | None, BeforeValidator(_hours)] = None
    cooldown: _Duration = None
    examples: ExamplesSpec = ExamplesSpec()

    def rule(self) -> Rule:
        """The rule in its final form."""
        return Rule(
            id=self.id,
            name=self.name or self.id,
            kind=self.kind,
            topic=self.topic,
            media_topic=self.media_topic,
            priority=self.priority,
            match=self.match,
            unless=self.unless,
            unless_signals=_set(self.unless_signals),
            zones=tuple(zone for zone in _ZONES if zone in self.zones),  # in one order, each once
            regions=_set(self.regions),
            when_region_unknown=self.when_region_unknown,
            languages=self.languages,
            sources=Sources(said.allow, said.deny) if (said := self.sources) and (said.allow or said.deny) else None,
            max_age=self.max_age,
            hours=self.hours,
            cooldown=self.cooldown,
            examples=Examples(self.examples.match, self.examples.no_match),
        )


@lru_cache(maxsize=1024)
def _set(names: tuple[str, ...]) -> frozenset[str]:
    """Many rules name the same ones: a set for all of them."""
    return frozenset(names)


ATTRIBUTES = tuple(field.alias or name for name, field in RuleSpec.model_fields.items())
"""Every attribute of a rule, as it is written."""
DEFAULTABLE = tuple(name for name in ATTRIBUTES if name not in {"id", "name", "match", "examples"})
"""What `defaults` of a file may give to all its rules."""
CLEARABLE = tuple(
    name
    for name in DEFAULTABLE
    if name
    in {
        "topic",
        "media_topic",
        "unless_signals",
        "regions",
        "languages",
        "sources",
        "max_age",
        "hours",
        "cooldown",
    }
)
"""What `none` takes back where the defaults of the file give it."""
PARTS = {"sources": tuple(SourcesSpec.model_fields), "examples": tuple(ExamplesSpec.model_fields)}
"""What may stand inside an attribute."""
