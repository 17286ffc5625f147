"""The newest articles, bounded; what nobody may see is not there to be seen."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from alerts.article import Article
from alerts.lab import Tail

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=2)


def make_article(uri: str = "urn:a", version: str | None = "1", **fields: Any) -> Article:
    made = {"uri": uri, "version": version, "source": "andes.example", "headline": f"Headline {version}", **fields}
    return Article.from_mapping(made)


def make_tail(*articles: Article, most: int = 100, most_bytes: int = 2**30) -> Tail:
    tail = Tail(most, most_bytes)
    for number, article in enumerate(articles):
        tail.add(article, NOON + timedelta(minutes=number))
    return tail


def seen(tail: Tail, now: datetime = LATER) -> list[tuple[str, str | None]]:
    return [(entry.article.uri, entry.article.version) for entry in tail.entries(now)]


def test_the_oldest_go_when_there_are_too_many() -> None:
    """By number."""
    tail = make_tail(*(make_article(f"urn:{n}") for n in range(10)), most=3)
    assert [uri for uri, _ in seen(tail)] == ["urn:7", "urn:8", "urn:9"]


def test_the_oldest_go_when_they_take_too_much_memory() -> None:
    """A few huge articles do not fill the machine."""
    huge = [make_article(f"urn:{n}", body_text=f"{n} " * 40_000) for n in range(10)]
    tail = make_tail(*huge, most_bytes=500_000)
    assert 0 < len(tail) < 10
    assert tail.bytes <= 500_000
    assert seen(tail)[-1][0] == "urn:9"


def test_an_exact_repeat_is_one_article() -> None:
    """A publisher that sends everything again does not push the others out."""
    tail = make_tail(make_article(), make_article(), make_article(version="2"), make_article(version="2"))
    assert seen(tail) == [("urn:a", "1"), ("urn:a", "2")]


@pytest.mark.parametrize(
    "hiding",
    [
        {"pubstatus": "withheld"},
        {"pubstatus": "canceled"},
        {"embargoed": LATER + timedelta(hours=1)},
        {"headline": "KILL: Headline 1"},
        {"headline": "HOLD: Headline 1"},
    ],
)
def test_what_is_embargoed_withheld_or_killed_is_out_of_sight(hiding: dict[str, Any]) -> None:
    """And so are the versions before: the newest is what the publisher wants."""
    tail = make_tail(make_article(), make_article("urn:b"), make_article(version="2", **hiding))
    assert seen(tail) == [("urn:b", "1")]
    assert tail.find("urn:a", LATER) is None
    assert tail.restrictions == 1


def test_an_old_version_that_comes_late_does_not_lift_what_a_newer_one_withholds() -> None:
    """Order is the versions', not the arrival's."""
    tail = make_tail(make_article(version="2", pubstatus="withheld"), make_article(version="1"))
    assert seen(tail) == []


def test_an_embargo_ends() -> None:
    """From its end on the article is one like others."""
    tail = make_tail(make_article(embargoed=LATER))
    assert seen(tail, LATER - timedelta(seconds=1)) == []
    assert seen(tail, LATER) == [("urn:a", "1")]


def test_a_lifted_hold_shows_the_new_version_only() -> None:
    """The version that was withheld itself stays out of sight."""
    tail = make_tail(make_article(pubstatus="withheld"), make_article(version="2"))
    assert seen(tail) == [("urn:a", "2")]


def test_ednote_is_not_kept() -> None:
    """What is for editors of the agency only is dropped when the article comes in."""
    (entry,) = make_tail(make_article(ednote="the source is the minister's driver")).entries(LATER)
    assert entry.article.ednote is None
    assert b"driver" not in entry.folded


def test_an_article_is_found_by_id_or_address() -> None:
    """The newest version."""
    tail = make_tail(
        make_article(url="https://andes.example/1"), make_article(version="2", url="https://andes.example/1")
    )
    for name in ("urn:a", "https://andes.example/1"):
        entry = tail.find(name, LATER)
        assert entry is not None
        assert entry.article.version == "2"
    assert tail.find("urn:other", LATER) is None


def test_a_date_far_ahead_keeps_no_later_version_from_hiding_the_item() -> None:
    """A clock in the wrong zone: the hold that comes after it is dated before it."""
    wrong, right = NOON + timedelta(hours=5), NOON + timedelta(minutes=1)
    first = make_article(version=None, published=wrong)
    assert seen(make_tail(first, make_article(version=None, published=right, pubstatus="withheld"))) == []
