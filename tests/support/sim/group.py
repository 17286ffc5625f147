"""A consumer group's coordinator: members, generations, sessions that end, eager rebalances, committed offsets."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from aiokafka.errors import CommitFailedError
from aiokafka.structs import TopicPartition


@dataclass(eq=False)
class Member:
    """One consumer as the coordinator knows it; times in seconds of the loop."""

    session: float
    patience: float
    heard: float = 0.0
    assigned: set[TopicPartition] = field(default_factory=set)
    generation: int = -1
    answer: "asyncio.Future[set[TopicPartition]] | None" = None


class Group:
    """The coordinator. Keeps who had what (as a sticky assignor does), unless its holder is gone."""

    def __init__(self, partitions: Sequence[TopicPartition], *, sticky: bool) -> None:
        self._partitions = list(partitions)
        self._sticky = sticky
        self._members: list[Member] = []
        self._timer: asyncio.TimerHandle | None = None
        self.generation = 0
        self.offsets: dict[TopicPartition, int] = {}
        self.notes: dict[TopicPartition, str] = {}

    async def join(self, member: Member) -> set[TopicPartition]:
        """Take part in the next generation; answers what it assigns."""
        loop = asyncio.get_running_loop()
        member.heard = loop.time()
        answer: asyncio.Future[set[TopicPartition]] = loop.create_future()
        member.answer = answer
        if member not in self._members:
            self._members.append(member)
        if self._timer is None:
            # Whoever does not come to the rebalance in this time is left out.
            self._timer = loop.call_later(member.patience, self._form)
        if all(other.answer is not None for other in self._live()):
            self._form()
        return await answer

    def must_rejoin(self, member: Member) -> bool:
        """What a heartbeat answers: a rebalance is under way, or the member is not in the group any more."""
        member.heard = asyncio.get_running_loop().time()
        return member not in self._members or self._timer is not None or member.generation != self.generation

    def leave(self, member: Member) -> None:
        """A member that says good-bye."""
        if member in self._members:
            self._drop(member)

    def watch(self) -> None:
        """Drop members whose session has ended."""
        for member in [m for m in self._members if m not in self._live()]:
            if member in self._members:  # dropping one may have ended the rebalance that another was waited for in
                self._drop(member)

    def reset(self) -> None:
        """What was committed is forgotten, with what was noted beside it."""
        self.offsets, self.notes = {}, {}

    def commit(self, member: Member, offsets: Mapping[TopicPartition, int | tuple[int, str]]) -> None:
        """Commit offsets, each maybe with a note.

        Raises:
            CommitFailedError: not from a member of the present generation.
        """
        self.watch()
        if member not in self._members or member.generation != self.generation or self._timer is not None:
            raise CommitFailedError
        for tp, said in offsets.items():
            self.offsets[tp], self.notes[tp] = said if isinstance(said, tuple) else (said, "")

    def _drop(self, member: Member) -> None:
        self._members.remove(member)
        if member.answer is not None:
            member.answer.cancel()
            member.answer = None
        if not self._members:
            self._disarm()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._members[0].patience, self._form)
        elif all(other.answer is not None for other in self._live()):
            self._form()

    def _live(self) -> list[Member]:
        now = asyncio.get_running_loop().time()
        return [m for m in self._members if m.answer is not None or now - m.heard <= m.session]

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _form(self) -> None:
        """Close the rebalance: whoever has come is in."""
        self._disarm()
        self._members = [m for m in self._members if m.answer is not None]
        if not self._members:
            return
        self.generation += 1
        for member, share in zip(self._members, self._shares(), strict=True):
            member.assigned, member.generation = share, self.generation
            answer, member.answer = member.answer, None
            if answer is not None and not answer.done():
                answer.set_result(set(share))

    def _shares(self) -> list[set[TopicPartition]]:
        shares: list[set[TopicPartition]] = [set() for _ in self._members]
        # Of two that claim the same, the one of the later generation has it.
        claims = sorted(range(len(self._members)), key=lambda i: -self._members[i].generation) if self._sticky else []
        for tp in self._partitions:
            holder = next((i for i in claims if tp in self._members[i].assigned), None)
            least = min(range(len(shares)), key=lambda i: len(shares[i]))
            shares[least if holder is None else holder].add(tp)
        return shares
