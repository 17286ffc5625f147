"""`alerts rules`: what it prints, where, and with which exit status."""

from pathlib import Path

import pytest

from consumers.__main__ import main


def run(capsys: pytest.CaptureFixture[str], *args: str) -> tuple[int, str, str]:
    status = 0
    try:
        main(["rules", *args])
    except SystemExit as exc:
        status = int(exc.code or 0)
    out, err = capsys.readouterr()
    return status, out, err


def write(folder: Path, rule: str) -> str:
    file = folder / "rules.yaml"
    file.write_text(f"version: 1\nrules:\n  - {rule}\n", encoding="utf-8")
    return str(file)


def test_a_good_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Status 0, and the hash that will be on every alert."""
    file = write(tmp_path, "{id: a, match: x, examples: {match: [x]}}")
    status, out, err = run(capsys, "check", file)
    assert (status, err) == (0, "")
    assert out.startswith(f"{file}: 1 rule, hash ")


def test_a_broken_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Status 2, and one line on standard error with file, line and column."""
    file = write(tmp_path, "{id: a, match: x NAER/3 y}")
    for command in ("check", "test"):
        status, out, err = run(capsys, command, file)
        assert (status, out) == (2, "")
        assert err.startswith(f"{file}:3:22: match: found 'NAER/3', expected")
        assert err.count("\n") == 1


def test_a_file_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Status 2, said in one line."""
    status, _, err = run(capsys, "check", str(tmp_path / "none.yaml"))
    assert status == 2
    assert "cannot be read" in err


def test_an_odd_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A warning is no error."""
    status, _, err = run(capsys, "check", write(tmp_path, "{id: a, match: x}"))
    assert status == 0
    assert "rules.yaml:3:10: warning: a: has no example that must match" in err


def test_a_file_without_rules(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is valid, and said what it means."""
    (tmp_path / "rules.yaml").write_text("version: 1\nrules: []\n")
    status, out, err = run(capsys, "check", str(tmp_path / "rules.yaml"))
    assert status == 0
    assert "warning: no rules" in err
    assert "0 rules" in out


def test_a_folder_is_checked_as_one_set(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Faults are told with the file they stand in."""
    write(tmp_path, "{id: a, match: x, examples: {match: [x]}}")
    (tmp_path / "more.yaml").write_text("version: 1\nrules: [{id: a, match: y}]", encoding="utf-8")
    status, _, err = run(capsys, "check", str(tmp_path))
    assert status == 2
    assert err == f"{tmp_path}/rules.yaml:3:10: id 'a' is taken by the rule in {tmp_path}/more.yaml:2\n"


def test_the_documentation_shows_what_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its worked example, word for word."""
    docs = (Path(__file__).parents[2] / "docs/rules.md").read_text(encoding="utf-8")
    _, _, rest = docs.partition("For these rules\n\n```yaml\n")
    rules, _, rest = rest.partition("```\n\nit says\n\n```\n")
    said = rest.partition("```")[0]
    monkeypatch.chdir(tmp_path)
    Path("desk.yaml").write_text(rules, encoding="utf-8")
    status, out, err = run(capsys, "check", "desk.yaml")
    assert (status, err + out) == (0, said)


def test_examples(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Status 1 if one fails, and which one."""
    status, out, err = run(capsys, "test", write(tmp_path, "{id: a, match: x, examples: {match: [x, y]}}"))
    assert status == 1
    assert "a: must match: 'y': none" in err
    assert "1 of 2 examples hold" in out


def test_default_examples(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a file, the rules in force."""
    status, out, _ = run(capsys, "test")
    assert status == 0
    assert "examples hold" in out
