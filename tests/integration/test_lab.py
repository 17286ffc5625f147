"""The rule lab over HTTP, its process on a real broker."""

import asyncio
import json
import os
import signal
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from support.lab import EDITED, RULES, Laboratory, laboratory, make_article
from support.newsroom import SECRET, eventually, make_alert, newsroom, token
from support.stack import stack
from support.topics import records, settings_for, until

from alerts.rules import load
from consumers.backends.kafka import Cluster


def bearer(**claims: Any) -> dict[str, str]:
    return {"Authorization": f"Bearer {token(**claims)}"}


def kinds(events: list[dict[str, Any]]) -> list[str]:
    return list(dict.fromkeys(event["type"] for event in events))


def headlines(events: list[dict[str, Any]]) -> list[str]:
    return ["".join(words for words, _ in event["headline"]) for event in events if event["type"] == "fired"]


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


# -- trying


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


# -- who may


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


# -- saving


async def test_saving_keeps_the_file_before_and_going_back_swaps_them(
    embedded_kafka: str, prefix: str, tmp_path: Path
) -> None:
    """The new file is the old one with the rule in it; the old one is kept, and can be had again, and again."""
    async with laboratory(embedded_kafka, prefix, tmp_path) as lab:
        (file,) = (await lab.status())["files"]
        assert (file["name"], file["writable"], file["previous"]) == ("rules.yaml", True, False)
        lab.rules.chmod(0o640)
        saved = await lab.post("save", text=EDITED, replaces=["quakes"], base=file["digest"])
        assert saved.status_code == 200, saved.text
        written = lab.rules.read_text()
        assert "priority: flash" in written
        assert "# Shaking." in written
        assert load(written).hash == saved.json()["ruleset"] == (await lab.status())["ruleset"]
        assert lab.rules.stat().st_mode & 0o777 == 0o640
        previous = lab.rules.with_name("rules.yaml.previous")
        assert previous.read_text() == RULES
        (file,) = (await lab.status())["files"]
        back = await lab.post("restore", file=file["file"], base=file["digest"])
        assert back.status_code == 200
        assert (lab.rules.read_text(), previous.read_text()) == (RULES, written)
        assert names(tmp_path) == ["rules.yaml", "rules.yaml.previous"]


async def test_a_file_that_somebody_else_changed_is_not_overwritten(
    embedded_kafka: str, prefix: str, tmp_path: Path
) -> None:
    """Who saves on what he has not seen is told so, and nothing is lost."""
    async with laboratory(embedded_kafka, prefix, tmp_path) as lab:
        (file,) = (await lab.status())["files"]
        theirs = RULES.replace("flood OR floods", "flood OR deluge")
        lab.rules.write_text(theirs, encoding="utf-8")
        refused = await lab.post("save", text=EDITED, base=file["digest"])
        assert (refused.status_code, refused.json()["error"]) == (409, "stale")
        assert lab.rules.read_text() == theirs

        async def taken() -> bool:
            return bool((await lab.status())["ruleset"] == load(theirs).hash)

        await until(taken)
        (file,) = (await lab.status())["files"]
        assert (await lab.post("save", text=EDITED, base=file["digest"])).status_code == 200
        assert "deluge" in lab.rules.read_text()


@pytest.mark.parametrize("text", ["- id: quakes\n  match: (quake\n", "version: 1\nrules: 5\n"])
async def test_a_draft_with_problems_is_never_saved(
    text: str, embedded_kafka: str, prefix: str, tmp_path: Path
) -> None:
    """Neither a rule nor a file."""
    async with laboratory(embedded_kafka, prefix, tmp_path) as lab:
        (file,) = (await lab.status())["files"]
        refused = await lab.post("save", text=text, base=file["digest"])
        assert (refused.status_code, refused.json()["error"]) == (422, "invalid")
        assert lab.rules.read_text() == RULES


async def test_without_a_file_to_write_there_is_one_to_download(
    embedded_kafka: str, prefix: str, tmp_path: Path
) -> None:
    """The package's own rules cannot be saved; the whole file with the rule in it can be had."""
    async with laboratory(embedded_kafka, prefix, tmp_path, rules=None) as lab:
        status = await lab.status()
        (file,) = status["files"]
        assert not file["writable"]
        assert "ALERTS_RULES" in file["why_not"]
        text = "- id: my-rule\n  match: tremor\n"
        refused = await lab.post("save", text=text, base=file["digest"])
        assert (refused.status_code, refused.json()["error"]) == (403, "unwritable")
        whole = (await lab.post("written", text=text)).json()["text"]
        assert len(load(whole).rules) == status["count"] + 1


async def test_a_file_with_problems_can_be_repaired_in_the_lab(
    embedded_kafka: str, prefix: str, tmp_path: Path
) -> None:
    """They are told, the last good rules stay in force, and the whole file can be opened and saved."""
    async with laboratory(embedded_kafka, prefix, tmp_path) as lab:
        good = (await lab.status())["ruleset"]
        lab.rules.write_text(RULES + "  - id: broken\n    match: (fire\n", encoding="utf-8")

        async def told() -> list[dict[str, Any]]:
            problems: list[dict[str, Any]] = (await lab.status())["problems"]
            return problems

        (problem,) = await until(told)
        assert problem["line"] == len(RULES.splitlines()) + 2
        status = await lab.status()
        assert status["ruleset"] == good
        (file,) = status["files"]
        opened = (await lab.http.get("/v1/lab/rule", params={"file": file["file"]})).json()
        assert "(fire" in opened["text"]
        fixed = opened["text"].replace("(fire", "fire")
        assert (await lab.post("save", text=fixed, file=file["file"], base=file["digest"])).status_code == 200
        assert [rule["id"] for rule in (await lab.status())["rules"]] == ["quakes", "floods", "broken"]


async def test_what_is_saved_is_what_the_classifier_judges_by(
    embedded_kafka: str, redis_url: str, prefix: str, tmp_path: Path
) -> None:
    """By hot reload, within moments: the next article is judged by the rule from the lab."""
    async with laboratory(embedded_kafka, prefix, tmp_path) as lab:
        (file,) = (await lab.status())["files"]
        extra = {"ALERTS_RULES": str(lab.rules), "ALERTS_RULES_SECONDS": "0.05"}
        with stack(tmp_path / "..", embedded_kafka, redis_url, prefix, **extra) as running:
            classifier = await asyncio.to_thread(running.start, "classify")
            saved = await lab.post("save", text=EDITED, base=file["digest"])

            async def taken() -> bool:
                health = await asyncio.to_thread(classifier.metric, "alerts_rules_reloads_total", result="taken")
                return health == 1

            await until(taken)
            await lab.publish(make_article("urn:9", "Tremor in Quito"))

            async def candidates() -> list[Any]:
                return await records(lab.cluster, prefix + "desk")

            (record,) = await until(candidates)
            made = json.loads(record.value)
            assert made["ruleset"] == saved.json()["ruleset"]
            assert [(match["rule"], match["priority"]) for match in made["matches"]] == [("quakes", "flash")]


# -- the process


async def test_a_lab_that_dies_is_started_again(
    embedded_kafka: str, prefix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever waited is told, the gateway goes on, and the next question finds a new one that knows the articles."""
    monkeypatch.setattr("consumers.gateway.lab.bench.AGAIN_AFTER", 0.0)
    async with laboratory(embedded_kafka, prefix, tmp_path) as lab:
        await lab.publish(make_article())
        await lab.holds(1)
        bench = lab.room.gateway.bench
        assert bench is not None
        first = bench.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        await eventually(lambda: bench.pid != first)
        await lab.holds(1)
        assert bench.pid not in {None, first}
        assert len(headlines(await lab.trial(EDITED))) == 1


async def test_a_lab_that_hangs_is_ended(
    embedded_kafka: str, prefix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that gives no sign of life is killed; whoever waits for it is told to ask again."""
    monkeypatch.setattr("consumers.gateway.lab.bench.SILENT", 15.0)  # it gives one once it has started
    async with laboratory(embedded_kafka, prefix, tmp_path) as lab:
        await lab.status()
        bench = lab.room.gateway.bench
        assert bench is not None
        pid = bench.pid
        assert pid is not None
        os.kill(pid, signal.SIGSTOP)
        answer = await lab.post("check", text=EDITED)
        assert (answer.status_code, answer.json()["error"]) == (503, "lab")
        assert not alive(pid)


async def test_a_lab_that_nobody_asks_ends(
    embedded_kafka: str, prefix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its memory is given back, and the next question starts another."""
    monkeypatch.setattr("consumers.gateway.lab.bench.IDLE", 0.5)
    async with laboratory(embedded_kafka, prefix, tmp_path) as lab:
        await lab.status()
        bench = lab.room.gateway.bench
        assert bench is not None
        await eventually(lambda: bench.pid is None)
        assert (await lab.post("check", text=EDITED)).json()["ok"]


async def test_the_lab_ends_with_its_gateway(embedded_kafka: str, prefix: str, tmp_path: Path) -> None:
    """No process is left behind."""
    async with laboratory(embedded_kafka, prefix, tmp_path) as lab:
        await lab.status()
        assert lab.room.gateway.bench is not None
        pid = lab.room.gateway.bench.pid
        assert pid is not None
        assert alive(pid)
    assert not alive(pid)


async def test_a_trial_nobody_waits_for_is_given_up(embedded_kafka: str, prefix: str, tmp_path: Path) -> None:
    """The next keystroke supersedes the last: the reader who hangs up leaves no work behind."""
    async with laboratory(embedded_kafka, prefix, tmp_path) as lab:
        await lab.publish(*(make_article(f"urn:{n}", f"Quake {n}") for n in range(300)))
        await lab.holds(300)
        async with lab.http.stream("POST", "/v1/lab/try", json={"text": "{id: all, match: '*'}"}) as answer:
            async for line in answer.aiter_lines():
                if json.loads(line)["type"] == "fired":
                    break
        bench = lab.room.gateway.bench
        assert bench is not None
        await eventually(lambda: not bench._waiting)
        assert lab.room.gateway.door.inside == 0
        assert headlines(await lab.trial(EDITED))


async def test_the_gateways_loop_does_not_feel_the_lab(embedded_kafka: str, prefix: str, tmp_path: Path) -> None:
    """While the lab judges with all its might, the loop is never held up for as long as judging takes."""
    async with laboratory(embedded_kafka, prefix, tmp_path) as lab:
        await lab.publish(
            *(make_article(f"urn:{n}", f"Quake {n} in Lima", body_text="word " * 200) for n in range(400))
        )
        await lab.holds(400)
        longest, rounds, stop = 0.0, 0, asyncio.Event()

        async def feel() -> None:
            nonlocal longest, rounds
            while not stop.is_set():
                before = time.thread_time()
                await asyncio.sleep(0)
                longest, rounds = max(longest, time.thread_time() - before), rounds + 1

        bench = lab.room.gateway.bench
        assert bench is not None
        assert bench.pid is not None
        before = processor_seconds(bench.pid)
        feeling = asyncio.create_task(feel())
        async with lab.room.subscriber(subscriptions={"a": {}}) as client:
            await client.until("live")
            trials = [asyncio.create_task(lab.trial("{id: all, match: '*', priority: flash}")) for _ in range(2)]
            seq = await lab.room.publish(make_alert("during"))
            assert (await client.until("alert"))["seq"] == seq
            assert not all(trial.done() for trial in trials)  # the alert did not wait for the lab
            told = await asyncio.gather(*trials)
        stop.set()
        await feeling
        assert {len(headlines(events)) for events in told} == {200}
        assert rounds > 100
        # Processor time of either, so that a busy machine does not count; the loop's has the test's own reading in it.
        assert longest < (processor_seconds(bench.pid) - before) / 4


async def test_the_tail_is_bounded_and_newest(embedded_kafka: str, prefix: str, tmp_path: Path) -> None:
    """Of more articles than it may keep the lab keeps the newest, without a hole."""
    async with laboratory(embedded_kafka, prefix, tmp_path, lab_articles=100) as lab:
        await lab.publish(*(make_article(f"urn:{n}", f"Quake {n}") for n in range(150)))

        async def full() -> bool:
            return bool((await lab.status())["tail"]["articles"] == 100)

        await until(full)
        events = await lab.trial("{id: all, match: '*'}")
        assert [event["uri"] for event in events if event["type"] == "fired"] == [
            f"urn:{n}" for n in range(149, 49, -1)
        ]


async def test_kafka_away_is_said(tmp_path: Path) -> None:
    """The lab opens all the same: rules can be checked and articles explained that are pasted."""
    settings: dict[str, Any] = {"kafka": "127.0.0.1:1", "rules": tmp_path / "rules.yaml", "prefix": "t."}
    settings["rules"].write_text(RULES, encoding="utf-8")
    async with newsroom(**settings) as room, httpx.AsyncClient(base_url=room.web, timeout=60) as http:
        assert (await http.post("/v1/lab/check", json={"text": EDITED})).json()["ok"]
        answer = await http.post("/v1/lab/explain", json={"pasted": "Earthquake in Lima"})
        assert answer.json()["in_force"]["outcome"] == "breaking"
        lab = Laboratory(
            room, Cluster(settings_for("127.0.0.1:1", "embedded", "t."), "", embedded=True), tmp_path, http
        )

        async def away() -> bool:
            return bool((await lab.status())["tail"]["state"] == "away")

        await until(away)
