"""The pictures of the README: plays the sample wire on a system of its own and photographs its pages.

Usage: python .dev/screenshot.py [FOLDER], or `make screenshots`. Needs Chromium; writes page*.png (to docs by default).
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

from playwright.sync_api import Browser, Page, sync_playwright

GATEWAY, INGEST, WEB = "127.0.0.1:18765", "127.0.0.1:18000", "127.0.0.1:18766"
PAGE = f"http://{GATEWAY}/"
SPEED = 4
QUIET_SECONDS = 10  # without a new alert, after which the sample has been played
RING = 8  # so small that a page which comes back late has missed something
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
NO_MESSAGES = "document.querySelectorAll('.toast').forEach((one) => one.remove())"
COLUMNS = (
    {"name": "All alerts"},
    {"name": "Asia and the Pacific", "regions": "asia-pacific"},
    {"name": "Deaths and disasters", "text": "kill* OR dead OR quake* OR earthquake*", "not.topics": "sport"},
)
PICK = """() => { const pick = document.getElementById('pick');
  const wanted = [...pick.options].find((one) => /earthquake/i.test(one.value + one.textContent));
  if (wanted) { pick.value = wanted.value; pick.dispatchEvent(new Event('change')); } }"""
LAYOUT = "#" + urlencode([("c", urlencode(column)) for column in COLUMNS])


def main(folder: Path) -> None:
    """Start, wait, look, stop."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with tempfile.TemporaryDirectory() as data, _system(data), sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=FLAGS)
        _wait()
        _played()
        _wide(browser, folder)
        _withdrawn(browser, folder)
        _dark(browser, folder)
        _phone(browser, folder)
        _gap(browser, folder)
        _lab(browser, folder)
        browser.close()


@contextmanager
def _system(data: str) -> Iterator[None]:
    settings = {
        "ALERTS_DATA": data,
        "ALERTS_GATEWAY_BIND": GATEWAY,
        "ALERTS_INGEST_BIND": INGEST,
        "ALERTS_GATEWAY_HTTP_BIND": WEB,
        "ALERTS_GATEWAY_RING_ENTRIES": str(RING),
    }
    command = [sys.executable, "-m", "consumers", "up", "--sample-speed", str(SPEED)]
    system = subprocess.Popen(command, env={**os.environ, **settings}, stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        system.send_signal(signal.SIGINT)
        system.wait(timeout=10)


def _wait() -> None:
    for _ in range(600):
        try:
            urllib.request.urlopen(f"{PAGE}readyz", timeout=2).close()  # noqa: S310 - our own loopback address
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the system did not start")


def _head() -> tuple[str, int]:
    """Epoch and newest seq of the feed."""
    with urllib.request.urlopen(f"{PAGE}v1/alerts?limit=1", timeout=5) as answer:  # noqa: S310 - our own loopback address
        page = json.load(answer)
    return page["epoch"], page["head"]


def _played() -> None:
    head, since = -1, time.monotonic()
    while head < 20 or time.monotonic() - since < QUIET_SECONDS:
        if (now := _head()[1]) != head:
            head, since = now, time.monotonic()
        time.sleep(0.5)


def _open(browser: Browser, width: int, height: int, *, dark: bool = False, fragment: str = LAYOUT) -> Page:
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light", device_scale_factor=1
    )
    page = context.new_page()
    page.goto(PAGE + fragment)
    page.wait_for_selector(".card")
    page.wait_for_selector("#state[data-state=live]")
    page.wait_for_timeout(1500)
    page.evaluate(NO_MESSAGES)
    return page


def _press(page: Page, keys: str) -> None:
    for key in keys.split():
        page.keyboard.press(key)
        page.wait_for_timeout(400)


def _shoot(page: Page, folder: Path, name: str) -> None:
    page.wait_for_timeout(2600)  # until what is new has lost its mark
    page.evaluate(NO_MESSAGES)
    page.screenshot(path=folder / f"{name}.png")
    page.context.close()


def _choose(page: Page, wanted: str) -> None:
    """Go down by key until the chosen row is what a selector wants."""
    for _ in range(60):
        _press(page, "j")
        if page.locator(f".column.active .selected{wanted}").count():
            return


def _wide(browser: Browser, folder: Path) -> None:
    """Editors at work: an alert claimed and noted, another corrected."""
    page = _open(browser, 1440, 900)
    _choose(page, "[data-status=live]:has(.lead):has-text('Karachi')")
    _press(page, "r End")
    page.keyboard.type(", officials say")
    _press(page, "Tab Enter g")
    _choose(page, "[data-status=live]:has-text('Bihar')")
    _press(page, "c n")
    page.keyboard.type("Calling the railway, 10 min")
    _press(page, "Tab Enter")
    _shoot(page, folder, "page")


def _withdrawn(browser: Browser, folder: Path) -> None:
    page = _open(browser, 760, 640, fragment="#c=name%3DAll")
    _choose(page, ".card[data-status=withdrawn]")
    _shoot(page, folder, "page-withdrawn")


def _dark(browser: Browser, folder: Path) -> None:
    page = _open(browser, 1440, 900, dark=True)
    _press(page, "j j o")
    _shoot(page, folder, "page-dark")


def _phone(browser: Browser, folder: Path) -> None:
    _shoot(_open(browser, 390, 800), folder, "page-phone")


def _gap(browser: Browser, folder: Path) -> None:
    """A page that comes back so late that its place has left the ring."""
    epoch, _ = _head()
    page = _open(browser, 760, 640, fragment="")
    kept = json.dumps([{"id": "all", "name": "All alerts", "filter": {}}])
    page.evaluate("(kept) => localStorage.setItem('flashwire.columns', kept)", kept)
    page.goto("about:blank")
    page.goto(PAGE + "page/icon.svg")
    page.evaluate("(cursor) => sessionStorage.setItem('flashwire.cursor.all', cursor)", f"{epoch}:2")
    page.goto(PAGE)
    page.wait_for_selector("#state[data-state=live]")
    page.wait_for_timeout(1500)
    _press(page, "g")
    _choose(page, ".gap")
    _shoot(page, folder, "page-gap")


def _lab(browser: Browser, folder: Path) -> None:
    page = browser.new_page(viewport={"width": 1440, "height": 900}, device_scale_factor=1)
    answer = page.goto(f"{PAGE}lab")
    if answer is None or not answer.ok:
        print("there is no rule lab here: page-lab.png is left out")
        page.close()
        return
    _until(page, "document.querySelectorAll('#pick option').length > 1")
    page.evaluate(PICK)
    _until(page, "document.querySelector('#n-effect').textContent")
    page.wait_for_timeout(1000)
    page.screenshot(path=folder / "page-lab.png")
    page.close()


def _until(page: Page, condition: str) -> None:
    """Wait for what an expression finds, a minute at most; then the picture shows what there is."""
    for _ in range(240):
        if page.evaluate(f"Boolean({condition})"):
            return
        page.wait_for_timeout(250)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs"))
