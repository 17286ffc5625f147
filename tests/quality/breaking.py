"""What the default rules make of real news: one line a figure.

    python tests/quality/breaking.py [FOLDER] [--rules FILE] [--only NAME,...]

FOLDER holds `breaking/` and `stream/` (default: ../shared/corpora beside the repository); none of it is part of the
distribution. Articles are judged as of their own time by the same code as `alerts explain`. An article alerts if its
outcome is `breaking`; `retraction` is no alert. Contested rows are left out. NAMES: traps, positives, firsts,
headlines, types.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from corpus import rows
from interval import wilson

from alerts.article import Article
from alerts.rules import RuleSet, default_rules, load
from alerts.verdict import Outcome, Verdict

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "corpora"
_NOON = datetime(2001, 1, 1, 12, tzinfo=UTC)
_SHOWN = 12
_REPORTS = frozenset({"News"})
_VIEWS = frozenset({"Op-Ed", "Editorial", "Letter", "Review", "News Analysis", "Question"})

Row = dict[str, Any]


def main() -> None:
    """Print a line for each figure that is asked for."""
    options = _options()
    if not options.folder.is_dir():
        sys.exit(f"no corpora at {options.folder}: give their folder as the first argument")
    rules = (
        load(options.rules.read_text(encoding="utf-8"), file=str(options.rules)) if options.rules else default_rules()
    )
    for name in options.only:
        FIGURES[name](rules, options.folder)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="What the default rules make of real news.")
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER)
    parser.add_argument("--rules", type=Path, help="a rules file instead of the default rules")
    parser.add_argument("--only", type=lambda text: text.split(","), default=list(FIGURES), metavar="NAME,...")
    return parser.parse_args()


def traps(rules: RuleSet, folder: Path) -> None:
    """Look-alikes that alert."""
    _labelled(rules, folder / "breaking" / "traps.jsonl.gz", "traps that alert", wanted=False)


def positives(rules: RuleSet, folder: Path) -> None:
    """Breaking news that alerts."""
    _labelled(rules, folder / "breaking" / "positives.jsonl.gz", "positives that alert", wanted=True)


def _labelled(rules: RuleSet, path: Path, label: str, *, wanted: bool) -> None:
    sure = [row for row in rows(path) if not row["gold"]["contested"]]
    alerting = [is_breaking(judge(rules, row)) for row in sure]
    wrong = Counter(row["gold"]["kind"] for row, alerts in zip(sure, alerting, strict=True) if alerts is not wanted)
    print(f"{label}: {_share(sum(alerting), len(sure))}{_listed(wrong, '; wrong kinds: ')}")


def firsts(rules: RuleSet, folder: Path) -> None:
    """First reports of labelled events that alert."""
    events = [row for row in rows(folder / "stream" / "events.jsonl.gz") if row["role"] == "first"]
    missed = [row["event"] for row in events if not is_breaking(judge(rules, row))]
    print(f"first reports that alert: {_share(len(events) - len(missed), len(events))}{_listed(missed, '; missed: ')}")


def headlines(rules: RuleSet, folder: Path) -> None:
    """All headlines of a stream, and which rules fire most."""
    seen = alerting = 0
    outcomes: Counter[str] = Counter()
    by_rule: Counter[str] = Counter()
    for row in rows(folder / "stream" / "headlines.jsonl.gz"):
        verdict = judge(rules, row)
        seen += 1
        outcomes[verdict.outcome.value] += 1
        if is_breaking(verdict):
            alerting += 1
            by_rule.update(match.rule for match in verdict.matches)
    print(f"headlines that alert: {_share(alerting, seen)}; outcomes: {_counted(outcomes)}")
    print(
        f"headlines that alert, % by rule: {', '.join(f'{r} {100 * n / seen:.2f}' for r, n in by_rule.most_common())}"
    )


def types(rules: RuleSet, folder: Path) -> None:
    """Reports against comments and reviews: the latter hardly ever should."""
    seen: Counter[str] = Counter()
    alerting: Counter[str] = Counter()
    for row in rows(folder / "breaking" / "nyt_types.jsonl.gz"):
        seen[row["type"]] += 1
        alerting[row["type"]] += is_breaking(judge(rules, _as_article(row)))
    for label, kinds in (("reports", _REPORTS), ("comments, reviews and the like", _VIEWS)):
        print(f"{label} that alert: {_share(sum(alerting[k] for k in kinds), sum(seen[k] for k in kinds))}")


def _as_article(row: Row) -> Row:
    # Without its address: that would give the kind away.
    return {"uri": row["id"], "source": "example.org", "headline": row["headline"] or "-", "language": "en"} | {
        "description": row["snippet"] or ""
    }


FIGURES: dict[str, Callable[[RuleSet, Path], None]] = {
    "traps": traps,
    "positives": positives,
    "firsts": firsts,
    "headlines": headlines,
    "types": types,
}


def judge(rules: RuleSet, row: Row) -> Verdict:
    """The verdict on a row, as of its own time."""
    article = Article.from_mapping(row)
    return rules.judge(article, article.published or _NOON)


def is_breaking(verdict: Verdict) -> bool:
    """Whether editors would be alerted."""
    return verdict.outcome is Outcome.BREAKING


def _share(hits: int, tries: int) -> str:
    low, high = wilson(hits, tries)
    return f"{hits}/{tries} {100 * hits / max(1, tries):.1f} % (Wilson {100 * low:.1f}-{100 * high:.1f})"


def _listed(names: Iterable[str], label: str) -> str:
    shown = list(names)
    return label + ", ".join(shown[:_SHOWN]) if shown else ""


def _counted(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.most_common())


if __name__ == "__main__":
    main()
