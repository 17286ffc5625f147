"""Which story an article belongs to by what names it; `events` finds the story of what is new."""

from collections.abc import Callable, Iterable

from alerts.alert import Identity
from alerts.desk.report import Report


class Threads:
    """Finds a story by what identifies an article, without looking at the others. Stories are named by id."""

    def __init__(self, is_open: Callable[[str], bool]) -> None:
        self._is_open = is_open
        self._owner: dict[tuple[str, str], str] = {}
        self._aliases: dict[tuple[str, str], str] = {}
        self._alias_of: dict[str, tuple[str, str]] = {}

    def add(self, story: str, identities: Iterable[tuple[str, str]]) -> None:
        """These articles are the story's from now on."""
        for identity in identities:
            self._owner[identity] = story

    def alias(self, story: str, alias: Identity | None) -> None:
        """Copies of this article, itself of no story so far, join the story; None ends that."""
        if alias is not None:
            self._alias_of[story] = _key(alias)
            self._aliases[_key(alias)] = story
        elif story in self._alias_of:
            del self._aliases[self._alias_of.pop(story)]

    def drop(self, story: str, identities: Iterable[tuple[str, str]]) -> None:
        """Forget a story and its articles."""
        self.alias(story, None)
        for identity in identities:
            if self._owner.get(identity) == story:
                del self._owner[identity]

    def own(self, identity: tuple[str, str]) -> str | None:
        """The story, open or ended, that an article of this identity is an item of."""
        return self._owner.get(identity)

    def find(self, report: Report) -> str | None:
        """The open story that an article joins which is an item of none.

        1. It is labelled a copy of an article whose story is known, or of one that another copy was labelled with
           before: candidates of two classifiers come in any order, so a copy may come before its original.
        2. It is itself that original.
        """
        if report.copy_of is not None:
            owner = _key(report.copy_of)
            story = self._owner.get(owner)
            if story is not None and self._is_open(story):
                return story
            if (story := self._aliases.get(owner)) is not None:
                return story
        return self._aliases.get(report.identity)


def _key(identity: Identity) -> tuple[str, str]:
    return identity.source, identity.uri
