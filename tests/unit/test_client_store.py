import os
from pathlib import Path

import pytest

from alerts.client import CursorLost, FileStore
from alerts.client import store as stores


@pytest.fixture
def syncs(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """What was written through to the disk."""
    done: list[int] = []
    monkeypatch.setattr(os, "fsync", done.append)
    return done


def test_without_a_file_there_is_no_cursor(tmp_path: Path) -> None:
    """The program begins where `start` says."""
    assert FileStore(tmp_path / "cursor").load() is None


def test_a_cursor_is_kept(tmp_path: Path) -> None:
    """By another store on the same file too, and no half-written file is left."""
    store = FileStore(tmp_path / "cursor")
    for seq in range(3):
        store.save(f"k7:{seq}")
    assert FileStore(str(tmp_path / "cursor")).load() == "k7:2"
    assert {file.name for file in tmp_path.iterdir()} == {"cursor", "cursor.synced"}


@pytest.mark.parametrize("torn", ["", "\n", "\0" * 9, "k7", "k7:", "k7:18\0\0\0\0", "\xff"])
def test_a_torn_file_is_not_taken_for_none(tmp_path: Path, torn: str) -> None:
    """What is on the disk for certain counts instead; without it the program is told, and what to do."""
    store = FileStore(tmp_path / "cursor")
    store.save("k7:182733")
    store.save("k7:182734")
    store.path.write_text(torn, encoding="latin-1")
    assert store.load() == "k7:182733"
    for missing in (lambda: store.synced.write_text(torn, encoding="latin-1"), store.synced.unlink):
        missing()
        with pytest.raises(CursorLost, match="delete it"):
            store.load()
    store.path.unlink()
    assert store.load() is None


def test_a_cursor_cut_short_names_an_earlier_alert(tmp_path: Path) -> None:
    """Alerts come again, and none is missed."""
    (tmp_path / "cursor").write_text("k7:1827")
    assert FileStore(tmp_path / "cursor").load() == "k7:1827"


def test_the_disk_is_not_waited_for_at_every_alert(
    tmp_path: Path, syncs: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first cursor and its files' names are on the disk at once; then one every few seconds."""
    now = 100.0
    monkeypatch.setattr("alerts.client.store.time.monotonic", lambda: now)
    store = FileStore(tmp_path / "cursor")
    store.save("k7:0")
    first = len(syncs)
    assert first >= 2
    for seq in range(1, 1000):
        store.save(f"k7:{seq}")
    assert len(syncs) == first
    now += stores.SYNC_EVERY
    store.save("k7:1000")
    assert len(syncs) > first
    assert (store.path.read_text(), store.synced.read_text()) == ("k7:1000", "k7:1000")
