"""`alerts publish`: what cannot go onto the topic is told, the others are sent."""

import asyncio
import json
from pathlib import Path

import pytest

from consumers.commands.publish import Tally, _Job
from consumers.publish import MOST_BYTES, Publisher
from consumers.retime import Pace


async def test_an_article_too_large_for_the_topic_does_not_keep_the_others_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The client refuses it with an exception of its own, or Kafka refuses it and nothing more is sent."""
    bodies = {"urn:1": "x", "urn:2": "x" * MOST_BYTES, "urn:3": "x" * 3 * MOST_BYTES, "urn:4": "x"}
    file = tmp_path / "articles.jsonl"
    lines = [{"uri": uri, "source": "a.example", "headline": "h", "body_text": body} for uri, body in bodies.items()]
    file.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    publisher, tally = Publisher("127.0.0.1:9", "articles", asyncio.Event()), Tally()
    await _Job(tally, Pace(), None, live=False).run(publisher, (str(file),), None, asyncio.Event())
    assert (tally.published, tally.rejected, publisher.sent) == (2, 2, 2)
    assert f"{file}:2: larger than {MOST_BYTES} bytes (urn:2)" in capsys.readouterr().err
