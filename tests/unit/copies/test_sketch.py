"""Sketches: likeness in a few bytes, and keys that like texts share."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from unit.copies.factories import NOW, STORY, make_article

from alerts.copies.sketch import MIN_WORDS, SLOTS, Sketch, sketch_of


def equal(one: Sketch, other: Sketch) -> int:
    """How many slots agree."""
    return sum(a == b for a, b in zip(one.slots, other.slots, strict=True))


def bands(sketch: Sketch) -> set[str]:
    """The keys of the text."""
    return {key for key in sketch.keys if key[0] == "b"}


def words(dice: random.Random, count: int) -> list[str]:
    """Words of no language."""
    return [f"w{dice.randrange(10**6)}" for _ in range(count)]


def test_slots_agree_as_often_as_shingles_are_shared() -> None:
    """The estimate is unbiased: over many pairs it is the share of common shingles."""
    dice = random.Random(2)
    seen, pairs = 0, 40
    for _ in range(pairs):
        common = words(dice, 102)
        texts = [" ".join(common + words(dice, 50)) for _ in range(2)]
        one, other = (sketch_of(make_article(body_text=text), NOW) for text in texts)
        seen += equal(one, other)
    assert seen / (pairs * SLOTS) == pytest.approx(100 / 200, abs=0.05)


def test_like_texts_share_a_key_and_unlike_ones_do_not() -> None:
    """Two changed words in sixty leave a band; another text has none."""
    one = sketch_of(make_article(), NOW)
    edited = sketch_of(make_article(body_text=STORY.replace("boats", "trucks").replace("closed", "blocked")), NOW)
    other = sketch_of(make_article(body_text=" ".join(words(random.Random(3), 60))), NOW)
    assert bands(one) & bands(edited)
    assert not bands(one) & bands(other)


def test_case_punctuation_and_page_furniture_do_not_change_a_text() -> None:
    """A page's share line is not the story."""
    one = sketch_of(make_article(), NOW)
    other = sketch_of(make_article(body_text=f"Share this article\n{STORY.upper().replace(',', ';')}"), NOW)
    assert one.slots == other.slots
    assert bands(one) == bands(other)


def test_chinese_is_compared_by_runs_of_characters() -> None:
    """Text without spaces has words of one character: three of them would be shared by any two reports."""
    text = "星期一早上市中心发生爆炸造成多人受伤警方封锁了附近的街道消防员正在现场搜救市长要求居民远离该地区" * 2
    other = "星期二晚上北部山区连降暴雨引发山洪多个村庄被淹军队派出直升机转移被困村民气象部门预计雨势将持续" * 2
    one, edited, unlike = (
        sketch_of(make_article(body_text=body), NOW) for body in (text, text.replace("多人", "数十人", 1), other)
    )
    assert equal(one, edited) > SLOTS // 2
    assert equal(one, unlike) <= 2


def test_few_words_are_no_text() -> None:
    """Nineteen words have no slots and no keys of a text; their numbers are kept."""
    sketch = sketch_of(make_article(body_text=" ".join(["word"] * (MIN_WORDS - 2) + ["77"])), NOW)
    assert (sketch.words, sketch.slots, bands(sketch)) == (0, b"", set())
    assert len(sketch.numbers) == 1


def test_the_abstract_stands_in_for_a_missing_body() -> None:
    """Feeds often carry no more."""
    assert sketch_of(make_article(body_text="", description=STORY), NOW).slots == sketch_of(make_article(), NOW).slots


@pytest.mark.parametrize(
    ("published", "hour"),
    [(None, 12), (NOW - timedelta(hours=3), 9), (NOW + timedelta(days=900), 12)],
)
def test_an_undated_or_future_text_is_of_when_it_was_received(published: datetime | None, hour: int) -> None:
    """A date in the future is a mistake."""
    at = sketch_of(make_article(published=published), NOW).at
    assert datetime.fromtimestamp(at * 60, UTC).hour == hour


def test_a_sketch_is_the_same_in_every_process() -> None:
    """Two classifiers, of two versions of Python, must find each other's texts."""
    sketch = sketch_of(make_article(url="https://a.example/dam"), NOW)
    assert sketch.slots.hex() == "15cb872ed612c1cf89770743b8fd95eaeaadf76a01f1a4e29b9b6c4211aea59d"
    assert sketch.keys[:2] == ("uCzZHIsx_ns4", "b000bc2f1583460aea")
