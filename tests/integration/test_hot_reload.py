"""Rules are edited while the line runs: the next article is judged by them, and a broken edit changes nothing."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from support.stack import Role, fetch, stack
from support.topics import records, settings_for, until

from alerts.alert import Alert
from alerts.rules import load
from consumers.backends.kafka import Cluster
from consumers.gateway import pulse as pulses
from consumers.gateway.pulse import KafkaPulse, Pulse
from consumers.rulenote import RuleNote

QUAKES = "version: 1\nrules:\n  - {id: quakes, match: earthquake}\n"
FLOODS = "version: 1\nrules:\n  - {id: floods, match: flood}\n"
BROKEN = "version: 1\nrules:\n  - {id: floods, match: flood}\n  - {id: fires, match: (fire}\n"


@dataclass
class Line:
    cluster: Cluster
    classifier: Role
    rules: Path
    sent: int = field(default=0)

    async def publish(self, *headlines: str) -> None:
        producer = self.cluster.producer()
        await producer.start()
        for headline in headlines:
            self.sent += 1
            article = {"uri": f"urn:t:{self.sent}", "source": "t.example", "version": "1", "headline": headline}
            await producer.send_and_wait(self.cluster.settings.topic("articles"), json.dumps(article).encode())
        await producer.stop()

    async def alerts(self, count: int) -> list[Alert]:
        """All alerts, when there are so many."""

        async def enough() -> list[Alert] | None:
            found = [
                Alert.from_json(r.value) for r in await records(self.cluster, self.cluster.settings.topic("alerts"))
            ]
            return found if len(found) >= count else None

        found = await until(enough)
        assert found is not None
        return found

    async def health(self, *, good: bool, ruleset: str) -> dict[str, Any]:
        """What the classifier says of its rules, once it says this."""

        async def says() -> dict[str, Any] | None:
            body = json.loads(await asyncio.to_thread(fetch, self.classifier.ready_url))
            told: dict[str, Any] = body["rules"]
            return told if told["newest_edit"]["ok"] is good and told["ruleset"] == ruleset else None

        told = await until(says)
        assert told is not None
        return told

    def metric(self, name: str, **labels: str) -> float:
        return self.classifier.metric(name, **labels)


@pytest.fixture(params=["embedded", pytest.param("apache", marks=pytest.mark.kafka)])
async def line(request: pytest.FixtureRequest, redis_url: str, prefix: str, tmp_path: Path) -> AsyncIterator[Line]:
    kafka: str = request.getfixturevalue(f"{request.param}_kafka")
    cluster = await Cluster.connect(settings_for(kafka, redis_url, prefix))
    rules = tmp_path / "rules.yaml"
    rules.write_text(QUAKES, encoding="utf-8")
    with stack(tmp_path, kafka, redis_url, prefix, ALERTS_RULES=str(rules), ALERTS_RULES_SECONDS="0.05") as running:
        classifier, _ = await asyncio.gather(*(asyncio.to_thread(running.start, name) for name in ("classify", "desk")))
        yield Line(cluster, classifier, rules)


async def test_rules_are_edited_broken_and_repaired_while_articles_come(line: Line) -> None:
    """The next article is judged by the new rules; a broken edit is told with its place and changes nothing."""
    quakes, floods = load(QUAKES).hash, load(FLOODS).hash
    await line.publish("Flood in Lagos", "Earthquake in Lima")
    assert [(a.rules, a.ruleset) for a in await line.alerts(1)] == [(("quakes",), quakes)]

    line.rules.write_text(FLOODS, encoding="utf-8")
    await line.health(good=True, ruleset=floods)
    await line.publish("Earthquake in Quito", "Flood in Dhaka")
    assert [(a.rules, a.ruleset) for a in (await line.alerts(2))[1:]] == [(("floods",), floods)]
    assert line.metric("alerts_rules_reloads_total", result="taken") == 1

    line.rules.write_text(BROKEN, encoding="utf-8")
    told = await line.health(good=False, ruleset=floods)
    (problem,) = told["newest_edit"]["problems"]
    assert (problem["file"], problem["line"], problem["column"]) == (str(line.rules), 4, 29)
    assert "A closing ')' is missing." in problem["message"]
    assert line.metric("alerts_rules_edit_refused") == 1
    assert f"{line.rules}:4:29: match:" in line.classifier.log.read_text()
    await line.publish("Fire in Porto", "Flood in Jakarta")
    assert [(a.rules, a.ruleset) for a in (await line.alerts(3))[2:]] == [(("floods",), floods)]

    repaired = BROKEN.replace("(fire", "fire")
    line.rules.write_text(repaired, encoding="utf-8")
    await line.health(good=True, ruleset=load(repaired).hash)
    assert line.metric("alerts_rules_edit_refused") == 0
    await line.publish("Fire in Braga")
    assert [(a.rules, a.ruleset) for a in (await line.alerts(4))[3:]] == [(("fires",), load(repaired).hash)]


async def test_a_gateway_hears_which_rules_judge(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    """By Kafka alone, and before any article comes: the set in force, an edit that is taken, one that is refused."""
    monkeypatch.setattr(pulses, "EVERY", 0.05)
    pulse = Pulse()

    async def told(ruleset: str, *, good: bool) -> RuleNote:
        async def says() -> RuleNote | None:
            notes = pulse.rules or ()
            right = len(notes) == 1 and notes[0].ruleset == ruleset and (notes[0].refused is None) is good
            return notes[0] if right else None

        found = await until(says)
        assert found is not None
        return found

    looking = asyncio.create_task(KafkaPulse(line.cluster.settings, line.cluster, pulse).run())
    try:
        first = await told(load(QUAKES).hash, good=True)
        line.rules.write_text(FLOODS, encoding="utf-8")
        second = await told(load(FLOODS).hash, good=True)
        assert second.since >= first.since
        line.rules.write_text(BROKEN, encoding="utf-8")
        broken = await told(load(FLOODS).hash, good=False)
        assert broken.problem.startswith("rules.yaml line 4, column 29: match: ")
        assert broken.problem.endswith("A closing ')' is missing.")
        await line.publish("Flood in Lagos")  # with the offset of an article it is told as well
        await line.alerts(1)
        assert (await told(load(FLOODS).hash, good=False)).problem == broken.problem

        async def has_caught_up() -> bool:
            return pulse.articles_waiting == 0

        await until(has_caught_up)
    finally:
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)
