"""Rules as editors write them, any number of them, from a seed and the vocabulary of some texts.

The first ones are a desk's general rules: who or what, near what happens to them. The more rules there are, the more of
them watch single names: a person or company AND what must be told of it, NEAR it, in the headline, `n OF`, with
exceptions, or a phrase. Some names stand in the texts, with the long tail that names have; most are put together from
parts of names, as most of what a newsroom watches is not in the news today. Attributes are spread as in a grown file.
One rule is one line of YAML. Nothing is taken from a text but the vocabulary, while the benchmark runs.

`Phrases` are the other kind: a watch list, one word or phrase a rule.
"""

import json
import random
import re
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

EVENTS = (
    *(
        "resign*",
        "dies",
        "dead",
        "killed",
        "kills",
        "arrest*",
        "charged",
        "sentenced",
        "convicted",
        "acquitted",
        "sues",
    ),
    *("explosion*", "blast*", "fire", "earthquake*", "flood*", "evacuat*", "crash*", "derail*", "collaps*", "sinks"),
    *("strike*", "protest*", "coup", "sanction*", "treaty", "ceasefire", "attack*", "bomb*", "shooting", "hostage*"),
    *("merger", "takeover", "bankrupt*", "default*", "layoffs", "outage*", "breach*", "recall*", "fined", "probe"),
    *('"rate cut"', '"rate rise"', '"state of emergency"', '"no confidence"', '"steps down"', '"found dead"'),
)
WHO = (
    *(
        "troops",
        "soldiers",
        "police",
        "protesters",
        "gunm*",
        "militants",
        "rebels",
        "officials",
        "lawmakers",
        "workers",
    ),
    *(
        "president",
        "minister",
        "premier",
        "chancellor",
        "mayor",
        "governor",
        "senator",
        "judge",
        "bishop",
        "ambassador",
    ),
    *("plane", "airliner", "helicopter", "train", "ferry", "tanker", "bridge", "dam", "plant", "refinery", "pipeline"),
    *("bank", "airline", "carmaker", "hospital", "school", "mosque", "church", "embassy", "airport", "port", "market"),
    *('"prime minister"', '"central bank"', '"supreme court"', '"nuclear plant"', '"cargo ship"', '"oil field"'),
)
UNLESS = ("film", "novel", "review", "exercise*", "anniversary", "museum", "documentary", "podcast", '"season finale"')
REGIONS = ("US", "GB", "FR", "DE", "RU", "UA", "JP", "CN", "IN", "BR", "KZ", "TR", "US-CA", "GB-SCT", "eu", "nato")
GROUPS = ("central-asia", "middle-east", "europe", "africa", "asia")
TOPICS = ("conflict", "politics", "disaster", "accident", "business", "crime", "health", "courts")
PRIORITIES = {"flash": 1, "bulletin": 4, "urgent": 25, "routine": 70}
_GENERAL = 60
"""Of a hundred rules so many are general; of ten times as many, about as many again for each doubling."""
_SEEN = 0.15
"""How many of the entities stand in the texts that the vocabulary is from."""

_NAME = re.compile(r"(?<![.!?:] )(?<!^)\b[A-Z][a-z]+(?: [A-Z][a-z]+){1,2}\b", re.MULTILINE)
_WORD = re.compile(r"\b[a-z]{4,}\b")
_PAIR = re.compile(r"(?=\b([a-z]{4,} [a-z]{4,})\b)")
_RUN = re.compile(r"[A-Za-z]{2,}(?: [A-Za-z]{2,})*")
_COMMON = 400
"""So many of the commonest words begin or end no phrase of a watch list."""


class RuleWriter:
    """Writes rules; equal seeds and texts make equal rules."""

    def __init__(self, texts: Iterable[str], seed: int = 1) -> None:
        self._dice = random.Random(seed)
        names: Counter[str] = Counter()
        words: Counter[str] = Counter()
        pairs: Counter[str] = Counter()
        count = 0
        for text in texts:
            count += 1
            names.update(set(_NAME.findall(text)))
            words.update(set(_WORD.findall(text)))
            pairs.update(set(_PAIR.findall(text)))
        # What stands in many texts is what no editor asks for; a name of plain words is a title's beginning.
        plain = {word for word, seen in words.items() if seen > max(count / 2000, 5)}
        self._names = sorted(
            name
            for name, seen in names.items()
            if seen <= max(count / 500, 5)
            and plain.isdisjoint(name.lower().split())
            and min(map(len, name.split())) > 3
        )
        self._words = sorted(word for word, seen in words.items() if 2 <= seen <= max(count / 500, 5))
        self._phrases = sorted(
            pair
            for pair, seen in pairs.items()
            if 2 <= seen <= max(count / 1000, 5) and not plain.issuperset(pair.split())
        )
        self._parts = sorted({part for name in self._names for part in name.split()})
        self._kinds: list[tuple[Callable[[], str], int]] = [
            (lambda: f"{self._entity()} AND ({self._events()})", 25),
            (lambda: f"{self._entity()} NEAR/8 ({self._events()})", 20),
            (lambda: f"({self._entity()} OR {self._entity()}) AND ({self._events()})", 8),
            (lambda: f"({self._word()} OR {self._word()} OR {self._phrase()}) NEAR/6 ({self._events()})", 10),
            (lambda: f"headline:({self._entity()} OR {self._entity()})", 8),
            (self._entity, 7),
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
        general = self._often(_GENERAL / (_GENERAL + number))
        rule: dict[str, Any] = {
            "id": f"rule-{number}",
            "topic": self._dice.choice(TOPICS),
            "priority": self._dice.choices(list(PRIORITIES), list(PRIORITIES.values()))[0],
            "match": self._general() if general else make(),
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

    def _general(self) -> str:
        return f"({self._some(WHO, 4, 10)}) NEAR/6 ({self._some(EVENTS, 4, 10)})"

    def _events(self) -> str:
        return self._some(EVENTS, 2, 5)

    def _some(self, words: tuple[str, ...], least: int, most: int) -> str:
        return " OR ".join(self._dice.sample(words, self._dice.randint(least, most)))

    def _word(self) -> str:
        return self._dice.choice(self._words)

    def _phrase(self) -> str:
        return f'"{self._dice.choice(self._phrases)}"'


class Phrases:
    """Watch lists as the prototype's: hardly any phrase is in the news today, the others are made of words that are."""

    def __init__(self, texts: Iterable[str], seed: int = 1) -> None:
        self._seed = seed
        runs = [run.split() for text in texts for run in _RUN.findall(text)]
        common = {word for word, _ in Counter(word.lower() for run in runs for word in run).most_common(_COMMON)}
        said = {
            " ".join(words)
            for run in runs
            for length in (1, 2, 3)
            for words in zip(*(run[at:] for at in range(length)), strict=False)
            if not {words[0].lower(), words[-1].lower()} & common and len(words[0]) > 2
        }
        self._said = sorted(said)
        self._words = [word for phrase in self._said for word in phrase.split()]

    def queries(self, count: int) -> list[str]:
        """So many different rules, a tenth of them in exact case."""
        dice = random.Random(self._seed + count)
        share = 0.03 * min(1, 1000 / count) + 0.002
        made: dict[str, str] = {}
        while len(made) < count:
            real = dice.random() < share
            phrase = dice.choice(
                self._said if real else [" ".join(dice.choices(self._words, k=dice.choice((2, 2, 3))))]
            )
            made.setdefault(phrase.casefold(), f'="{phrase}"' if dice.random() < 0.1 else f'"{phrase}"')
        return list(made.values())
