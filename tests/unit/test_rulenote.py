"""The note beside a committed offset: what a classifier says of its rules."""

import json
from datetime import UTC, datetime
from pathlib import Path

from alerts.rules import Problem
from consumers.rulebook import Rulebook
from consumers.rulenote import RuleNote, heard


def make_note(told: float = 100.0, **fields: object) -> RuleNote:
    """A note of a good set."""
    since = datetime(2026, 3, 1, 12, tzinfo=UTC)
    return RuleNote.model_validate({"ruleset": "f81a", "count": 3, "since": since, "told": told, **fields})


def test_a_note_says_what_the_rulebook_says(tmp_path: Path) -> None:
    """Hash, count and time of the set in force; of a refused edit its first problem with its place, and how many."""
    file = tmp_path / "rules.yaml"
    file.write_text("version: 1\nrules:\n  - {id: quakes, match: earthquake}\n", encoding="utf-8")
    book = Rulebook(file)
    good = RuleNote.of(book.status(), 100.0)
    assert (good.ruleset, good.count, good.told, good.refused) == (book.rules.hash, 1, 100.0, None)
    book.problems = (Problem(str(file), 4, 29, "A closing ')' is missing."), Problem(str(file), 9, 1, "More."))
    bad = RuleNote.of(book.status(), 101.0)
    assert (bad.ruleset, bad.problems) == (book.rules.hash, 2)
    assert bad.problem == "rules.yaml line 4, column 29: A closing ')' is missing."
    assert bad.refused is not None
    assert RuleNote.read(bad.text()) == bad
    assert RuleNote.read(good.text()) == good


def test_a_note_fits_beside_an_offset(tmp_path: Path) -> None:
    """However much is wrong: a broker takes 4,096 bytes."""
    book = Rulebook(None)
    book.problems = (Problem(str(tmp_path / "r.yaml"), 1, 1, "ქ" * 100_000),) * 500
    assert len(RuleNote.of(book.status(), 100.0).text().encode()) < 2000


def test_a_file_whose_name_is_no_text_is_told_too(tmp_path: Path) -> None:
    """Set down by a system with another encoding: its fault stops neither the commits nor health."""
    file = tmp_path / b"r\xe9gles.yaml".decode(errors="surrogateescape")
    book = Rulebook(None)
    book.problems = (Problem(str(file), 3, 1, f"taken in {file}:1"),)
    assert "r?gles.yaml line 3" in RuleNote.of(book.status(), 100.0).text()
    json.dumps(book.status(), ensure_ascii=False).encode()


def test_what_is_no_note_of_ours_is_nothing() -> None:
    """Other tools may leave texts of their own beside offsets, or none."""
    for text in (None, "", "hello", "{}", '{"ruleset": 7}', "[" * 5000):
        assert RuleNote.read(text) is None


def test_members_that_say_the_same_are_heard_once() -> None:
    """By the newest time that it was told; one that judges by other rules, or whose edit was refused, is named too."""
    same, other = make_note(100.0), make_note(90.0, ruleset="0000")
    refused = make_note(95.0, refused=datetime(2026, 3, 1, 13, tzinfo=UTC), problems=1, problem="Oh.")
    told = heard([other.text(), None, make_note(80.0).text(), same.text(), "nonsense", refused.text()])
    assert told == (same, refused, other)
