"""The quick way to make a model of values that are known to fit, as they come out of other models or are our own.

Each candidate makes a dozen models in the desk; to look at every value of each again took as long as to decide.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from pydantic import BaseModel

_Model = TypeVar("_Model", bound=BaseModel)


class Plain(BaseModel):  # noqa: PLW1641 - pydantic makes a hash for those that are frozen
    """A model that is nothing but its fields, and is compared by them.

    A record without defaults is written by comparing each field with its default; pydantic asks for more than that, and
    in Python.
    """

    def __eq__(self, other: object) -> bool:
        return self is other or (type(self) is type(other) and self.__dict__ == other.__dict__)


def maker(model: type[_Model]) -> type[_Model]:
    """What makes instances of `model` as the model itself does, from fields by name, but looks at no value.

    The values must be what validation would make of them. A field that is left out has its default; one that has none
    must be given (mypy sees to that, as for the model).
    """
    empty: dict[str, Any] = {}
    fresh: list[tuple[str, Callable[[], Any]]] = []
    for name, field in model.model_fields.items():
        # All names in their order: it is the order of the JSON.
        empty[name] = None if field.is_required() else field.get_default(call_default_factory=True, validated_data={})
        if field.default_factory is not None:
            fresh.append((name, cast("Callable[[], Any]", field.default_factory)))
    known = set(empty)
    bare, put = object.__new__, object.__setattr__

    def make(**values: Any) -> _Model:
        made = bare(model)
        fields = empty | values
        for name, default in fresh:
            if name not in values:
                fields[name] = default()
        put(made, "__dict__", fields)
        put(made, "__pydantic_fields_set__", known)  # one for all: nothing of ours asks which were set
        put(made, "__pydantic_extra__", None)
        put(made, "__pydantic_private__", None)
        return made

    return cast("type[_Model]", make)
