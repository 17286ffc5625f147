"""Offsets are committed with a note of the rules; again while no article comes, when it has changed or grown old."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import CommitFailedError

from consumers.commits import AGAIN_AFTER, Commits
from consumers.rulenote import RuleNote

READ, UNREAD = TopicPartition("articles", 0), TopicPartition("articles", 1)


@dataclass
class Group:
    """A consumer's side of its group: two partitions are ours, of the second nothing was ever read."""

    commits: list[dict[TopicPartition, Any]] = field(default_factory=list)
    moved_on: bool = False

    def assignment(self) -> set[TopicPartition]:
        """Both."""
        return {READ, UNREAD}

    async def position(self, _: TopicPartition) -> int:
        """Where reading will begin."""
        return 3

    async def commit(self, offsets: dict[TopicPartition, Any]) -> None:
        """Take it, or refuse."""
        if self.moved_on:
            raise CommitFailedError
        self.commits.append(dict(offsets))


@dataclass
class Rules:
    """What a classifier says of its rules."""

    now: float = 100.0
    ruleset: str = "f81a"

    def __call__(self) -> RuleNote:
        return RuleNote(ruleset=self.ruleset, count=3, since=datetime(2026, 3, 1, tzinfo=UTC), told=self.now)


async def test_offsets_are_committed_with_the_note() -> None:
    """As a pair; without a note, as before: offsets alone."""
    group, rules = Group(), Rules()
    await Commits(rules).commit(group, {READ: 7})
    await Commits(None).commit(group, {READ: 8})
    await Commits(None).tell(group, {READ: 8})
    assert group.commits == [{READ: (7, rules().text())}, {READ: 8}]


async def test_what_is_committed_is_committed_again_when_there_is_something_to_say() -> None:
    """At once where the rules changed, else after a while; offsets never move, and an unread partition is told too."""
    group, rules = Group(), Rules()
    commits = Commits(rules)
    await commits.commit(group, {READ: 7})
    await commits.tell(group, {READ: 7})
    assert group.commits[1:] == [{UNREAD: (3, rules().text())}]
    rules.now += AGAIN_AFTER - 1
    await commits.tell(group, {READ: 7})
    assert len(group.commits) == 2
    rules.ruleset = "0000"
    await commits.tell(group, {READ: 7})
    assert group.commits[2:] == [{READ: (7, rules().text()), UNREAD: (3, rules().text())}]
    rules.now += AGAIN_AFTER
    await commits.tell(group, {READ: 7})
    assert group.commits[3:] == [{READ: (7, rules().text()), UNREAD: (3, rules().text())}]


async def test_a_partition_that_comes_back_is_told_anew() -> None:
    """Another member may have judged it by other rules meanwhile."""
    group, rules = Group(), Rules()
    commits = Commits(rules)
    await commits.tell(group, {READ: 7})
    commits.forget({READ})
    await commits.tell(group, {READ: 9})
    assert group.commits[1:] == [{READ: (9, rules().text())}]


async def test_telling_stops_nothing_and_committing_hides_nothing() -> None:
    """A group that has moved on refuses both; only who commits what he did must hear of it."""
    group = Group(moved_on=True)
    commits = Commits(Rules())
    await commits.tell(group, {})
    with pytest.raises(CommitFailedError):
        await commits.commit(group, {READ: 7})
