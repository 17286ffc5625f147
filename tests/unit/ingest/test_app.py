import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from alerts.article import Article
from consumers.ingest.app import application
from consumers.ingest.batch import MOST_ITEMS
from consumers.ingest.log import Away
from consumers.settings import Settings, load

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
JSON = {"content-type": "application/json"}
LINES = {"content-type": "application/x-ndjson"}


class FakeLog:
    """A log in memory that can be away, or take records without acknowledging them."""

    def __init__(self) -> None:
        self.records: list[tuple[bytes, bytes]] = []
        self.away = False
        self.silent = False

    @property
    def healthy(self) -> bool:
        return not self.away

    async def append(self, key: bytes, value: bytes) -> Awaitable[object]:
        if self.away:
            raise Away("no broker")
        self.records.append((key, value))
        ack: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        if not self.silent:
            ack.set_result(None)
        return ack

    @property
    def articles(self) -> list[Article]:
        return [Article.from_json(value) for _, value in self.records]


def make_article(number: int = 1, **fields: Any) -> dict[str, Any]:
    return {"uri": f"urn:x:{number}", "headline": f"Headline {number}", "source": "wire.example", **fields}


@pytest.fixture
def log() -> FakeLog:
    return FakeLog()


def client_of(log: FakeLog, **options: Any) -> httpx.AsyncClient:
    settings: Settings = load({}, env_file=None, **options)
    app = application(settings, log, now=lambda: NOON, ack_seconds=0.05, read_seconds=0.05)
    transport = httpx.ASGITransport(app, raise_app_exceptions=True)
    return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000")


@pytest.fixture
async def client(log: FakeLog) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(log) as client:
        yield client


async def post(client: httpx.AsyncClient, document: Any, **headers: str) -> httpx.Response:
    return await client.post("/v1/articles", content=json.dumps(document), headers={**JSON, **headers})


async def test_an_article_is_stamped_keyed_and_appended(client: httpx.AsyncClient, log: FakeLog) -> None:
    """202 comes after the acknowledgement; `received` is ours, whatever the sender says."""
    answer = await post(client, make_article(received="2001-01-01T00:00:00Z"))
    assert (answer.status_code, answer.json()) == (202, {"accepted": 1, "rejected": []})
    assert log.records[0][0] == b"urn:x:1"
    assert log.articles[0].received == NOON


async def test_a_bad_item_never_spoils_the_others(client: httpx.AsyncClient, log: FakeLog) -> None:
    """Each is judged by itself, and named by its position, uri and reason."""
    answer = await post(client, [make_article(1), make_article(2, headline=""), 3, make_article(4)])
    assert answer.status_code == 202
    assert answer.json() == {
        "accepted": 2,
        "rejected": [
            {"index": 1, "uri": "urn:x:2", "reason": "headline must not be blank where there is no text either"},
            {"index": 2, "uri": None, "reason": "an article is a JSON object, not a number"},
        ],
    }
    assert [article.uri for article in log.articles] == ["urn:x:1", "urn:x:4"]


@pytest.mark.parametrize("bad", [b'"\\ud800"', b"NaN", b'"\xff"', b'"h","\\ud800":"\\ud800"', b"9" * 5000])
async def test_what_our_parser_refuses_spoils_one_item_only(
    bad: bytes, client: httpx.AsyncClient, log: FakeLog
) -> None:
    """A lone surrogate, NaN, broken UTF-8 or endless number inside one item of an array is that item's fault."""
    good = json.dumps(make_article(1)).encode()
    body = b'[{"uri":"u","source":"s","headline":' + bad + b"}," + good + b"]"
    answer = await client.post("/v1/articles", content=body, headers=JSON)
    assert answer.status_code == 202
    assert [rejected["index"] for rejected in answer.json()["rejected"]] == [0]
    assert len(log.records) == 1


async def test_a_refusal_is_one_line_of_the_log_however_long_the_uri(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    """The answer gives it back whole; a log that anybody could fill with it would hide what else it says."""
    uri = "urn:" + "x" * 100_000
    answer = await post(client, make_article(uri=uri))
    assert (answer.status_code, answer.json()["rejected"][0]["uri"]) == (400, uri)
    assert len(caplog.records[-1].message) < 1000


async def test_json_lines_are_read_line_by_line(client: httpx.AsyncClient, log: FakeLog) -> None:
    """A broken line is one rejected item; blank lines are nothing."""
    body = "\n".join([json.dumps(make_article(1)), "{broken", "", json.dumps(make_article(2))])
    answer = await client.post("/v1/articles", content=body, headers=LINES)
    assert answer.status_code == 202
    assert answer.json()["accepted"] == 2
    assert answer.json()["rejected"][0]["index"] == 1


async def test_ninjs_is_accepted(client: httpx.AsyncClient, log: FakeLog) -> None:
    """A document of another version goes onto the topic in our names."""
    document = {
        "uri": "tag:wire.example,2026:1",
        "versionCreated": "2026-03-01T11:59:00Z",
        "headlines": [{"value": "H"}],
        "bodies": [{"contentType": "text/html", "value": "<p>B</p>"}],
    }
    assert (await post(client, document)).status_code == 202
    assert (log.articles[0].headline, log.articles[0].body_text) == ("H", "B")


@pytest.mark.parametrize(
    "body", [b"", b"  \n", b"{", b"[", b"null", b"7", b"[" * 10_000, b"\xff\xfe", b'{"uri":"urn:x:1"}', b"[{}]"]
)
async def test_where_nothing_can_be_read_the_answer_is_400(
    body: bytes, client: httpx.AsyncClient, log: FakeLog
) -> None:
    """The body says why, in the shape of every answer."""
    answer = await client.post("/v1/articles", content=body, headers=JSON)
    assert answer.status_code == 400
    assert answer.json()["accepted"] == 0
    assert answer.json()["error"]
    assert not log.records


async def test_an_empty_list_is_no_fault(client: httpx.AsyncClient) -> None:
    """A sender with nothing to say said it correctly."""
    assert (await post(client, [])).json() == {"accepted": 0, "rejected": []}


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "", "application/xml"])
async def test_other_content_types_are_refused(kind: str, client: httpx.AsyncClient) -> None:
    """415: among them all that a web page can send without asking first."""
    answer = await client.post("/v1/articles", content=json.dumps(make_article()), headers={"content-type": kind})
    assert answer.status_code == 415


@pytest.mark.parametrize(
    ("body", "headers"),
    [(b"[" + b"1," * MOST_ITEMS + b"1]", JSON), (b"1\n" * (2 * MOST_ITEMS + 1), LINES)],
)
async def test_a_body_of_very_many_items_is_refused_whole(
    body: bytes, headers: dict[str, str], client: httpx.AsyncClient, log: FakeLog
) -> None:
    """A few megabytes of `1,1,1` made an answer of hundreds, and gigabytes on the way."""
    answer = await client.post("/v1/articles", content=body, headers=headers)
    assert answer.status_code == 413
    assert answer.json() == {
        "accepted": 0,
        "rejected": [],
        "error": "more than 100,000 articles in one body; send fewer at a time",
    }
    assert not log.records


async def test_an_article_that_is_too_large_is_refused(log: FakeLog) -> None:
    """413 for a single one; in a list it is one rejected item."""
    large = make_article(1, body_text="x" * 3000)
    async with client_of(log, ingest_max_bytes=2000) as client:
        assert (await post(client, large)).status_code == 413
        answer = await post(client, [large, make_article(2)])
    assert answer.status_code == 202
    assert "larger than 2000 bytes" in answer.json()["rejected"][0]["reason"]


async def test_a_body_is_not_read_past_its_limit(log: FakeLog) -> None:
    """An endless body without a length ends at the limit, not in memory."""
    taken = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal taken
        yield b"["
        while True:
            taken += 1
            yield b" " * 1000

    async with client_of(log, ingest_max_bytes=2000) as client:
        answer = await client.post("/v1/articles", content=endless(), headers=JSON)
    assert answer.status_code == 413
    assert answer.headers["connection"] == "close"
    assert taken < 25


async def test_a_body_that_does_not_come_is_given_up(client: httpx.AsyncClient) -> None:
    """408 frees what a stalled sender holds."""

    async def stalled() -> AsyncIterator[bytes]:
        yield b"["
        await asyncio.Event().wait()

    assert (await client.post("/v1/articles", content=stalled(), headers=JSON)).status_code == 408


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:9999"},
        {"host": "evil.example", "origin": "http://evil.example"},
        {"host": "evil.example:8000"},
        {"host": "127.0.0.1.evil.example"},
        {"host": ""},
    ],
)
async def test_a_web_page_of_others_is_refused(
    headers: dict[str, str], client: httpx.AsyncClient, log: FakeLog
) -> None:
    """A foreign Origin, and (DNS rebinding) a Host that is not this machine, get 403."""
    answer = await post(client, make_article(), **headers)
    assert answer.status_code == 403
    assert not log.records


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://127.0.0.1:8000"},
        {"host": "localhost:8000", "origin": "http://localhost:8000"},
        {"host": "[::1]:8000"},
        {"host": "127.9.9.9"},
    ],
)
async def test_our_own_page_and_this_machine_may_post(headers: dict[str, str], client: httpx.AsyncClient) -> None:
    """The documentation page can try it out."""
    assert (await post(client, make_article(), **headers)).status_code == 202


async def test_what_a_proxy_brings_is_refused_where_everybody_may_speak_for_every_source(log: FakeLog) -> None:
    """Whatever Host the proxy makes of it; tokens say who it is, and then it may come through one."""
    forwarded = {"x-forwarded-for": "203.0.113.9", "host": "127.0.0.1:8000"}
    async with client_of(log) as client:
        answer = await post(client, make_article(), **forwarded)
    assert answer.status_code == 403
    assert "ALERTS_INGEST_TOKENS" in answer.json()["error"]
    async with client_of(log, ingest_tokens={"all": ("*",)}) as client:
        assert (await post(client, make_article(), authorization="Bearer all", **forwarded)).status_code == 202


async def test_tokens_say_who_may_send_what(log: FakeLog) -> None:
    """401 without one; an article from another source is rejected by itself; `*` may send all."""
    tokens = {"one": ("wire.example",), "all": ("*",)}
    async with client_of(log, ingest_tokens=tokens) as client:
        batch = [make_article(1), make_article(2, source="other.example")]
        missing = await post(client, batch)
        wrong = await post(client, batch, authorization="Bearer two")
        mixed = await post(client, batch, authorization="Bearer one")
        none = await post(client, batch[1], authorization="bearer one")
        every = await post(client, batch, authorization="Bearer all", host="ingest.example")
    assert [a.status_code for a in (missing, wrong, mixed, none, every)] == [401, 401, 202, 403, 202]
    assert missing.headers["www-authenticate"] == "Bearer"
    assert mixed.json()["rejected"] == [
        {"index": 1, "uri": "urn:x:2", "reason": "this token may not send for source 'other.example'"}
    ]


async def test_while_kafka_is_away_the_answer_is_503(client: httpx.AsyncClient, log: FakeLog) -> None:
    """With Retry-After; health says so; it resumes by itself."""
    log.away = True
    answer = await post(client, [make_article(1), make_article(2)])
    assert answer.status_code == 503
    assert answer.headers["retry-after"]
    assert answer.json()["accepted"] == 0
    assert (await client.get("/healthz")).json() == {"ok": True, "kafka": "away"}
    assert (await client.get("/readyz")).status_code == 503
    log.away = False
    assert (await post(client, make_article())).status_code == 202
    assert (await client.get("/readyz")).status_code == 200


async def test_no_acknowledgement_in_time_is_503_and_says_what_may_still_happen(
    client: httpx.AsyncClient, log: FakeLog
) -> None:
    """The wait is bounded, and what was handed over is not called lost."""
    log.silent = True
    answer = await post(client, make_article())
    assert answer.status_code == 503
    assert "may still be delivered" in answer.json()["error"]


async def test_a_refused_request_is_one_line_without_any_text_of_the_article(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    """Logs carry uris only: an embargoed headline must not leak there."""
    with caplog.at_level(logging.WARNING, logger="consumers.ingest"):
        await post(client, [make_article(1, headline="SECRET", urgency="SECRET")])
    line = json.loads(caplog.records[-1].message)
    assert line["uris"] == ["urn:x:1"]
    assert line["status"] == 400
    assert "SECRET" not in caplog.text


async def test_documentation_needs_no_other_host(client: httpx.AsyncClient) -> None:
    """Swagger UI is served from here, and the schema knows the Article."""
    page = (await client.get("/docs")).text
    assert "http://" not in page
    assert "https://" not in page
    assert (await client.get("/static-offline-docs/swagger-ui-bundle.js")).status_code == 200
    document = (await client.get("/openapi.json")).json()
    assert "headline" in document["components"]["schemas"]["Article"]["properties"]
    assert "application/x-ndjson" in document["paths"]["/v1/articles"]["post"]["requestBody"]["content"]


async def test_metrics_count_articles(client: httpx.AsyncClient) -> None:
    """What was posted can be watched."""
    await post(client, make_article())
    assert 'alerts_ingest_articles_total{outcome="accepted"}' in (await client.get("/metrics")).text
