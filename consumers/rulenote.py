"""What a classifier notes beside the offsets it commits: the rules it judges by, and what became of their newest edit.

Kafka keeps a short text with every committed offset. Whoever asks how far the classifiers are (the gateway does, for
the corner of the editors' page) thereby hears what each of them judges by, and when it last said so: without a topic, a
connection or an address of its own.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import PurePath
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

MOST_MESSAGE = 300
"""Characters of a problem: a broker takes 4,096 bytes in all (`offset.metadata.max.bytes`)."""


class RuleNote(BaseModel):
    """The rules of one classifier, as it said at `told`."""

    model_config = ConfigDict(frozen=True)

    ruleset: str = Field(max_length=64)
    count: int
    """Rules in the set."""
    since: datetime
    told: float
    """Unix seconds."""
    refused: datetime | None = None
    """Since when the newest edit is refused; None where it is the set in force."""
    problems: int = 0
    """How many it has."""
    problem: str = ""
    """The first of them, with file, line and column."""

    @classmethod
    def of(cls, status: Mapping[str, Any], now: float) -> Self:
        """From what `Rulebook.status` says, at `now` (Unix seconds)."""
        edit = status["newest_edit"]
        common = {"ruleset": status["ruleset"], "count": status["count"], "since": status["since"], "told": now}
        if edit["ok"]:
            return cls.model_validate(common)
        first = edit["problems"][0]
        place = f"{PurePath(first['file'] or '').name} line {first['line']}, column {first['column']}: "
        words = (place if first["line"] else "") + first["message"]
        found = {"refused": edit["since"], "problems": edit["problems_total"], "problem": words[:MOST_MESSAGE]}
        return cls.model_validate({**common, **found})

    @classmethod
    def read(cls, text: str | None) -> Self | None:
        """From what stands beside an offset; None if that is nothing of ours."""
        try:
            return cls.model_validate_json(text or "")
        except ValidationError:
            return None

    def text(self) -> str:
        """As it is committed."""
        return self.model_dump_json(exclude_defaults=True)

    def public(self) -> dict[str, Any]:
        """For the page; times are RFC 3339, but `told`, which is in Unix seconds."""
        return self.model_dump(mode="json")

    def says_the_same(self, other: "RuleNote") -> bool:
        """Whatever the time it was told."""
        return self.model_copy(update={"told": other.told}) == other


def heard(texts: Iterable[str | None]) -> tuple[RuleNote, ...]:
    """What the members of a group say, by the notes of its partitions: whatever is the same once, the newest first."""
    told: list[RuleNote] = []
    for note in sorted(filter(None, map(RuleNote.read, texts)), key=lambda note: -note.told):
        if not any(note.says_the_same(other) for other in told):
            told.append(note)
    return tuple(told)
