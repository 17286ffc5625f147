"""What an article costs by the number of rules, and what it costs to load them, from one run.

Usage: bench_rules.py [--articles FILE] [--texts 2000] [--naive 5] [--most 100000]

Prints, one line each: seconds and memory to load 100, 10,000 and 100,000 rules, each in a process of its own; texts/s
on one core and the cost as a ratio to 100 rules, twice: of the live verdict (`judge`: most texts are passed over after
one look; regions and look-alikes only where a rule's words are found), and of the matcher alone on every text (cut in
zones, folded, searched, all rules asked, and where each match stands). Then the same against one loop over all rules,
on fewer texts. The rules are made (`rulewriter`) from the words of one half of the texts, and asked of the other.
"""

import argparse
import gc
import gzip
import multiprocessing
import resource
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from rulewriter import RuleWriter

from alerts.article import Article, InvalidArticle
from alerts.rules import RuleSet, load
from alerts.rules.found import Found, scan
from alerts.rules.judgement import Judgement

ROOT = Path(__file__).parent.parent
CHUNK = 50
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


def main() -> None:
    """Load and measure each size in turn, over the same texts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=Path, default=ROOT.parent / "shared/corpora/replay.jsonl.gz")
    parser.add_argument("--texts", type=int, default=2000)
    parser.add_argument("--naive", type=int, default=5)
    parser.add_argument("--most", type=int, default=100_000)
    options = parser.parse_args()
    if not options.articles.is_file():
        print(f"bench_rules: nothing measured: there is no {options.articles}; name articles by --articles")
        return
    articles = read(options.articles)
    writer = RuleWriter(f"{a.headline}\n{a.description or ''}\n{a.body_text}" for a in articles[::2])
    whole = writer.file(options.most)
    sizes = [size for size in (100, 10_000, 100_000) if size <= options.most]
    # The head of a file of many rules is a file of few.
    files = {size: "".join(whole.splitlines(keepends=True)[: size + 3]) for size in sizes}
    sets = {size: loaded(files[size], size) for size in sizes}
    gc.freeze()
    asked = articles[1::2]
    Bench(sets, asked[:: max(len(asked) // options.texts, 1)]).run(options.naive)


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


def loaded(text: str, size: int) -> RuleSet:
    """The rules; what it took is measured beside, in a process that does nothing else."""
    with multiprocessing.get_context("spawn").Pool(1) as alone:
        seconds, mebibytes = alone.apply(cost_of_loading, (text,))
    print(f"loading {size:,} rules: {seconds:.1f} s, {mebibytes:.0f} MiB at most", flush=True)
    return load(text)


def cost_of_loading(text: str) -> tuple[float, float]:
    """CPU seconds, and by how many MiB the process grew at its peak."""
    load("version: 1\nrules: [{id: a, match: a NEAR/2 b, regions: [US]}]")  # what is read once, whatever the rules
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.process_time()
    rules = load(text)
    seconds = time.process_time() - started
    assert rules.rules
    return seconds, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024


class Bench:
    """Every arm has the same texts, in turns of fifty, so that all meet the same machine."""

    def __init__(self, sets: dict[int, RuleSet], articles: list[Article]) -> None:
        self.sets, self.articles = sets, articles

    def run(self, naive: int) -> None:
        """Print every figure."""
        for rules in self.sets.values():
            for article in self.articles[::20]:  # what is read at the first need
                rules.judge(article, moment(article), thorough=True)
        for name, work in (("live verdict", verdict), ("matcher alone", matches)):
            found, seconds = self._turns(work)
            for size, spent in seconds.items():
                print(
                    f"{name}, {size:,} rules: {len(self.articles) / spent:,.0f} texts/s, "
                    f"{spent / len(self.articles) * 1e6:.0f} us, ratio {spent / seconds[min(seconds)]:.2f}; "
                    f"{found[size] / len(self.articles):.2f} rules a text",
                    flush=True,
                )
        few = self.articles[:: max(len(self.articles) // naive, 1)][:naive]
        for size, rules in self.sets.items():
            slow, fast = timed(loop, rules, few), timed(matches, rules, few)
            print(f"one loop over {size:,} rules: {len(few) / slow:,.1f} texts/s, {slow / fast:,.0f} times the cost")

    def _turns(self, work: Callable[[RuleSet, Article], int]) -> tuple[dict[int, int], dict[int, float]]:
        found, seconds = dict.fromkeys(self.sets, 0), dict.fromkeys(self.sets, 0.0)
        for start in range(0, len(self.articles), CHUNK):
            turn = self.articles[start : start + CHUNK]
            for size, rules in self.sets.items():
                started = time.process_time()
                for article in turn:
                    found[size] += work(rules, article)
                seconds[size] += time.process_time() - started
        return found, seconds


def moment(article: Article) -> datetime:
    """When it is judged."""
    return article.published or EPOCH


def timed(work: Callable[[RuleSet, Article], int], rules: RuleSet, articles: list[Article]) -> float:
    """CPU seconds."""
    started = time.process_time()
    for article in articles:
        work(rules, article)
    return time.process_time() - started


def verdict(rules: RuleSet, article: Article) -> int:
    """How many rules fire, as the classifier asks."""
    return len(rules.judge(article, moment(article)).matches)


def matches(rules: RuleSet, article: Article) -> int:
    """How many rules match, with the places of their words."""
    seen = rules.look(article, moment(article))
    return len([seen.match(rules.rules[number]) for number in rules.matching(seen)])


def loop(rules: RuleSet, article: Article) -> int:
    """The same, one rule after the other, each word looked for by itself."""
    seen = rules.look(article, moment(article))
    fired = 0
    for rule in rules.rules:
        patterns = rule.match.expression.patterns()
        hits = {pattern: hits for pattern in patterns if (hits := scan(pattern, seen.found.pieces))}
        alone = Judgement(seen.prepared, seen.zones, Found(seen.found.pieces, hits), seen.now)
        if rule.match.expression.holds(alone.found, rule.mask):
            fired += bool(alone.match(rule))
    return fired


if __name__ == "__main__":
    main()
