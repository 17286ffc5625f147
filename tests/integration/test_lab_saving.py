"""Saving a rules file from the lab: the one before is kept, and no edit of somebody else is lost."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from support.lab import EDITED, RULES, laboratory, make_article
from support.stack import stack
from support.topics import records, until

from alerts.rules import load


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


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
