"""What goes wrong, when, and which articles come: all drawn from one seed."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Final

from alerts.article import Article
from alerts.rules import RuleSet, load
from alerts.verdict import Verdict
from support.sim.clients import Weather
from support.sim.clock import BEGINNING

SECONDS: Final = 12.0
"""The time in which articles come and things go wrong; then everything works again."""

PARTITIONS: Final = 3
POISON: Final = b'{"uri": "broken", "headline": '
RULES: Final = """
version: 1
rules:
  - {id: blast, priority: urgent, topic: disaster, match: 'explosion OR blaze OR derail* OR quake'}
"""

# A headline, then the text; made up. Long enough that a copy is known as one (docs/copies.md).
_EVENTS: Final = [
    (headline, " ".join(text.split()))
    for headline, _, text in (
        event.partition("\n") for event in Path(__file__).with_name("events.txt").read_text().strip().split("\n\n")
    )
]
_PLAIN: Final = "Library of {} extends its opening hours"


@dataclass(frozen=True)
class Arrival:
    """A record of `articles`, and when it comes, in seconds. `event` numbers what it reports; None reports nothing."""

    at: float
    article: Article | None
    event: int | None = None

    @property
    def value(self) -> bytes:
        """As on the topic; without an article it is not one."""
        return _encoded(self.article) if self.article else POISON


@dataclass(frozen=True)
class Mishap:
    """Something that goes wrong; `seconds` until it is put right, where it has a length.

    With `midst` a process is hit not at once but in the midst of its next batch, so many trips to a server after it
    has begun.
    """

    at: float
    what: str
    seconds: float = 0.0
    midst: float | None = None


@dataclass
class Plan:
    """One schedule."""

    arrivals: list[Arrival] = field(default_factory=list)
    mishaps: list[Mishap] = field(default_factory=list)
    weather: Weather = field(default_factory=Weather)
    lost_replies: float = 0.0


KINDS: Final = {
    "kill classifier": (0.5, 4.0),
    "stop classifier": (1.0, 30.0),
    "end classifier": (0.0, 0.0),
    "add classifier": (0.0, 0.0),
    "kill desk": (0.5, 8.0),
    "stop desk": (1.0, 30.0),
    "end desk": (0.5, 4.0),
    "store away": (0.5, 8.0),
    "store flushed": (0.0, 0.0),
    "store restarts": (0.5, 4.0),
    "offsets reset": (0.0, 0.0),
}


OF_THE_STORE: Final = [kind for kind in KINDS if kind.startswith("store") or kind.endswith("classifier")]
"""Schedules of their own: what goes wrong between Redis and classifiers takes several mishaps, one upon the other."""


def plan_of(rnd: Random) -> Plan:
    """Draw a schedule."""
    plan = Plan(weather=_weather(rnd), lost_replies=rnd.choice([0.0, 0.0, 0.1]))
    # The calm ones, too: what breaks without a mishap must not hide behind one.
    kinds, most = rnd.choice([(list(KINDS), 5), (list(KINDS), 5), (OF_THE_STORE, 8)])
    for _ in range(rnd.randint(0, most)):
        what = rnd.choice(kinds)
        shortest, longest = KINDS[what]
        midst = rnd.uniform(0, 10) if rnd.random() < 0.8 else None
        plan.mishaps.append(Mishap(rnd.uniform(0, SECONDS), what, rnd.uniform(shortest, longest), midst))
    for event in rnd.sample(range(len(_EVENTS)), rnd.randint(2, 4)):
        plan.arrivals += _reports(event, rnd)
    for i in range(rnd.randint(0, 4)):
        plan.arrivals.append(Arrival(rnd.uniform(0, SECONDS), _plain(i)))
    plan.arrivals += [Arrival(rnd.uniform(0, SECONDS), None) for _ in range(rnd.randint(0, 2))]
    plan.arrivals += [_again(rnd.choice(plan.arrivals), rnd) for _ in range(rnd.randint(0, 2))]
    plan.arrivals.sort(key=lambda arrival: arrival.at)
    plan.mishaps.sort(key=lambda mishap: mishap.at)
    return plan


def _weather(rnd: Random) -> Weather:
    bad = rnd.choice([0.0, 0.0, 0.02, 0.1])
    return Weather(
        read_fails=rnd.choice([0.0, bad / 4]),
        send_fails=rnd.choice([0.0, bad]),
        commit_fails=rnd.choice([0.0, bad]),
        delay=rnd.choice([0.002, 0.02, 0.1]),
    )


def _again(arrival: Arrival, rnd: Random) -> Arrival:
    """The same record again, as a publisher or a retry sends it."""
    return replace(arrival, at=rnd.uniform(arrival.at, SECONDS))


def _reports(event: int, rnd: Random) -> list[Arrival]:
    """One event: its first report, maybe under embargo, and what follows: versions, a copy, an end."""
    at = rnd.uniform(0, SECONDS / 2)
    embargo = 3 if rnd.random() < 0.2 else 0
    arrivals = [Arrival(at, report(event, embargo=embargo), event)]
    for version in range(2, 2 + rnd.randint(0, 2)):
        at = rnd.uniform(at, SECONDS)
        kind = rnd.choice(["rewritten", "rewritten", "unmatched", "canceled"])
        arrivals.append(Arrival(at, report(event, version=version, kind=kind), event))
    if rnd.random() < 0.5:
        arrivals.append(Arrival(rnd.uniform(arrivals[0].at, SECONDS), report(event, source="daily"), event))
    if rnd.random() < 0.5:
        arrivals += _held_for_a_while(event, arrivals[0], rnd)
    return arrivals


def _held_for_a_while(event: int, first: Arrival, rnd: Random) -> list[Arrival]:
    """The first report withheld, and released again as it was, maybe more than once, all under one version number."""
    assert first.article is not None
    withheld = first.article.model_copy(update={"pubstatus": "withheld"})
    times = sorted(rnd.uniform(first.at, SECONDS) for _ in range(rnd.choice([2, 2, 4])))
    return [replace(first, at=at, article=first.article if n % 2 else withheld) for n, at in enumerate(times)]


@cache
def report(event: int, *, source: str = "agency", version: int = 1, kind: str = "", embargo: int = 0) -> Article:
    """A report of an event, under embargo for so many times 5 s from the beginning."""
    headline, body = _EVENTS[event]
    if kind == "rewritten":
        headline, body = f"{headline}, officials confirm ({version})", f"{body} More is known now ({version})."
    elif kind == "unmatched":
        headline, body = f"Nothing happened after all ({version})", "It was a false report."
    until = BEGINNING + timedelta(seconds=5 * embargo) if embargo else None
    return _article(
        uri=f"urn:{source}:{event}",
        source=f"{source}.example",
        version=str(version),
        headline=headline,
        body_text=body,
        pubstatus="canceled" if kind == "canceled" else "usable",
        **({"embargoed": until} if until else {}),
    )


@cache
def _plain(number: int) -> Article:
    return _article(uri=f"urn:plain:{number}", source="agency.example", version="1", headline=_PLAIN.format(number))


def _article(**fields: object) -> Article:
    return Article.model_validate({"language": "en", "published": BEGINNING, "received": BEGINNING, **fields})


@cache
def _encoded(article: Article) -> bytes:
    return article.model_dump_json(exclude_none=True).encode()


class Rules:
    """The live matcher, asked once about each article: a schedule must take milliseconds."""

    def __init__(self) -> None:
        self._rules: RuleSet = load(RULES, file="simulated.yaml")
        self._said: dict[tuple[str, str | None, str, str], Verdict] = {}
        self.hash = self._rules.hash

    def judge(self, article: Article, now: datetime) -> Verdict:
        """As `RuleSet.judge`."""
        key = (article.uri, article.version, article.headline, article.pubstatus)
        if key not in self._said:
            self._said[key] = self._rules.judge(article, now)
        return self._said[key]
