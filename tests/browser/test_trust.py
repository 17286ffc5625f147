"""The page never lies about its connection: what it says is so, through gaps, kills, skew and silence."""

import asyncio
import re
import time
from pathlib import Path

import pytest
from playwright.async_api import Page, expect
from support.board import FULL, becomes, card, column, keys, live, opened, screenshot, until
from support.newsroom import NOON, SECRET, make_alert, newsroom, token
from support.outpost import Outpost

from consumers.backends.embedded import free_port
from consumers.rulenote import RuleNote

pytestmark = pytest.mark.browser


def make_note(**fields: object) -> RuleNote:
    """What a classifier says of its rules."""
    return RuleNote.model_validate({"ruleset": "f81a9da35cda46dd", "count": 83, "since": NOON, **fields})


async def test_the_server_is_killed_under_load_and_comes_back(page: Page, tmp_path: Path) -> None:
    """Killed (-9), it is said at once, with the age of the last news; back again, nothing is missed or doubled."""
    down, pace = 20.0, 20
    outpost = Outpost(free_port(), tmp_path / "alerts.jsonl")
    published = 0

    async def load() -> None:
        nonlocal published
        while True:
            outpost.publish(make_alert(f"n{published}", priority="flash"))
            published += 1
            await asyncio.sleep(1 / pace)

    await outpost.start()
    loading = asyncio.create_task(load())
    try:
        await page.goto(outpost.url)
        await live(page)
        await until(page, "document.querySelectorAll('[data-column-id=all] .card').length > 3")
        outpost.kill()
        killed = time.monotonic()
        await expect(page.locator("#state-word")).to_contain_text(re.compile(r"no news for \d+ s: reconnecting"))
        await expect(page.locator("#state")).to_have_attribute("data-state", "away")
        while time.monotonic() - killed < down:
            said = await page.locator("#state-word").text_content()
            age = int(re.findall(r"no news for (\d+) s", said or "")[0])
            assert abs(age - (time.monotonic() - killed)) < 4
            await asyncio.sleep(0.5)
        await screenshot(page, "away")
        await outpost.start()
        await live(page)
        await asyncio.sleep(1)
        loading.cancel()
        last = f"n{published - 1}"
        for name in ("all", "top"):
            await expect(card(page, last, name)).to_be_visible(timeout=20_000)
            size = f"Number(document.querySelector('[data-column-id={name}] .card').ariaSetSize)"
            await becomes(page, size, published)
        await expect(page.locator(".gap")).to_have_count(0)
    finally:
        loading.cancel()
        outpost.kill()


async def test_a_dropped_connection_is_said_and_resumed(page: Page) -> None:
    """A cut is shown, resumed with the cursor, and nothing is missed or doubled."""
    async with newsroom() as room:
        await opened(page, room)
        await room.publish(make_alert("before"))
        await expect(card(page, "before")).to_be_visible()
        await page.evaluate(
            "Math.random = () => 0.9;"  # it takes a while to come back, so that there is something to say
            "window.said = []; new MutationObserver(() => said.push(document.getElementById('state').dataset.state))"
            ".observe(document.getElementById('state'), { attributes: true, attributeFilter: ['data-state'] })"
        )
        for connection in list(room.gateway.hub.members):
            connection.drop("test")
        await room.publish(make_alert("while away"))
        await expect(card(page, "while away")).to_be_visible()
        await live(page)
        await becomes(page, "said.includes('away')", wanted=True)
        await expect(column(page).locator(".card")).to_have_count(2)
        await expect(page.locator(".gap")).to_have_count(0)


async def test_silence_is_not_called_live(page: Page, tmp_path: Path) -> None:
    """A server that hangs with connections open is given up in time, the age of its last word told; then resumed."""
    outpost = Outpost(free_port(), tmp_path / "alerts.jsonl")
    await outpost.start()
    try:
        if not FULL:
            await page.clock.install()  # the page's own, so that it need not be waited for
        await page.goto(outpost.url)
        await live(page)
        await expect(page.locator("#heard")).to_have_text(re.compile("heard [0-9]+ s ago"))
        outpost.hang()
        outpost.publish(make_alert("later"))
        if not FULL:
            await page.clock.fast_forward(9000)
        await expect(page.locator("#state-word")).to_have_text(
            re.compile(r"no news for 1\d s: reconnecting"), timeout=20_000
        )
        outpost.hang(on=False)
        await expect(card(page, "later")).to_be_visible(timeout=30_000)
        await live(page)
    finally:
        outpost.kill()


async def test_a_gap_says_what_was_missed_and_can_be_filled(page: Page) -> None:
    """What the server cannot replay is named in its place in the feed, with a way to load what is still kept."""
    async with newsroom(gateway_ring_entries=3) as room:
        await room.publish(make_alert("first"))
        await opened(page, room)
        await page.goto("about:blank")
        await room.publish(*(make_alert(f"n{n}") for n in range(6)))
        await page.go_back()
        gap = column(page).locator(".gap")
        await expect(gap).to_contain_text("Alerts may be missing here: they are older than what the server keeps")
        rows = "[...document.querySelectorAll('[data-column-id=all] .row')].map((one) => one.dataset.id || 'gap')"
        await becomes(page, rows, ["n5", "n4", "n3", "gap"])
        await screenshot(page, "gap")
        await keys(page, "j j j j o")
        await expect(gap).to_contain_text("missing are now in the feed; what was older is no longer kept")


async def test_a_clock_that_is_off_is_said_and_ages_are_the_servers(page: Page) -> None:
    """Ages go by the server's clock, and the difference is told."""
    async with newsroom() as room:
        room.gateway.hub.clock = lambda: int((time.time() + 300) * 1000)
        await opened(page, room)
        await expect(page.locator("#skew")).to_contain_text("this computer's clock is 5 min slow")


async def test_a_token_is_asked_for_and_kept_for_the_tab(page: Page) -> None:
    """Where tokens are needed the page asks, says why one was refused, and connects with a good one."""
    async with newsroom(gateway_secret=SECRET) as room:
        await room.publish(make_alert("secret", headline="Only for the desk"))
        await page.goto(room.gateway.url)
        await expect(page.locator("#login")).to_be_visible()
        await page.locator("#token").fill("nonsense")
        await page.keyboard.press("Enter")
        await expect(page.locator("#login-why")).to_contain_text("token")
        await page.locator("#token").fill(token(role="editor"))
        await page.keyboard.press("Enter")
        await live(page)
        await expect(page.locator("#who")).to_have_text("ann · editor")
        await expect(card(page, "secret").locator("h3")).to_have_text("Only for the desk")
        await page.reload()
        await live(page)
        assert not re.search("eyJ", page.url)
        assert "eyJ" not in await page.evaluate("JSON.stringify(localStorage)")


async def test_the_pipeline_has_a_corner(page: Page) -> None:
    """What waits, what is dead, which rules are in force and unchecked copies are told; in full on demand."""
    async with newsroom() as room:
        pulse = room.gateway.pulse
        pulse.articles_waiting, pulse.desk_waiting, pulse.dead, pulse.dead_last_hour = 12, 0, 7, 2
        pulse.rules = (make_note(told=time.time()),)
        pulse.looked = time.time()
        await room.publish(make_alert("a", ruleset="00119da35cda46dd", dedup="unavailable"))
        await opened(page, room)
        await keys(page, "i")
        await expect(page.locator("#pulse .word")).to_have_text("lag 12 · 2 dead letters · copies unchecked")
        panel = page.locator("#pulse-panel")
        await expect(panel).to_contain_text("2 in the last hour, 7 kept")
        await expect(panel).to_contain_text("Rule set in forcef81a9da35cda46dd, 83 rules")
        await expect(panel).to_contain_text("Newest edit of the rulesin force")
        await expect(panel).to_contain_text("Rule set of the newest alert00119da35cda46dd")  # made before the edit
        pulse.rules = (make_note(told=time.time(), refused=NOON, problems=1, problem="rules.yaml line 4: no"),)
        await keys(page, "i i")
        await expect(page.locator("#pulse .word")).to_contain_text("rules edit refused")
        await expect(panel).to_contain_text("the set before stays in force. rules.yaml line 4: no")
        await screenshot(page, "corner")
        pulse.rules = ()
        await keys(page, "i i")
        await expect(panel).to_contain_text("unknown: no classifier has said what it judges by")
