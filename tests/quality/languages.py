"""How well countries are told in languages other than English: one line a language.

    python tests/quality/languages.py [FOLDER] [LANGUAGE...]

Against the frozen silver (see silver.py), per (document, country), at the shipped setting. `all` takes every country of
the English side, `named` only those that it names itself (precision is then not told: what only a city told is no
mistake). FOLDER holds `ntrex.jsonl.gz` (default: as silver.py has it).
"""

import sys
from pathlib import Path

from interval import wilson
from silver import FOLDER, frozen, rows

from alerts.article import Article
from alerts.regions import resolve
from alerts.text import prepare

TARGETS = {"ru": 0.85, "uk": 0.85, "kk": 0.85}
"""The recall that each must reach, at a precision of at least this too."""
OTHERS = (
    "ar",
    "de",
    "es",
    "fr",
    "it",
    "pl",
    "pt",
    "nl",
    "tr",
    "fa",
    "zh",
    "ja",
    "ko",
    "id",
    "el",
    "hi",
    "ur",
    "ky",
    "uz",
    "tg",
)


def main() -> None:
    """Print a line for each language."""
    arguments = sys.argv[1:]
    folder = Path(arguments.pop(0)) if arguments and Path(arguments[0]).is_dir() else FOLDER
    for language in arguments or (*TARGETS, *OTHERS):
        measure(folder, language)


def measure(folder: Path, language: str) -> None:
    """One line: precision, recall and F1, and the recall of what the English side names."""
    every, named = frozen()["all"], frozen()["named"]
    hits = said = true = named_hits = named_true = 0
    for row in rows(folder, language):
        document = row.pop("document")
        found = {hit.code[:2] for hit in resolve(prepare(Article.from_mapping(row))).mentioned}
        gold, own = set(every[document]), set(named[document])
        hits, said, true = hits + len(found & gold), said + len(found), true + len(gold)
        named_hits, named_true = named_hits + len(found & own), named_true + len(own)
    low, high = wilson(hits, true)
    sure = wilson(hits, said)
    target = f" target recall {TARGETS[language]:.2f} at precision 0.85" if language in TARGETS else ""
    print(
        f"countries, NTREX {language}: F1 {2 * hits / max(1, said + true):.3f} precision {hits / max(1, said):.3f} "
        f"({sure[0]:.3f}-{sure[1]:.3f}) "
        f"recall {hits / max(1, true):.3f} ({low:.3f}-{high:.3f}) recall of named {named_hits / max(1, named_true):.3f}"
        f"{target}"
    )


if __name__ == "__main__":
    main()
