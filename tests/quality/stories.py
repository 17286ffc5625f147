"""How well reports of one event become one alert, on real news: one line a figure.

    python tests/quality/stories.py [FOLDER] [--only NAME,...] [--show]

FOLDER holds `stories/` and `stream/` (default: ../shared/corpora beside the repository); none of it is part of the
distribution. Everything goes through `alerts backtest --rules` with one rule that matches every text, as a user would
run it. An article belongs to the alert in whose sources it is, at last; one that is in none is a story of its own and
an error, so that never alerting wins nothing. Where it makes sense a figure is given for two halves (by event or topic)
too: what was tuned on one should hold on the other. NAMES: events, stream, lookalikes, orders, flashes, rewrites,
templates, firsts. `--show` lists what went wrong.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from corpus import rows

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "corpora"
EVERYTHING = "version: 1\nrules:\n  - id: everything\n    match: '*'\n    examples:\n      match: [Anything]\n"
TEMPLATES = frozenset({"recurring_template_other_day", "different_company"})
_SHOWN = 40
_ORDERS = 8

Row = dict[str, Any]


class Figure(Protocol):
    """Prints one or more lines about one part of the corpora."""

    def __call__(self, folder: Path, *, show: bool) -> None:
        """`show` lists what went wrong, too."""


@dataclass(frozen=True)
class Outcome:
    """What a backtest made of some articles.

    Attributes:
        alert: the alert that each uri is in the sources of.
        news: the ids of alerts whose first revision interrupted.
        interruptions: revisions that interrupted, by alert.
    """

    alert: dict[str, str]
    news: frozenset[str]
    interruptions: Counter[str]

    def of(self, uri: str) -> str:
        """An article's alert; one of its own if it is in none."""
        return self.alert.get(uri, f"none:{uri}")


def main() -> None:
    """Print a line for each figure that is asked for."""
    parser = argparse.ArgumentParser(description="How well reports of one event become one alert.")
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER)
    parser.add_argument("--only", type=lambda text: text.split(","), default=list(FIGURES), metavar="NAME,...")
    parser.add_argument("--show", action="store_true", help="list what went wrong")
    options = parser.parse_args()
    if not options.folder.is_dir():
        sys.exit(f"no corpora at {options.folder}: give their folder as the first argument")
    for name in options.only:
        FIGURES[name](options.folder, show=options.show)


def events(folder: Path, *, show: bool) -> None:
    """Labelled events by themselves."""
    labelled = list(rows(folder / "stream/events.jsonl.gz"))
    _events("labelled events alone", labelled, backtest(labelled), show=show)


def stream(folder: Path, *, show: bool) -> None:
    """The same within everything that was published around them (see `around`)."""
    labelled = list(rows(folder / "stream/events.jsonl.gz"))
    everything = around(labelled, folder)
    outcome = backtest(everything)
    _events(f"labelled events among {len(everything)} headlines", labelled, outcome, show=show)
    if show:
        _largest(everything, outcome)


def around(labelled: Sequence[Row], folder: Path) -> list[Row]:
    """What was published from a day before each event's first report to its last: older stories have expired by then.

    That is a fourth of the stream, and all that bears on the labelled events.
    """
    times: dict[str, list[datetime]] = defaultdict(list)
    for row in labelled:
        times[row["near_event"] or row["event"]].append(datetime.fromisoformat(row["published"]))
    windows = [(min(found) - timedelta(days=1), max(found)) for found in times.values()]

    def is_near(row: Row) -> bool:
        at = datetime.fromisoformat(row["published"])
        return any(begin <= at <= end for begin, end in windows)

    return [row for row in rows(folder / "stream/headlines.jsonl.gz") if is_near(row)]


def _events(label: str, labelled: Sequence[Row], outcome: Outcome, *, show: bool) -> None:
    for name, kept in (("first and reports", {"first", "report"}), ("related too", {"first", "report", "related"})):
        chosen = [row for row in labelled if row["event"] and row["role"] in kept]
        names = sorted({row["event"] for row in chosen})
        halves = [[row for row in chosen if names.index(row["event"]) % 2 == half] for half in (0, 1)]
        figures = [
            f"BCubed F1 {bcubed(_pairs(part, outcome))[2]:.3f}, alerts per event {_per_event(part, outcome):.2f}"
            for part in (chosen, *halves)
        ]
        print(
            f"{label}, {name}: {figures[0]} (halves: {figures[1]}; {figures[2]}); in no alert: {_lost(chosen, outcome)}"
        )
    of_alert: dict[str, set[str]] = defaultdict(set)
    for row in labelled:
        if row["event"]:
            of_alert[outcome.of(row["uri"])].add(row["event"])
    merged = [sorted(found) for found in of_alert.values() if len(found) > 1]
    others = [row for row in labelled if not row["event"] and row["near_event"] in of_alert[outcome.of(row["uri"])]]
    print(f"{label}: alerts that hold two events: {len(merged)} {merged or ''}; other reports in them: {len(others)}")
    if show:
        _split(labelled, outcome)
        for row in others:
            print(f"    other: {row['near_event']}: {row['headline']}")


def _per_event(labelled: Sequence[Row], outcome: Outcome) -> float:
    """Alerts whose first revision interrupted (or that are missing) for each event."""
    found: dict[str, set[str]] = defaultdict(set)
    for row in labelled:
        alert = outcome.of(row["uri"])
        if alert in outcome.news or alert.startswith("none:"):
            found[row["event"]].add(alert)
    return sum(len(alerts) for alerts in found.values()) / len({row["event"] for row in labelled})


def _split(labelled: Sequence[Row], outcome: Outcome) -> None:
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for row in labelled:
        if row["event"]:
            counts[row["event"]][outcome.of(row["uri"])] += 1
    for row in labelled:
        if row["event"] and counts[row["event"]].most_common(1)[0][0] != outcome.of(row["uri"]):
            print(f"    apart: {row['event']} ({row['role']}): {row['headline']}")


def _largest(everything: Iterable[Row], outcome: Outcome) -> None:
    headlines: dict[str, list[str]] = defaultdict(list)
    for row in everything:
        headlines[outcome.of(row["uri"])].append(row["headline"])
    sizes = Counter(len(found) for found in headlines.values())
    print(f"    alerts by number of reports: {sorted(sizes.items())[:12]}, largest {max(sizes)}")
    for found in sorted(headlines.values(), key=len, reverse=True)[:3]:
        print("    " + "\n      ".join(found[:8]))
    middling = [found for found in headlines.values() if 2 <= len(found) <= 4]
    for found in middling[:: max(1, len(middling) // _SHOWN)]:
        print("    " + " || ".join(found))


def lookalikes(folder: Path, *, show: bool) -> None:
    """All documents of ECB+: in each topic two events of one kind, with much the same words."""
    documents = list(rows(folder / "stories/ecbplus.jsonl.gz"))
    outcome = backtest([document(row) for row in documents])
    pairs = [(outcome.of(row["uri"]), row["cluster"]) for row in documents]
    halves = [
        bcubed([pair for pair, row in zip(pairs, documents, strict=True) if int(row["topic"]) % 2 == half])[2]
        for half in (0, 1)
    ]
    precision, recall, together = bcubed(pairs)
    print(
        f"look-alike events (ECB+): BCubed F1 {together:.3f}, precision {precision:.3f}, recall {recall:.3f} "
        f"(halves: {halves[0]:.3f}; {halves[1]:.3f})"
    )
    if show:
        held: dict[str, Counter[str]] = defaultdict(Counter)
        for alert, cluster in pairs:
            held[cluster][alert[:6]] += 1
        for cluster, alerts in sorted(held.items()):
            print(f"    {cluster}: {dict(alerts)}")


def orders(folder: Path, *, show: bool) -> None:
    """The same in other orders: early reports decide what a story becomes."""
    documents = list(rows(folder / "stories/ecbplus.jsonl.gz"))
    found = []
    for seed in range(1, _ORDERS + 1):
        random.Random(seed).shuffle(drawn := list(documents))
        outcome = backtest([document(row) for row in drawn])
        found.append(bcubed([(outcome.of(row["uri"]), row["cluster"]) for row in drawn])[2])
    print(
        f"look-alike events (ECB+) in {_ORDERS} orders drawn at random: BCubed F1 mean {sum(found) / _ORDERS:.3f}, "
        f"from {min(found):.3f} to {max(found):.3f}"
    )
    if show:
        print(f"    {', '.join(f'{each:.3f}' for each in found)}")


def document(row: Row) -> Row:
    """A document of ECB+ as an article: its first line is the headline."""
    headline, _, body = row["text"].partition("\n")
    return {
        "uri": row["uri"],
        "source": f"{row['uri'].partition(':')[2]}.example",
        "headline": headline,
        "body_text": body,
    }


def flashes(folder: Path, *, show: bool) -> None:
    """A flash and its full story, among everything the wire sent, and by themselves."""
    texts = {row["id"]: row for row in rows(folder / "stories/reuters_texts.jsonl.gz")}
    pairs = list(rows(folder / "stories/reuters_flash_followups.jsonl.gz"))
    everything = backtest([_text(row) for row in texts.values()])
    apart = [
        [_text(texts[pair["flash"]], f"{n}:"), _text(texts[pair["story"]], f"{n}:")] for n, pair in enumerate(pairs)
    ]
    alone = _one_by_one(apart)
    for label, together in (
        (
            "among the whole wire",
            [_same(everything, texts[p["flash"]]["uri"], texts[p["story"]]["uri"]) for p in pairs],
        ),
        ("by themselves", alone),
    ):
        print(f"flash and story in one alert, {label}: {sum(together)}/{len(together)} {_percent(together)}")
        if show:
            for pair, joined in list(zip(pairs, together, strict=True)):
                if not joined:
                    print(f"    apart: {pair['flash_title']} | {pair['story_title']}")


def _one_by_one(pairs: Sequence[Sequence[Row]]) -> list[bool]:
    """Each pair a day after the one before has expired, so that it is alone in an otherwise quiet world."""
    articles = []
    for number, pair in enumerate(pairs):
        for late, article in enumerate(pair):
            year, day = divmod(number * 4, 365)
            date = f"{1990 + year}-{1 + day // 31:02}-{1 + min(day % 31, 27):02}"
            articles.append({**article, "published": f"{date}T12:{10 * late:02}:00Z"})
    outcome = backtest(articles)
    return [_same(outcome, pair[0]["uri"], pair[1]["uri"]) for pair in pairs]


def _same(outcome: Outcome, one: str, other: str) -> bool:
    """Both in one alert that interrupted as new no more than once (an alert has one first revision)."""
    return outcome.of(one) == outcome.of(other)


def rewrites(folder: Path, *, show: bool) -> None:
    """Another headline under the same id."""
    pairs = list(rows(folder / "stories/title_rewrites.jsonl.gz"))
    articles = []
    for number, pair in enumerate(pairs):
        for version, title in enumerate((pair["title_a"], pair["title_b"]), 1):
            hour, minute = divmod(number, 60)
            articles.append(
                {"uri": f"{number}:{pair['id']}", "source": pair["feed"], "version": str(version), "headline": title}
                | {"published": f"2026-03-{1 + hour:02}T{version * 3:02}:{minute:02}:00Z"}
            )
    outcome = backtest(articles)
    again = [uri for uri in {row["uri"] for row in articles} if outcome.of(uri).startswith("none:")]
    revisions = sum(count - (alert in outcome.news) for alert, count in outcome.interruptions.items())
    print(f"rewritten headline, same id: new alerts {len(again)}, other interruptions {revisions} of {len(pairs)}")
    if show:
        print(f"    {again}")


def templates(folder: Path, *, show: bool) -> None:
    """This week's report in last week's words, and the same report of another company, in one alert."""
    texts = {row["id"]: row for row in rows(folder / "stories/reuters_texts.jsonl.gz")}
    outcome = backtest([_text(row) for row in texts.values()])
    pairs = list(rows(folder / "stories/reuters_neardup_pairs.jsonl.gz"))
    alike = [pair for pair in pairs if pair["label"] in TEMPLATES]
    merged = [_same(outcome, texts[pair["a"]]["uri"], texts[pair["b"]]["uri"]) for pair in alike]
    print(f"weekly template or other company in one alert: {sum(merged)}/{len(merged)} {_percent(merged)}")
    if show:
        for pair, joined in zip(alike, merged, strict=True):
            if joined:
                print(f"    merged: {pair['title_a']} | {pair['title_b']}")


def firsts(folder: Path, *, show: bool) -> None:
    """First reports that alert with the default rules, among what was published: threading must not swallow one."""
    labelled = list(rows(folder / "stream/events.jsonl.gz"))
    first = [row for row in labelled if row["role"] == "first"]
    event_of = {row["uri"]: row["event"] for row in labelled}
    outcome = backtest(around(labelled, folder), rules=None)
    told = [outcome.of(row["uri"]) for row in first]
    ok = [not alert.startswith("none:") for alert in told]
    holds: dict[str, set[str]] = defaultdict(set)
    for uri, alert in outcome.alert.items():
        if event_of.get(uri):
            holds[alert].add(event_of[uri])
    print(
        f"first reports that alert with the default rules: {sum(ok)}/{len(ok)} {_percent(ok)}; "
        f"alerts in all {len(outcome.news)}, interruptions {outcome.interruptions.total()}; "
        f"alerts that hold two events: {sum(len(found) > 1 for found in holds.values())}"
    )
    if show:
        for row, fine in zip(first, ok, strict=True):
            if not fine:
                print(f"    not alerted: {row['headline']}")


def _text(row: Row, prefix: str = "") -> Row:
    kept = {name: row[name] for name in ("source", "published", "body_text") if row.get(name)}
    return {**kept, "uri": prefix + row["uri"], "headline": row.get("headline") or "-"}


FIGURES: dict[str, Figure] = {
    "events": events,
    "stream": stream,
    "lookalikes": lookalikes,
    "orders": orders,
    "flashes": flashes,
    "rewrites": rewrites,
    "templates": templates,
    "firsts": firsts,
}


def backtest(articles: Sequence[Row], rules: str | None = EVERYTHING) -> Outcome:
    """What `alerts backtest` makes of them; None takes the default rules."""
    with tempfile.TemporaryDirectory() as folder:
        file, rulebook = Path(folder, "articles.jsonl"), Path(folder, "rules.yaml")
        fields = ("uri", "source", "version", "headline", "body_text", "language", "published")
        lines = [json.dumps({name: row[name] for name in fields if row.get(name)}) for row in articles]
        file.write_text("\n".join(lines), encoding="utf-8")
        command = [sys.executable, "-m", "consumers", "backtest", str(file)]
        if rules is not None:
            rulebook.write_text(rules, encoding="utf-8")
            command += ["--rules", str(rulebook)]
        run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
    alert: dict[str, str] = {}
    news = set()
    interruptions: Counter[str] = Counter()
    for line in run.stdout.splitlines():
        revision = json.loads(line)
        alert.update((source["uri"], revision["id"]) for source in revision["sources"])
        interruptions[revision["id"]] += revision["interrupt"]
        if revision["op"] == "new" and revision["interrupt"]:
            news.add(revision["id"])
    return Outcome(alert, frozenset(news), interruptions)


def bcubed(pairs: Sequence[tuple[Hashable, Hashable]]) -> tuple[float, float, float]:
    """Precision, recall and F1 of (found, true) clusters over items (Bagga and Baldwin, 1998)."""
    both, found, true = Counter(pairs), Counter(a for a, _ in pairs), Counter(b for _, b in pairs)
    precision = sum(n * n / found[a] for (a, _), n in both.items()) / len(pairs)
    recall = sum(n * n / true[b] for (_, b), n in both.items()) / len(pairs)
    return precision, recall, 2 * precision * recall / (precision + recall)


def _pairs(labelled: Sequence[Row], outcome: Outcome) -> list[tuple[str, str]]:
    return [(outcome.of(row["uri"]), row["event"]) for row in labelled]


def _lost(labelled: Sequence[Mapping[str, Any]], outcome: Outcome) -> int:
    return sum(row["uri"] not in outcome.alert for row in labelled)


def _counted(hits: Sequence[bool]) -> str:
    return f"{sum(hits)}/{len(hits)} {_percent(hits)}"


def _percent(hits: Sequence[bool]) -> str:
    return f"{100 * sum(hits) / max(1, len(hits)):.1f} %"


if __name__ == "__main__":
    main()
