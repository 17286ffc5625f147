"""Which story an article belongs to. Threading by event (issue 4) is one more step in `find`."""

from alerts.alert import Identity
from alerts.desk.report import Report
from alerts.desk.story import Item, Story


class Threads:
    """Finds a story by what identifies an article, without looking at the others."""

    def __init__(self) -> None:
        self._owner: dict[tuple[str, str], Story] = {}
        self._aliases: dict[tuple[str, str], Story] = {}
        self._alias_of: dict[str, tuple[str, str]] = {}

    def add(self, story: Story) -> None:
        """Index a whole story."""
        for item in story.items:
            self.add_item(story, item)
        if story.alias is not None:
            self._alias_of[story.id] = _key(story.alias)
            self._aliases[_key(story.alias)] = story

    def add_item(self, story: Story, item: Item) -> None:
        """Index one item; a moved one belongs elsewhere."""
        if not item.moved:
            self._owner[item.identity] = story

    def settle(self, story: Story) -> None:
        """After a turn: copies of an article that never came no longer join a story that has ended."""
        if story.alias is None and story.id in self._alias_of:
            del self._aliases[self._alias_of.pop(story.id)]

    def drop(self, story: Story) -> None:
        """Forget a story."""
        for item in story.items:
            if self._owner.get(item.identity) is story:
                del self._owner[item.identity]
        if story.id in self._alias_of:
            del self._aliases[self._alias_of.pop(story.id)]

    def own(self, identity: tuple[str, str]) -> Story | None:
        """The story, open or ended, that an article of this identity is an item of."""
        return self._owner.get(identity)

    def find(self, report: Report) -> Story | None:
        """The open story that an article joins which is an item of none.

        1. It is labelled a copy of an article whose story is known, or of one that another copy was labelled with
           before: candidates of two classifiers come in any order, so a copy may come before its original.
        2. It is itself that original.
        """
        if report.copy_of is not None:
            story = self._owner.get(_key(report.copy_of))
            if story is not None and story.open:
                return story
            if (story := self._aliases.get(_key(report.copy_of))) is not None:
                return story
        return self._aliases.get(report.identity)


def _key(identity: Identity) -> tuple[str, str]:
    return identity.source, identity.uri
