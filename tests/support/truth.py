"""A feed whose right alerts are known by construction: nobody has to judge an article to know what must be said of it.

Every story has words of its own, all invented, and no two are of the same kind of event in the same country, so that
no two of them are one event to anybody: two quakes in one country within minutes may well be one.
What a story must come to (`Story`) is written down while its articles are made; `support.invariants` compares.
"""

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise, product
from pathlib import Path
from typing import Literal

from alerts.article import Article
from alerts.fingerprint import story_id

RULES = Path(__file__).with_name("truth.yaml")

Kind = Literal["first", "versions", "denied", "copied", "canceled", "corrected", "embargoed", "giant"]
KINDS: tuple[Kind, ...] = ("first", "versions", "denied", "copied", "canceled", "corrected", "embargoed")
# What may be sent while Redis is away or forgets: a copy that nobody can label is an alert of its own.
UNIQUE: tuple[Kind, ...] = ("first", "versions", "denied", "canceled", "corrected", "embargoed")
EVENTS = (
    "Magnitude {n}.{m} earthquake strikes near {place}, {country}",
    "Explosion at the {place} plant in {country} injures {k}",
    "Passenger train derails outside {place}, {country}, {k} hurt",
    "Gunmen attack police post in {place}, {country}, killing {k}",
)
PLAIN = (
    "{place} library in {country} extends its opening hours, item {k}",
    "Ten recipes from {place}, {country}, part {k}",
    "How to plan a walking holiday around {place}, {country}, chapter {k}",
)
COUNTRIES = tuple(
    re.findall(
        r"\w+",
        """Turkey Kazakhstan Chile Japan Mexico Italy Indonesia Nepal Greece Kenya Peru Norway Portugal Vietnam
        Bolivia Finland Iceland Ethiopia Mongolia Bulgaria Malaysia Tanzania Uruguay Croatia Estonia Ghana
        Laos Oman Poland Romania Senegal Slovenia Sweden Thailand Tunisia Uganda Ukraine Yemen Zambia
        Zimbabwe Angola Belgium Cambodia Denmark Ecuador Fiji Haiti Hungary Ireland Jamaica Kuwait Latvia
        Libya Malawi Morocco Namibia Paraguay""",
    )
)
# So many that words seldom begin alike: by their beginnings a desk takes them for forms of one word.
SYLLABLES = tuple(map("".join, product("bdfghjklmnprstvwyz", "aeiou")))
GIANT_COPIES = 40
PARTITIONS = 12  # of `articles`, as settings have it
POISON = (b"{", b"\xff\xfe\x00", b"[]", b'"text"', b'{"uri": "x"}', b'{"uri":"y","source":"s","headline":7}', b"null")


@dataclass(frozen=True, slots=True)
class Record:
    """One record for topic `articles`; without a partition, its key decides."""

    key: bytes
    value: bytes
    partition: int | None = None


@dataclass
class Story:
    """One event: everything sent of it belongs into one alert, and into no other.

    Attributes:
        kind: a `copied` or `giant` one has copies by other publishers.
        articles: every version and copy, in the order in which it is sent.
        status: how the alert must end.
        headline: what it must say at the end.
        not_before: nothing of it may be said earlier.
    """

    kind: Kind
    articles: list[Article]
    status: Literal["live", "withdrawn"] = "live"
    not_before: datetime | None = None

    @property
    def ids(self) -> set[str]:
        """What the alert may be called: by the first article, or by a copy of it that overtook it."""
        return {story_id(article.source, article.uri) for article in self.articles}

    @property
    def versions(self) -> set[tuple[str, str, str | None]]:
        """(source, uri, version) of everything that belongs into it."""
        return {(article.source, article.uri, article.version) for article in self.articles}

    @property
    def headline(self) -> str:
        """Of the newest version of the first article, or the beginning of it where it is long."""
        return [a for a in self.articles if a.uri == self.articles[0].uri][-1].headline[:200]


@dataclass
class Truth:
    """Records in the order in which they are sent, and what must come of them.

    Attributes:
        stories: each must be one alert.
        silent: must be in none.
        poison: must be dead letters.
        actions: ids of editors' actions that a test sent; each must have one answer.
    """

    records: list[Record] = field(default_factory=list)
    stories: list[Story] = field(default_factory=list)
    silent: list[Article] = field(default_factory=list)
    poison: list[bytes] = field(default_factory=list)
    actions: list[str] = field(default_factory=list)

    def parts(self, count: int) -> Iterator[Sequence[Record]]:
        """The records in `count` parts of about one size, in order."""
        cuts = [len(self.records) * n // count for n in range(count + 1)]
        for start, end in pairwise(cuts):
            yield self.records[start:end]

    @property
    def last_embargo(self) -> datetime | None:
        """When the last embargo ends."""
        return max((story.not_before for story in self.stories if story.not_before), default=None)


class Oracle:
    """Makes feeds from a seed."""

    def __init__(self, seed: int, now: datetime) -> None:
        """`now` is when the feed is sent."""
        self._rnd = random.Random(seed)
        self._now = now
        self._made = 0
        self._names: set[str] = set()
        # Every kind of event in every country once; then again, for feeds that are longer.
        self._events = list(product(EVENTS, COUNTRIES))
        self._rnd.shuffle(self._events)

    def truth(
        self,
        stories: int,
        *,
        kinds: Sequence[Kind] = KINDS,
        poison: int = 0,
        giants: bool = False,
        embargo: timedelta = timedelta(seconds=8),
    ) -> Truth:
        """So many stories, as much that is none, exact repeats here and there, and records that nobody can read.

        Args:
            stories: how many.
            kinds: which ones, in turn. Copies are left out where Redis may forget in between: unlabelled, a copy is
                an alert of its own.
            poison: how many unreadable records, one on each partition in turn.
            giants: whether also articles nearly as large as they may be, and many copies of one.
            embargo: how long embargoed stories wait from now on.
        """
        truth = Truth()
        for n in range(stories):
            truth.stories.append(self._story(kinds[n % len(kinds)], embargo))
            truth.silent.append(self._article(PLAIN))
        truth.stories += self._giants() if giants else []
        truth.poison = [self._unreadable() for _ in range(poison)]
        threads = [[_record(article) for article in story.articles] for story in truth.stories]
        threads += [[_record(article)] for article in truth.silent]
        threads += [[Record(b"poison", value, n % PARTITIONS)] for n, value in enumerate(truth.poison)]
        truth.records = list(self._mixed(threads))
        return truth

    def _story(self, kind: Kind, embargo: timedelta) -> Story:
        first = self._article(EVENTS)
        denial = {"headline": f"No cause for alarm in {self._name()} after all, officials say"}
        copy = {"uri": f"{first.uri}:copy", "source": f"paper-{self._made}.example"}
        until = self._now + embargo
        more: dict[Kind, list[Article]] = {
            "versions": [self._next(first, n) for n in range(2, 3 + self._rnd.randint(0, 3))],
            "denied": [self._next(first, 2, **denial)],
            "copied": [first.model_copy(update=copy)],
            "canceled": [self._next(first, 2, pubstatus="canceled")],
            "corrected": [self._next(first, 2, signal="correction")],
        }
        if kind == "embargoed":
            return Story(kind, [first.model_copy(update={"embargoed": until})], not_before=until)
        return Story(kind, [first, *more.get(kind, [])], "withdrawn" if kind == "canceled" else "live")

    def _giants(self) -> list[Story]:
        """One article nearly as large as a record may be; and one whose many copies have the longest names."""
        lone, long = (" ".join(self._name() for _ in range(9_000)) for _ in range(2))
        alone, first = self._swollen(lone, 80_000), self._swollen(long, 20_000)
        alone = alone.model_copy(update={"body_text": f"{lone}. " * 15})
        names = [f"{n}:{long.replace(' ', '-')}"[:2000] for n in range(GIANT_COPIES)]
        copies = [first.model_copy(update={"uri": f"{first.uri}:{n}"[:2000], "source": n}) for n in names]
        return [Story("first", [alone]), Story("giant", [first, *copies])]

    def _swollen(self, long: str, size: int) -> Article:
        """All that an alert shows of it is long."""
        article = self._article(EVENTS)
        return article.model_copy(
            update={
                "headline": f"{article.headline}: {'earthquake ' * 1000}{long}"[:size],
                "description": long[:size],
                "url": f"https://agency.example/{long.replace(' ', '-')}"[:size],
                "version": "1" * 200,
                "body_text": f"{article.body_text} {long}"[:size],
            }
        )

    def _article(self, headlines: Sequence[str]) -> Article:
        self._made += 1
        k, rnd = self._made, self._rnd
        if headlines is EVENTS:
            headline, country = self._events[k // 2 % len(self._events)]
        else:
            headline, country = rnd.choice(headlines), rnd.choice(COUNTRIES)
        words = {"place": self._name(), "country": country, "k": k + 1, "n": rnd.randint(5, 7)}
        published = self._now - timedelta(minutes=10) + timedelta(milliseconds=k)
        return Article(
            uri=f"oracle:{k}",
            version="1",
            headline=headline.format(**words, m=k % 10),
            body_text=f"{' '.join(self._name() for _ in range(50)).capitalize()}.",
            source=f"agency-{rnd.randint(1, 5)}.example",
            language="en",
            published=published,
            received=published,
        )

    def _next(self, first: Article, version: int, **changes: object) -> Article:
        later = first.published + timedelta(seconds=version) if first.published else None
        text = {"headline": f"{first.headline} - {self._name()}"}
        return first.model_copy(
            update={"version": str(version), "published": later, "received": later, **text, **changes}
        )

    def _name(self) -> str:
        """A word that no language has, and that was not used before."""
        while True:
            name = "".join(self._rnd.choice(SYLLABLES) for _ in range(4)).capitalize()
            if name not in self._names:
                self._names.add(name)
                return name

    def _unreadable(self) -> bytes:
        """No two are alike, so that each can be found again, byte for byte."""
        self._made += 1
        return self._rnd.choice(POISON) + b" " * self._made

    def _mixed(self, threads: list[list[Record]]) -> Iterator[Record]:
        """Threads in turn, at random among neighbours; each in its own order; one record in ten comes again."""
        self._rnd.shuffle(threads)
        going, waiting, sent = threads[:20], threads[20:], list[Record]()
        while going:
            thread = self._rnd.choice(going)
            record = thread.pop(0)
            yield record
            if record.key != b"poison":
                sent.append(record)
            if not thread:
                going.remove(thread)
                going += [waiting.pop(0)] if waiting else []
            if sent and self._rnd.random() < 0.1:
                yield self._rnd.choice(sent[-50:])


def _record(article: Article) -> Record:
    return Record(article.uri.encode(), article.to_json())
