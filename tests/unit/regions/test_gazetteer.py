"""The compiled gazetteer fits the code that reads it."""

import gzip
from importlib import resources

from alerts.regions import is_region
from alerts.regions.gazetteer import gazetteer
from alerts.text import fold


def test_every_name_is_folded_as_texts_are() -> None:
    """A change of folding without a new build would leave names that are never found."""
    data = gzip.decompress((resources.files("alerts.regions") / "gazetteer.txt.gz").read_bytes())
    patterns = data.split(b"\n\n")[1].decode().split("\n")
    wrong = [p for p in patterns[::7] if fold(p).data.decode().strip() != p.strip()]
    assert wrong == []


def test_every_reading_is_a_place() -> None:
    """No name leads to a code that the tree does not have."""
    book = gazetteer()
    for number in range(0, len(book._names), 5):
        for reading in book.name(number).readings:
            assert reading.kind == "x" or is_region(reading.code), book.name(number)


def test_a_name_is_looked_up_whole() -> None:
    """A longer text that begins with a name is another name."""
    book = gazetteer()
    found = book.lookup("south korea")
    assert found is not None
    assert found.readings[0].code == "KR"
    assert book.lookup("south korea and more") is None
    assert book.lookup("") is None
