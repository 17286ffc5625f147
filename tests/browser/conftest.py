"""A real headless Chromium for tests marked `browser`."""

import contextlib
import os
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Error, Page, ViewportSize, async_playwright, expect
from support.board import Visit

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--autoplay-policy=document-user-activation-required",  # as for people: silent until the page was touched
]

VIEWPORT: ViewportSize = {"width": 1000, "height": 700}


def chromium() -> str | None:
    """The browser to use: ALERTS_TEST_CHROMIUM, or one on the PATH."""
    named = os.environ.get("ALERTS_TEST_CHROMIUM")
    return named or next(filter(None, map(shutil.which, NAMES)), None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One event loop for all tests of this folder, and their turn last.

    A browser is driven from the loop that started it, and takes its share of the machine until it ends.
    """
    for item in items:
        if Path(__file__).parent in item.path.parents and pytest_asyncio.is_async_test(item):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)
    items.sort(key=lambda item: Path(__file__).parent in item.path.parents)


@pytest.fixture(scope="session", autouse=True)
def patience() -> None:
    """How long is waited for what must come: a busy machine is slow, and waiting costs nothing where all is well."""
    expect.set_options(timeout=30_000)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One browser for all: starting it costs more than most tests. Each test has contexts of its own."""
    path = chromium()
    if path is None:
        pytest.skip("no Chromium: install one, or set ALERTS_TEST_CHROMIUM to its path")
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield running
        await running.close()


Watch = Callable[[Page], None]


@pytest.fixture
def watch() -> Iterator[Watch]:
    """Any script error or policy violation of a page that is watched fails the test."""
    faults: list[str] = []

    def listen(opened: Page) -> None:
        opened.on("pageerror", lambda error: faults.append(str(error)))
        opened.on("console", lambda line: faults.append(line.text) if "Content Security Policy" in line.text else None)

    yield listen
    assert faults == []


@pytest_asyncio.fixture(loop_scope="session")
async def visit(browser: Browser, watch: Watch) -> AsyncIterator[Visit]:
    """Opens pages, each as on a computer of its own."""
    computers: list[BrowserContext] = []

    async def made(**context: Any) -> Page:
        computers.append(await browser.new_context(**{"viewport": VIEWPORT, **context}))
        computers[-1].on("page", watch)
        return await computers[-1].new_page()

    yield made
    for computer in computers:
        await computer.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def computer(browser: Browser) -> BrowserContext:
    """The one on which most pages are opened: a new one for each would be a third of what a test takes.

    What a page keeps there is kept by its origin, and every gateway has a port of its own.
    """
    return await browser.new_context(viewport=VIEWPORT)


@pytest_asyncio.fixture(loop_scope="session")
async def page(computer: BrowserContext, watch: Watch) -> AsyncIterator[Page]:
    """A page in a tab of its own."""
    computer.on("page", watch)
    yield await computer.new_page()
    for tab in computer.pages:
        with contextlib.suppress(Error):  # it may be at a place that keeps nothing
            await tab.evaluate("localStorage.clear()")
        await tab.close()
    computer.remove_listener("page", watch)
