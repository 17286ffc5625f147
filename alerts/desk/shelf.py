"""The stories the desk remembers: open ones at hand, ended ones folded up, as bytes, until somebody asks."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field, ValidationError

from alerts.desk.story import SCHEMA, Announced, BrokenState, Story


class _ItemHeading(BaseModel):
    source: str
    uri: str
    moved: bool = False


class Heading(BaseModel):
    """What must be known of an ended story to find it. Reading no more makes starting with 100,000 of them quick."""

    schema_: Annotated[int, Field(alias="schema")]
    id: str
    closed_at: datetime | None = None
    announced: Announced | None = None
    items: list[_ItemHeading] = Field(default_factory=list)

    @property
    def identities(self) -> list[tuple[str, str]]:
        """(`source`, `uri`) of each item that has not moved on to a later story."""
        return [(item.source, item.uri) for item in self.items if not item.moved]


class Shelf:
    """Stories by id."""

    def __init__(self) -> None:
        self._open: dict[str, Story] = {}
        self._ended: dict[str, bytes] = {}

    def __contains__(self, story: str) -> bool:
        return story in self._open or story in self._ended

    def __len__(self) -> int:
        return len(self._open) + len(self._ended)

    def is_open(self, story: str) -> bool:
        """Whether it is there and can still grow."""
        return story in self._open

    def get(self, story: str) -> Story | None:
        """A story to read or change; `put` it back after a change."""
        if story in self._ended:
            return Story.from_json(story, self._ended[story])
        return self._open.get(story)

    def put(self, story: Story, record: bytes) -> None:
        """Keep a story; `record` is its `to_json`."""
        self.drop(story.id)
        if story.open:
            self._open[story.id] = story
        else:
            self._ended[story.id] = record

    def restore(self, key: str, record: bytes) -> Heading:
        """Keep a story read back from `desk.state`.

        Raises:
            BrokenState: the record cannot be read.
        """
        try:
            heading = Heading.model_validate_json(record)
        except ValidationError as exc:
            raise BrokenState(f"desk.state record {key!r} cannot be read: {exc}") from exc
        if heading.schema_ > SCHEMA:
            raise BrokenState(f"desk.state record {key!r} has schema {heading.schema_}; this desk knows up to {SCHEMA}")
        if heading.closed_at is None:
            self._open[key] = Story.from_json(key, record)
        else:
            self._ended[key] = record
        return heading

    def heading(self, story: str) -> Heading:
        """What a story is found by."""
        return Heading.model_validate_json(self._ended[story] if story in self._ended else self._open[story].to_json())

    def drop(self, story: str) -> None:
        """Forget a story."""
        self._open.pop(story, None)
        self._ended.pop(story, None)
