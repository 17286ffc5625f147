import gzip
import io
import json
from pathlib import Path
from typing import Any

import pytest

from consumers import files

ONE: dict[str, Any] = {"uri": "urn:x:1", "headline": "H", "source": "s"}
TWO: dict[str, Any] = {**ONE, "uri": "urn:x:2"}
RSS = b"""<?xml version="1.0"?><rss version="2.0"><channel><title>T</title>
<item><title>x</title><guid>g</guid></item></channel></rss>"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def uris(name: str, data: bytes) -> list[tuple[str, str]]:
    Path(name).write_bytes(data)
    return [(place, json.loads(document)["uri"]) for place, document in files.documents([name])]


@pytest.mark.parametrize("prefix", [b"", b"\xef\xbb\xbf", b"\n \n"])
def test_one_object_may_span_lines(folder: Path, prefix: bytes) -> None:
    """A pretty-printed article is one article."""
    number = 3 if prefix.startswith(b"\n") else 1
    assert uris("a.json", prefix + json.dumps(ONE, indent=2).encode()) == [(f"a.json:{number}", "urn:x:1")]


def test_json_lines_have_line_numbers(folder: Path) -> None:
    """Blank lines are skipped, and counted as an editor counts them."""
    data = f"{json.dumps(ONE)}\n\n{json.dumps(TWO)}\r\n".encode()
    assert uris("a.txt", data) == [("a.txt:1", "urn:x:1"), ("a.txt:3", "urn:x:2")]


@pytest.mark.parametrize("broken", ['{"uri": ', "not json", "[1"])
def test_a_broken_line_is_its_own_fault(folder: Path, broken: str) -> None:
    """The lines after it are still read."""
    Path("a.jsonl").write_text(f"{json.dumps(ONE)}\n{broken}\n{json.dumps(TWO)}\n")
    found = list(files.documents(["a.jsonl"]))
    assert [place for place, _ in found] == ["a.jsonl:1", "a.jsonl:2", "a.jsonl:3"]
    assert found[1][1] == broken.strip().encode()


def test_a_broken_first_line_does_not_hide_the_others(folder: Path) -> None:
    """Even where it begins like an object that spans lines."""
    Path("a.jsonl").write_text(f'{{"uri": \n{json.dumps(TWO)}\n')
    assert [place for place, _ in files.documents(["a.jsonl"])] == ["a.jsonl:1", "a.jsonl:2"]


def test_an_array_holds_many(folder: Path) -> None:
    """Items are named by their position."""
    assert uris("a.json", json.dumps([ONE, TWO]).encode()) == [("a.json[0]", "urn:x:1"), ("a.json[1]", "urn:x:2")]


def test_a_gzipped_file_is_known_by_its_bytes(folder: Path) -> None:
    """Whatever its name."""
    assert uris("a", gzip.compress(json.dumps(ONE).encode())) == [("a:1", "urn:x:1")]


def test_a_feed_is_known_by_its_bytes(folder: Path) -> None:
    """RSS and Atom give articles too."""
    assert uris("feed", RSS) == [("feed[0]", "g")]


def test_standard_input_is_a_file_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """`-` reads what is piped in."""
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(json.dumps(ONE).encode())))
    assert [place for place, _ in files.documents(["-"])] == ["stdin:1"]


def test_an_empty_file_holds_nothing(folder: Path) -> None:
    """That is no fault."""
    assert uris("a", b" \n") == []


@pytest.mark.parametrize("data", [None, gzip.compress(b"x" * 1000)[:20], b"\x1f\x8bbroken"])
def test_a_file_that_cannot_be_read_is_named(folder: Path, data: bytes | None) -> None:
    """Not there, or a broken archive: one line, exit status 2."""
    if data is not None:
        Path("a.gz").write_bytes(data)
    with pytest.raises(files.Unreadable, match=r"^a\.gz: ") as refused:
        list(files.documents(["a.gz"]))
    assert refused.value.exit_code == 2
