"""What an article costs by the number of rules, from one run.

Usage: bench_rules.py [--articles FILE] [--texts 300] [--naive 3] [--most 100000] [--only matcher|verdict|loading]

The main figure is of the matcher itself: a text is folded and searched, the rules that may hold are asked, and every
occurrence behind one that holds is taken back to where it stood in the text. It is measured as the prototype was whose
figure (3.1 to 3.8 times) set the goal of 4, and on what hurts: texts of 3 KB, half of them ASCII and half with curly
quotes, dashes and accents; rules that are a word or phrase each, nearly all of them absent, a tenth in exact case. Few
rules share a word there, so that what grows with their number is what must: the automaton, and what is found in more
rules. Beside it stands what that takes at least: folding and one pass of the automaton, with nothing made of the hits.
Then the same with rules as editors write them (`rulewriter`), and against one loop over all rules, on few texts.

The second is the live verdict (`judge`) with editors' rules, over articles as they come, mostly short: most are passed
over after one look; zones, regions and look-alikes cost only where a rule's words are found.

Each line is texts/s on one core, and the cost as a ratio to 100 rules; all sizes take turns over the same texts, so
that they meet the same machine. `--only loading` prints what reading the rules takes, each file in a process of its
own. The rules are made from the words of one half of the texts, and asked of the other.
"""

import argparse
import gc
import gzip
import multiprocessing
import re
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from rulewriter import Phrases, RuleWriter

from alerts.article import Article, InvalidArticle
from alerts.rules import RuleSet, load, parse_query
from alerts.rules.expression import Expression
from alerts.rules.found import EVERYWHERE, Found, Piece, scan
from alerts.rules.search import Index
from alerts.text import fold

T = TypeVar("T")

ROOT = Path(__file__).parent.parent
CHUNK = 50
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
LONG = 3072
ACCENTED = ("Orbán", "São Paulo", "Erdoğan", "Zürich", "naïve", "€2bn", "Müller", "Nestlé")


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=Path, default=ROOT.parent / "shared/corpora/replay.jsonl.gz")
    parser.add_argument("--texts", type=int, default=300, help="at most, of 3 KB; of articles as they come, ten times")
    parser.add_argument("--naive", type=int, default=3, help="texts for the loop over all rules")
    parser.add_argument("--most", type=int, default=100_000, help="rules")
    parser.add_argument("--only", choices=["matcher", "verdict", "loading"])
    options = parser.parse_args()
    if not options.articles.is_file():
        print(f"bench_rules: nothing measured: there is no {options.articles}; name articles by --articles")
        return
    sizes = [size for size in (100, 10_000, 100_000) if size <= options.most]
    articles = read(options.articles)
    learnt, asked = articles[::2], articles[1::2]
    files = Files(RuleWriter(map(whole, learnt)), options.most)
    if options.only == "loading":
        for size in sizes:
            loading(files.head(size), size)
        return
    if options.only != "verdict":
        texts = samples(asked, options.texts)
        phrases = Phrases(samples(learnt, 1000))
        watching = {size: Matcher([parse_query(q).expression for q in phrases.queries(size)]) for size in sizes}
        matchers("matcher, phrases", watching, texts, options.naive)
    sets = {size: load(files.head(size)) for size in sizes}
    if options.only != "verdict":
        editing = {size: Matcher([rule.match.expression for rule in rules.rules]) for size, rules in sets.items()}
        matchers("matcher, editors' rules", editing, texts, options.naive)
    if options.only != "matcher":
        few = asked[:: max(len(asked) // (10 * options.texts), 1)]
        for rules in sets.values():
            for article in few[::20]:  # what is read at the first need
                rules.judge(article, moment(article), thorough=True)
        gc.freeze()
        print_costs("live verdict, editors' rules", few, {n: verdicts(rules) for n, rules in sets.items()})


def read(file: Path) -> list[Article]:
    """The articles of a file of JSON lines; what is none is left out."""
    articles = []
    with gzip.open(file, "rb") as lines:
        for line in lines:
            try:
                articles.append(Article.from_json(line))
            except InvalidArticle:
                continue
    return articles


def whole(article: Article) -> str:
    """All of its text."""
    return f"{article.headline}\n{article.description or ''}\n{article.body_text}"


def samples(articles: Sequence[Article], most: int) -> list[str]:
    """Texts of 3 KB, short articles put together; every second one ASCII, the others set as a newspaper sets them."""
    texts: list[str] = []
    text = ""
    for article in sorted(articles, key=lambda one: -len(one.body_text)):
        text += whole(article) + "\n\n"
        if len(text) >= LONG:
            number = len(texts)
            texts.append(typeset(text[:LONG], number) if number % 2 else text[:LONG].encode("ascii", "ignore").decode())
            text = ""
        if len(texts) == most:
            break
    return texts


def typeset(text: str, number: int) -> str:
    """With curly quotes, dashes, a no-break space, and a few names with accents."""
    text = re.sub(r"(\w)'(\w)", "\\1\u2019\\2", text)
    text = re.sub(r'"([^"]*)"', "\u201c\\1\u201d", text).replace(" - ", " \u2014 ").replace("...", "\u2026")
    words = text.split(" ")
    for step in range(4):
        words[(number * 31 + step * 97) % len(words)] = ACCENTED[(number + step) % len(ACCENTED)]
    return " ".join(words[:-1]) + "\u00a0" + words[-1]


class Files:
    """Rules files of several sizes: the head of a file of many rules is a file of few."""

    def __init__(self, writer: RuleWriter, most: int) -> None:
        self._lines = writer.file(most).splitlines(keepends=True)

    def head(self, size: int) -> str:
        """The file of the first so many rules."""
        return "".join(self._lines[: size + 3])


class Matcher:
    """What stands at the heart of a rule set, without zones, regions and signals."""

    def __init__(self, expressions: Sequence[Expression]) -> None:
        self.expressions = expressions
        self.index = Index([expression] for expression in expressions)

    def matches(self, text: str) -> int:
        """How many rules hold, with each of their words taken back to its place in the text."""
        folded = fold(text)
        found, candidates = self.index.search([Piece(EVERYWHERE, folded, text)])
        holding = 0
        for number in candidates:
            expression = self.expressions[number]
            if expression.holds(found, EVERYWHERE):
                holding += 1
                _ = [folded.original(hit.start, hit.end) for hit in expression.evidence(found, EVERYWHERE)]
        return holding

    def least(self, text: str) -> int:
        """How many hits there are: folding, and a pass of the automaton in native code."""
        automaton = self.index._automaton  # noqa: SLF001 - the very same one, without the Python around it
        return len(automaton.find_matches_as_indexes(fold(text).data, overlapping=True)) if automaton else 0

    def loop(self, text: str) -> int:
        """The same, one rule after the other, each word looked for by itself."""
        folded = fold(text)
        pieces = [Piece(EVERYWHERE, folded, text)]
        holding = 0
        for expression in self.expressions:
            hits = {pattern: hits for pattern in expression.patterns() if (hits := scan(pattern, pieces))}
            found = Found(pieces, hits)
            if expression.holds(found, EVERYWHERE):
                holding += 1
                _ = [folded.original(hit.start, hit.end) for hit in expression.evidence(found, EVERYWHERE)]
        return holding


def matchers(name: str, by_size: Mapping[int, Matcher], texts: Sequence[str], naive: int) -> None:
    """Print what matchers of each size cost, then the loop."""
    gc.freeze()
    for kind, some in (("", texts), (", ASCII", texts[::2]), (", typeset", texts[1::2])):
        print_costs(f"{name}{kind}", some, {size: matcher.matches for size, matcher in by_size.items()})
    print_costs(f"{name}, folding and scan alone", texts, {n: m.least for n, m in by_size.items()}, "hits")
    few = texts[:: max(len(texts) // naive, 1)][:naive]
    for size, matcher in by_size.items():
        slow, fast = timed(matcher.loop, few), timed(matcher.matches, few)
        print(f"{name}, one loop over {size:,}: {len(few) / slow:,.1f} texts/s, {slow / fast:,.0f} times the cost")


def print_costs(name: str, texts: Sequence[T], arms: Mapping[int, Callable[[T], int]], counted: str = "rules") -> None:
    """A line for each size, from turns of fifty texts."""
    found, seconds = dict.fromkeys(arms, 0), dict.fromkeys(arms, 0.0)
    for start in range(0, len(texts), CHUNK):
        for size, work in arms.items():
            started = time.process_time()
            for text in texts[start : start + CHUNK]:
                found[size] += work(text)
            seconds[size] += time.process_time() - started
    for size, spent in seconds.items():
        print(
            f"{name}, {size:,} rules: {len(texts) / spent:,.0f} texts/s, {spent / len(texts) * 1e6:.0f} us, "
            f"ratio {spent / seconds[min(seconds)]:.2f}; {found[size] / len(texts):.2f} {counted} a text",
            flush=True,
        )


def timed(work: Callable[[str], int], texts: Sequence[str]) -> float:
    """CPU seconds."""
    started = time.process_time()
    for text in texts:
        work(text)
    return time.process_time() - started


def moment(article: Article) -> datetime:
    """When it is judged."""
    return article.published or EPOCH


def verdicts(rules: RuleSet) -> Callable[[Article], int]:
    """How many rules fire, as the classifier asks."""
    return lambda article: len(rules.judge(article, moment(article)).matches)


def loading(text: str, size: int) -> None:
    """Print what reading rules takes, measured in a process that does nothing else."""
    with multiprocessing.get_context("spawn").Pool(1) as alone:
        seconds, mebibytes = alone.apply(cost_of_loading, (text,))
    print(f"loading {size:,} rules: {seconds:.1f} s, {mebibytes:.0f} MiB at most", flush=True)


def cost_of_loading(text: str) -> tuple[float, float]:
    """CPU seconds, and by how many MiB the process grew at its peak (Linux)."""
    load("version: 1\nrules: [{id: a, match: a NEAR/2 b, regions: [US]}]")  # what is read once, whatever the rules
    before = peak()
    started = time.process_time()
    rules = load(text)
    seconds = time.process_time() - started
    assert rules.rules
    return seconds, (peak() - before) / 1024


def peak() -> int:
    """KiB that this process has held at most; `ru_maxrss` counts what its parent held as well."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))


if __name__ == "__main__":
    main()
