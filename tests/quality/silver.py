"""Country codes of the NTREX documents, told from their English side: what the other languages are measured against.

    python tests/quality/silver.py [FOLDER] [--freeze]

Prints how the English side reads today beside `silver.json`. That was frozen before any work on the other languages,
so that a later change of the English resolver does not move the mark. `--freeze` writes it anew: for a new corpus only.

How it was made: the English text of each document (headline and body) goes through our English resolver, `mentioned`,
subdivisions and cities as their country. Two marks are kept for each document: `all`, every country, and `named`, those
of them that the text names themselves, by a name or an adjective ("Chile", "Chilean"), rather than by a city, a
subdivision or an institution ("Barcelona", "the FBI"). All documents were read by hand for what the resolver got wrong,
and each kind of error was mended in the resolver, none in the file: given names before a surname (Chad, Peter, George),
people called by their surname alone, churches of saints, games and offices of the Commonwealth, a carmaker, storms.
What it still misses (small British towns that no gazetteer of ours has) stays missed. The file holds codes, no text.
FOLDER holds `ntrex.jsonl.gz` (default: `multilingual` in the folder that FLASHWIRE_CORPORA names, else in
../shared/corpora beside the repository).
"""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import corpus
from regions import CORPORA

from alerts.article import Article
from alerts.regions import resolve
from alerts.regions.gazetteer import gazetteer
from alerts.regions.mentions import mentions
from alerts.regions.senses import senses
from alerts.text import Prepared, prepare

HERE = Path(__file__).resolve()
FOLDER = CORPORA / "multilingual"
FROZEN = HERE.with_name("silver.json")

Marks = dict[str, dict[str, list[str]]]
"""`all` or `named` -> document -> country codes, sorted."""


def main() -> None:
    """Say how far the English side has moved since it was frozen, or freeze it."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?", default=FOLDER)
    parser.add_argument("--freeze", action="store_true", help="write silver.json anew")
    asked = parser.parse_args()
    marks = derive(asked.folder)
    if asked.freeze:
        _freeze(marks)
    for mark, documents in frozen().items():
        now = marks[mark]
        moved = sum(now.get(document) != told for document, told in documents.items())
        codes = sum(map(len, documents.values()))
        print(f"silver, {mark}: documents {len(documents)} codes {codes} read otherwise today {moved}")


def derive(folder: Path) -> Marks:
    """The codes of every document, from its English side."""
    marks: Marks = {"all": {}, "named": {}}
    for row in rows(folder, "en"):
        document = row.pop("document")
        prepared = prepare(Article.from_mapping(row))
        marks["all"][document] = sorted({hit.code[:2] for hit in resolve(prepared).mentioned})
        marks["named"][document] = sorted(_named(prepared))
    return marks


def _named(prepared: Prepared) -> set[str]:
    book = gazetteer()
    return {s.reading.country for s in senses(prepared, mentions(prepared, book), book) if s.reading.kind in "nde"}


def _freeze(marks: Marks) -> None:
    """One document a line."""
    parts = []
    for mark, documents in marks.items():
        lines = (f"{json.dumps(document)}: {json.dumps(codes)}" for document, codes in sorted(documents.items()))
        parts.append(f"{json.dumps(mark)}: {{\n" + ",\n".join(lines) + "\n}")
    FROZEN.write_text("{\n" + ",\n".join(parts) + "\n}\n")


def frozen() -> Marks:
    """What was frozen."""
    marks: Marks = json.loads(FROZEN.read_text())
    return marks


def rows(folder: Path, language: str) -> Iterator[dict[str, Any]]:
    """The documents of one language."""
    path = folder / "ntrex.jsonl.gz"
    if not path.is_file():
        sys.exit(f"no corpus at {path}: give the folder that holds it as the first argument")
    yield from (row for row in corpus.rows(path) if row["language"] == language)


if __name__ == "__main__":
    main()
