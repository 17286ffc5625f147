"""Patterns are passed over only where they cannot match."""

import re
from typing import Any

import pytest

from alerts.rules import default_rules, signals
from alerts.rules.needles import Sieve, needed


@pytest.mark.parametrize(
    ("pattern", "strings"),
    [
        (r"\bquake\b", {"quake"}),
        (r"\b(?:quake|quiet)s?\s+drill", {"drill"}),
        (r"(?:storm|sturm)\s+in", {"storm", "sturm"}),
        (r"(?:storm|\d+)\s+hit", {"hit"}),
        (r"a(?:bc|de)+", {"abc", "ade"}),
        (r"(?=.*\bvote)\w+", {"vote"}),
        (r"(?!.*\bvote)\w+", set()),
        (r"(?:vote)?\w+", set()),
        (r"[?!]\W*$", set()),
    ],
)
def test_what_a_pattern_needs(pattern: str, strings: set[str]) -> None:
    assert needed(re.compile(pattern, re.IGNORECASE)) == strings


@pytest.mark.parametrize("text", ["KIŞ GELDİ", "kış geldi", "Kış Geldi", "\ud800 kış geldi"])
def test_case_is_that_of_the_pattern(text: str) -> None:
    pattern = re.compile("kış geldi", re.IGNORECASE)
    assert pattern.search(text)
    assert Sieve([[], [pattern]]).worth(text) == {1: [pattern]}


def test_no_look_alike_is_passed_over_that_is_in_the_text() -> None:
    features, _, sieve = signals._features()
    for headline in _headlines():
        for text in (headline, headline.upper()):
            matching = {(n, p) for n, feature in enumerate(features) for p in feature.headline if p.search(text)}
            assert matching <= {(n, p) for n, patterns in sieve.worth(text).items() for p in patterns}, text


def _headlines() -> list[str]:
    examples: list[Any] = [e for rule in default_rules().rules for e in (*rule.examples.match, *rule.examples.no_match)]
    return [example["headline"] for example in examples][::7]
