"""How much of what we take from whole web pages is the story, against people's own marks: one line.

    python tests/quality/pages.py [PAGES]

PAGES: a .tar.xz of pages (`*.html.gz`) and `ground-truth.json` (`articleBody` by name), as Scrapinghub's article
extraction benchmark has them. Precision and recall are of words in lead and body, the mean over pages.
"""

import gzip
import json
import re
import sys
import tarfile
from collections import Counter
from pathlib import Path
from statistics import mean

from regions import CORPORA

from alerts.article import Article
from alerts.text import html_to_text, prepare

PAGES = CORPORA / "html/pages.tar.xz"
_WORD = re.compile(r"\w+")


def main() -> None:
    """Print the line."""
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else PAGES
    if not path.is_file():
        sys.exit(f"no corpus at {path}: give the archive of pages as the first argument")
    pages = {}
    truth = {}
    with tarfile.open(path) as archive:
        for member in archive:
            file = archive.extractfile(member) if member.isfile() else None
            name = Path(member.name).name
            if file is not None and name == "ground-truth.json":
                truth = json.load(file)
            elif file is not None and name.endswith(".html.gz"):
                pages[name.removesuffix(".html.gz")] = gzip.decompress(file.read()).decode("utf-8", "replace")
    scores = [score(pages[name], marked["articleBody"]) for name, marked in truth.items() if name in pages]
    precision, recall = mean(p for p, _ in scores), mean(r for _, r in scores)
    f1 = mean(2 * p * r / (p + r) if p + r else 0.0 for p, r in scores)
    print(f"story of {len(scores)} pages: precision {precision:.3f} recall {recall:.3f} mean F1 {f1:.3f}")


def score(html: str, story: str) -> tuple[float, float]:
    """Precision and recall of the words of one page."""
    prepared = prepare(Article(uri="u", source="s", headline="-", body_text=html_to_text(html)))
    ours = Counter(_WORD.findall(" ".join(map(prepared.text, prepared.of("lead", "body")))))
    theirs = Counter(_WORD.findall(story))
    both = (ours & theirs).total()
    return both / max(1, ours.total()), both / max(1, theirs.total())


if __name__ == "__main__":
    main()
