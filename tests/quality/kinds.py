"""Whether the default rules know kinds of news, not items: invented headlines, agent by act, in eleven languages.

    python tests/quality/kinds.py [LANGUAGE...] [--rules FILE] [--shown N]

`kinds/xx.yaml` has, for a language, kinds of breaking news (`positives`) and of look-alikes (`traps`). A block's every
sentence is told with every choice of words for its `{slots}` (`pairs`: words that go together, by rows), so that what
is missed is a gap of kind. `want` names the outcome where it is not `breaking`. Nothing in them was printed anywhere.
"""

import argparse
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import Any

import yaml

from alerts.article import Article
from alerts.rules import RuleSet, default_rules, load
from alerts.verdict import Outcome

FOLDER = Path(__file__).with_suffix("")
_NOON = datetime(2001, 1, 1, 12, tzinfo=UTC)
_SLOT = re.compile(r"\{(\w+)\}")

Block = dict[str, Any]


def main() -> None:
    """Print two lines for each language, and what is wrong if asked."""
    options = _options()
    text = options.rules.read_text(encoding="utf-8") if options.rules else None
    rules = default_rules() if text is None else load(text, file=str(options.rules))
    for language in options.languages or sorted(path.stem for path in FOLDER.glob("*.yaml")):
        kinds = yaml.safe_load((FOLDER / f"{language}.yaml").read_text(encoding="utf-8"))
        for part, wanted in (("positives", True), ("traps", False)):
            _report(rules, language, part, kinds[part], wanted=wanted, shown=options.shown)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Whether the default rules know kinds of news.")
    parser.add_argument("languages", nargs="*", metavar="LANGUAGE")
    parser.add_argument("--rules", type=Path, help="a rules file instead of the default rules")
    parser.add_argument("--shown", type=int, default=0, metavar="N", help="show up to N wrong headlines of a kind")
    return parser.parse_args()


def _report(
    rules: RuleSet, language: str, part: str, kinds: dict[str, list[Block]], *, wanted: bool, shown: int
) -> None:
    seen = right = 0
    wrong: dict[str, list[str]] = {}
    for kind, blocks in kinds.items():
        for outcome, headline in ((o, h) for block in blocks for o, h in told(block)):
            seen += 1
            found = judge(rules, language, headline)
            if (found is outcome) if wanted else (found is not Outcome.BREAKING):
                right += 1
            else:
                wrong.setdefault(kind, []).append(headline)
    hits = right if wanted else seen - right
    gaps = ", ".join(f"{kind} {len(headlines)}" for kind, headlines in wrong.items())
    print(
        f"{language} {part} that alert: {hits}/{seen} {100 * hits / max(1, seen):.1f} %{'; wrong: ' * bool(gaps)}{gaps}"
    )
    for kind, headlines in wrong.items():
        for headline in headlines[:shown]:
            print(f"    {kind}: {headline}")


def told(block: Block) -> Iterator[tuple[Outcome, str]]:
    """Each sentence of a block once with every choice for the slots it has, and the outcome it should have."""
    outcome = Outcome(block.get("want", "breaking"))
    names, *together = block.get("pairs") or [[]]
    rows = [dict(zip(names, row, strict=True)) for row in together] or [{}]
    free = {name: words for name, words in block.items() if name not in {"say", "want", "pairs"}}
    for sentence in block["say"]:
        slots = set(_SLOT.findall(sentence))
        wide = [words for name, words in free.items() if name in slots]
        chosen = (dict(zip([n for n in free if n in slots], words, strict=True)) for words in product(*wide))
        headlines = (sentence.format_map(row | words) for words in chosen for row in rows)
        for headline in dict.fromkeys(headlines):
            yield outcome, headline[:1].upper() + headline[1:]


def judge(rules: RuleSet, language: str, headline: str) -> Outcome:
    """What the rules make of a headline alone, as of now."""
    article = Article(uri="kinds:1", source="example.org", headline=headline, language=language, published=_NOON)
    return rules.judge(article, _NOON).outcome


if __name__ == "__main__":
    main()
