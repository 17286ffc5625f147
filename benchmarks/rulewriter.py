"""Rules as editors write them, any number of them, from a seed and the vocabulary of some texts.

Most name somebody or something (an entity) and say what must be told of it: by AND, by NEAR, in the headline, with
exceptions; others are phrases, or words of a kind near each other. A seventh of the entities occur in the texts, with the
long tail that names have; the others are put together from their parts, as most of what a newsroom watches is not in
the news today. Attributes are spread as in a grown rules file. One rule is one line of YAML.
"""

import json
import random
import re
from collections import Counter
from collections.abc import Callable, Iterable

EVENTS = (
    *("resign*", "dies", "dead", "killed", "kills", "arrest*", "charged", "sentenced", "convicted", "acquitted", "sues"),
    *("explosion*", "blast*", "fire", "earthquake*", "flood*", "evacuat*", "crash*", "derail*", "collaps*", "sinks"),
    *("strike*", "protest*", "coup", "sanction*", "treaty", "ceasefire", "attack*", "bomb*", "shooting", "hostage*"),
    *("merger", "takeover", "bankrupt*", "default*", "layoffs", "outage*", "breach*", "recall*", "fined", "probe"),
    *('"rate cut"', '"rate rise"', '"state of emergency"', '"no confidence"', '"steps down"', '"found dead"'),
)
UNLESS = ("film", "novel", "review", "exercise*", "anniversary", "museum", "documentary", "podcast", '"season finale"')
REGIONS = ("US", "GB", "FR", "DE", "RU", "UA", "JP", "CN", "IN", "BR", "KZ", "TR", "US-CA", "GB-SCT", "eu", "nato")
GROUPS = ("central-asia", "middle-east", "europe", "africa", "asia")
TOPICS = ("conflict", "politics", "disaster", "accident", "business", "crime", "health", "courts")
PRIORITIES = (("flash", 1), ("bulletin", 4), ("urgent", 25), ("routine", 70))
_SEEN = 0.15
"""How many of the entities stand in the texts that the vocabulary is from."""

_NAME = re.compile(r"(?<![.!?:] )(?<!^)\b[A-Z][a-z]+(?: [A-Z][a-z]+){1,2}\b", re.MULTILINE)
_WORD = re.compile(r"\b[a-z]{4,}\b")
_PAIR = re.compile(r"(?=\b([a-z]{4,} [a-z]{4,})\b)")


class RuleWriter:
    """Writes rules; equal seeds and texts make equal rules."""

    def __init__(self, texts: Iterable[str], seed: int = 1) -> None:
        self._dice = random.Random(seed)
        names: Counter[str] = Counter()
        words: Counter[str] = Counter()
        pairs: Counter[str] = Counter()
        for count, text in enumerate(texts, 1):
            names.update(set(_NAME.findall(text)))
            words.update(set(_WORD.findall(text)))
            pairs.update(set(_PAIR.findall(text)))
        # Names and phrases of what is in every other text, and common words, are what no editor asks for.
        self._names = sorted(name for name, seen in names.items() if seen <= count / 500)
        self._words = sorted(word for word, seen in words.items() if 2 <= seen <= count / 200)
        self._phrases = sorted(pair for pair, seen in pairs.items() if 2 <= seen <= count / 500)
        self._parts = sorted({part for name in names for part in name.split()})
        self._kinds: list[tuple[Callable[[], str], int]] = [
            (lambda: f"{self._entity()} AND ({self._events()})", 25),
            (lambda: f"{self._entity()} NEAR/8 ({self._events()})", 20),
            (lambda: f"({self._entity()} OR {self._entity()}) AND ({self._events()})", 8),
            (lambda: f"({self._word()} OR {self._word()} OR {self._phrase()}) NEAR/6 ({self._events()})", 10),
            (lambda: f"headline:({self._entity()} OR {self._entity()})", 8),
            (lambda: self._entity(), 7),
            (lambda: f"{self._phrase()} AND {self._word()} AND NOT {self._word()}", 7),
            (lambda: f"{self._entity()} ONEAR/5 {self._word()}", 5),
            (lambda: f"2 OF ({self._entity()}, {self._phrase()}, {self._word()}, {self._word()})", 5),
            (lambda: f"{self._phrase()} OR {self._phrase()} OR {self._entity()}", 5),
        ]

    def file(self, count: int) -> str:
        """A rules file of so many rules. The rules of a smaller one by an equal writer are its first ones."""
        return "version: 1\ndefaults: {in: [headline, lead]}\nrules:\n" + "".join(map(self._rule, range(count)))

    def _rule(self, number: int) -> str:
        makers, weights = zip(*self._kinds, strict=True)
        (make,) = self._dice.choices(makers, weights)
        priorities, shares = zip(*PRIORITIES, strict=True)
        rule = {
            "id": f"rule-{number}",
            "topic": self._dice.choice(TOPICS),
            "priority": self._dice.choices(priorities, shares)[0],
            "match": make(),
        }
        if self._often(0.2):
            rule["unless"] = " OR ".join(self._dice.sample(UNLESS, 2))
        if self._often(0.3):
            rule["in"] = ["headline", "lead", "body"]
        if self._often(0.25):
            rule["regions"] = self._dice.sample((*REGIONS, *GROUPS), self._dice.randint(1, 2))
        if self._often(0.3):
            rule["max_age"] = self._dice.choice(("6h", "12h", "24h", "2d"))
        if self._often(0.3):
            rule["unless_signals"] = "all"
        if self._often(0.15):
            rule["languages"] = ["en"]
        return f"  - {json.dumps(rule)}\n"  # which is YAML too

    def _often(self, share: float) -> bool:
        return self._dice.random() < share

    def _entity(self) -> str:
        if self._often(_SEEN):
            return f'"{self._dice.choice(self._names)}"'
        return f'"{" ".join(self._dice.sample(self._parts, 2))}"'

    def _events(self) -> str:
        return " OR ".join(self._dice.sample(EVENTS, self._dice.randint(2, 5)))

    def _word(self) -> str:
        return self._dice.choice(self._words)

    def _phrase(self) -> str:
        return f'"{self._dice.choice(self._phrases)}"'
