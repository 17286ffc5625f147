"""Sounds and notifications: for what interrupts, per column, and never a flash silenced by an urgent."""

from itertools import chain

import pytest
from playwright.async_api import Locator, Page, expect
from support.board import becomes, card, keys, opened
from support.newsroom import Newsroom, make_alert, newsroom

pytestmark = pytest.mark.browser

HEARD = """window.heard = []; window.shown = [];
window.AudioContext = class extends AudioContext { constructor() { super(); window.audio = this; } };
window.OscillatorNode = class extends OscillatorNode {
  start(at) { heard.push(this.frequency.value); super.start(at); } };
window.Notification = class { static permission = 'granted'; static async requestPermission() { return 'granted'; }
  constructor(title, more) { shown.push([title, more.tag]); } };
document.hasFocus = () => false;
"""


async def watched(page: Page, room: Newsroom, fragment: str = "") -> None:
    """The page, live, with its tones and notifications noted; touched by a person, so that it may sound."""
    await page.add_init_script(HEARD)
    await opened(page, room, fragment)
    await keys(page, "m m")
    await expect(page.locator("#quiet-word")).to_have_text("Sounds on")


async def test_each_priority_has_its_tones_and_a_flash_is_not_silenced(page: Page) -> None:
    """What is more urgent always sounds; an urgent right after a flash does not, and quiet updates never do."""
    async with newsroom() as room:
        await watched(page, room, "#c=name%3DAll")
        tones = {"routine": [440], "urgent": [587], "bulletin": [659, 880], "flash": [784, 988, 1319, 988, 1319]}
        await room.publish(*(make_alert(priority, priority=priority) for priority in tones))
        await room.publish(make_alert("u2"), make_alert("urgent", 2, interrupt=False))
        await expect(card_of(page, "u2")).to_be_visible()
        await expect(card_of(page, "urgent")).to_have_attribute("data-revision", "2")
        await becomes(page, "heard", [*chain(*tones.values())])


async def test_a_page_that_may_not_sound_yet_says_so(page: Page) -> None:
    """Browsers are silent until the page was touched, however urgent it is: the bar says so until then."""
    async with newsroom() as room:
        await page.add_init_script(HEARD)
        await opened(page, room, "#c=name%3DAll")
        await expect(page.locator("#quiet-word")).to_have_text("Click to hear")
        await room.publish(make_alert("unheard", priority="flash"))
        await expect(card_of(page, "unheard")).to_be_visible()
        assert await page.evaluate("heard") == []
        await page.locator("#quiet").click()
        await expect(page.locator("#quiet-word")).to_have_text("Sounds on")
        await room.publish(make_alert("heard", priority="flash"))
        await becomes(page, "heard.length", 5)
        await page.locator("#quiet").click()
        await expect(page.locator("#quiet-word")).to_have_text("Do not disturb")


async def test_a_browser_that_forbids_notifications_is_no_promise(page: Page) -> None:
    """Where they are refused the form says so, and does not pretend."""
    async with newsroom() as room:
        await page.add_init_script("Notification.requestPermission = async () => 'denied'")
        await opened(page, room)
        await keys(page, "f")
        await page.get_by_label("Notify on the desktop").click()
        await expect(page.locator("#fault-notify")).to_contain_text("does not allow this page to notify")
        await expect(page.get_by_label("Notify on the desktop")).not_to_be_checked()


async def test_a_capped_alert_is_shown_and_makes_no_sound(page: Page) -> None:
    """What is new but must not interrupt stands in the feed, counts as unread, says so, and is silent."""
    async with newsroom() as room:
        await watched(page, room, "#c=name%3DAll")
        await keys(page, "p")
        await room.publish(make_alert("capped", priority="bulletin", interrupt=False))
        await expect(page.locator(".pill")).to_have_text("Paused · 1 new")
        await expect(page).to_have_title("(1) Flashwire")
        await keys(page, "p")
        await expect(card_of(page, "capped").locator(".hushed")).to_have_text("no sound")
        await becomes(page, "heard", [])
        await room.publish(make_alert("loud", priority="bulletin"))
        await expect(card_of(page, "loud")).to_be_visible()
        await expect(card_of(page, "loud").locator(".hushed")).to_have_count(0)
        await becomes(page, "heard", [659, 880])


def card_of(page: Page, alert: str) -> Locator:
    return page.locator(f'.card[data-id="{alert}"]').first


async def test_notifications_are_for_what_interrupts_in_columns_that_want_them(page: Page) -> None:
    """A column that was told to notify does, once per revision; do not disturb silences all."""
    async with newsroom() as room:
        await watched(page, room)
        await keys(page, "2 f")
        await page.get_by_label("Notify on the desktop").check()
        await page.get_by_role("button", name="Save").click()
        await room.publish(make_alert("u"), make_alert("f", priority="flash", headline="It is war"))
        await expect(card(page, "f", "top")).to_be_visible()
        await room.publish(
            make_alert("f", 2, priority="flash", interrupt=False),
            make_alert("f", 3, priority="flash", interrupt=True, op="correction", headline="It is not"),
        )
        await expect(card(page, "f", "top")).to_have_attribute("data-revision", "3")
        await becomes(page, "shown", [["Flash: It is war", "f"], ["Corrected: It is not", "f"]])
        await keys(page, "m")
        await expect(page.locator("#quiet")).to_have_attribute("aria-pressed", "true")
        before = await page.evaluate("heard.length")
        await room.publish(make_alert("g", priority="flash"))
        for name in ("all", "top"):
            await expect(card(page, "g", name)).to_be_visible()
        assert await page.evaluate("[shown.length, heard.length]") == [2, before]


async def test_readers_of_screens_hear_what_matters_and_no_chatter(page: Page) -> None:
    """A flash is read out; of many that come at once, how many; routine ones are not."""
    async with newsroom() as room:
        await opened(page, room)
        await room.publish(make_alert("r", priority="routine"), make_alert("f", priority="flash", headline="War"))
        await expect(page.locator("#says")).to_have_text("Flash: War")
        await room.publish(*(make_alert(f"f{n}", priority="flash") for n in range(5)))
        await expect(page.locator("#says")).to_have_text("5 more important alerts", timeout=8000)
