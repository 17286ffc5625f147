"""Who gets which alert, by the words of protocol.md and nothing else: slow, plain, and none of the gateway's code.

Works on a small vocabulary, which `FILTERS`, `SCOPES` and `FIELDS` draw from.
"""

import random
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hypothesis import strategies as st

Json = Mapping[str, Any]

ABOVE = {
    "UA-30": {"UA-30", "UA", "eastern-europe", "europe"},
    "UA": {"UA", "eastern-europe", "europe"},
    "KZ": {"KZ", "central-asia", "asia"},
    "FR": {"FR", "western-europe", "europe", "eu"},
}
ASKED = ["UA-30", "UA", "KZ", "FR", "europe", "eu", "central-asia", "unknown"]
RANKS = ["routine", "urgent", "bulletin", "flash"]
TOPICS, RULES, SOURCES = ["conflict", "sport", "fire"], ["r1", "r2"], ["A.org", "b.org", "c.org"]
LANGUAGES = ["en", "en-GB", "ru", "zh-Hant-TW"]
WORDS = ["border", "Border", "borders", "crossing", "mill", "harbour", "fires", "drill"]


def has(pattern: str) -> Callable[[str], bool]:
    """Whether a piece of text has it, in whole words and whatever the case."""
    return lambda text: re.search(rf"\b(?:{pattern})\b", text.lower()) is not None


def both(first: str, second: str) -> Callable[[str], bool]:
    """Whether the whole text has both, wherever."""
    return lambda text: has(first)(text) and has(second)(text)


QUERIES: dict[str, Callable[[str], bool]] = {
    "border": has("border"),
    "border*": has("borders?"),
    '"border crossing"': has("border crossing"),
    "mill OR harbour": has("mill|harbour"),
    "border AND mill": both("border", "mill"),
    "fire* AND NOT drill": lambda text: has("fires?")(text) and not has("drill")(text),
    "border NEAR/1 mill": has("border mill|mill border"),
    "headline:crossing": lambda text: has("crossing")(text.split("|")[0]),
}
"""Expressions, and what they mean for `headline|lead`; a bar keeps words of the two apart."""


def values(listed: Sequence[str], most: int = 3) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(listed), min_size=1, max_size=most)


_AXES: dict[str, st.SearchStrategy[Any]] = {
    "regions": values(ASKED),
    "topics": values(TOPICS),
    "rules": values(RULES),
    "languages": values(["en", "EN-gb", "ru", "zh-hant", "z"]),
    "sources": values(["a.ORG", "B.org"]),
    "text": st.sampled_from(list(QUERIES)),
}


def few(axes: Mapping[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """At most two axes: with more, hardly anything would ever match."""
    names = st.lists(st.sampled_from(sorted(axes)), max_size=2, unique=True)
    return names.flatmap(lambda chosen: st.fixed_dictionaries({name: axes[name] for name in chosen}))


FILTERS = few({**_AXES, "min_priority": st.sampled_from(RANKS), "not": few(_AXES)})
SCOPES = few({"regions": values(ASKED), "topics": values(TOPICS), "min_priority": st.sampled_from(RANKS)})
_TEXT = st.lists(st.sampled_from(WORDS), max_size=4).map(" ".join)
FIELDS: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "regions": st.lists(st.sampled_from(list(ABOVE)), max_size=2, unique=True).map(
            lambda codes: [{"code": code, "name": code} for code in codes]
        ),
        "topics": st.lists(st.sampled_from(TOPICS), max_size=2, unique=True),
        "rules": st.lists(st.sampled_from(RULES), max_size=2, unique=True),
        "language": st.sampled_from(LANGUAGES),
        "headline": _TEXT.map(lambda words: words or "nothing"),
        "summary": _TEXT,
        "priority": st.sampled_from(RANKS),
        "sources": st.lists(st.sampled_from(SOURCES), min_size=1, max_size=2, unique=True).map(
            lambda names: [{"uri": "u", "source": name, "headline": "h"} for name in names]
        ),
    }
)


def fields(rnd: random.Random) -> dict[str, Any]:
    """Fields of a revision, drawn quickly."""
    return {
        "regions": [{"code": code, "name": code} for code in rnd.sample(sorted(ABOVE), rnd.randint(0, 2))],
        "topics": rnd.sample(TOPICS, rnd.randint(0, 2)),
        "rules": rnd.sample(RULES, rnd.randint(0, 2)),
        "language": rnd.choice(LANGUAGES),
        "headline": " ".join(rnd.choices(WORDS, k=rnd.randint(1, 4))),
        "summary": " ".join(rnd.choices(WORDS, k=rnd.randint(0, 3))),
        "priority": rnd.choice(RANKS),
        "sources": [{"uri": "u", "source": name, "headline": "h"} for name in rnd.sample(SOURCES, rnd.randint(1, 2))],
    }


def wish(rnd: random.Random, *, nested: bool = True) -> dict[str, Any]:
    """A filter of at most two axes, drawn quickly."""
    axes: dict[str, Callable[[], Any]] = {
        "regions": lambda: rnd.sample(ASKED, rnd.randint(1, 3)),
        "topics": lambda: rnd.sample(TOPICS, rnd.randint(1, 2)),
        "rules": lambda: [rnd.choice(RULES)],
        "languages": lambda: [rnd.choice(["en", "EN-gb", "ru", "zh-hant", "z"])],
        "sources": lambda: [rnd.choice(["a.ORG", "B.org"])],
        "text": lambda: rnd.choice(list(QUERIES)),
    }
    if nested:
        axes |= {"min_priority": lambda: rnd.choice(RANKS), "not": lambda: wish(rnd, nested=False)}
    return {name: axes[name]() for name in rnd.sample(sorted(axes), rnd.randint(0, 2))}


def scope(rnd: random.Random) -> dict[str, Any]:
    """What a token allows, drawn quickly."""
    return {name: value for name, value in wish(rnd).items() if name in {"regions", "topics", "min_priority"}}


def gets(filters: Sequence[Json], scope: Json, revisions: Sequence[Json]) -> bool:
    """Whether a subscriber gets the last of these revisions of one alert: OR over filters, AND the scope."""
    return reaches(scope, revisions) and any(matches(each, revisions) for each in filters)


def matches(wanted: Json, revisions: Sequence[Json]) -> bool:
    """One filter: the reach, and one revision, this or an earlier one, that `text` and `not` let through."""
    return reaches(wanted, revisions) and any(_passes(wanted, revision) for revision in revisions)


def reaches(wanted: Json, revisions: Sequence[Json]) -> bool:
    """The axes against the union of all revisions so far; the priority against the highest."""
    if RANKS.index(wanted.get("min_priority", "routine")) > max(RANKS.index(r["priority"]) for r in revisions):
        return False
    return all(_names(axis, wanted[axis], revisions) for axis in _PLAIN if axis in wanted)


def _passes(wanted: Json, revision: Json) -> bool:
    unwanted = wanted.get("not", {})
    if any(_names(axis, unwanted[axis], [revision]) for axis in _PLAIN if axis in unwanted):
        return False
    text = f"{revision['headline']} | {revision['summary']}"
    if "text" in unwanted and QUERIES[unwanted["text"]](text):
        return False
    return "text" not in wanted or QUERIES[wanted["text"]](text)


def _names(axis: str, asked: Sequence[str], revisions: Sequence[Json]) -> bool:
    return any(_PLAIN[axis](value, revision) for value in asked for revision in revisions)


def _region(asked: str, revision: Json) -> bool:
    codes = [region["code"] for region in revision["regions"]]
    return asked == "unknown" if not codes else any(asked in ABOVE[code] for code in codes)


def _language(asked: str, revision: Json) -> bool:
    return f"{revision['language']}-".lower().startswith(f"{asked}-".lower())


_PLAIN: dict[str, Callable[[str, Json], bool]] = {
    "regions": _region,
    "topics": lambda asked, revision: asked in revision["topics"],
    "rules": lambda asked, revision: asked in revision["rules"],
    "languages": _language,
    "sources": lambda asked, revision: asked.lower() in [each["source"].lower() for each in revision["sources"]],
}
