"""How well copies are told from look-alikes on real news: one line a figure.

    python tests/quality/copies.py [FOLDER]

FOLDER holds `stories/` and `stream/` (default: ../shared/corpora beside the repository); none of it is part of the
distribution. Pairs go through the store as the live system has them: the first is claimed, then the second; merged is
what comes back labelled. Thresholds were tuned on the even half (by the first text's number); both halves are shown.

"text only" takes the dates away, so that only words, numbers and names can tell: there even identical texts of other
weeks count as false merges.
"""

import random
import sys
import tarfile
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from corpus import rows
from interval import wilson

from alerts.article import Article
from alerts.copies import Answer, Claim, Memory
from consumers.ingest import syndication

HERE = Path(__file__).resolve()
FOLDER = HERE.parents[3] / "shared" / "corpora"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
LOOKALIKES = {"recurring_template_other_day": "weekly template", "different_company": "other company"}
RESENT = "resend_or_update_48h"

Pair = tuple[Article, Article]


def main() -> None:
    """Print recall of copies, false merges of look-alikes, and what edits and headlines do."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    if not folder.is_dir():
        sys.exit(f"no corpora at {folder}: give their folder as the first argument")
    texts = {row["id"]: row for row in rows(folder / "stories/reuters_texts.jsonl.gz")}
    pairs = list(rows(folder / "stories/reuters_neardup_pairs.jsonl.gz"))
    for half in (0, 1):
        labelled(texts, [pair for pair in pairs if pair["a"] % 2 == half], "report" if half else "tuning")
    edited([row for row in texts.values() if len(row["body_text"].split()) >= 40])
    headlines(list(rows(folder / "stories/title_rewrites.jsonl.gz")), list(texts.values()))
    stream(list(rows(folder / "stream/headlines.jsonl.gz")))
    polls(folder / "feeds/polls.tar.xz")


def labelled(texts: dict[int, dict[str, Any]], pairs: list[dict[str, Any]], half: str) -> None:
    """Resent texts that are merged, and look-alikes that are not."""
    for dates in (True, False):
        how = f"{half} half, {'live' if dates else 'text only'}"
        for name, wanted in (("resent or updated", [RESENT]), ("template or other company", list(LOOKALIKES))):
            chosen = [
                (article(texts[p["a"]], dates=dates), article(texts[p["b"]], dates=dates))
                for p in pairs
                if p["label"] in wanted
            ]
            share(f"{how}: {name}, merged", map(merged, chosen))


def edited(originals: list[dict[str, Any]]) -> None:
    """Copies made from real texts as desks make them: cut, lightly edited, under another headline."""
    dice = random.Random(1)

    def variant(row: dict[str, Any], body: str) -> Pair:
        return article(row), article({**row, "uri": "copy:1", "source": "echo.example", "body_text": body})

    def typo(body: str, every: int) -> str:
        return " ".join(word if dice.randrange(every) or not word.islower() else "xx" for word in body.split())

    chosen = originals[::3]
    renamed = (
        (one, copy.model_copy(update={"headline": "Markets"}))
        for one, copy in (variant(r, r["body_text"]) for r in chosen)
    )
    share("other headline, merged", map(merged, renamed))
    share("one small word in 20 changed, merged", (merged(variant(r, typo(r["body_text"], 20))) for r in chosen))
    share("last 40 % cut, merged", (merged(variant(r, cut(r["body_text"], 0.6))) for r in chosen))
    share("a paragraph put before, merged", (merged(variant(r, f"{PARAGRAPH}\n{r['body_text']}")) for r in chosen))
    strangers = [
        (article(one), article({**other, "headline": one["headline"]}))
        for one, other in zip(originals, originals[7:], strict=False)
    ]
    share("other text under one headline, merged", map(merged, strangers))


PARAGRAPH = "This report was sent to us by an agency and has been shortened by the desk for its own readers today."


def cut(body: str, share_kept: float) -> str:
    """The beginning of a text."""
    return body[: int(len(body) * share_kept)]


def headlines(rewrites: list[dict[str, Any]], texts: list[dict[str, Any]]) -> None:
    """Two headlines of one item: over one text, and alone."""
    bodies = [row["body_text"] for row in texts if 30 <= len(row["body_text"].split()) < 60]
    over = [
        (
            article({"uri": "a", "source": "s", "headline": row["title_a"], "body_text": body}),
            article({"uri": "b", "source": "s", "headline": row["title_b"], "body_text": body}),
        )
        for row, body in zip(rewrites, bodies * (1 + len(rewrites) // len(bodies)), strict=False)
    ]
    share("rewritten headline over one short text, merged", map(merged, over))
    alone = [tuple(a.model_copy(update={"body_text": ""}) for a in pair) for pair in over]
    share("rewritten headline alone, merged (left to the desk)", (merged((a, b)) for a, b in alone))


def stream(items: list[dict[str, Any]]) -> None:
    """Of a stream of headlines, how many are labelled."""
    memory = Memory()
    answers = [ask(memory, article(row)) for row in items]
    share("stream of headlines, labelled", (answer.copy_of is not None for answer in answers))


def polls(path: Path) -> None:
    """Successive polls of real feeds: items that are labelled a copy of another item of their feed."""
    memory = Memory()
    labelled: dict[tuple[str, str], bool] = {}
    with tarfile.open(path) as archive:
        files = [member for member in archive.getmembers() if member.isfile()]
        for member in sorted(files, key=lambda one: one.name):
            taken = datetime.fromtimestamp(int(Path(member.name).stem), UTC)
            data = archive.extractfile(member)
            assert data is not None
            for fields in syndication.articles(data.read(), source=Path(member.name).parent.name):
                item = Article.from_mapping(fields)
                answer = memory.check(Claim.of(item, taken, copies=True))
                labelled[item.source, item.uri] = labelled.get((item.source, item.uri), False) or bool(answer.copy_of)
    share("items of polled feeds, labelled", labelled.values())


def article(row: dict[str, Any], *, dates: bool = True) -> Article:
    """An article of a row."""
    fields = {name: row[name] for name in ("uri", "source", "headline", "body_text", "published") if row.get(name)}
    if not dates:
        fields.pop("published", None)
    fields.setdefault("headline", "-")  # flashes of 1987 have none
    return Article.from_mapping(fields)


def merged(pair: Pair) -> bool:
    """Whether the second is labelled a copy of the first."""
    memory = Memory()
    first, second = sorted(pair, key=lambda one: one.published or NOW)
    ask(memory, first)
    return ask(memory, second).copy_of is not None


def ask(memory: Memory, one: Article) -> Answer:
    """Claim an article that arrives when it is published."""
    return memory.check(Claim.of(one, one.published or NOW, copies=True))


def share(label: str, outcomes: Iterable[bool]) -> None:
    """One line: a share with its 95 % interval."""
    found = list(outcomes)
    low, high = wilson(sum(found), len(found))
    print(f"{label}: {sum(found) / max(1, len(found)):.3f} ({low:.3f}-{high:.3f}) {sum(found)}/{len(found)}")


if __name__ == "__main__":
    main()
