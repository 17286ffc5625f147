"""How many inflected names of places are found in Kazakh and Russian, against people's own marks: one line a corpus.

    python tests/quality/spans.py [FOLDER]

A check on languages.py, on text that nobody looked at for its countries: KazNERD marks places (GPE) and peoples,
nations and parties (NORP); FactRuEval marks places (loc_name). Villages, rivers and districts are marked too, which no
gazetteer of ours means to have, so recall has a ceiling. `astray` is the share of our names that stand in no mark at
all or in a person's: what a reader would call a false find (Russian adjectives are left out: they are not marked).
FOLDER holds `kaznerd_valid.tar.xz` and `factrueval_dev.tar.xz` (default: as silver.py has it).
"""

import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

from interval import wilson
from silver import FOLDER

from alerts.article import Article
from alerts.regions.gazetteer import gazetteer
from alerts.regions.mentions import mentions
from alerts.regions.senses import senses
from alerts.text import prepare

Mark = tuple[int, int, str]
"""From, to, and what is marked."""
PEOPLE = frozenset({"PERSON", "name", "surname", "nickname", "patronymic"})


def main() -> None:
    """Print a line for each corpus."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    measure("places and peoples, KazNERD kk", kaznerd(folder / "kaznerd_valid.tar.xz"), "kk", {"GPE", "NORP"})
    measure("places, FactRuEval ru", factrueval(folder / "factrueval_dev.tar.xz"), "ru", {"loc_name"})


def measure(label: str, texts: Iterator[tuple[str, list[Mark]]], language: str, wanted: set[str]) -> None:
    """One line: recall of the wanted marks, and the share of our names that stand astray."""
    found = true = astray = said = 0
    for text, marks in texts:
        ours = list(names(text, language))
        for start, end, _ in (mark for mark in marks if mark[2] in wanted):
            true += 1
            found += any(first < end and last > start for first, last, _ in ours)
        for start, end, kind in ours:
            inside = {what for first, last, what in marks if first < end and last > start}
            if not inside and kind == "e" and language == "ru":
                continue
            said += 1
            astray += not inside or inside <= PEOPLE
    low, high = wilson(found, true)
    print(
        f"{label}: recall {found / max(1, true):.3f} ({low:.3f}-{high:.3f}) of {true} "
        f"astray {astray / max(1, said):.3f} of {said}"
    )


def names(text: str, language: str) -> Iterator[Mark]:
    """What we find, with its kind."""
    book = gazetteer()
    prepared = prepare(
        Article.from_mapping({"uri": "a", "source": "s", "headline": "-", "body_text": text, "language": language})
    )
    for sense in senses(prepared, mentions(prepared, book), book):
        mention = sense.mention
        if mention.zone.field == "body_text":
            yield mention.zone.start + mention.at, mention.zone.start + mention.to, sense.reading.kind


def kaznerd(path: Path) -> Iterator[tuple[str, list[Mark]]]:
    """Sentences in IOB2: a word and its tag a line, sentences apart by empty lines."""
    [content] = contents(path, "IOB2_valid.txt").values()
    for sentence in content.split("\n\n"):
        text, marks = "", list[Mark]()
        for line in sentence.strip().split("\n"):
            word, _, tag = line.rpartition(" ")
            text += " " if text else ""
            start, end = len(text), len(text) + len(word)
            if tag.startswith("B-"):
                marks.append((start, end, tag[2:]))
            elif tag.startswith("I-") and marks:
                marks[-1] = (marks[-1][0], end, marks[-1][2])
            text += word
        yield text, marks


def factrueval(path: Path) -> Iterator[tuple[str, list[Mark]]]:
    """Texts with a file of spans beside each: number, kind, from, length."""
    texts, spans = contents(path, ".txt"), contents(path, ".spans")
    for name, text in sorted(texts.items()):
        if name not in spans:
            continue  # the archive's own notes
        rows = (line.split() for line in spans[name].splitlines() if line.strip())
        yield text, [(int(row[2]), int(row[2]) + int(row[3]), row[1]) for row in rows]


def contents(path: Path, ending: str) -> dict[str, str]:
    """The text files of an archive whose names end so, by name without the ending."""
    if not path.is_file():
        sys.exit(f"no corpus at {path}: give the folder that holds it as the first argument")
    found = {}
    with tarfile.open(path) as archive:
        for member in archive:
            file = archive.extractfile(member) if member.isfile() and member.name.endswith(ending) else None
            if file is not None:
                found[member.name.removesuffix(ending)] = file.read().decode()
    return found


if __name__ == "__main__":
    main()
