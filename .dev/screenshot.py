"""The pictures of the README: plays the sample wire on a system of its own and photographs the editors' page.

Usage: python .dev/screenshot.py [FOLDER]. Needs Chromium; writes FOLDER/page.png (docs by default).
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from playwright.sync_api import sync_playwright

PAGE = "http://127.0.0.1:8765/"
PLAYED_SECONDS = 25.0
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


def main(folder: Path) -> None:
    """Start, wait, look, stop."""
    with tempfile.TemporaryDirectory() as data:
        command = [sys.executable, "-m", "consumers", "up", "--sample-speed", "4"]
        system = subprocess.Popen(command, env={**os.environ, "ALERTS_DATA": data}, stdout=subprocess.DEVNULL)
        try:
            _ready()
            time.sleep(PLAYED_SECONDS)
            _photograph(folder / "page.png")
        finally:
            system.send_signal(signal.SIGINT)
            system.wait(timeout=10)


def _ready() -> None:
    for _ in range(300):
        try:
            urllib.request.urlopen(f"{PAGE}readyz", timeout=2).close()  # noqa: S310 - our own loopback address
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the system did not start")


def _photograph(path: Path) -> None:
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        page = browser.new_page(viewport={"width": 1200, "height": 900})
        page.goto(PAGE)
        page.wait_for_selector("article")
        page.keyboard.press("j")
        page.wait_for_timeout(500)
        page.screenshot(path=path)
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs"))
