"""What a subscriber asks for: OR inside an axis, AND across axes; `not` takes away whatever one of its axes names.

`Filter` is the value as it stands on the wire. `matcher(filter)` is the same, made ready to be asked often.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from alerts.facets import UNKNOWN, Facets, Revision, View
from alerts.regions import is_region
from alerts.rules import InvalidQuery, Query, parse_query
from alerts.verdict import Priority

AXES = ("regions", "topics", "rules", "languages", "sources")
MAX_VALUES = 200
MAX_TEXT = 1000
MAX_COMBINATIONS = 1000
"""Of words in NEARs beside NEARs; rules, which editors write, have no such bound."""


class InvalidFilter(ValueError):
    """The subscriber's fault: the text says which axis, and what was expected."""


def _canonical(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(values)))


def _known(code: str) -> str:
    """ISO codes are upper case, our own groups lower; a subscriber may write either."""
    for spelling in (code, code.upper(), code.lower()):
        if spelling == UNKNOWN or is_region(spelling):
            return spelling
    raise ValueError(f"{code!r} is no region: ISO 3166-1 alpha-2, ISO 3166-2, a group or 'unknown'")


def _regions(codes: tuple[str, ...]) -> tuple[str, ...]:
    return _canonical(map(_known, codes))


def _folded(values: tuple[str, ...]) -> tuple[str, ...]:
    return _canonical(value.casefold() for value in values)


def _query(text: str) -> str:
    try:
        dear = too_dear(parse_query(text))
    except InvalidQuery as exc:
        raise ValueError(str(exc)) from None
    if dear is not None:
        raise ValueError(dear)
    return text


def too_dear(query: Query) -> str | None:
    """Why an expression is no filter though it is well-formed; None if it may be one.

    Every alert is asked it, before others get theirs, and anybody may have sixteen.
    """
    found = query.combinations
    if found <= MAX_COMBINATIONS:
        return None
    return f"NEAR beside NEAR asks for {found} combinations of words, at most {MAX_COMBINATIONS}: shorten the lists"


_Value = Annotated[str, Field(min_length=1, max_length=512)]
# An empty list would match nothing: more likely a slip of the subscriber than a wish.
_Values = Annotated[tuple[_Value, ...], Field(min_length=1, max_length=MAX_VALUES)]
_Text = Annotated[str, Field(min_length=1, max_length=MAX_TEXT), AfterValidator(_query)]


class _Axes(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, populate_by_name=True, use_attribute_docstrings=True
    )

    regions: Annotated[_Values, AfterValidator(_regions)] | None = None
    """ISO 3166-1 alpha-2, ISO 3166-2 or a group such as `central-asia`; each with all below it. `unknown` for none."""
    topics: Annotated[_Values, AfterValidator(_canonical)] | None = None
    """Topics of rules."""
    rules: Annotated[_Values, AfterValidator(_canonical)] | None = None
    """Ids of rules."""
    languages: Annotated[_Values, AfterValidator(_folded)] | None = None
    """BCP 47 tags; `en` also means `en-GB`."""
    sources: Annotated[_Values, AfterValidator(_folded)] | None = None
    """Publishers, as articles name them."""
    text: _Text | None = None
    """An expression in the rule language, over headline and lead."""


class Exclusions(_Axes):
    """What not to get: an alert revision named by any one of these axes is left out."""


class Filter(_Axes):
    """What to get. Without axes: everything."""

    min_priority: Priority | None = None
    """This priority and those above it."""
    not_: Annotated[Exclusions | None, Field(alias="not")] = None
    """What not to get."""

    @classmethod
    def from_query(cls, pairs: Iterable[tuple[str, str]]) -> Self:
        """A filter from a URL's query, such as `regions=UA&regions=KZ&min_priority=urgent&not.topics=sport`.

        Raises:
            InvalidFilter: there is no such axis, or it has a value that cannot be used.
        """
        axes: dict[str, Any] = {}
        for name, value in pairs:
            place, axis = (axes.setdefault("not", {}), name[4:]) if name.startswith("not.") else (axes, name)
            if axis in AXES:
                place.setdefault(axis, []).append(value)
            elif axis in place:
                raise InvalidFilter(f"{name}: given twice")
            else:
                place[axis] = value
        try:
            return cls.model_validate(axes, strict=False)
        except ValidationError as exc:
            raise InvalidFilter(sentence(exc)) from None


EVERYTHING = Filter()


def sentence(error: ValidationError) -> str:
    """The first fault in one line, with where it is."""
    fault = error.errors(include_url=False, include_input=False, include_context=False)[0]
    where = ".".join(str(part) for part in fault["loc"])
    message = fault["msg"].removeprefix("Value error, ")
    return f"{where}: {message}" if where else message


@dataclass(frozen=True, slots=True)
class _Exclusion:
    axes: tuple[tuple[str, frozenset[str]], ...]
    text: Query | None

    def names(self, revision: Revision) -> bool:
        """Whether this revision is one that is not wanted."""
        if any(not values.isdisjoint(getattr(revision.own, axis)) for axis, values in self.axes):
            return True
        return self.text is not None and self.text.matches(revision.texts)


@dataclass(frozen=True, slots=True, eq=False)
class Matcher:
    """A filter, made ready. `matches` is `reaches` and `passes`."""

    filter: Filter
    axes: Mapping[str, frozenset[str]]
    rank: int
    text: Query | None
    exclusion: _Exclusion | None

    def matches(self, view: View) -> bool:
        """Whether an alert is wanted."""
        return self.reaches(view.reach) and self.passes(view)

    def reaches(self, reach: Facets) -> bool:
        """Whether the plain axes match."""
        if reach.rank < self.rank:
            return False
        return all(not values.isdisjoint(getattr(reach, axis)) for axis, values in self.axes.items())

    def passes(self, view: View) -> bool:
        """Whether `text` and `not` let this revision or any earlier one through."""
        if self.text is None and self.exclusion is None:
            return True
        return any(self._passes(revision) for revision in view.revision.all())

    def _passes(self, revision: Revision) -> bool:
        if self.exclusion is not None and self.exclusion.names(revision):
            return False
        return self.text is None or self.text.matches(revision.texts)


@lru_cache(maxsize=16_384)
def matcher(wanted: Filter) -> Matcher:
    """The matcher of a filter; equal filters share one."""
    unwanted = wanted.not_
    exclusion = None if unwanted is None else _Exclusion(tuple(_sets(unwanted).items()), _compiled(unwanted.text))
    rank = wanted.min_priority.rank if wanted.min_priority else 0
    return Matcher(wanted, _sets(wanted), rank, _compiled(wanted.text), exclusion)


def _sets(axes: _Axes) -> dict[str, frozenset[str]]:
    values = {axis: getattr(axes, axis) for axis in AXES}
    return {axis: frozenset(wanted) for axis, wanted in values.items() if wanted is not None}


@lru_cache(maxsize=4096)
def _compiled(text: str | None) -> Query | None:
    return None if text is None else parse_query(text)
