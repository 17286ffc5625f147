"""What the desk costs on one core: candidates/s with many open stories, and its start with many stories in its state.

Usage: bench_desk.py [--open 10000] [--candidates 10000] [--state 100000] [--state-open 10000] [--words 120]

Prints, one line each: candidates/s through `Desk.handle` (reading the record not included, and included) with so many
stories open, new events and further reports of known ones in equal parts; how many of those found their story; beside
it the same candidates through a desk without threading (every report begins a story), as a ratio; then the seconds
until a desk with so many stories in its state has read them and answers. The text is invented.
"""

import argparse
import gc
import random
import time
from datetime import UTC, datetime, timedelta

from alerts.alert import Candidate, RuleMatch, WeightedRegion
from alerts.article import Article
from alerts.desk import Desk
from alerts.desk.reading import read
from alerts.desk.recognition import Recognition
from alerts.regions import children
from alerts.verdict import Outcome, Priority
from consumers.garbage import Garbage

NOW = datetime(2026, 1, 1, tzinfo=UTC)
KINDS = ("earthquake", "explosion", "fire", "crash", "protests", "shooting", "flood", "resigns", "verdict", "outage")
# Processor time is measured, so that busy neighbours do not count.
FILLERS = (
    "the",
    "a",
    "of",
    "in",
    "on",
    "by",
    "after",
    "officials",
    "said",
    "people",
    "police",
    "reported",
    "near",
    "new",
)


def main() -> None:
    """Measure threading, then the start."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--open", type=int, default=10_000)
    parser.add_argument("--candidates", type=int, default=10_000)
    parser.add_argument("--state", type=int, default=100_000)
    parser.add_argument("--state-open", type=int, default=10_000)
    parser.add_argument("--words", type=int, default=120)
    options = parser.parse_args()
    throughput(options.open, options.candidates, options.words)
    start(options.state, options.state_open, options.words)


class Wire:
    """Invented news: events with names, a place, a kind and numbers of their own, told in changing words."""

    def __init__(self, words: int) -> None:
        self._dice = random.Random(1)
        self._words = words
        self._places = [code for land in ("US", "GB", "IN", "BR", "JP") for code in children(land)]
        syllables = [one + two for one in "bdfgklmnprstvz" for two in "aeiou"]
        self._names = ["".join(self._dice.choices(syllables, k=3)).capitalize() for _ in range(20_000)]
        self._plain = ["".join(self._dice.choices(syllables, k=3)) for _ in range(5_000)]

    def event(self) -> tuple[list[str], str, str]:
        """Names, place and kind."""
        return self._dice.choices(self._names, k=6), self._dice.choice(self._places), self._dice.choice(KINDS)

    def report(self, number: int, event: tuple[list[str], str, str]) -> Candidate:
        """One publisher's report of an event."""
        names, place, kind = event
        dice = self._dice
        headline = [dice.choice(FILLERS).capitalize(), *dice.sample(names, 3), kind, *dice.choices(self._plain, k=3)]
        body = dice.choices(self._plain, k=self._words * 2 // 5) + dice.choices(FILLERS, k=self._words * 2 // 5)
        body += dice.choices(names, k=self._words // 5)
        dice.shuffle(body)
        candidate = Candidate(
            article=Article(
                uri=f"urn:{number}",
                source=f"s{number % 900}.example",
                version="1",
                headline=" ".join(headline),
                body_text=" ".join(body),
                language="en",
                published=NOW,
            ),
            content=f"{number:032x}",
            matched=True,
            outcome=Outcome.BREAKING,
            matches=(RuleMatch(rule=f"rule-{kind}", priority=Priority.URGENT, topic=kind),),
            regions=(WeightedRegion(code=place, name=place, weight=0.9),),
        )
        return candidate.model_copy(update={"reading": read(candidate)})  # as the classifier sends it


def throughput(stories: int, candidates: int, words: int) -> None:
    """Candidates/s with so many open stories."""
    wire = Wire(words)
    known = [wire.event() for _ in range(stories)]
    desk = Desk()
    for number, event in enumerate(known):
        desk.handle(wire.report(number, event), NOW)
    opened = len(known_events(desk))
    fresh = [
        wire.report(stories + n, wire.event() if n % 2 else known[n * 7919 % stories]).to_json()
        for n in range(candidates)
    ]
    reading = deciding = 0.0
    new = 0
    with Garbage(lambda: stories, lambda: 0).in_force():  # as `alerts desk` does
        for number, record in enumerate(fresh):
            begun = time.process_time()
            candidate = Candidate.from_json(record)
            read = time.process_time()
            outputs = desk.handle(candidate, NOW + timedelta(seconds=number / 10))
            deciding += time.process_time() - read
            reading += read - begun
            new += any(alert.op == "new" for alert in outputs.alerts)
        bare = without_threading(fresh)
    print(
        f"desk, {opened} open stories, one core: {candidates / deciding:,.0f} candidates/s, "
        f"{candidates / (deciding + reading):,.0f}/s with reading the records; "
        f"{candidates - new} of {candidates} joined a story; {deciding / bare:.2f} times the cost without threading"
    )


def known_events(desk: Desk) -> Recognition:
    """The open stories that can be recognised."""
    return desk._recognition  # noqa: SLF001 - a benchmark looks inside


def without_threading(records: list[bytes]) -> float:
    """Seconds for the same candidates where nothing is open that they could join: each begins a story."""
    desk = Desk(life=timedelta(0))
    seconds = 0.0
    for number, record in enumerate(records):
        candidate = Candidate.from_json(record)
        now = NOW + timedelta(seconds=number / 10)
        begun = time.process_time()
        desk.handle(candidate, now)
        seconds += time.process_time() - begun
        desk.tick(now)
    return seconds


def start(stories: int, still_open: int, words: int) -> None:
    """Seconds until a desk with so many stories in its state answers."""
    wire = Wire(words)
    desk = Desk()
    state: dict[str, bytes | None] = {}
    for number in range(stories):
        now = NOW + (timedelta(0) if number < stories - still_open else timedelta(days=2))
        if number == stories - still_open:
            state |= desk.tick(now).state
        state |= desk.handle(wire.report(number, wire.event()), now).state
    size = sum(len(record or b"") for record in state.values())
    del desk
    gc.collect()
    with Garbage(lambda: stories, lambda: 0).in_force():  # as `alerts desk` does
        begun = time.process_time()
        fresh = Desk()
        for key, record in state.items():
            fresh.restore(key, record)
        remembered = fresh.stories
        seconds = time.process_time() - begun
    opened = len(known_events(fresh))
    print(f"start with {remembered} stories, {opened} open, {size / 1e6:.0f} MB of state: {seconds:.2f} s (limit 10 s)")


if __name__ == "__main__":
    main()
