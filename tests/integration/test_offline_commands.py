"""`alerts explain --human` and `alerts backtest --against`: what they print, and how they say how far they are."""

import gzip
import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from consumers.__main__ import main
from consumers.commands.progress import Progress, size

ARTICLES = [
    {"uri": "u:1", "headline": "Earthquake near Patras, Greece", "published": "2026-03-01T10:00:00Z"},
    {"uri": "u:2", "headline": "Ten years after the earthquake", "published": "2026-03-02T10:00:00Z"},
    {"uri": "u:3", "headline": "Troops cross the river", "published": "2026-03-03T10:00:00Z"},
]
QUAKES = "version: 1\nrules:\n  - {id: quake, priority: flash, match: earthquake}\n"
BOTH = "version: 1\nrules:\n  - {id: quake, match: earthquake, unless: years}\n  - {id: troops, match: troops}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    lines = "".join(json.dumps({"source": "a.example", "version": "1", **article}) + "\n" for article in ARTICLES)
    (tmp_path / "news.jsonl").write_text(lines, encoding="utf-8")
    (tmp_path / "quakes.yaml").write_text(QUAKES, encoding="utf-8")
    (tmp_path / "both.yaml").write_text(BOTH, encoding="utf-8")
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *args: str | Path) -> tuple[int, str, str]:
    status = 0
    try:
        main([str(arg) for arg in args])
    except SystemExit as exc:
        status = int(exc.code or 0)
    out, err = capsys.readouterr()
    return status, out, err


def test_explain_for_people(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A page an article, in brackets where there is no terminal; what is no article is told in its place."""
    with (folder / "news.jsonl").open("a", encoding="utf-8") as news:
        news.write("{}\n")
    status, out, err = run(capsys, "explain", "--human", "--rules", folder / "both.yaml", folder / "news.jsonl")
    assert (status, err) == (2, "")
    legend, *_ = out.split("\n\n")
    assert legend.startswith("[words of a rule]")
    assert "BREAKING routine  a.example  u:1" in out
    assert "[Earthquake] near {Patras}, {Greece}" in out
    assert "is held back by its `unless`: 'years' in the headline" in out
    assert out.rstrip().split("\n")[-2].startswith(f"INVALID  {folder}/news.jsonl:4")


def test_backtest_goes_by_the_settings_of_the_desk(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What would have gone out here: with the cap and the pauses that this installation sets, not the default ones."""
    places = ("Patras, Greece", "Lima, Peru", "Osaka, Japan")
    quakes = [
        {"source": "a.example", "uri": f"q:{i}", "version": str(version), "headline": f"Earthquake near {place}{more}"}
        for version, more in ((1, ""), (2, ", roads shut"), (3, ", schools shut"), (4, ", no tsunami"))
        for i, place in enumerate(places)
    ]
    lines = (json.dumps({**quake, "published": f"2026-03-01T10:{n:02}:00Z"}) for n, quake in enumerate(quakes))
    (folder / "quakes.jsonl").write_text("\n".join(lines), encoding="utf-8")
    (folder / "urgent.yaml").write_text(QUAKES.replace("flash", "urgent"), encoding="utf-8")

    def issued() -> list[dict[str, object]]:
        _, out, _ = run(capsys, "backtest", folder / "quakes.jsonl", "--rules", folder / "urgent.yaml")
        return [json.loads(line) for line in out.splitlines()]

    assert [alert["interrupt"] for alert in issued() if alert["op"] == "new"] == [True, True, True]
    assert len(issued()) == 12
    monkeypatch.setenv("ALERTS_RULE_CAP", "1")
    monkeypatch.setenv("ALERTS_QUIET_SECONDS", "900")
    assert [alert["interrupt"] for alert in issued() if alert["op"] == "new"] == [True, False, False]
    assert len(issued()) == 9


def test_backtest_against_other_rules(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What the rules add, remove and change beside the others, with headline and rules, and alerts per day of both."""
    args = ("backtest", folder / "news.jsonl", "--rules", folder / "quakes.yaml", "--against", folder / "both.yaml")
    status, out, err = run(capsys, *args)
    assert (status, err) == (0, "")
    lines = out.split("\n")
    assert lines[:4] == [
        "~ 2026-03-01 10:00  flash     Earthquake near Patras, Greece  [quake]",
        "                    was routine [quake]",
        "+ 2026-03-02 10:00  flash     Ten years after the earthquake  [quake]",
        "- 2026-03-03 10:00  routine   Troops cross the river  [troops]",
    ]
    table = [line.split() for line in lines[5:] if line]
    assert table[0][0] == "alerts"
    assert table[1:6] == [
        ["2026-03-01", "1", "1"],
        ["2026-03-02", "1", "0"],
        ["2026-03-03", "0", "1"],
        ["in", "all", "2", "2"],
        ["per", "day", "0.7", "0.7"],
    ]
    assert lines[-2] == "1 added, 1 removed, 1 changed, 0 the same"


def test_backtest_against_other_rules_for_programs(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same as JSON lines."""
    args = ("backtest", folder / "news.jsonl", "--rules", folder / "quakes.yaml", "--against", folder / "both.yaml")
    status, out, _ = run(capsys, *args, "--json")
    assert status == 0
    *changes, summary = [json.loads(line) for line in out.splitlines()]
    assert [(c["change"], c["headline"], c["rules"], c["rules_before"]) for c in changes] == [
        ("changed", "Earthquake near Patras, Greece", ["quake"], ["quake"]),
        ("added", "Ten years after the earthquake", ["quake"], []),
        ("removed", "Troops cross the river", [], ["troops"]),
    ]
    assert (summary["added"], summary["removed"], summary["changed"], summary["same"]) == (1, 1, 1, 0)
    assert [(r["alerts"], r["per_day"]) for r in summary["rules"]] == [(2, 0.67), (2, 0.67)]


def test_the_option_that_named_no_rules_is_blamed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--against` is not `--rules`."""
    status, out, err = run(capsys, "backtest", folder / "news.jsonl", "--against", folder / "none.yaml")
    assert (status, out) == (2, "")
    assert err.startswith(f"alerts: --against={folder}/none.yaml: ")


def test_progress_says_how_far_and_how_long(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows, rows a second and what is left; a line every ten seconds where there is no terminal, none at first."""
    now = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    progress = Progress("articles", 1000)
    for second in range(26):
        now = 100.0 + second
        progress.add(20)
        progress.tell()
    progress.end()
    assert capsys.readouterr().err.splitlines() == [
        "alerts: 11 articles, 1/s, 22%, 0:35 to go",
        "alerts: 21 articles, 1/s, 42%, 0:28 to go",
    ]


def test_the_size_is_known_of_plain_files_only(folder: Path) -> None:
    """Nothing is guessed of standard input or of what is compressed."""
    news = folder / "news.jsonl"
    assert size([str(news), str(news)]) == 2 * news.stat().st_size
    assert size([str(news), "-"]) is None
    packed = folder / "news.jsonl.gz"
    packed.write_bytes(gzip.compress(news.read_bytes()))
    assert size([str(packed)]) is None


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full: Linux has it")
def test_a_full_disk_is_told_without_a_traceback(folder: Path) -> None:
    """Output that cannot be written ends the command with 1 and one line that says why."""
    command = [sys.executable, "-m", "consumers", "explain", str(folder / "news.jsonl")]
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        ended = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False, timeout=60)
    assert (ended.returncode, ended.stderr) == (1, "alerts: cannot write the output: No space left on device\n")
