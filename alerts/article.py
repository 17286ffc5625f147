"""An article as a publisher sent it: parsed once, at the edge, or refused with a reason.

Field names follow IPTC ninjs (https://iptc.org/standards/ninjs/).
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import total_ordering
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import from_json

_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
_YEARS = range(1900, 2101)


class InvalidArticle(ValueError):
    """The sender's fault: these bytes are not an article.

    Attributes:
        reason: a short machine word, such as ``json`` or ``field``.
        uri: the article's uri if it could be read, so that an answer can name it.
    """

    def __init__(self, message: str, *, reason: str = "field", uri: str | None = None) -> None:
        super().__init__(message)
        self.reason = reason
        self.uri = uri


def _instant(value: Any) -> Any:
    """RFC 3339 text with an offset; numbers are refused, since nobody can tell seconds from milliseconds."""
    if value is None or isinstance(value, datetime):
        return value
    if not isinstance(value, str):
        raise ValueError("must be an RFC 3339 date-time in text")  # noqa: TRY004 - pydantic collects ValueError
    if not value.strip():
        return None
    return value


def _in_our_era(value: datetime) -> datetime:
    if value.tzinfo is None or value.utcoffset() is None:
        raise ValueError("needs an offset, such as Z or +06:00")
    if value.year not in _YEARS:
        raise ValueError(f"year {value.year} cannot be right")
    return value.astimezone(UTC)


Instant = Annotated[datetime, BeforeValidator(_instant), AfterValidator(_in_our_era)]


def _blank_is_none(value: Any) -> Any:
    return None if isinstance(value, str) and not value.strip() else value


OptionalInstant = Annotated[Instant | None, BeforeValidator(_blank_is_none)]
OptionalText = Annotated[str | None, Field(max_length=100_000)]


def _version(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("must be text or a whole number")  # noqa: TRY004
    if isinstance(value, int):
        return str(value)
    return _blank_is_none(value)


def _language(value: Any) -> Any:
    """A tag that is not BCP 47 says nothing about the language; it is no reason to lose the article."""
    if value is None:
        return "und"
    if not isinstance(value, str):
        raise ValueError("must be text")  # noqa: TRY004
    tag = value.strip().replace("_", "-")
    return tag if _LANGUAGE.fullmatch(tag) else "und"


def _urgency(value: Any) -> Any:
    if isinstance(value, str) and value.strip().isdigit():
        return int(value)
    return None if value == "" else value


def _pubstatus(value: Any) -> Any:
    if value is None or value == "":
        return "usable"
    if isinstance(value, str):
        word = value.rpartition(":")[2].lower()  # also `stat:canceled`, as NewsML-G2 writes it
        return {"cancelled": "canceled"}.get(word, word)
    return value


def _signal(value: Any) -> Any:
    if isinstance(value, str):
        return value.rpartition(":")[2].lower() or None
    return value


def _not_blank(value: str) -> str:
    if not value.strip():
        raise ValueError("must not be blank")
    return value


class Reference(BaseModel):
    """A place or a subject the publisher named: a hint, never the last word."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    code: str | None = None
    name: str | None = None
    scheme: str | None = None


def _references(value: Any) -> Any:
    """One or many, objects or plain strings."""
    if value is None:
        return ()
    items = value if isinstance(value, list | tuple) else [value]
    return tuple({"name": item} if isinstance(item, str) else item for item in items)


References = Annotated[tuple[Reference, ...], BeforeValidator(_references)]


class Article(BaseModel):
    """One version of one story item.

    Identity is (`source`, `uri`); versions of an item share it. `body_text`, `headline` and `description`
    are what spans in `why` point into.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", strict=False, str_strip_whitespace=False)

    uri: Annotated[str, Field(min_length=1, max_length=2048), AfterValidator(_not_blank)]
    version: Annotated[str | None, BeforeValidator(_version), Field(max_length=256)] = None
    headline: Annotated[str, Field(min_length=1, max_length=100_000), AfterValidator(_not_blank)]
    body_text: Annotated[str, BeforeValidator(lambda v: "" if v is None else v)] = ""
    description: OptionalText = None
    source: Annotated[str, Field(min_length=1, max_length=512), AfterValidator(_not_blank)]
    url: OptionalText = None
    byline: OptionalText = None
    slugline: OptionalText = None
    located: OptionalText = None
    ednote: OptionalText = None
    language: Annotated[str, BeforeValidator(_language)] = "und"
    published: OptionalInstant = None
    embargoed: OptionalInstant = None
    urgency: Annotated[int | None, BeforeValidator(_urgency), Field(ge=1, le=9)] = None
    pubstatus: Annotated[Literal["usable", "withheld", "canceled"], BeforeValidator(_pubstatus)] = "usable"
    signal: Annotated[Literal["update", "correction"] | None, BeforeValidator(_signal)] = None
    place: References = ()
    subject: References = ()
    received: OptionalInstant = None

    @classmethod
    def from_json(cls, data: bytes) -> Self:
        """Parse an article or a ninjs document.

        Raises:
            InvalidArticle: never anything else, whatever the bytes.
        """
        try:
            document = from_json(data, allow_inf_nan=False)
        except ValueError as exc:
            raise InvalidArticle(f"not JSON: {exc}", reason="json") from None
        return cls.from_mapping(document)

    @classmethod
    def from_mapping(cls, document: Any) -> Self:
        """Make an article of a decoded JSON value.

        Raises:
            InvalidArticle: a required field is missing or a field has the wrong type.
        """
        if not isinstance(document, Mapping):
            raise InvalidArticle(f"an article is a JSON object, not {_kind(document)}", reason="json")
        try:
            return cls.model_validate(document)
        except ValidationError as exc:
            uri = document.get("uri")
            raise InvalidArticle(_sentence(exc), uri=uri if isinstance(uri, str) else None) from None

    def to_json(self) -> bytes:
        """The article as it stands on the topic: absent fields are left out."""
        return self.model_dump_json(exclude_none=True, exclude_defaults=True).encode()

    @property
    def identity(self) -> tuple[str, str]:
        """(`source`, `uri`): what versions share."""
        return self.source, self.uri


def _kind(value: Any) -> str:
    names = {list: "a list", str: "a string", int: "a number", float: "a number", bool: "a truth value"}
    return "null" if value is None else names.get(type(value), type(value).__name__)


def _sentence(error: ValidationError) -> str:
    """The first three faults, each with its field, in one line."""
    faults = error.errors(include_url=False, include_input=False)
    parts = [f"{'.'.join(str(p) for p in fault['loc']) or 'article'}: {fault['msg']}" for fault in faults[:3]]
    more = f" (and {len(faults) - 3} more)" if len(faults) > 3 else ""
    return "; ".join(parts) + more


@total_ordering
class VersionOrder:
    """Compares versions of one item: all-digit versions as integers, others by `published`, then arrival.

    Two articles whose order cannot be told compare equal; the later arrival is then the newer one.
    """

    def __init__(self, article: Article) -> None:
        self.number = int(article.version) if article.version and article.version.isdecimal() else None
        self.published = article.published

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, VersionOrder):
            return NotImplemented
        return not self < other and not other < self

    def __lt__(self, other: "VersionOrder") -> bool:
        if self.number is not None and other.number is not None:
            return self.number < other.number
        if self.published is not None and other.published is not None:
            return self.published < other.published
        return False

    __hash__ = None  # type: ignore[assignment]
