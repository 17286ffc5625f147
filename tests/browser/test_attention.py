"""Sounds and notifications: for what interrupts, per column, and never a flash silenced by an urgent."""

import pytest
from playwright.async_api import Locator, Page, expect
from support.board import card, keys, opened
from support.newsroom import make_alert, newsroom

pytestmark = pytest.mark.browser

HEARD = """window.heard = []; window.shown = [];
const real = AudioContext.prototype.createGain;
window.OscillatorNode = class extends OscillatorNode {
  start(at) { heard.push(this.frequency.value); super.start(at); } };
window.Notification = class { static permission = 'granted'; static requestPermission() {}
  constructor(title, more) { shown.push([title, more.tag]); } };
document.hasFocus = () => false;
"""


async def ready(page: Page) -> None:
    """A person has touched the page, so that it may sound."""
    await page.add_init_script(HEARD)


async def test_each_priority_has_its_tones_and_a_flash_is_not_silenced(page: Page) -> None:
    """A flash right after an urgent sounds; an urgent right after a flash does not; quiet updates never do."""
    async with newsroom() as room:
        await ready(page)
        await opened(page, room, "#c=name%3DAll")
        await keys(page, "Escape")
        await room.publish(make_alert("u", priority="urgent"))
        await expect(card_of(page, "u")).to_be_visible()
        await room.publish(make_alert("f", priority="flash"), make_alert("u2"), make_alert("u", 2, interrupt=False))
        await expect(card_of(page, "u2")).to_be_visible()
        heard = await page.evaluate("heard")
        assert heard[0] == 587
        assert heard[1:] == [784, 988, 1319, 988, 1319]


async def test_a_capped_alert_is_shown_and_makes_no_sound(page: Page) -> None:
    """What is new but must not interrupt stands in the feed, counts as unread, says so, and is silent."""
    async with newsroom() as room:
        await ready(page)
        await opened(page, room, "#c=name%3DAll")
        await keys(page, "p")
        await room.publish(make_alert("capped", priority="bulletin", interrupt=False))
        await expect(page.locator(".pill")).to_have_text("Paused · 1 new")
        await expect(page).to_have_title("(1) Flashwire")
        await keys(page, "p")
        await expect(card_of(page, "capped").locator(".hushed")).to_have_text("no sound")
        assert await page.evaluate("heard") == []
        await room.publish(make_alert("loud", priority="bulletin"))
        await expect(card_of(page, "loud")).to_be_visible()
        await expect(card_of(page, "loud").locator(".hushed")).to_have_count(0)
        assert await page.evaluate("heard") == [659, 880]


def card_of(page: Page, alert: str) -> Locator:
    return page.locator(f'.card[data-id="{alert}"]').first


async def test_notifications_are_for_what_interrupts_in_columns_that_want_them(page: Page) -> None:
    """A column that was told to notify does, once per revision; do not disturb silences all."""
    async with newsroom() as room:
        await ready(page)
        await opened(page, room)
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
        assert await page.evaluate("shown") == [["Flash: It is war", "f"], ["Corrected: It is not", "f"]]
        await keys(page, "m")
        await expect(page.locator("#quiet")).to_have_attribute("aria-pressed", "true")
        before = len(await page.evaluate("heard"))
        await room.publish(make_alert("g", priority="flash"))
        await expect(card(page, "g", "top")).to_be_visible()
        assert len(await page.evaluate("shown")) == 2
        assert len(await page.evaluate("heard")) == before


async def test_readers_of_screens_hear_what_matters_and_no_chatter(page: Page) -> None:
    """A flash is read out; of many that come at once, how many; routine ones are not."""
    async with newsroom() as room:
        await opened(page, room)
        await room.publish(make_alert("r", priority="routine"), make_alert("f", priority="flash", headline="War"))
        await expect(page.locator("#says")).to_have_text("Flash: War")
        await room.publish(*(make_alert(f"f{n}", priority="flash") for n in range(5)))
        await expect(page.locator("#says")).to_have_text("5 more important alerts", timeout=8000)
