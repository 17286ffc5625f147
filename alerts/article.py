"""An article as a publisher sent it: parsed once, at the edge, or refused with a reason.

Field names follow IPTC ninjs (https://iptc.org/standards/ninjs/); `alerts.ninjs` reads the dialects of others.
"""

import contextlib
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache, lru_cache, total_ordering
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    FailFast,
    Field,
    StringConstraints,
    ValidationError,
)
from pydantic_core import from_json

from alerts import canonical, ninjs
from alerts.faults import sentence
from alerts.instant import Instant, OptionalInstant, believable, instant

__all__ = ["Article", "Instant", "InvalidArticle", "OptionalInstant", "Reference", "VersionOrder", "instant"]

_BOM = b"\xef\xbb\xbf"
_TAG = "^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$"
_LANGUAGE = re.compile(_TAG)
_DEEPEST = 8  # nothing that an article keeps lies deeper in any dialect
_SURROGATE = re.compile("[\ud800-\udfff]")


class InvalidArticle(ValueError):
    """The sender's fault: these bytes are not an article.

    Attributes:
        reason: a short machine word: `json` (not a JSON object), `text` (holds what is no Unicode text) or `field`.
        uri: the article's uri if it could be read, so that an answer can name it.
    """

    def __init__(self, message: str, *, reason: str = "field", uri: str | None = None) -> None:
        super().__init__(message)
        self.reason = reason
        self.uri = uri


# `alerts.canonical` leaves these functions out: what they leave alone is what the constraints beside them let pass.


def _version(value: Any) -> Any:
    if isinstance(value, str):
        return value if value.strip() else None
    if isinstance(value, bool) or (value is not None and not isinstance(value, int)):
        raise ValueError("must be text or a whole number")
    if value is not None and value.bit_length() > 512:
        raise ValueError("is too long a number")
    return None if value is None else str(value)


@lru_cache(maxsize=1024)
def _tag(text: str) -> str:
    tag = text.strip().replace("_", "-")
    return tag if len(tag) <= 64 and _LANGUAGE.fullmatch(tag) else "und"


def _language(value: Any) -> Any:
    """A tag that is not BCP 47 says nothing about the language; it is no reason to lose the article."""
    if isinstance(value, str):
        return _tag(value)
    return "und" if value is None else value


def _urgency(value: Any) -> Any:
    """Also `"3"` and `3.0`: ninjs 1.x says number."""
    if isinstance(value, str) and value.strip().isdecimal():
        return int(value[:9])
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return None if value == "" else value


def _pubstatus(value: Any) -> Any:
    """Also `stat:canceled`, as NewsML-G2 writes it, and the British spelling."""
    if not isinstance(value, str):
        return "usable" if value is None else value
    word = value.rpartition(":")[2].strip().lower()
    return {"cancelled": "canceled", "": "usable"}.get(word, word)


def _signal(value: Any) -> Any:
    """Also `sig:correction`, as NewsML-G2 writes it."""
    return (value.rpartition(":")[2].strip().lower() or None) if isinstance(value, str) else value


def _references(value: Any) -> Any:
    """One or many, objects or plain strings; blank ones say nothing."""
    if value is None or value == "":
        return ()
    items = value if isinstance(value, list | tuple) else (value,)
    return [{"name": item} if isinstance(item, str) else item for item in items if item != ""]


_INK = re.compile(r"\S")

# Identities become keys, log fields and headers: no control characters or line separators in them.
_Identity = StringConstraints(
    strip_whitespace=True, min_length=1, pattern="^[^\u0000-\u001f\u007f-\u009f\u2028\u2029]+$", max_length=2048
)
_Version = Annotated[str, Field(pattern=r"\S", max_length=256)]
_Urgency = Annotated[int, Field(strict=True, ge=1, le=9)]
_OptionalText = Annotated[str | None, Field(max_length=100_000)]


class Reference(BaseModel):
    """A place or a subject the publisher named: a hint, never the last word."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    code: str | None = None
    name: str | None = None
    scheme: str | None = None


# Of a hundred thousand wrong entries one is named: each fault takes a kilobyte.
_References = Annotated[tuple[Reference, ...], FailFast(), BeforeValidator(_references)]


class Article(BaseModel):
    """One version of one story item.

    Identity is (`source`, `uri`); versions of an item share it. `body_text`, `headline` and `description`
    are what spans in `why` point into, so they are kept as they came, code point by code point; only U+0000,
    which some stores cannot hold, becomes U+FFFD.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", strict=False)

    uri: Annotated[str, _Identity]
    version: Annotated[_Version | None, BeforeValidator(_version)] = None
    headline: Annotated[str, Field(max_length=100_000)]
    body_text: Annotated[str, BeforeValidator(lambda v: "" if v is None else v)] = ""
    description: _OptionalText = None
    source: Annotated[str, _Identity]
    url: _OptionalText = None
    byline: _OptionalText = None
    slugline: _OptionalText = None
    located: _OptionalText = None
    ednote: _OptionalText = None
    language: Annotated[str, BeforeValidator(_language), Field(pattern=_TAG, max_length=64)] = "und"
    published: OptionalInstant = None
    embargoed: OptionalInstant = None
    urgency: Annotated[_Urgency | None, BeforeValidator(_urgency)] = None
    pubstatus: Annotated[Literal["usable", "withheld", "canceled"], BeforeValidator(_pubstatus)] = "usable"
    signal: Annotated[Literal["update", "correction"] | None, BeforeValidator(_signal)] = None
    place: _References = ()
    subject: _References = ()
    received: OptionalInstant = None

    @classmethod
    def from_json(cls, data: bytes) -> "Article":
        """Parse an article or a ninjs document; of duplicate keys the last one counts.

        Raises:
            InvalidArticle: never anything else, whatever the bytes.
        """
        try:
            document = from_json(data.removeprefix(_BOM), allow_inf_nan=False)
        except ValueError as exc:
            raise InvalidArticle(f"not JSON: {exc}", reason="json") from None
        # The parser has refused lone surrogates; U+0000 can only have come in as an escape.
        legible = b"\\" not in data or b"\\u0000" not in data
        if legible and type(document) is dict and ninjs.FOREIGN.isdisjoint(document):
            with contextlib.suppress(ValidationError):
                return _saying_something(_canonical()(document))
        return cls._make(document, legible=legible)

    @classmethod
    def from_mapping(cls, document: Any) -> "Article":
        """Make an article of a decoded JSON value.

        Raises:
            InvalidArticle: a required field is missing, or a field has the wrong type or is no Unicode text.
        """
        return cls._make(document, legible=False)

    @classmethod
    def _make(cls, document: Any, *, legible: bool) -> "Article":
        if not isinstance(document, Mapping):
            raise InvalidArticle(f"an article is a JSON object, not {_kind(document)}", reason="json")
        if not legible:
            document = {name: _legible(value, name) for name, value in document.items()}
        if not ninjs.FOREIGN.isdisjoint(document):
            document = ninjs.to_article(document)
        try:
            return _saying_something(cls.model_validate(document))
        except ValidationError as exc:
            uri = document.get("uri")
            raise InvalidArticle(sentence(exc), uri=uri if isinstance(uri, str) else None) from None

    def to_json(self) -> bytes:
        """The article as it stands on the topic: absent fields are left out."""
        return self.__pydantic_serializer__.to_json(self, exclude_none=True, exclude_defaults=True)

    @property
    def identity(self) -> tuple[str, str]:
        """(`source`, `uri`): what versions share."""
        return self.source, self.uri

    @property
    def primary_language(self) -> str:
        """The language without script and region: the primary subtag (BCP 47), in small letters; `und` if not told."""
        return self.language.partition("-")[0].lower()


@cache
def _canonical() -> Callable[[Any], Article]:
    return canonical.reader(Article)


def _saying_something(article: Article) -> Article:
    """Wires do send a first take without a headline: its text may be the news. With no text either, there is none.

    Raises:
        InvalidArticle: all of headline, description and body_text are blank.
    """
    if not (_INK.search(article.headline) or _INK.search(article.body_text) or _INK.search(article.description or "")):
        raise InvalidArticle("headline must not be blank where there is no text either", uri=article.uri)
    return article


def _legible(value: Any, field: Any, depth: int = 0) -> Any:
    """The value with U+0000 replaced in all text that an article may keep.

    Raises:
        InvalidArticle: it holds half of a surrogate pair, which no UTF-8 can carry.
    """
    if isinstance(value, str):
        if not value.isascii() and _SURROGATE.search(value):
            shown = str(field)[:100].encode(errors="backslashreplace").decode()  # a name may be as bad as its value
            raise InvalidArticle(f"{shown} is not Unicode text (lone surrogate or invalid UTF-8)", reason="text")
        return value.replace("\0", "\ufffd")
    if depth > _DEEPEST:
        return None
    if isinstance(value, list | tuple):
        return [_legible(item, field, depth + 1) for item in value]
    if isinstance(value, Mapping):
        return {name: _legible(item, field, depth + 1) for name, item in value.items()}
    return value


def _kind(value: Any) -> str:
    names = {list: "a list", str: "a string", int: "a number", float: "a number", bool: "a truth value"}
    return "null" if value is None else names.get(type(value), type(value).__name__)


@total_ordering
class VersionOrder:
    """Compares versions of one item: all-digit versions as integers, others by `published`, then arrival.

    Two articles whose order cannot be told compare equal; the later arrival is then the newer one.
    """

    def __init__(self, article: Article, received: datetime | None = None) -> None:
        """`received`: when the article reached us, where it does not say so itself."""
        self.number = int(article.version) if article.version and article.version.isdecimal() else None
        self.published = believable(article.published, received or article.received)

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
