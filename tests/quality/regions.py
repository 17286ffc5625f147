"""How well regions are told on real news: one line a figure.

    python tests/quality/regions.py [FOLDER]

FOLDER holds `reuters.jsonl.gz` and `geo.jsonl.gz` (default: `regions` in the folder that FLASHWIRE_CORPORA names, else
in ../shared/corpora beside the repository); none of it is part of the distribution. Each (document, country) counts
once, subdivisions as their country. Country codes of 1987 mean their successors: USSR is RU, both Germanys are DE.
"""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from corpus import rows
from interval import wilson

from alerts.article import Article
from alerts.regions import Places, resolve
from alerts.text import prepare

HERE = Path(__file__).resolve()
CORPORA = Path(os.environ.get("FLASHWIRE_CORPORA", HERE.parents[3] / "shared" / "corpora"))
FOLDER = CORPORA / "regions"
TARGET = 0.90
Codes = Callable[[Places], set[str]]


def main() -> None:
    """Print micro F1 for `about` and for `mentioned`, and what resolving costs."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    if not folder.is_dir():
        sys.exit(f"no corpora at {folder}: give their folder as the first argument")
    measure("about, Reuters", folder / "reuters.jsonl.gz", "countries", lambda p: {hit.code[:2] for hit in p.about})
    measure(
        "mentioned, geo", folder / "geo.jsonl.gz", "countries_mentioned", lambda p: {h.code[:2] for h in p.mentioned}
    )


def measure(label: str, path: Path, gold: str, codes: Codes) -> None:
    """One line: F1 over (document, country) with its parts, and microseconds an article."""
    hits = said = true = documents = 0
    spent = 0.0
    for row in rows(path):
        row["headline"] = row["headline"] or "-"  # flashes of 1987 have none
        prepared = prepare(Article.from_mapping(row))
        begin = time.perf_counter()
        places = resolve(prepared)
        spent += time.perf_counter() - begin
        found, expected = codes(places), set(row["gold"][gold])
        hits, said, true = hits + len(found & expected), said + len(found), true + len(expected)
        documents += 1
    precision, recall = hits / max(1, said), hits / max(1, true)
    sure, found_all = wilson(hits, said), wilson(hits, true)
    f1 = 2 * hits / max(1, said + true)
    print(
        f"{label}: F1 {f1:.3f} target {TARGET:.2f} precision {precision:.3f} ({sure[0]:.3f}-{sure[1]:.3f}) "
        f"recall {recall:.3f} ({found_all[0]:.3f}-{found_all[1]:.3f}) "
        f"documents {documents} cost {spent / max(1, documents) * 1e6:.0f} us"
    )


if __name__ == "__main__":
    main()
