"""Keys: each on the sheet, none lost however quickly it follows another, and the focus where the eye is."""

import re
import time

import pytest
from playwright.async_api import Page, expect
from support.board import becomes, card, column, keys, live, opened
from support.clerk import Clerk, make_candidate
from support.newsroom import SECRET, make_alert, newsroom, token

pytestmark = pytest.mark.browser

GROUND = "getComputedStyle(document.body).backgroundColor"
DARK, LIGHT = "rgb(13, 16, 20)", "rgb(238, 240, 243)"
FOCUSED = (
    "(document.activeElement.closest('.column')?.dataset.columnId || '') + (document.activeElement.dataset.id || '')"
)
# A key in the very task in which a dialog is answered: as quick as a hand, or a browser with much to do, can make it.
AT_ONCE = """([how, key]) => {
  const dialog = document.querySelector('dialog.ask');
  if (how === 'Escape') dialog.requestClose();
  else if (how === 'Enter') dialog.querySelector('form').requestSubmit(dialog.querySelector('[type=submit]'));
  else [...dialog.querySelectorAll('button')].find(({ textContent }) => textContent === how).click();
  document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
}"""


async def test_the_sheet_names_every_key_and_themes_are_chosen(page: Page) -> None:
    """`?` shows the keys and switches single characters off and on; `b` chooses the theme, which is remembered."""
    async with newsroom() as room:
        await page.emulate_media(color_scheme="light")
        await opened(page, room)
        await keys(page, "?")
        await expect(page.locator("dialog .sheet dt")).to_have_count(31)
        await page.get_by_label("Single characters are commands").uncheck()
        await keys(page, "Escape a p")
        await expect(page.locator("dialog.ask")).to_have_count(0)
        await expect(column(page).locator("[data-column=pause]")).to_have_attribute("aria-pressed", "false")
        await keys(page, "?")
        await page.get_by_label("Single characters are commands").check()
        await keys(page, "Escape b")
        await becomes(page, GROUND, DARK)
        await page.reload()
        await becomes(page, GROUND, DARK)
        await keys(page, "b")
        await becomes(page, GROUND, LIGHT)


@pytest.mark.parametrize("how", ["Escape", "Enter", "Cancel"])
async def test_a_key_right_behind_an_answered_question_is_not_lost(page: Page, how: str) -> None:
    """Whichever way a dialog ends, the next key is a command at once, and where it takes the focus it stays."""
    async with newsroom() as room:
        await page.emulate_media(color_scheme="light")
        await room.publish(*(make_alert(f"n{n}") for n in range(3)))
        await opened(page, room)
        await expect(column(page).locator(".card")).to_have_count(3)
        await keys(page, "/")
        await page.evaluate(AT_ONCE, [how, "b"])
        await becomes(page, GROUND, DARK)
        await expect(page.locator("dialog.ask")).to_have_count(0)
        await keys(page, "/")
        await page.evaluate(AT_ONCE, [how, "j"])
        await expect(card(page, "n2")).to_be_focused()
        await keys(page, "j")
        await expect(card(page, "n1")).to_be_focused()


async def test_the_focus_comes_back_to_an_alert_that_changed_meanwhile(page: Page) -> None:
    """Another editor's correction makes the card anew under a question: answered, the focus is on the alert again."""
    clerk = Clerk()
    async with newsroom(outbox=clerk) as room:
        clerk.rooms.append(room)
        alert = await clerk.report(make_candidate())
        await opened(page, room)
        await expect(card(page, alert)).to_be_visible()
        await keys(page, "j x")
        await clerk.desk_corrects(alert)
        await expect(card(page, alert)).to_have_attribute("data-revision", "2")
        await keys(page, "Escape")
        await expect(card(page, alert)).to_be_focused()


async def test_keys_go_through_columns_and_alerts(page: Page) -> None:
    """1-9 and arrows choose a column, j and k an alert, g the newest, Escape lets go; the focus follows."""
    async with newsroom() as room:
        await room.publish(*(make_alert(f"n{n}", priority="flash") for n in range(5)))
        await opened(page, room)
        for name in ("all", "top"):
            await expect(column(page, name).locator(".card")).to_have_count(5)
        await keys(page, "j j j k")
        await becomes(page, FOCUSED, "alln3")
        await keys(page, "2 j")
        await becomes(page, FOCUSED, "topn3")
        await keys(page, "ArrowLeft")
        await becomes(page, FOCUSED, "alln4")
        await keys(page, "j g")
        await expect(column(page).locator(".selected")).to_have_count(0)
        await keys(page, "j")
        await becomes(page, FOCUSED, "alln4")
        await keys(page, "Escape")
        await expect(column(page).locator(".selected")).to_have_count(0)


async def test_a_token_entered_leaves_the_keys_to_the_page(page: Page) -> None:
    """Once connected, the field of the token swallows nothing."""
    async with newsroom(gateway_secret=SECRET) as room:
        await page.emulate_media(color_scheme="light")
        await page.goto(room.gateway.url)
        await page.locator("#token").fill(token(role="editor"))
        await page.evaluate(
            "() => { document.getElementById('login-form').requestSubmit();"
            " document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key: 'b', bubbles: true })); }"
        )
        await becomes(page, GROUND, DARK)
        await expect(page.locator("#who")).to_have_text(re.compile("editor"))


async def test_a_new_token_may_be_put_off_while_the_old_one_counts(page: Page) -> None:
    """Asked for before the end, it is no trap: Escape leads back; the warning is gone once it is asked for."""
    async with newsroom(gateway_secret=SECRET) as room:
        await room.publish(make_alert("n1"))
        good = token(role="editor", exp=int(time.time()) + 45)  # less than is warned of
        await page.add_init_script(f"sessionStorage.setItem('flashwire.token', '{good}')")
        await opened(page, room)
        await expect(page.locator(".toast")).to_contain_text(re.compile(r"Your token ends at \d\d:\d\d"))
        await keys(page, "y Enter")
        await expect(page.get_by_role("dialog")).to_be_visible()
        await expect(page.locator(".toast")).to_have_count(0)
        await keys(page, "Escape")
        await expect(page.get_by_role("dialog")).to_have_count(0)
        await keys(page, "j")
        await expect(card(page, "n1")).to_be_focused()
        await page.reload()
        await live(page)
