"""The fast way into a model: for documents that are already in the form the model itself writes.

Most articles that a classifier reads were written by our own ingest. For those the lenient validators, which are
Python functions (`"stat:usable"`, `urgency` as text, ...), have nothing to do; without them pydantic stays in
compiled code and reading takes about half the time.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Annotated, Any, TypeVar, cast

from pydantic import BaseModel, BeforeValidator, GetCoreSchemaHandler, create_model
from pydantic_core import CoreSchema, core_schema

_Model = TypeVar("_Model", bound=BaseModel)

# What `to_json` writes: UTC, with Z, at most microseconds, in years that need no further look.
_WRITTEN = "^(19|20)[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,6})?Z$"


class _Written:
    @staticmethod
    def __get_pydantic_core_schema__(source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        text = core_schema.str_schema(pattern=_WRITTEN)
        return core_schema.nullable_schema(core_schema.chain_schema([text, core_schema.datetime_schema()]))


def reader(model: type[_Model]) -> Callable[[Any], _Model]:
    """A function that makes instances of `model` but knows none of its `BeforeValidator`s.

    It accepts fewer documents than the model (and raises pydantic's ValidationError for others), and reads those it
    accepts the same way. That holds as long as what a `BeforeValidator` leaves alone is exactly what the field's
    other constraints let pass; a test compares the two.
    """
    twin = create_model(model.__name__, __config__=model.model_config, **dict(_fields(model)))
    validate = twin.__pydantic_validator__.validate_python

    def read(document: Any) -> _Model:
        made: Any = validate(document)
        object.__setattr__(made, "__class__", model)  # same layout, same fields: only the validators differ
        return cast("_Model", made)

    return read


def _fields(model: type[BaseModel]) -> Iterator[tuple[str, Any]]:
    for name, field in model.model_fields.items():
        kept = [extra for extra in field.metadata if not isinstance(extra, BeforeValidator)]
        annotation: Any = field.annotation
        if annotation in (datetime, datetime | None):
            kept.append(_Written)
        yield (
            name,
            (Annotated[(annotation, *kept)] if kept else annotation, ... if field.is_required() else field.default),
        )
