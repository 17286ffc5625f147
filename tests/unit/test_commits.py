"""Offsets are committed with notes of rules and chain; again while no article comes, when the first has changed."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import CommitFailedError, GroupAuthorizationFailedError
from aiokafka.structs import OffsetAndMetadata

from consumers import commits as module
from consumers.chain import NONE, Chain, noted, token_in
from consumers.commits import AGAIN_AFTER, Commits
from consumers.rulenote import RuleNote

READ, UNREAD = TopicPartition("articles", 0), TopicPartition("articles", 1)


@dataclass
class Group:
    """A consumer's side of its group: two partitions are ours, of the second nothing was ever read."""

    commits: list[dict[TopicPartition, Any]] = field(default_factory=list)
    moved_on: bool = False
    notes: dict[TopicPartition, str] = field(default_factory=dict)
    """Beside the offsets that others have committed."""
    fault: Exception | None = None
    asked: list[TopicPartition] = field(default_factory=list)

    @property
    def _coordinator(self) -> Any:
        return SimpleNamespace(fetch_committed_offsets=self._fetch)

    async def _fetch(self, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, OffsetAndMetadata]:
        self.asked += partitions
        if self.fault:
            raise self.fault
        return {tp: OffsetAndMetadata(3, self.notes[tp]) for tp in partitions if tp in self.notes}

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
    """As a pair; without a note, offsets alone, and nothing is told again."""
    group, rules = Group(), Rules()
    await Commits(rules, Chain()).commit(group, {READ: 7})
    await Commits(None, Chain()).commit(group, {READ: 8})
    await Commits(None, Chain()).tell(group, {READ: 8})
    assert group.commits == [{READ: (7, rules().text())}, {READ: (8, "")}]


async def test_what_is_committed_is_committed_again_when_there_is_something_to_say() -> None:
    """At once where the rules changed, else after a while; offsets never move, and an unread partition is told too."""
    group, rules = Group(), Rules()
    commits = Commits(rules, Chain())
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
    commits = Commits(rules, Chain())
    await commits.tell(group, {READ: 7})
    commits.forget({READ})
    await commits.tell(group, {READ: 9})
    assert group.commits[1:] == [{READ: (9, rules().text())}]


async def test_telling_stops_nothing_and_committing_hides_nothing() -> None:
    """A group that has moved on refuses both; only who commits what he did must hear of it."""
    group = Group(moved_on=True)
    commits = Commits(Rules(), Chain())
    await commits.tell(group, {})
    with pytest.raises(CommitFailedError):
        await commits.commit(group, {READ: 7})


def begun() -> Chain:
    """A chain of both partitions, of which nothing was noted."""
    chain = Chain()
    chain.begin(READ.partition, NONE)
    chain.begin(UNREAD.partition, NONE)
    return chain


@pytest.mark.parametrize("rules", [Rules(), None])
async def test_the_chain_is_committed_with_the_offset(rules: Rules | None) -> None:
    """Each partition's own, with or without a note of the rules; who goes on from the offset goes on with it."""
    group, chain = Group(), begun()
    (_, read), (_, unread) = chain.step(READ.partition), chain.step(UNREAD.partition)
    await Commits(rules, chain).commit(group, {READ: 7, UNREAD: 3})
    texts = {tp: text for tp, (_, text) in group.commits[0].items()}
    assert {tp: token_in(text) for tp, text in texts.items()} == {READ: read, UNREAD: unread}
    assert [RuleNote.read(text) for text in texts.values()] == [rules and rules()] * 2
    group.notes, after = texts, Chain()
    await Commits(rules, after).learn(group, [READ, UNREAD])
    assert (after.newest(READ.partition), after.newest(UNREAD.partition)) == (read, unread)


async def test_what_is_told_again_is_the_chain_as_it_is() -> None:
    """While no article comes: of what we have read, and of what we have not read but were given."""
    group, chain = Group(notes={UNREAD: noted("", b"unread..")}), Chain()
    chain.begin(READ.partition, b"learnt..")
    _, newest = chain.step(READ.partition)
    await Commits(Rules(), chain).tell(group, {READ: 7})
    assert {tp: token_in(text) for tp, (_, text) in group.commits[0].items()} == {READ: newest, UNREAD: b"unread.."}


async def test_a_step_of_the_chain_is_nothing_to_tell() -> None:
    """Each batch makes one, and commits it: between them the group is left alone."""
    group, chain = Group(), begun()
    commits = Commits(Rules(), chain)
    await commits.tell(group, {READ: 7})
    chain.step(READ.partition)
    await commits.tell(group, {READ: 7})
    assert len(group.commits) == 1


async def test_a_note_is_read_once_and_anew_after_a_rebalance() -> None:
    """Others may have committed meanwhile."""
    group, chain = Group(notes={READ: noted("", b"first...")}), Chain()
    commits = Commits(None, chain)
    for _ in range(2):
        await commits.learn(group, [READ])
    assert group.asked == [READ]
    group.notes = {READ: noted("", b"second..")}
    commits.forget([READ])
    await commits.learn(group, [READ])
    assert chain.newest(READ.partition) == b"second.."


async def test_from_what_was_in_hand_when_a_partition_went_nobody_goes_on() -> None:
    """It is asked about and committed late, if it is at all: with a token of its own, which is not noted."""
    group, chain = Group(notes={READ: noted("", b"others'.")}), begun()
    commits = Commits(None, chain)
    commits.forget([READ])
    assert chain.step(READ.partition)[0] == NONE
    await commits.commit(group, {READ: 7})
    assert group.commits == [{READ: (7, "")}]
    await commits.learn(group, [READ])
    assert chain.newest(READ.partition) == b"others'."


async def test_a_note_read_before_a_rebalance_says_nothing_after_it() -> None:
    """Its answer came late; what was committed since is not in it."""
    group, chain = Group(notes={READ: noted("", b"before..")}), Chain()
    commits = Commits(None, chain)
    reading = asyncio.ensure_future(commits.learn(group, [READ]))

    async def fetch(_: Any) -> dict[TopicPartition, OffsetAndMetadata]:
        commits.forget([READ])
        return {READ: OffsetAndMetadata(3, group.notes[READ])}

    group._fetch = fetch  # type: ignore[method-assign, assignment]
    await reading
    assert READ.partition not in chain


@pytest.mark.parametrize("fault", [GroupAuthorizationFailedError("classifier"), OSError(), TimeoutError()])
async def test_a_note_that_cannot_be_read_is_none(fault: Exception, caplog: pytest.LogCaptureFixture) -> None:
    """Then nothing is trusted, and work goes on."""
    caplog.set_level(logging.WARNING, module.__name__)
    group, chain = Group(fault=fault), Chain()
    await Commits(None, chain).learn(group, [READ])
    assert READ.partition in chain
    assert chain.step(READ.partition)[0] == NONE
    assert "cannot be read" in caplog.text


def test_a_note_with_a_chain_is_read_by_those_who_know_of_none() -> None:
    """A gateway, or a classifier, of the version before: it sees the rules, and takes the rest for none of its own."""
    note = Rules()()
    assert RuleNote.read(noted(note.text(), b"12345678")) == note
    assert token_in(note.text()) == NONE


@pytest.mark.parametrize("text", [None, "", "hello", "[]", "7", '{"chain": 7}', '{"chain": "12"}', '{"chain": "zz"}'])
def test_what_is_no_chain_is_none(text: str | None) -> None:
    """Other tools write texts of their own, and a reset removes ours."""
    assert token_in(text) == NONE
