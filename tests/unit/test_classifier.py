"""What the classifier does with articles that its own code cannot cope with."""

import asyncio
import time
import traceback
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from support.judging import QUAKE, Nothing, Remembering, Sent, make_classifier, record

from alerts.alert import Candidate
from alerts.article import Article
from alerts.rules import load
from consumers import classifier
from consumers.backends.kafka import MAX_RECORD_BYTES
from consumers.classifier import MAX_CRASHES, Broken


@pytest.mark.parametrize("part", ["candidate", "Claim"])
async def test_an_article_that_crashes_our_reading_is_set_aside(part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The others of its batch reach the desk, and only they are marked done."""
    genuine = getattr(classifier, part)

    def reading(article: Article, *args: Any, **kwargs: Any) -> Any:
        if article.uri == "urn:odd":
            raise ValueError("cannot be read")
        return (genuine if part == "candidate" else genuine.of)(article, *args, **kwargs)

    monkeypatch.setattr(classifier, part, reading if part == "candidate" else SimpleNamespace(of=reading))
    claims = Nothing()
    made, sent = make_classifier(claims)
    await made._batch([record("urn:1"), record("urn:odd"), record("urn:2")])
    assert (sent.uris("desk"), sent.uris("articles.dead")) == (["urn:1", "urn:2"], ["urn:odd"])
    assert [claim.identity.uri for claim in claims.confirmed] == ["urn:1", "urn:2"]


async def test_a_classifier_that_can_read_nothing_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty in a row are no odd articles any more, also if they come one by one."""

    def broken(*_: Any, **__: Any) -> Any:
        raise ValueError("cannot be read")

    monkeypatch.setattr(classifier, "candidate", broken)
    made, sent = make_classifier(Nothing())
    for number in range(MAX_CRASHES - 1):
        await made._batch([record(f"urn:{number}")])
    with pytest.raises(Broken, match="20 articles in a row"):
        await made._batch([record("urn:last")])
    assert len(sent.uris("articles.dead")) == MAX_CRASHES - 1


async def test_an_article_that_an_edited_rule_asks_for_is_no_repeat() -> None:
    """It was sent before, and fired nobody's rule: sent again, it must alert. Then it is a repeat."""
    quiet, loud = (load(f"version: 1\nrules:\n  - {{id: a, match: {word}}}\n") for word in ("flood", "earthquake"))
    in_force = [quiet]
    made, sent = make_classifier(Remembering(), lambda: in_force[-1])
    await made._batch([record("urn:1")])
    await made._batch([record("urn:1")])
    in_force.append(loud)
    await made._batch([record("urn:1"), record("urn:1")])
    await made._batch([record("urn:1")])
    assert [Candidate.from_json(value).matched for _, value in sent.records] == [False, True]


@pytest.mark.parametrize(
    "milliseconds",
    [-1, 0, 1_772_366_400, 1_772_366_400_000_000, 1_772_366_400_000_000_000, -(10**16), 4_000_000_000_000],
)
async def test_a_record_with_a_time_that_cannot_be_is_received_now(milliseconds: int) -> None:
    """Seconds, microseconds, nothing at all: its producer's mistake neither stops us nor makes the article old news."""
    made, sent = make_classifier(Nothing())
    odd = record("urn:odd")
    odd.timestamp = milliseconds
    before = time.time() * 1000
    await made._batch([odd])
    [(topic, value)] = sent.records
    assert topic == "desk"
    received = Candidate.from_json(value).timing.received
    assert received is not None
    assert before - 1 <= received <= time.time() * 1000


async def test_an_article_that_claims_to_be_received_in_the_future_is_no_old_news() -> None:
    """A producer whose clock is set to local time: what was published a minute ago alerts."""
    now = datetime.now(UTC)
    fields = {"source": "a.example", "headline": QUAKE, "language": "en", "published": now - timedelta(minutes=1)}
    made, sent = make_classifier(Nothing())
    odd = record("urn:odd")
    odd.value = Article(uri="urn:odd", received=now + timedelta(days=9), **fields).to_json()
    await made._batch([odd])
    assert [Candidate.from_json(value).matched for _, value in sent.records] == [True]


LONG_KEY = "urn:" + "\U0001f30b" * 2000


@pytest.mark.parametrize(
    ("most", "fields"),
    [
        (MAX_RECORD_BYTES, {"uri": LONG_KEY, "body_text": "x" * (MAX_RECORD_BYTES - 72_000)}),
        (1_000_000, {"body_text": "x" * 1_500_000}),
        (500_000, {"description": "\x01" * 99_000, "body_text": "x" * 5000}),
    ],
)
async def test_an_article_too_large_for_the_desk_goes_there_shortened(
    most: int, fields: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever makes it large, and whoever made the topic: refused for ever, it would hold up all behind it."""
    monkeypatch.setattr(classifier, "FAULT_SECONDS", 0.0)
    made, _ = make_classifier(Nothing())
    sent = Sent(most)
    made._sender = sent  # type: ignore[assignment]
    large = record("urn:1")
    large.value = Article(**{"uri": "urn:1", "source": "a.example", "headline": QUAKE, **fields}).to_json()
    async with asyncio.timeout(10):
        await made._batch([large, record("urn:2")])
    assert sent.uris("desk")[-2:] == [fields.get("uri", "urn:1"), "urn:2"]


async def test_a_dead_letter_too_large_for_its_topic_names_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its bytes are on `articles` still; it holds up nothing."""
    monkeypatch.setattr(classifier, "FAULT_SECONDS", 0.0)
    made, _ = make_classifier(Nothing())
    sent = Sent(1_000_000)
    made._sender = sent  # type: ignore[assignment]
    large = record("urn:1")
    large.value = b"x" * 1_500_000
    async with asyncio.timeout(10):
        await made._batch([large])
    headers = dict(sent.headers)
    assert sent.records == [("articles.dead", b"")]
    assert headers["dead.error"].endswith(b"[1500000 bytes, more than this topic takes: see dead.offset]")
    assert headers["dead.offset"] == b"1"


async def test_no_text_of_an_article_that_crashes_us_reaches_a_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It may be under embargo, and exceptions quote what they choke on."""

    def broken(article: Article, *_: Any, **__: Any) -> Any:
        return int(article.headline)

    monkeypatch.setattr(classifier, "candidate", broken)
    made, _ = make_classifier(Nothing())
    with pytest.raises(Broken) as stopped:
        await made._batch([record(f"urn:{n}") for n in range(MAX_CRASHES)])
    assert "in broken" in caplog.text
    assert "ValueError" in caplog.text
    assert QUAKE not in caplog.text + "".join(traceback.format_exception(stopped.value))
