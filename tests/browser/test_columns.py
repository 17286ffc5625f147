"""Columns: what each shows, how it is set, in what order they stand, and how they are shared."""

import re

import pytest
from playwright.async_api import Page, expect
from support.board import becomes, card, column, keys, opened, screenshot, until
from support.newsroom import make_alert, newsroom

pytestmark = pytest.mark.browser

LINK = "#c=name%3DUkraine%26regions%3DUA%26min_priority%3Durgent&c=name%3DQuakes%26text%3Dquake*%26not.topics%3Dsport"


async def test_each_column_shows_what_its_filter_takes(page: Page) -> None:
    """Region with all below it, priority, topic, text and mute, decided by the server, also for what comes later."""
    async with newsroom() as room:
        await room.publish(make_alert("kyiv", regions=[{"code": "UA-30", "name": "Kyiv"}]))
        await opened(page, room, LINK)
        ukraine, quakes = page.locator(".column").nth(0), page.locator(".column").nth(1)
        await expect(ukraine.locator("h2")).to_have_text("Ukraine")
        await expect(ukraine.locator(".filter")).to_have_text("Ukraine · urgent and above")
        await expect(quakes.locator(".filter")).to_have_text("“quake*” · without topic sport")
        await expect(ukraine.locator(".card")).to_have_count(1)
        await room.publish(
            make_alert("calm", priority="routine"),
            make_alert("chile", headline="Quakes shake Arica", regions=[{"code": "CL", "name": "Chile"}]),
            make_alert("team", headline="Earthquakes beat Galaxy: quakes on top", topics=["sport"], regions=[]),
            make_alert("both", headline="Quake in Lviv"),
        )
        ids = "[...document.querySelectorAll('.column:nth-child({}) .card')].map((one) => one.dataset.id)"
        await becomes(page, ids.format(1), ["both", "kyiv"])
        await becomes(page, ids.format(2), ["both", "chile"])
        assert "#" not in page.url


async def test_a_filter_is_set_by_form_and_its_text_is_checked_as_typed(page: Page) -> None:
    """Places are found by name and through the tree; a fault in the text is pointed at; then the column follows."""
    async with newsroom() as room:
        await room.publish(
            make_alert("lviv", regions=[{"code": "UA-46", "name": "Lviv"}], headline="Drones over Lviv"),
            make_alert("riga", regions=[{"code": "LV", "name": "Latvia"}], headline="Drones over Riga"),
        )
        await opened(page, room)
        await expect(card(page, "riga")).to_be_visible()
        await page.keyboard.press("/")
        text = page.locator("dialog input[name=text]")
        await expect(text).to_be_focused()
        await text.fill("drone* AND (")
        await expect(page.locator("#fault-text")).to_contain_text("Column 13: found the end, expected")
        await expect(text).to_have_attribute("aria-invalid", "true")
        await screenshot(page, "fault")
        await page.keyboard.press("Enter")
        await expect(page.locator("dialog.ask")).to_be_visible()
        await text.fill("drone*")
        await expect(page.locator("#fault-text")).to_have_text("")
        place = page.get_by_label("Places").first
        await place.fill("eastern eu")
        inside = page.get_by_role("button", name="places in Eastern Europe")
        await inside.focus()
        await page.keyboard.press("Enter")
        await expect(page.locator(".place")).to_have_count(10)
        await page.get_by_role("button", name="Ukraine", exact=False).first.focus()
        await page.keyboard.press("Enter")
        await expect(page.locator(".chip")).to_have_text(["Ukraine ✕"])
        await place.fill("lat")
        await expect(page.locator(".place").first).to_be_visible()
        await place.press("Escape")  # leaves the list of places, not the form with all that was typed
        await expect(page.locator(".place").first).to_be_hidden()
        await expect(page.locator("dialog.ask")).to_be_visible()
        await place.fill("")
        await page.get_by_label("Name").fill("Drones")
        await page.get_by_label("Name").press("Enter")
        await expect(column(page).locator("h2")).to_have_text("Drones")
        await expect(column(page).locator(".filter")).to_have_text("Ukraine · “drone*”")
        await expect(card(page, "lviv")).to_be_visible()
        await expect(card(page, "riga")).to_have_count(0)
        await page.reload()
        await expect(column(page).locator(".filter")).to_have_text("Ukraine · “drone*”")
        await expect(column(page).locator(".card")).to_have_count(1)


async def test_a_new_column_is_named_as_typed_and_a_slip_is_doubted(page: Page) -> None:
    """The proposed name gives way to what is typed; a word that no alert here has is said to be one, and taken."""
    async with newsroom() as room:
        await room.publish(make_alert("n1", topics=["disaster"]))
        await opened(page, room)
        await expect(card(page, "n1")).to_be_visible()
        await keys(page, "d d a")
        await expect(page.locator(".toast")).to_have_text([re.compile("Choose an alert first")])  # once is enough
        await page.keyboard.type("Floods")
        topics = page.get_by_label("Topics").first
        await topics.fill("disastre")
        await topics.press("Enter")
        await expect(page.get_by_role("dialog")).to_contain_text("No alert here has “disastre” so far.")
        await page.get_by_label("Take disastre away").click()
        await topics.fill("disaster")
        await topics.press("Enter")
        await expect(page.get_by_role("dialog")).not_to_contain_text("so far")
        await page.get_by_role("button", name="Add the column").press("Enter")
        await expect(page.locator(".column h2")).to_have_text(["All alerts", "Flash and bulletin", "Floods"])


async def test_columns_are_added_moved_and_taken_away_by_key_and_by_hand(page: Page) -> None:
    """By key, by dragging and by a click; kept through a reload; the place read in a moved column stays."""
    async with newsroom() as room:
        await room.publish(*(make_alert(f"n{n}") for n in range(40)))
        await opened(page, room)
        titles = page.locator(".column h2")
        await keys(page, "a")
        await page.get_by_label("Name").fill("Third")
        await page.keyboard.press("Enter")
        await expect(titles).to_have_count(3)
        await keys(page, "[ [")
        await expect(titles).to_have_text(["Third", "All alerts", "Flash and bulletin"])
        read = "document.querySelector('[data-column-id=all] .scroller').scrollTop"
        await until(page, read.replace("scrollTop", "scrollHeight") + " > 3000")
        await page.evaluate(f"{read} = 900")
        await page.locator(".head", has_text="Third").drag_to(page.locator(".head", has_text="Flash"))
        await expect(titles).to_have_text(["All alerts", "Flash and bulletin", "Third"])
        await becomes(page, read, 900)
        await page.reload()
        await expect(titles).to_have_text(["All alerts", "Flash and bulletin", "Third"])
        await keys(page, "3 f")
        await page.get_by_role("button", name="Move left").click()
        await expect(titles).to_have_text(["All alerts", "Third", "Flash and bulletin"])
        await page.locator(".column").nth(1).get_by_role("button", name="Filter and sounds").click()
        await page.get_by_role("button", name="Remove the column").click()
        await expect(titles).to_have_count(2)


async def test_a_column_that_is_added_or_moved_comes_into_view(page: Page) -> None:
    """However many there are: what was just made or moved is not to be searched for."""
    async with newsroom() as room:
        await opened(page, room)
        for name in ("Third", "Fourth", "Fifth"):
            await keys(page, "a")
            await page.get_by_label("Name").fill(name)
            await page.keyboard.press("Enter")
            await expect(page.locator(".column", has_text=name)).to_be_in_viewport(ratio=0.9)
        await keys(page, "[ [ [ [")
        await expect(page.locator(".column h2").first).to_have_text("Fifth")
        await expect(page.locator(".column", has_text="Fifth")).to_be_in_viewport(ratio=0.9)


async def test_no_more_columns_are_promised_than_are_kept(page: Page) -> None:
    """Where there are as many as are kept, another is refused, not lost with the next reload."""
    async with newsroom() as room:
        await opened(page, room, "#" + "&".join(f"c=name%3D{n}%26min_priority%3Dflash" for n in range(30)))
        await expect(page.locator(".column")).to_have_count(24)
        await keys(page, "a")
        await expect(page.locator(".toast")).to_contain_text(["There are 24 columns"])
        await expect(page.locator("dialog.ask")).to_have_count(0)


async def test_where_a_dragged_column_would_go_is_shown(page: Page) -> None:
    """The column under the hand is outlined for as long as it is, whatever part of it the hand is over."""
    async with newsroom() as room:
        await room.publish(make_alert("n"))
        await opened(page, room)
        await expect(card(page, "n")).to_be_visible()
        await page.locator(".head").nth(1).hover(position={"x": 60, "y": 15})
        await page.mouse.down()
        for part in (card(page, "n").locator("h3"), column(page).locator(".about"), column(page).locator("h2")):
            box = await part.bounding_box()
            assert box is not None
            for further in range(3):  # only a second move over one place is `dragover`, when a driver moves the hand
                await page.mouse.move(box["x"] + 5 + further, box["y"] + 5)
            await expect(column(page)).to_have_class(re.compile(r"\bover\b"))
        await page.mouse.up()
        await expect(page.locator(".column h2")).to_have_text(["Flash and bulletin", "All alerts"])
        await expect(page.locator(".column.over")).to_have_count(0)


async def test_a_link_brings_columns_never_a_token_and_the_own_ones_come_back(page: Page) -> None:
    """What is shared is names and filters; who opens it can go back to what he had."""
    async with newsroom() as room:
        await opened(page, room, LINK)
        await keys(page, "s")
        await expect(page.get_by_role("textbox", name="Link")).to_have_value(re.compile(re.escape(LINK) + "$"))
        await keys(page, "Escape")
        await page.get_by_role("button", name="Back to my own").click()
        await expect(page.locator(".column h2")).to_have_text(["All alerts", "Flash and bulletin"])
        await page.goto("about:blank")
        await page.goto(room.gateway.url + "#c=" + "name%3D%3Cimg%20src%3Dx%3E%26token%3Dabc%26nonsense%3D1")
        await expect(page.locator(".column h2")).to_have_text(["<img src=x>"])
        await expect(page.locator(".column .filter")).to_have_text("everything")
        assert "abc" not in await page.evaluate("JSON.stringify([localStorage, sessionStorage])")


async def test_a_telephone_shows_one_column_and_tabs_with_what_is_new(page: Page) -> None:
    """At 390 px one column fills the width; the others are a touch away, with their counts."""
    async with newsroom() as room:
        await page.set_viewport_size({"width": 390, "height": 800})
        await opened(page, room)
        await expect(page.locator(".column:visible")).to_have_count(1)
        await room.publish(make_alert("f", priority="flash"))
        await expect(card(page, "f")).to_be_visible()
        tab = page.locator(".tab", has_text="Flash and bulletin")
        await expect(tab.locator(".badge")).to_have_text("1")
        await tab.click()
        await expect(card(page, "f", "top")).to_be_visible()
        await expect(card(page, "f")).to_be_hidden()
        await becomes(page, "document.documentElement.scrollWidth <= innerWidth", wanted=True)
        await until(page, "!document.querySelector('.tab .badge')")
