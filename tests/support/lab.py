"""A gateway with its lab on a real broker, and articles to try rules on."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from alerts.article import Article
from consumers.backends.kafka import Cluster
from support.newsroom import Newsroom, newsroom
from support.topics import settings_for, until

RULES = """version: 1
defaults:
  max_age: 24h
rules:
  # Shaking.
  - id: quakes
    name: Strong earthquakes
    topic: disaster
    priority: urgent
    match: earthquake OR quake
    unless_signals: [anniversary]
    examples:
      match: [Earthquake in Lima]

  - id: floods
    topic: disaster
    match: flood OR floods
    examples:
      match: [Flood in Lagos]
"""
EDITED = "- id: quakes\n  topic: disaster\n  priority: flash\n  match: earthquake OR quake OR tremor\n"


def make_article(uri: str = "urn:a1", headline: str = "Earthquake in Lima", **fields: Any) -> Article:
    """A first version that came in a minute ago."""
    moment = datetime.now(UTC) - timedelta(minutes=1)
    return Article.from_mapping(
        {
            "uri": uri,
            "version": "1",
            "source": "andes.example",
            "headline": headline,
            "language": "en",
            "published": moment,
            "received": moment,
            **fields,
        }
    )


@dataclass
class Laboratory:
    """A running gateway, its lab, its topic and its rules file."""

    room: Newsroom
    cluster: Cluster
    rules: Path
    http: httpx.AsyncClient
    headers: dict[str, str] = field(default_factory=dict)
    clock: int = 0

    async def publish(self, *articles: Article | bytes) -> None:
        """Write to topic `articles`, each a millisecond after the one before."""
        producer = self.cluster.producer()
        await producer.start()
        topic = self.cluster.settings.topic("articles")
        self.clock = max(self.clock, time.time_ns() // 1_000_000 - len(articles))
        sent = []
        for article in articles:
            self.clock += 1
            value = article.to_json() if isinstance(article, Article) else article
            sent.append(await producer.send(topic, value, timestamp_ms=self.clock))
        await asyncio.gather(*sent)
        await producer.stop()

    async def status(self) -> dict[str, Any]:
        """`GET /v1/lab`."""
        answer = await self.http.get("/v1/lab", headers=self.headers)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    async def holds(self, articles: int) -> None:
        """Wait until the tail shows so many."""

        async def enough() -> bool:
            tail = (await self.status())["tail"]
            return bool(tail["state"] == "following" and tail["articles"] >= articles)

        await until(enough)

    async def post(self, what: str, **body: Any) -> httpx.Response:
        """`POST /v1/lab/...`."""
        return await self.http.post(f"/v1/lab/{what}", json=body, headers=self.headers)

    async def trial(self, text: str, **body: Any) -> list[dict[str, Any]]:
        """Every event of a trial but those on progress."""
        async with self.http.stream("POST", "/v1/lab/try", json={"text": text, **body}, headers=self.headers) as answer:
            assert answer.status_code == 200, await answer.aread()
            events = [json.loads(line) async for line in answer.aiter_lines()]
        return [event for event in events if event["type"] != "progress"]


@contextlib.asynccontextmanager
async def laboratory(
    kafka: str, prefix: str, folder: Path, *, rules: str | None = RULES, **settings: Any
) -> AsyncIterator[Laboratory]:
    """A gateway whose lab reads `articles` of this prefix and a rules file in this folder (None: the package's)."""
    file = folder / "rules.yaml"
    if rules is not None:
        file.write_text(rules, encoding="utf-8")
        settings = {"rules": file, "rules_seconds": 0.05, **settings}
    cluster = await Cluster.connect(settings_for(kafka, "embedded", prefix))
    async with (
        newsroom(kafka=kafka, prefix=prefix, **settings) as room,
        httpx.AsyncClient(base_url=room.web, timeout=60) as http,
    ):
        yield Laboratory(room, cluster, file, http)
