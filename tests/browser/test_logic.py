"""The pure parts of the page, asked directly: words, filters, what is true of a connection, what may sound."""

from typing import Any

import pytest
from playwright.async_api import Page
from support.newsroom import newsroom

pytestmark = pytest.mark.browser


async def ask(page: Page, module: str, call: str, *arguments: Any) -> Any:
    """Call an exported function of a module of the page."""
    script = f"async (given) => (await import('/page/{module}.js')).{call}(...given)"
    return await page.evaluate(script, list(arguments))


async def test_words(page: Page) -> None:
    """Ages, marks by code point, reasons grouped, and what changed word by word."""
    async with newsroom() as room:
        await page.goto(f"{room.gateway.url}page/icon.svg")
        ages = [await ask(page, "words", "age", 0, 1000 * seconds) for seconds in (-5, 59, 61, 3700, 90_000)]
        assert ages == ["0 s", "59 s", "1 min", "1 h 1 min", "1 d"]
        # A character outside the BMP is one code point, and two of JavaScript's units.
        assert await ask(page, "words", "parts", "🔥 fire", {"spans": [[2, 6]]}) == [["🔥 ", False], ["fire", True]]
        assert await ask(page, "words", "parts", "a+b a+b", {"words": ["a+b"]}) == [
            ["a+b", True],
            [" ", False],
            ["a+b", True],
        ]
        changed = await ask(page, "words", "difference", "At least 12 dead", "At least 15 dead, 3 missing")
        assert "".join(word for word, how in changed if how != "gone") == "At least 15 dead, 3 missing"
        assert [word for word, how in changed if how == "gone"] == ["12"]
        assert await ask(page, "words", "difference", "Texas, curfew ordered", "Texas, 3 killed") == [
            ["Texas, ", "same"],
            ["curfew ordered", "gone"],
            ["3 killed", "new"],
        ]
        long = "word " * 5000
        assert len(await ask(page, "words", "difference", long, long + "more")) >= 1


async def test_filters(page: Page) -> None:
    """A filter goes through a link unchanged; what is no axis is left out; it is read as a line."""
    wanted = {
        "regions": ["UA", "sahel"],
        "min_priority": "urgent",
        "text": "a & b=c#d",
        "not": {"topics": ["sport"], "text": "x"},
    }
    async with newsroom() as room:
        await page.goto(f"{room.gateway.url}page/icon.svg")
        fragment = await ask(page, "filter", "toFragment", [{"name": "Кыив & Co", "filter": wanted}])
        (spec,) = await ask(page, "filter", "fromFragment", "#" + fragment)
        column = await ask(page, "filter", "column", spec, "x")
        assert (column["name"], column["filter"]) == ("Кыив & Co", wanted)
        foreign = [["token", "eyJ"], ["min_priority", "huge"], ["not.min_priority", "flash"], ["topics", ""]]
        assert await ask(page, "filter", "fromPairs", foreign) == {}
        assert await ask(page, "filter", "line", wanted) == (
            "UA, sahel · urgent and above · “a & b=c#d” · without topic sport, “x”"
        )
        assert await ask(page, "filter", "line", {}) == "everything"


STATES: list[tuple[list[dict[str, Any]], str]] = [
    ([{"state": "live", "heard": 97_000}, {"state": "live", "heard": 99_000}], "live"),
    ([{"state": "live", "heard": 99_000}, {"state": "catching-up", "behind": 240, "heard": 1}], "catching up 240"),
    (
        [{"state": "live", "heard": 99_000}, {"state": "waiting", "heard": 60_000, "until": 103_000}],
        "no news for 40 s: reconnecting",
    ),
    ([{"state": "connecting", "heard": 0}], "connecting"),
    ([{"state": "waiting", "heard": 0, "until": 0}], "cannot connect: trying again"),
    ([{"state": "live", "heard": 1}, {"state": "stopped", "code": 4505, "heard": 1}], "stopped (4505)"),
    ([{"state": "denied", "heard": 1}, {"state": "stopped", "code": 4505}], "a token is needed"),
]


async def test_the_worst_of_all_columns_is_what_is_said(page: Page) -> None:
    """One silent column among live ones is not live."""
    async with newsroom() as room:
        await page.goto(f"{room.gateway.url}page/icon.svg")
        for states, word in STATES:
            assert (await ask(page, "link", "summary", states, 100_000))["word"] == word


async def test_what_may_sound(page: Page) -> None:
    """A higher one always; the same or a lower one only after a while."""
    async with newsroom() as room:
        await page.goto(f"{room.gateway.url}page/icon.svg")
        urgent, flash = {"rank": 1, "at": 1000}, {"rank": 3, "at": 1000}
        assert await ask(page, "attention", "mayPlay", "flash", urgent, 1001)
        assert not await ask(page, "attention", "mayPlay", "urgent", urgent, 1001)
        assert not await ask(page, "attention", "mayPlay", "bulletin", flash, 1001)
        assert await ask(page, "attention", "mayPlay", "routine", flash, 4000)


GOOD_RULES = {"ruleset": "f81a", "count": 83, "since": "2026-03-01T12:00:00Z", "told": 1000.0, "refused": None}
REFUSED = {"refused": "2026-03-01T13:00:00Z", "problems": 3, "problem": "rules.yaml line 4, column 29: no."}
RULES: list[tuple[Any, str]] = [
    (None, "rules unknown"),
    ([], "rules unknown"),
    ([GOOD_RULES], ""),
    ([{**GOOD_RULES, "told": 1000.0 - 121}], "classifier silent"),
    ([{**GOOD_RULES, **REFUSED}], "rules edit refused"),
    ([GOOD_RULES, {**GOOD_RULES, "ruleset": "0000"}], "2 rule sets"),
    ([GOOD_RULES, {**GOOD_RULES, "ruleset": "0000", "told": 1.0}], ""),  # of one that is gone
]


async def test_the_corner_calls_unknown_what_it_does_not_know(page: Page) -> None:
    """No figure is not a good figure."""
    async with newsroom() as room:
        await page.goto(f"{room.gateway.url}page/icon.svg")
        unknown = {"articles": {"waiting": None}, "desk": {"waiting": None}, "dead": {"last_hour": None}, "rules": None}
        good = {
            "articles": {"waiting": 0},
            "desk": {"waiting": None},
            "dead": {"last_hour": 0},
            "rules": [GOOD_RULES],
        }
        assert await ask(page, "pulse", "judged", None, None) == {"word": "pipeline unknown", "state": "wait"}
        assert await ask(page, "pulse", "judged", unknown, None) == {
            "word": "lag unknown · rules unknown",
            "state": "wait",
        }
        assert await ask(page, "pulse", "judged", good, None, 1000) == {"word": "articles: no lag", "state": "good"}
        away = await ask(page, "pulse", "judged", good, {"dedup": "unavailable"}, 1000)
        assert away == {"word": "articles: no lag · copies unchecked", "state": "wait"}


async def test_the_corner_says_what_is_wrong_with_the_rules(page: Page) -> None:
    """Silence, a refused edit, two sets at once; one that only a gone classifier had is no fault."""
    async with newsroom() as room:
        await page.goto(f"{room.gateway.url}page/icon.svg")
        for rules, word in RULES:
            assert await ask(page, "pulse", "rulesWrong", rules, 1000) == word, rules
        lines = await ask(page, "pulse", "rulesInForce", [{**GOOD_RULES, **REFUSED}], None, 1_772_371_800_000)
        assert lines[0] == ["Rule set in force", "f81a, 83 rules, since 1 h 30 min ago; not heard of for 20513 d"]
        assert lines[1][1] == (
            "refused 30 min ago; the set before stays in force. rules.yaml line 4, column 29: no. (and 2 more problems)"
        )
