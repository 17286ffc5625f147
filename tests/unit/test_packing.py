"""Claims as bytes: what stands in Redis, byte by byte."""

from unit.copies.factories import make_claim

from alerts.alert import Identity
from alerts.copies import Answer
from consumers.backends import packing

COPY = Identity(source="a.example", uri="u:é")


def test_an_entry_is_what_the_script_reads() -> None:
    """The layout is shared with classifiers of other versions that use the same Redis: it may not change unnoticed."""
    sketch = make_claim(body_text="", headline="7 missing in Valdora").sketch
    assert sketch is not None
    packed = packing.entry(sketch)
    assert packed[:4] == sketch.at.to_bytes(4, "big")
    assert packed[10:16] == bytes([0, 0, 0, 0, 1, len(sketch.title)])  # no words, no numbers, no names, one figure
    assert packed[16:18] == sketch.figures[0].to_bytes(2, "big")
    assert packed[18 + 2 * len(sketch.title) :] == b"a.example\x1fu:1"


def test_a_text_adds_its_slots() -> None:
    """Thirty-two bytes behind the head."""
    sketch = make_claim().sketch
    assert sketch is not None
    assert packing.entry(sketch)[16:48] == sketch.slots


def test_a_mark_says_what_the_answer_said() -> None:
    """Asked again, the script cuts content and generation out and answers with the rest."""
    claim = make_claim()
    mark = packing.done(claim) + b"12345678" + packing.name(COPY)
    assert mark[1:17] == packing.content(claim)
    assert packing.answers([mark[:1] + mark[25:], b"p"]) == [Answer(done=True, copy_of=COPY), Answer()]


def test_a_mark_tells_what_fired_from_what_did_not() -> None:
    """Both are done; but an edited rule may make the second one fire yet."""
    fired, silent = (packing.done(make_claim(copies=copies))[:1] for copies in (True, False))
    assert (fired, silent) == (b"d", b"q")
    assert packing.answers([fired, silent]) == [Answer(done=True)] * 2
