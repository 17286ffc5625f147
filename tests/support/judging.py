"""A classifier between stand-ins: what it sends is remembered, and Redis knows what a test says."""

import asyncio
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

from aiokafka import TopicPartition
from aiokafka.errors import MessageSizeTooLargeError

from alerts.alert import Candidate
from alerts.article import Article
from alerts.copies import Answer, Claim, Memory
from alerts.rules import RuleSet, default_rules
from consumers.backends.claims import Asked
from consumers.chain import Chain
from consumers.classifier import Classifier

QUAKE = "Strong earthquake kills 12 in Chile"


class Sent:
    """Stands in for the sender: acknowledges everything, and remembers it."""

    def __init__(self, most: int = 10**9) -> None:
        self.records: list[tuple[str, bytes]] = []
        self.headers: list[tuple[str, bytes]] = []
        self._most = most

    async def send(
        self,
        topic: str,
        *,
        value: bytes,
        key: bytes | None = None,
        headers: Sequence[tuple[str, bytes]] = (),
        partition: int | None = None,
    ) -> "asyncio.Future[None]":
        """What is larger than the topic takes is refused."""
        acknowledged: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if len(value) + len(key or b"") > self._most:
            acknowledged.set_exception(MessageSizeTooLargeError())
            return acknowledged
        self.records.append((topic, value))
        self.headers += headers
        acknowledged.set_result(None)
        return acknowledged

    def uris(self, topic: str) -> list[str]:
        made = [value for to, value in self.records if to == topic]
        return [(Candidate.from_json(v).article if topic == "desk" else Article.from_json(v)).uri for v in made]


class Remembering:
    """Stands in for Redis: remembers, as it does."""

    def __init__(self) -> None:
        self._memory = Memory()

    async def check(self, asked: Sequence[Asked], _: Chain) -> list[Answer]:
        return [self._memory.check(claim) for _, claim in asked]

    async def confirm(self, done: Sequence[Asked], _: Chain) -> None:
        for _partition, claim in done:
            self._memory.confirm(claim)


class Nothing:
    """Stands in for Redis: knows nothing."""

    def __init__(self) -> None:
        self.confirmed: list[Claim] = []

    async def check(self, asked: Sequence[Asked], _: Chain) -> list[Answer]:
        return [Answer() for _ in asked]

    async def confirm(self, done: Sequence[Asked], _: Chain) -> None:
        self.confirmed += [claim for _, claim in done]

    async def probe(self) -> None:
        pass


def make_classifier(
    claims: Nothing | Remembering, rules: Callable[[], RuleSet] = default_rules
) -> tuple[Classifier, Sent]:
    settings, cluster = SimpleNamespace(topic=lambda name: name, classifier_batch=100), SimpleNamespace()
    made = Classifier(settings, cluster, claims, rules)  # type: ignore[arg-type]  # stand-ins
    sent = Sent()
    made._sender = sent  # type: ignore[assignment]
    return made, sent


def record(uri: str) -> Any:
    article = Article(uri=uri, source="a.example", headline=QUAKE, language="en")
    return SimpleNamespace(
        topic="articles",
        partition=0,
        offset=1,
        timestamp=1_772_366_400_000,
        key=b"",
        value=article.to_json(),
        headers=(),
    )


async def _no_notes(_: Any) -> dict[TopicPartition, Any]:
    return {}


NO_NOTES = SimpleNamespace(fetch_committed_offsets=_no_notes)
"""Stands in for aiokafka's own coordinator, where nothing is noted beside any offset."""
