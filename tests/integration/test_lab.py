"""The rule lab over HTTP on a real broker: what is tried, explained and shown, and who may."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from support.lab import EDITED, RULES, laboratory, make_article
from support.newsroom import SECRET, newsroom, token
from support.topics import until


def bearer(**claims: Any) -> dict[str, str]:
    return {"Authorization": f"Bearer {token(**claims)}"}


def kinds(events: list[dict[str, Any]]) -> list[str]:
    return list(dict.fromkeys(event["type"] for event in events))


def headlines(events: list[dict[str, Any]]) -> list[str]:
    return ["".join(words for words, _ in event["headline"]) for event in events if event["type"] == "fired"]


@pytest.mark.parametrize("broker", ["embedded", pytest.param("apache", marks=pytest.mark.kafka)])
async def test_a_rule_is_tried_on_articles_that_came_before_and_after(
    request: pytest.FixtureRequest, broker: str, prefix: str, tmp_path: Path
) -> None:
    """The end of the topic is read at start, what comes then is followed; each fired article says what was before."""
    async with laboratory(request.getfixturevalue(f"{broker}_kafka"), prefix, tmp_path) as lab:
        await lab.publish(make_article("urn:1", "Earthquake in Lima"), make_article("urn:2", "Tremor felt in Quito"))
        await lab.holds(2)
        await lab.publish(make_article("urn:3", "Tremor shakes Osaka"), b"no article")
        await lab.holds(3)
        events = await lab.trial(EDITED)
        assert kinds(events) == ["rules", "fired", "total", "near", "opinions", "effect", "done"]
        assert headlines(events) == ["Tremor shakes Osaka", "Tremor felt in Quito", "Earthquake in Lima"]
        by_uri = {event["uri"]: event for event in events if event["type"] == "fired"}
        assert by_uri["urn:1"]["before"]["priority"] == "urgent"
        assert by_uri["urn:2"]["before"]["outcome"] == "none"
        assert {event["priority"] for event in by_uri.values()} == {"flash"}
        (effect,) = (event for event in events if event["type"] == "effect")
        assert (effect["added"], effect["removed"], effect["changed"], effect["same"]) == (2, 0, 1, 0)


async def test_errors_come_with_line_and_column(embedded_kafka: str, prefix: str, tmp_path: Path) -> None:
    """Of a check and of a trial alike, where the author wrote them, with what was expected."""
    async with laboratory(embedded_kafka, prefix, tmp_path) as lab:
        wrong = "- id: quakes\n  match: quake NAER/5 big\n"
        answer = (await lab.post("check", text=wrong)).json()
        (problem,) = answer["problems"]
        assert not answer["ok"]
        assert (problem["line"], problem["column"], problem["found"]) == (2, 16, "NAER/5")
        assert "NEAR/5" in problem["suggestion"]
        assert kinds(await lab.trial(wrong)) == ["problems", "done"]
        right = (await lab.post("check", text=EDITED)).json()
        assert (right["ok"], right["rules"][0]["change"]) == (True, "changed")


async def test_what_nobody_may_see_is_never_shown(embedded_kafka: str, prefix: str, tmp_path: Path) -> None:
    """Embargoed, withheld and killed items, and editors' notes, are in no answer, also once a version hides them."""
    later = datetime.now(UTC) + timedelta(hours=3)
    secret = "Quake at the SECRET dam"
    async with laboratory(embedded_kafka, prefix, tmp_path) as lab:
        await lab.publish(
            make_article("urn:open", "Quake near Arica", ednote="SECRET note", body_text="It shook."),
            make_article("urn:embargoed", secret, embargoed=later),
            make_article("urn:withheld", secret, pubstatus="withheld"),
            make_article("urn:hidden", secret),
            make_article("urn:killed", secret),
        )
        await lab.holds(3)
        await lab.publish(
            make_article("urn:hidden", secret, version="2", embargoed=later),
            make_article("urn:killed", secret, version="2", pubstatus="canceled"),
        )

        async def gone() -> bool:
            return headlines(await lab.trial("- id: quakes\n  match: quake\n")) == ["Quake near Arica"]

        await until(gone)
        events = await lab.trial("- id: wide\n  in: [headline, lead, body]\n  match: secret OR quake\n")
        assert headlines(events) == ["Quake near Arica"]
        assert "SECRET" not in json.dumps(events)
        for uri in ("urn:embargoed", "urn:withheld", "urn:hidden", "urn:killed"):
            answer = await lab.post("explain", uri=uri)
            assert (answer.status_code, "SECRET" in answer.text) == (404, False)
        seen = await lab.post("explain", uri="urn:open")
        assert "SECRET" not in seen.text


async def test_one_article_is_explained_by_both_sets(embedded_kafka: str, prefix: str, tmp_path: Path) -> None:
    """By id from the tail, or pasted as text or JSON: the verdict in force, and the draft's beside it."""
    async with laboratory(embedded_kafka, prefix, tmp_path) as lab:
        await lab.publish(make_article("urn:1", "Tremor in Lima", url="https://andes.example/1"))
        await lab.holds(1)
        for name in ("urn:1", "https://andes.example/1"):
            answer = (await lab.post("explain", uri=name, text=EDITED)).json()
            assert (answer["in_force"]["outcome"], answer["draft"]["outcome"]) == ("none", "breaking")
        pasted = (await lab.post("explain", pasted="Earthquake in Lima\n\nIt shook.")).json()
        assert (pasted["in_force"]["rules"], pasted["draft"]) == (["quakes"], None)
        assert ["Earthquake", "rule"] in pasted["in_force"]["article"]["texts"][0]["runs"]
        asjson = (await lab.post("explain", pasted='{"headline": "Anniversary of the earthquake in Lima"}')).json()
        assert asjson["in_force"]["outcome"] == "held_back"
        assert asjson["in_force"]["nearly"][0]["obstacles"][0]["kind"] == "signal"
        broken = (await lab.post("explain", pasted="{")).json()
        assert broken["in_force"]["outcome"] == "invalid"


async def test_viewers_scoped_tokens_and_strangers_are_refused(
    embedded_kafka: str, prefix: str, tmp_path: Path
) -> None:
    """The lab shows articles of all kinds: only editors whose token has no scope come in, and only admins save."""
    async with laboratory(embedded_kafka, prefix, tmp_path, gateway_secret=SECRET) as lab:
        await lab.publish(make_article())
        asked: list[tuple[str, dict[str, Any]]] = [
            ("check", {"text": EDITED}),
            ("try", {"text": EDITED}),
            ("written", {"text": EDITED}),
            ("explain", {"uri": "urn:a1"}),
            ("save", {"text": EDITED, "base": "0"}),
            ("restore", {"file": str(lab.rules), "base": "0"}),
        ]
        for headers, status in [
            ({}, 401),
            (bearer(role="viewer"), 403),
            (bearer(role="editor", regions=["KZ"]), 403),
            (bearer(role="admin", topics=["sport"]), 403),
            (bearer(role="editor", min_priority="flash"), 403),
        ]:
            lab.headers = headers
            for what, body in asked:
                assert (await lab.post(what, **body)).status_code == status
            for path in ("/v1/lab", "/v1/lab/rule?id=quakes"):
                assert (await lab.http.get(path, headers=headers)).status_code == status
        assert lab.room.gateway.bench is not None
        assert lab.room.gateway.bench.pid is None  # nobody who may has asked: it was never started
        lab.headers = bearer(role="editor")
        assert (await lab.status())["you"] == {"user": "ann", "role": "editor"}
        for what, body in asked[-2:]:
            assert (await lab.post(what, **body)).status_code == 403
        assert lab.rules.read_text() == RULES


async def test_a_foreign_page_is_refused_and_ours_on_the_other_port_is_not(
    embedded_kafka: str, prefix: str, tmp_path: Path
) -> None:
    """The page comes from the websockets' port, which says where the lab is, and may ask it; other origins may not."""
    async with laboratory(embedded_kafka, prefix, tmp_path) as lab:
        ours = f"http://127.0.0.1:{lab.room.gateway.port}"
        async with httpx.AsyncClient() as http:
            assert (await http.get(f"{ours}/v1/lab")).json() == {"elsewhere": lab.room.gateway.http_port}
            page = await http.get(f"{ours}/lab")
        assert page.status_code == 200
        assert f"http://127.0.0.1:{lab.room.gateway.http_port}" in page.headers["content-security-policy"]
        for origin, status in ((ours, 200), ("https://evil.example", 403)):
            answer = await lab.http.post("/v1/lab/check", json={"text": EDITED}, headers={"Origin": origin})
            assert answer.status_code == status
        form = await lab.http.post("/v1/lab/check", content="text=x", headers={"Content-Type": "text/plain"})
        assert form.status_code == 415


@pytest.mark.parametrize(
    ("what", "body"),
    [
        ("check", {}),
        ("check", {"text": 5}),
        ("check", {"text": "x", "more": 1}),
        ("explain", {}),
        ("explain", {"uri": "a", "pasted": "b"}),
        ("save", {"text": "x"}),
    ],
)
async def test_what_cannot_be_read_is_400(what: str, body: dict[str, Any], embedded_kafka: str, prefix: str) -> None:
    """With what was wrong, before the lab's process hears of it."""
    async with (
        newsroom(kafka=embedded_kafka, prefix=prefix) as room,
        httpx.AsyncClient(base_url=room.web) as http,
    ):
        answer = await http.post(f"/v1/lab/{what}", json=body)
        assert (answer.status_code, answer.json()["error"]) == (400, "bad_request")


async def test_the_lab_can_be_switched_off(embedded_kafka: str, prefix: str) -> None:
    """Then there is none, and no process."""
    async with newsroom(kafka=embedded_kafka, prefix=prefix, lab=False) as room, httpx.AsyncClient() as http:
        answer = await http.get(f"{room.web}/v1/lab")
        assert (answer.status_code, "ALERTS_LAB" in answer.text) == (404, True)
