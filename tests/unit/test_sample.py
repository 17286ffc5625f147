from collections import Counter
from datetime import UTC, datetime, timedelta

from alerts.article import Article, InvalidArticle, VersionOrder
from consumers.sample.wire import Item, items, lines

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def parsed(item: Item) -> Article | None:
    try:
        return Article.from_json(item.value)
    except InvalidArticle:
        return None


RUN = list(items(NOON, "run"))
ARTICLES = [(item.at, article) for item in RUN if (article := parsed(item)) is not None]


def test_it_is_a_minute_of_about_sixty_items_in_order() -> None:
    """Long enough to watch, short enough to stay for."""
    times = [item.at for item in RUN]
    assert 55 <= len(times) <= 65
    assert times == sorted(times)
    assert times[-1] <= 60


def test_exactly_one_item_is_broken() -> None:
    """It shows the dead letters; every other one is an article."""
    assert len(RUN) - len(ARTICLES) == 1


def test_ten_languages_are_spoken() -> None:
    """The newsroom is not English only."""
    assert {article.language for _, article in ARTICLES} == {"en", "ru", "kk", "uk", "es", "fr", "de", "ar", "zh", "tr"}


def test_repeats_are_exact_and_copies_are_not() -> None:
    """The same bytes again, and the same body under another publisher's headline."""
    repeats = {item.value for item in RUN if Counter(other.value for other in RUN)[item.value] > 1}
    assert len(repeats) == 2
    first = {article.identity: article for _, article in reversed(ARTICLES)}.values()
    assert max(Counter(article.body_text for article in first).values()) == 2


def test_versions_rise_and_one_story_is_corrected_and_one_withdrawn() -> None:
    """The life of an alert can be watched."""
    order = [VersionOrder(a) for _, a in ARTICLES if a.uri.startswith("https://northwire.example/world/chile-quake#")]
    assert order[0] == order[1]
    assert order[1] < order[2]
    assert [a.pubstatus for _, a in ARTICLES].count("canceled") == 1
    assert [a.signal for _, a in ARTICLES].count("correction") == 1


def test_an_embargo_ends_while_one_watches() -> None:
    """It is sent before its time and may be told about half a minute in."""
    ((at, article),) = [(at, article) for at, article in ARTICLES if article.embargoed is not None]
    assert article.embargoed is not None
    assert at < (article.embargoed - NOON).total_seconds() <= 35


def test_every_run_is_new_and_published_when_it_is_sent() -> None:
    """Uris carry the run's mark; nothing is stale or from the future."""
    for at, article in ARTICLES:
        assert article.uri.endswith("#run")
        assert article.published is not None
        if at not in {9, 32, 55}:  # repeats carry their first date
            assert NOON + timedelta(seconds=at) - article.published == timedelta(seconds=1)


def test_speed_shortens_everything() -> None:
    """Tests and demonstrations need not take a minute."""
    fast = list(items(NOON, "run", speed=10))
    assert fast[-1].at <= 6


def test_it_reads_like_news() -> None:
    """Every article has a lead and a body of several sentences."""
    for line in lines():
        article = line.get("article")
        if article is not None:
            assert article["description"]
            assert len(article["body_text"]) > 60
