"""The editors' page in a real browser, fed by a real gateway."""

import os
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect
from support.newsroom import SECRET, make_alert, newsroom, token

from alerts.alert import Alert

pytestmark = pytest.mark.browser

HEADLINE = "Parliament approves sending soldiers to Kazakhstan"


def why(text: str, context: str, *, rule: str | None = None, region: str | None = None, field: str = "headline") -> Any:
    start = context.index(text)
    return {
        "uri": "urn:a1",
        "rule": rule,
        "region": region,
        "field": field,
        "start": start,
        "end": start + len(text),
        "text": text,
        "context": context,
    }


def troops(revision: int = 1, **fields: Any) -> Alert:
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


async def screenshot(page: Page, name: str) -> None:
    """Kept where ALERTS_TEST_SCREENSHOTS says, for people to look at."""
    if folder := os.environ.get("ALERTS_TEST_SCREENSHOTS"):
        await page.screenshot(path=Path(folder) / f"{name}.png")


async def test_an_alert_appears_with_its_reason_and_is_struck_when_withdrawn(page: Page) -> None:
    """An alert comes by itself with priority, places, sources and why; its withdrawal strikes it where it stands."""
    async with newsroom() as room:
        await page.goto(room.gateway.url)
        await expect(page.locator("#state-word")).to_have_text("live")
        await expect(page.locator("#empty")).to_be_visible()
        await room.publish(
            make_alert("older", headline="An older one"), troops(), make_alert("newer", priority="flash")
        )
        card = page.locator('[data-id="a1"]')
        await expect(card.locator("h2")).to_have_text(HEADLINE)
        await expect(card.locator(".priority")).to_have_text("Urgent")
        await expect(card.locator(".region")).to_have_text(["Ukraine", "Kazakhstan"])
        await expect(card.locator(".sources")).to_have_text("2 independent: example.org, Wire B (3 reports)")
        await expect(card.locator("h2 a")).to_have_attribute("href", "https://example.org/a1")
        await expect(card.locator("summary")).to_have_text(
            "Why rule troops-abroad: “sending” … “soldiers” in headline; region KZ: “Kazakhstan” in headline"
        )
        await page.keyboard.press("j")
        await page.keyboard.press("j")
        await page.keyboard.press("o")
        await expect(card.locator("li mark")).to_have_text(["sending", "soldiers", "Kazakhstan"])
        await screenshot(page, "alert")
        places = [await one.get_attribute("data-id") for one in await page.locator(".card").all()]
        await room.publish(
            troops(2, op="withdrawal", status="withdrawn", interrupt=True, reason="The agency killed it.")
        )
        await expect(card.locator("h2 s")).to_have_text(HEADLINE)
        await expect(card.locator(".status")).to_have_text("Withdrawn")
        await expect(card.locator(".notice")).to_contain_text("The agency killed it.")
        assert places == [await one.get_attribute("data-id") for one in await page.locator(".card").all()]
        await screenshot(page, "withdrawn")


async def test_nothing_in_an_article_becomes_markup(page: Page) -> None:
    """HTML, script, bad links, bidi marks and endless words in any field stay text and break nothing."""
    evil = "<script>window.hacked=1</script><img src=x onerror=window.hacked=1> \u202e\u2066reversed"
    async with newsroom() as room:
        await room.publish(
            make_alert(
                "evil",
                headline=evil,
                summary="<b>bold</b> " + "w" * 380,
                url="javascript:window.hacked=1",
                reason=evil,
                regions=[{"code": "UA", "name": evil}],
                topics=[evil],
                independent_sources=[evil, "x" * 5000],
                why=[why("<script>", evil, rule=evil)],
                reach={"regions": ["UA"]},
            ),
            make_alert("long", headline="x" * 10_000),
            make_alert("arabic", headline="عاجل: زلزال قوي يضرب المدينة", language="ar"),
        )
        await page.goto(room.gateway.url)
        card = page.locator('[data-id="evil"]')
        await expect(card.locator("h2")).to_have_text(evil)
        assert await card.locator("script, img, b, h2 a").count() == 0
        assert await page.evaluate("window.hacked") is None
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        direction = "getComputedStyle(document.querySelector('[data-id=arabic] h2')).direction"
        assert await page.evaluate(direction) == "rtl"
        await screenshot(page, "hostile")


async def test_reload_keeps_the_place_without_repeats(page: Page) -> None:
    """After a reload the same card is under the eye, each alert stands once, and what came meanwhile is there."""
    async with newsroom() as room:
        await room.publish(*(make_alert(f"n{n}", summary="Some words of a lead.") for n in range(60)))
        await page.goto(room.gateway.url)
        await expect(page.locator(".card")).to_have_count(60)
        await expect(page.locator("#state-word")).to_have_text("live")
        await page.locator('[data-id="n30"]').evaluate("card => card.scrollIntoView()")
        top = await page.locator('[data-id="n30"]').evaluate("card => card.getBoundingClientRect().top")
        await page.goto("about:blank")
        await room.publish(make_alert("n10", 2, headline="Changed meanwhile"), make_alert("meanwhile"))
        await page.go_back()
        await expect(page.locator("#state-word")).to_have_text("live")
        await expect(page.locator('[data-id="n10"] h2')).to_have_text("Changed meanwhile")
        again = await page.locator('[data-id="n30"]').evaluate("card => card.getBoundingClientRect().top")
        assert abs(again - top) < 2
        await expect(page.locator("#pill")).to_have_text("1 new above")
        await page.keyboard.press("g")
        await expect(page.locator(".card")).to_have_count(61)
        ids = await page.locator(".card").evaluate_all("cards => cards.map(card => card.dataset.id)")
        assert len(set(ids)) == 61
        assert ids[:2] == ["meanwhile", "n59"]
        assert await page.locator(".gap").count() == 0


async def test_new_alerts_never_move_what_is_read(page: Page) -> None:
    """While scrolled, new cards wait under a pill and revisions above change nothing under the eye, to the pixel."""
    async with newsroom() as room:
        await room.publish(*(make_alert(f"n{n}", summary="Some words of a lead.") for n in range(40)))
        await page.goto(room.gateway.url)
        await expect(page.locator("#state-word")).to_have_text("live")
        await page.evaluate("scrollTo(0, 1200)")
        place = "(() => { const c = document.elementFromPoint(500, 300).closest('.card'); "
        place += "return [c.dataset.id, c.getBoundingClientRect().top]; })()"
        before = await page.evaluate(place)
        await room.publish(*(make_alert(f"m{n}", priority="flash") for n in range(30)))
        await room.publish(make_alert("n39", 2, summary="A much longer lead than before. " * 12))
        await expect(page.locator("#pill")).to_have_text("30 new above")
        await expect(page.locator('[data-id="n39"]')).to_have_attribute("data-revision", "2")
        after = await page.evaluate(place)
        assert after[0] == before[0]
        assert abs(after[1] - before[1]) < 1  # scroll positions are whole pixels, heights are not
        await screenshot(page, "reading")
        await page.locator("#pill").click()
        await expect(page.locator(".card").first).to_have_attribute("data-id", "m29")
        assert await page.evaluate("scrollY") == 0


async def test_the_page_comes_back_by_itself(page: Page) -> None:
    """A dropped connection is said, resumed with the cursor, and nothing is missed or doubled."""
    async with newsroom() as room:
        await page.goto(room.gateway.url)
        await expect(page.locator("#state-word")).to_have_text("live")
        await room.publish(make_alert("before"))
        await expect(page.locator(".card")).to_have_count(1)
        await page.evaluate(
            "window.seen = []; new MutationObserver(() => "
            "window.seen.push(document.getElementById('state').dataset.state))"
            ".observe(document.getElementById('state'), { attributes: true, attributeFilter: ['data-state'] })"
        )
        for connection in list(room.gateway.hub.members):
            connection.drop("test")
        await room.publish(make_alert("while away"))
        await expect(page.locator(".card")).to_have_count(2)
        await expect(page.locator("#state-word")).to_have_text("live")
        assert (await page.evaluate("window.seen"))[0] == "reconnecting"
        assert await page.locator(".gap").count() == 0


async def test_a_gap_is_shown_and_can_be_filled(page: Page) -> None:
    """What the server cannot replay is named in the feed, with a way to load it."""
    async with newsroom(gateway_ring_entries=3) as room:
        await room.publish(make_alert("first"))
        await page.goto(room.gateway.url)
        await expect(page.locator("#state-word")).to_have_text("live")
        await page.goto("about:blank")
        await room.publish(*(make_alert(f"n{n}") for n in range(6)))
        await page.go_back()
        await expect(page.locator(".gap")).to_contain_text("Alerts may be missing here")
        await screenshot(page, "gap")
        await page.locator(".gap button").click()
        await expect(page.locator(".gap")).to_contain_text("now in the feed")


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
        await expect(page.locator("#state-word")).to_have_text("live")
        await expect(page.locator("#who")).to_have_text("ann · editor")
        await expect(page.locator('[data-id="secret"] h2')).to_have_text("Only for the desk")
        await page.reload()
        await expect(page.locator("#state-word")).to_have_text("live")
        assert not re.search("eyJ", page.url)


async def test_dark_and_narrow(page: Page) -> None:
    """The page follows the system's colours and fits a telephone."""
    async with newsroom() as room:
        await room.publish(
            make_alert("r", priority="routine", headline="Talks on grain transit continue"),
            troops(),
            make_alert("h", priority="bulletin", status="held", op="hold", headline="Reports of a blast at a refinery"),
            troops(2, op="correction", reason="The first version named the wrong chamber.", interrupt=True),
            make_alert("f", priority="flash", headline="Strong earthquake strikes off the northern coast", regions=[]),
        )
        await page.emulate_media(color_scheme="dark")
        await page.goto(room.gateway.url)
        await expect(page.locator(".card")).to_have_count(4)
        assert await page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(15, 18, 22)"
        await screenshot(page, "dark")
        await page.emulate_media(color_scheme="light")
        await screenshot(page, "light")
        await page.set_viewport_size({"width": 390, "height": 800})
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        await screenshot(page, "narrow")
