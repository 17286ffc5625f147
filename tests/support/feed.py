"""A feed with known truth, made from a seed: events, plain news, new versions, exact repeats, copies, withdrawals."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from alerts.article import Article

PLACES = [
    ("Izmir", "Turkey"),
    ("Almaty", "Kazakhstan"),
    ("Herat", "Afghanistan"),
    ("Valparaiso", "Chile"),
    ("Sendai", "Japan"),
    ("Oaxaca", "Mexico"),
    ("Catania", "Italy"),
    ("Padang", "Indonesia"),
    ("Kathmandu", "Nepal"),
    ("Patras", "Greece"),
]
EVENTS = [
    "Magnitude {n}.{m} earthquake strikes near {city}, {country}",
    "Explosion at a chemical plant in {city}, {country}, injures {k}",
    "Passenger train derails outside {city}, {country}; at least {k} dead",
    "Gunmen attack police post in {city}, {country}, killing {k}",
]
PLAIN = [
    "{city} library extends its opening hours for the summer, item {k}",
    "Ten recipes from {country} to try this weekend, part {k}",
    "{city} orchestra announces its season of {k} concerts",
    "How to plan a walking holiday in {country}, chapter {k}",
]
BODY = "The report from {city} was received at the news desk under number {k}. Details follow as they are confirmed."


@dataclass
class Feed:
    """Articles in the order in which they are sent."""

    articles: list[Article]


def made_feed(count: int, *, seed: int, now: datetime) -> Feed:
    """About `count` articles; one in three is an event, some come again or in new versions."""
    rnd = random.Random(seed)
    articles: list[Article] = []
    for k in range(count):
        published = now - timedelta(seconds=(count - k) / 100)
        known = [a for a in articles[-200:] if a.version is not None]
        chance = rnd.random()
        if known and chance < 0.05:
            articles.append(rnd.choice(known))
        elif known and chance < 0.15:
            articles.append(_next_version(rnd.choice(known), published, rnd))
        else:
            articles.append(_first(k, published, rnd))
    return Feed(articles)


def _first(k: int, published: datetime, rnd: random.Random) -> Article:
    city, country = rnd.choice(PLACES)
    text = rnd.choice(EVENTS if rnd.random() < 0.33 else PLAIN)
    values = {"city": city, "country": country, "k": k + 2, "n": rnd.randint(5, 7), "m": rnd.randint(0, 9)}
    return Article(
        uri=f"feed:{k}",
        version="1",
        headline=text.format(**values),
        body_text=BODY.format(**values),
        source=f"agency-{rnd.randint(1, 5)}.example",
        language="en",
        published=published,
        received=published,
    )


def _next_version(article: Article, published: datetime, rnd: random.Random) -> Article:
    changes: dict[str, object] = {"version": str(int(article.version or 1) + 1), "published": published}
    if rnd.random() < 0.2:
        changes["pubstatus"] = "canceled"
    else:
        changes["headline"] = f"{article.headline} - update {rnd.randint(100, 999)}"
    return article.model_copy(update={**changes, "received": published})
