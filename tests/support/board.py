"""Helpers for tests that look at the editors' page."""

import asyncio
import contextlib
import os
from pathlib import Path
from typing import Any, Literal, Protocol

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Locator, Page, expect

from alerts.alert import Alert
from support.newsroom import PATIENCE, Newsroom, make_alert

WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
HEADLINE = "Parliament approves sending soldiers to Kazakhstan"
FULL = os.environ.get("ALERTS_TEST_FULL") == "1"
"""Whether load tests run for as long as the requirement says, not as long as CI has."""


class Visit(Protocol):
    """Opens a page in a browser context of its own (the fixture `visit`)."""

    async def __call__(self, **context: Any) -> Page: ...


def column(page: Page, name: str = "all") -> Locator:
    """A column by its id: `all` and `top` are there at first."""
    return page.locator(f'[data-column-id="{name}"]')


def card(page: Page, alert: str, name: str = "all") -> Locator:
    """An alert's card in a column."""
    return column(page, name).locator(f'.card[data-id="{alert}"]')


async def opened(page: Page, room: Newsroom, fragment: str = "") -> None:
    """The page, live."""
    await page.goto(room.gateway.url + fragment)
    await live(page)


async def live(page: Page) -> None:
    """Wait until all columns are live."""
    await expect(page.locator("#state-word")).to_have_text("live", timeout=30_000)


async def until(page: Page, condition: str) -> None:
    """Wait for what an expression finds; `wait_for_function` would need `eval`, which the page's policy forbids."""
    async with asyncio.timeout(60):
        while not await page.evaluate(condition):  # noqa: ASYNC110 - it has no event that reaches us
            await asyncio.sleep(0.02)


async def becomes(page: Page, expression: str, wanted: object) -> None:
    """Wait until an expression is that, and say what it was last if it never is.

    What a page does with a key or a frame is done a little later, so nothing is read just once.
    """
    found = None
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            while (found := await page.evaluate(expression)) != wanted:  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.02)
    assert found == wanted


async def keys(page: Page, text: str) -> None:
    """Press keys one after the other."""
    for key in text.split():
        await page.keyboard.press(key)


async def screenshot(page: Page, name: str) -> None:
    """Kept where ALERTS_TEST_SCREENSHOTS says, for people to look at."""
    if folder := os.environ.get("ALERTS_TEST_SCREENSHOTS"):
        await page.screenshot(path=Path(folder) / f"{name}.png")


async def accessible(page: Page, name: str) -> None:
    """No violation of WCAG 2.2 AA or of axe's best practice, in either theme."""
    for theme in THEMES:
        await page.emulate_media(color_scheme=theme)
        await screenshot(page, f"axe-{name}-{theme}")
        found = await Axe().run(page, options=WCAG)
        assert found.violations_count == 0, f"{name}, {theme}: {found.generate_report()}"


def why(text: str, context: str, *, rule: str | None = None, region: str | None = None, field: str = "headline") -> Any:
    """A reason that rests on the first place of `text` in `context`."""
    start = context.index(text)
    place = {"field": field, "start": start, "end": start + len(text), "text": text, "context": context}
    return {"uri": "urn:a1", "rule": rule, "region": region, **place}


def troops(revision: int = 1, **fields: Any) -> Alert:
    """An alert with all that a card shows."""
    return make_alert(
        "a1",
        revision,
        **{
            "headline": HEADLINE,
            "summary": "The vote passed by a wide margin; a first group leaves within days.",
            "regions": [{"code": "UA", "name": "Ukraine"}, {"code": "KZ", "name": "Kazakhstan"}],
            "url": "https://example.org/a1",
            "independent_sources": ["example.org", "Wire B"],
            "sources_total": 3,
            "why": [
                why("sending", HEADLINE, rule="troops-abroad"),
                why("soldiers", HEADLINE, rule="troops-abroad"),
                why("Kazakhstan", HEADLINE, region="KZ"),
            ],
            **fields,
        },
    )
