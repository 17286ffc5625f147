"""The watch over rules files: every way in which an edit reaches a disk, and every way in which one is broken."""

import asyncio
import contextlib
import gc
import sys
import threading
import weakref
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from unittest.mock import Mock

import pytest
from support.newsroom import eventually

from alerts.rules.loading import Edition
from consumers import rulebook
from consumers.rulebook import Rulebook
from consumers.rulefiles import Signature, read, signature
from consumers.settings import InvalidSetting


def rules(*words: str) -> str:
    return "version: 1\nrules:\n" + "".join(f"  - {{id: {word}, match: {word}}}\n" for word in words)


def ids(book: Rulebook) -> list[str]:
    return [rule.id for rule in book.rules.rules]


@contextlib.asynccontextmanager
async def following(path: Path) -> AsyncIterator[Rulebook]:
    book = Rulebook(path, every=0.01)
    task = asyncio.create_task(book.follow())
    try:
        yield book
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        gc.unfreeze()  # what a reload spares the collector is other tests' as well


def in_place(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8")


def by_rename(file: Path, text: str) -> None:
    """As most editors save."""
    draft = file.with_name(".draft.swp")
    draft.write_text(text, encoding="utf-8")
    draft.replace(file)


def by_removal(file: Path, text: str) -> None:
    file.unlink()
    file.write_text(text, encoding="utf-8")


def by_link(file: Path, text: str) -> None:
    """As Kubernetes publishes a ConfigMap: the file is a link through `..data`, which is swapped."""
    version = file.parent / f"..{len(list(file.parent.iterdir()))}"
    version.mkdir()
    (version / file.name).write_text(text, encoding="utf-8")
    link = file.parent / "..data"
    link.with_name("..tmp").symlink_to(version)
    link.with_name("..tmp").replace(link)
    if not file.is_symlink():
        file.unlink()
        file.symlink_to(link / file.name)


@pytest.mark.parametrize("save", [in_place, by_rename, by_removal, by_link])
async def test_an_edit_is_taken_however_it_is_saved(tmp_path: Path, save: Callable[[Path, str], None]) -> None:
    """Twice in a row, and nothing is complained of."""
    file = tmp_path / "rules.yaml"
    save(file, rules("one")) if save is in_place else in_place(file, rules("one"))
    async with following(file) as book:
        before = book.rules.hash
        save(file, rules("two"))
        await eventually(lambda: ids(book) == ["two"])
        save(file, rules("six"))  # as many bytes as before
        await eventually(lambda: ids(book) == ["six"])
        assert book.rules.hash != before
        assert book.status()["newest_edit"] == {"ok": True}


@pytest.mark.parametrize(
    ("content", "line", "column", "said"),
    [
        (b"version: 1\nrules:\n  - {id: a, match: b NAER/3 c}\n", 3, 22, "Did you mean NEAR/3?"),
        (b"version: 1\nrules:\n\t- x\n", 3, 1, "not YAML"),
        (b"", 1, 1, "found nothing"),
        (b"version: 1\nrules: \xff", 2, 8, "not UTF-8"),
        (None, 0, 0, "cannot be read"),
    ],
)
async def test_a_broken_edit_keeps_the_last_good_rules_and_is_told_until_it_is_repaired(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, content: bytes | None, line: int, column: int, said: str
) -> None:
    """With file, line and column in health and log; so is a file that is gone."""
    file = tmp_path / "rules.yaml"
    in_place(file, rules("one"))
    async with following(file) as book:
        file.unlink() if content is None else file.write_bytes(content)
        await eventually(lambda: bool(book.problems))
        assert ids(book) == ["one"]
        told = book.status()["newest_edit"]
        assert told["ok"] is False
        assert (told["problems"][0]["file"], told["problems"][0]["line"]) == (str(file), line)
        assert told["problems"][0]["column"] == column
        assert said in told["problems"][0]["message"]
        assert str(book.problems[0]) in caplog.text
        in_place(file, rules("two"))
        await eventually(lambda: ids(book) == ["two"])
        assert book.status()["newest_edit"] == {"ok": True}


async def test_the_old_content_again_is_a_repair_too(tmp_path: Path) -> None:
    """An editor's undo."""
    file = tmp_path / "rules.yaml"
    in_place(file, rules("one"))
    async with following(file) as book:
        in_place(file, "rules: [")
        await eventually(lambda: bool(book.problems))
        in_place(file, rules("one"))
        await eventually(lambda: not book.problems)
        assert ids(book) == ["one"]


async def test_a_folder_is_one_rule_set(tmp_path: Path) -> None:
    """Its files by name; a file that comes, goes or is broken counts; hidden files and others do not."""
    in_place(tmp_path / "b.yaml", rules("two"))
    in_place(tmp_path / "a.yml", rules("one"))
    in_place(tmp_path / ".a.yml.swp.yaml", "not: rules")
    in_place(tmp_path / "notes.txt", "not rules")
    async with following(tmp_path) as book:
        assert ids(book) == ["one", "two"]
        in_place(tmp_path / "c.yaml", rules("six"))
        await eventually(lambda: ids(book) == ["one", "two", "six"])
        in_place(tmp_path / "c.yaml", rules("two"))
        await eventually(lambda: bool(book.problems))
        assert str(book.problems[0]) == f"{tmp_path}/c.yaml:3:10: id 'two' is taken by the rule in {tmp_path}/b.yaml:3"
        (tmp_path / "b.yaml").unlink()
        await eventually(lambda: not book.problems)
        assert ids(book) == ["one", "two"]
        for name in ("a.yml", "c.yaml"):
            (tmp_path / name).unlink()
        await eventually(lambda: bool(book.problems))
        assert "holds no .yaml file" in str(book.problems[0])
        assert ids(book) == ["one", "two"]


async def test_what_still_changes_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of a file that is being written may be valid rules: it is left alone until it has come to rest."""
    file = tmp_path / "rules.yaml"
    in_place(file, rules("one"))
    looks = 0
    writing = True

    def looked_at(path: Path) -> Signature:
        nonlocal looks
        looks += writing
        return (*signature(path), ("", 0, looks, 0))

    async with following(file) as book:
        read_in_vain = Mock()
        monkeypatch.setattr(rulebook, "signature", looked_at)
        monkeypatch.setattr(rulebook, "read", read_in_vain)
        in_place(file, rules("two"))
        await eventually(lambda: looks > 10)
        read_in_vain.assert_not_called()
        monkeypatch.setattr(rulebook, "read", read)
        writing = False
        await eventually(lambda: ids(book) == ["two"])


class _Ring:
    """What only the collector frees."""

    def __init__(self) -> None:
        self.itself = self


async def test_the_event_loop_keeps_its_turns_while_rules_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reading ends only when the loop has had them; what was left to the collector meanwhile is freed afterwards."""
    file = tmp_path / "rules.yaml"
    in_place(file, rules("one"))
    reading, had_turns = threading.Event(), threading.Event()
    collects_then: list[bool] = []

    def read_slowly(path: Path) -> Edition:
        reading.set()
        collects_then.append(gc.isenabled())
        assert had_turns.wait(30), "the event loop stands still"
        return read(path)

    before = sys.getswitchinterval()
    async with following(file) as book:
        monkeypatch.setattr(rulebook, "read", read_slowly)
        in_place(file, rules("two"))
        await eventually(reading.is_set)
        for _ in range(100):
            await asyncio.sleep(0)
        left = [weakref.ref(_Ring()) for _ in range(10)]
        assert ids(book) == ["one"]
        had_turns.set()
        await eventually(lambda: ids(book) == ["two"])
    assert collects_then == [False]
    assert gc.isenabled()
    assert sys.getswitchinterval() == before
    assert not any(ring() for ring in left)


async def test_what_a_reload_set_aside_is_freed_by_the_next(tmp_path: Path) -> None:
    """Objects that live while rules are taken are spared the collector only until other rules are."""
    file = tmp_path / "rules.yaml"
    in_place(file, rules("one"))
    async with following(file) as book:
        ring: _Ring | None = _Ring()
        alive = weakref.ref(ring)
        for word in ("two", "six"):
            in_place(file, rules(word))
            await eventually(lambda: ids(book) == [word])  # noqa: B023 - asked here
            assert alive() is ring
            ring = None
    assert alive() is None


def test_at_the_start_there_is_no_last_good_set(tmp_path: Path) -> None:
    """The process does not begin without rules."""
    with pytest.raises(InvalidSetting, match=r"ALERTS_RULES=.*holds no \.yaml file"):
        Rulebook(tmp_path)


def test_half_a_character_in_a_rules_file_is_told(tmp_path: Path) -> None:
    """YAML can escape what no text can hold: a problem like any other, also at the start."""
    file = tmp_path / "rules.yaml"
    file.write_text('version: 1\nrules:\n  - {id: a, match: "\\uD800"}\n', encoding="utf-8")
    with pytest.raises(InvalidSetting, match=r"\\ud800 is half of a character"):
        Rulebook(file)
