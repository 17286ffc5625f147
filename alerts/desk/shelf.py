"""The stories the desk remembers: open ones at hand, ended ones folded up, as bytes, until somebody asks."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field, ValidationError

from alerts.desk.story import SCHEMA, Announced, BrokenState, Story
from alerts.faults import sentence

_ENDED = b'"closed_at":'
"""In the record of every story that ended, and of no other: within text its quotes would be escaped."""


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

    @classmethod
    def of(cls, story: Story) -> "Heading":
        """The heading of a story that is at hand."""
        return cls.model_construct(
            schema_=story.schema_,
            id=story.id,
            closed_at=story.closed_at,
            announced=story.announced,
            items=[_ItemHeading.model_construct(source=i.source, uri=i.uri, moved=i.moved) for i in story.items],
        )


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
        if _ENDED in record:
            heading = _heading(key, record)
            _check(key, heading.schema_)
            if heading.closed_at is not None:
                self._ended[key] = record
                return heading
        story = Story.from_json(key, record)
        _check(key, story.schema_)
        self._open[key] = story
        return Heading.of(story)

    def heading(self, story: str) -> Heading:
        """What a story is found by."""
        if story in self._ended:
            return _heading(story, self._ended[story])
        return Heading.of(self._open[story])

    def drop(self, story: str) -> None:
        """Forget a story."""
        self._open.pop(story, None)
        self._ended.pop(story, None)


def _heading(key: str, record: bytes) -> Heading:
    try:
        return Heading.model_validate_json(record)
    except ValidationError as exc:
        raise BrokenState(f"desk.state record {key!r} cannot be read: {sentence(exc)}") from None


def _check(key: str, schema: int) -> None:
    if schema > SCHEMA:
        raise BrokenState(f"desk.state record {key!r} has schema {schema}; this desk knows up to {SCHEMA}")
