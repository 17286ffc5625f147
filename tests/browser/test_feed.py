"""The editors' page in a real browser, fed by a real gateway: what stands on a card."""

from typing import Any

import pytest
from playwright.async_api import Page, expect
from support.board import HEADLINE, Visit, becomes, card, column, keys, opened, screenshot, troops, why
from support.newsroom import make_alert, newsroom

pytestmark = pytest.mark.browser


async def test_an_alert_appears_with_its_reason_and_is_struck_when_withdrawn(page: Page) -> None:
    """An alert comes by itself with priority, places, sources and why; its withdrawal strikes it where it stands."""
    async with newsroom() as room:
        await opened(page, room)
        await expect(column(page).locator(".empty")).to_be_visible()
        await room.publish(
            make_alert("older", headline="An older one"), troops(), make_alert("newer", priority="flash")
        )
        one = card(page, "a1")
        await expect(one.locator("h3")).to_have_text(HEADLINE)
        await expect(one.locator(".priority")).to_have_text("Urgent")
        await expect(one.locator(".region")).to_have_text(["Ukraine", "Kazakhstan"])
        await expect(one.locator(".sources")).to_have_text("2 independent: example.org, Wire B (3 reports)")
        await expect(one.locator("h3 a")).to_have_attribute("href", "https://example.org/a1")
        await expect(one.locator("h3 mark")).to_have_text(["sending", "soldiers", "Kazakhstan"])
        await expect(one.locator("summary")).to_have_text(
            "Why rule troops-abroad: “sending” … “soldiers” in headline; region KZ: “Kazakhstan” in headline"
        )
        await expect(card(page, "newer")).to_be_visible()
        await keys(page, "j j o")
        await expect(one.locator("li mark")).to_have_text(["sending", "soldiers", "Kazakhstan"])
        await screenshot(page, "alert")
        places = await column(page).locator(".card").evaluate_all("all => all.map(one => one.dataset.id)")
        await room.publish(
            troops(2, op="withdrawal", status="withdrawn", interrupt=True, reason="The agency killed it.")
        )
        await expect(one.locator("h3 s")).to_have_text(HEADLINE)
        await expect(one.locator(".status")).to_have_text("Withdrawn")
        await expect(one).to_have_accessible_name(f"Urgent Withdrawn {HEADLINE}")  # a stroke is not heard
        await expect(one.locator(".notice")).to_contain_text("The agency killed it.")
        assert places == await column(page).locator(".card").evaluate_all("all => all.map(one => one.dataset.id)")
        echo = column(page).locator(".echo")
        await expect(echo.locator(".deed")).to_have_text("Withdrawn")
        await screenshot(page, "withdrawn")


async def test_a_correction_shows_what_changed_and_its_history_unfolds(page: Page) -> None:
    """Words that went and came are marked; all revisions unfold in place, though this page saw but the last."""
    async with newsroom() as room:
        await room.publish(troops(), troops(2, summary="Now a longer lead.", sources_total=4))
        await opened(page, room)
        fixed = HEADLINE.replace("soldiers", "engineers")
        await room.publish(
            troops(3, headline=fixed, op="correction", interrupt=True, reason="It is engineers.", why=[])
        )
        one = card(page, "a1")
        await expect(one.locator(".change del")).to_have_text("soldiers")
        await expect(one.locator(".change ins")).to_have_text("engineers")
        await expect(one.locator(".status")).to_have_text("Corrected")
        await keys(page, "j v")
        await expect(one.locator(".revisions li")).to_have_count(3)
        await expect(one.locator(".revisions li").last.locator("del")).to_have_text("soldiers")
        await keys(page, "v")
        await expect(one.locator(".revisions")).to_have_count(0)


async def test_who_reports_it_and_why_they_are_one_event_unfolds(page: Page) -> None:
    """Each report: publisher, part, whose text it prints, link, and what it has in common with the first."""
    reports = [
        {"uri": "u:1", "source": "Daily A", "headline": "Soldiers go", "role": "first", "wire": "afp"},
        {
            "uri": "u:2",
            "source": "Wire B",
            "headline": "Troops sent",
            "shared": ["soldiers", "KZ"],
            "url": "https://b.example/2",
        },
        {"uri": "u:3", "source": "Daily C", "headline": "Soldiers go", "role": "copy", "url": "javascript:alert(1)"},
    ]
    async with newsroom() as room:
        await opened(page, room)
        await room.publish(troops(sources=reports, sources_total=5))
        await expect(card(page, "a1")).to_be_visible()
        await expect(card(page, "a1").locator(".reports")).to_have_count(0)
        await keys(page, "j o")
        shown = card(page, "a1").locator(".reports li")
        await expect(shown.nth(0)).to_contain_text("Daily A")
        await expect(shown.nth(0).locator(".wire")).to_have_text("text of AFP")
        await expect(shown.nth(1)).to_contain_text("same event")
        await expect(shown.nth(1).locator(".shared bdi")).to_have_text("soldiers, KZ")
        await expect(shown.nth(1).locator("a")).to_have_attribute("href", "https://b.example/2")
        await expect(shown.nth(2)).to_contain_text("copy")
        await expect(shown.nth(2).locator("a")).to_have_count(0)
        await expect(shown.nth(3)).to_have_text("and 2 more, not listed here")


async def test_why_it_interrupted_and_what_was_corrected_outlive_quiet_updates(page: Page) -> None:
    """The reason stands on the card and on the line above; quiet revisions take neither it nor the correction away."""
    fixed = HEADLINE.replace("soldiers", "engineers")
    toll = "Wire B reports 40 dead; 12 were reported before."
    async with newsroom() as room:
        await room.publish(troops(), make_alert("newer"))
        await opened(page, room)
        await room.publish(
            troops(2, headline=fixed, op="correction", interrupt=True, reason="It is engineers."),
            troops(3, headline=fixed, interrupt=False),
            troops(4, headline=fixed, interrupt=True, reason=toll),
            troops(5, headline=fixed, interrupt=False),
        )
        for _ in ("as it came", "after a reload"):
            one = card(page, "a1")
            await expect(one).to_have_attribute("data-revision", "5")
            await expect(one.locator(".status")).to_have_text("Corrected")
            await expect(one.locator(".change del")).to_have_text("soldiers")
            await expect(one.locator(".notice")).to_have_text(f"Update: {toll}")
            echo = column(page).locator(".echo").first
            await expect(echo.locator(".deed")).to_have_text("Updated")
            await expect(echo.locator(".echo-why")).to_have_text(toll)
            await page.reload()


async def test_what_changed_is_not_one_number_where_words_go_from_the_right(page: Page) -> None:
    """In Arabic the old toll stands right of the new one, with a space between."""
    async with newsroom() as room:
        await room.publish(make_alert("a1", headline="ومقتل 30 شخصا"))
        await opened(page, room)
        await expect(card(page, "a1")).to_be_visible()
        await room.publish(make_alert("a1", 2, op="correction", interrupt=True, headline="ومقتل 40 شخصا"))
        await expect(card(page, "a1").locator(".change ins")).to_have_text("40")
        old, new = [await card(page, "a1").locator(f".change {tag}").bounding_box() for tag in ("del", "ins")]
        assert old is not None
        assert new is not None
        assert new["x"] + new["width"] < old["x"]


async def test_a_correction_of_the_headline_is_told_once(page: Page) -> None:
    """Where the change is marked word by word, no sentence repeats both headlines, in how many columns it may stand."""
    fixed = HEADLINE.replace("soldiers", "engineers")
    reason = f"The editors have corrected the headline: “{HEADLINE}” is now “{fixed}”."
    async with newsroom() as room:
        await opened(page, room)
        await room.publish(
            troops(priority="flash"),
            troops(2, priority="flash", headline=fixed, op="correction", interrupt=True, reason=reason),
        )
        for name in ("all", "top"):
            await expect(card(page, "a1", name).locator(".change ins")).to_have_text("engineers")
            await expect(card(page, "a1", name).locator(".notice")).to_have_count(0)


async def test_a_later_interruption_of_an_old_alert_is_told_above_without_moving_it(page: Page) -> None:
    """An escalation has a line on top, in order of issue, that leads to the card; after a reload it is there too."""
    async with newsroom() as room:
        await room.publish(*(make_alert(f"n{n}") for n in range(30)))
        await opened(page, room)
        await room.publish(make_alert("n2", 2, priority="flash", interrupt=True, headline="It is war"))
        echo = column(page).locator(".echo")
        await expect(echo.locator(".deed")).to_have_text("Raised")
        await expect(echo.locator(".echoed")).to_have_text("It is war")
        await echo.locator("button").click()
        await expect(card(page, "n2")).to_be_in_viewport()
        await expect(card(page, "n2").locator(".priority")).to_have_text("Flash")
        await page.reload()
        await expect(card(page, "n2")).to_be_in_viewport()  # the page has found its place again
        await keys(page, "g")
        await expect(column(page).locator(".row").first).to_have_attribute("data-echo", "n2")


async def test_degraded_copies_holds_and_unknown_places_are_said(page: Page) -> None:
    """Where Redis was away, where the desk holds an alert, where no place is known: the card says so."""
    async with newsroom() as room:
        await room.publish(
            make_alert("d", dedup="unavailable", regions=[]),
            make_alert("h", status="held", op="hold"),
            make_alert("c", 2, priority="bulletin"),
        )
        await opened(page, room)
        await expect(card(page, "d").locator(".degraded")).to_have_text("copies unchecked")
        await expect(card(page, "d").locator(".region")).to_have_text("region unknown")
        await expect(card(page, "h").locator(".status")).to_have_text("Held: under check")
        await expect(card(page, "c").locator("[data-act=revisions]")).to_have_text("rev. 2")


async def test_times_are_the_editors_and_utc_is_on_hover(visit: Visit) -> None:
    """The clock is that of the reader's zone; the title says UTC."""
    async with newsroom() as room:
        there = await visit(timezone_id="Asia/Almaty")
        await room.publish(make_alert("t"))
        await opened(there, room)
        time = card(there, "t").locator("time")
        await expect(time.locator(".clock")).to_contain_text("17:00")
        await expect(time).to_have_attribute("title", "2026-03-01 12:00:00 UTC")


EVIL = "<script>window.hacked=1</script><img src=x onerror=window.hacked=1> \u202e\u2066reversed"
FIELDS: dict[str, Any] = {
    "headline": EVIL,
    "summary": ("<b>bold</b> " + EVIL)[:400],
    "url": "javascript:window.hacked=1",
    "reason": EVIL,
    "regions": [{"code": "UA", "name": EVIL}],
    "topics": [EVIL],
    "rules": [EVIL],
    "ruleset": EVIL,
    "language": EVIL,
    "independent_sources": [EVIL, EVIL],
    "why": [why("<script>", EVIL, rule=EVIL)],
    "reach": {"regions": ["UA"]},
    "sources": [{"uri": EVIL, "source": EVIL, "headline": EVIL, "url": "javascript:1", "role": "first"}],
}
LONG = "x" * 10_000
ENDLESS: dict[str, Any] = {
    "headline": LONG,
    "summary": "w" * 400,
    "reason": LONG,
    "regions": [{"code": "UA", "name": LONG}],
    "topics": [LONG],
    "independent_sources": [LONG, LONG],
    "why": [why("xxx", "x" * 160, rule=LONG)],
    "reach": {"regions": ["UA"]},
    "url": "https://example.org/" + LONG,
}


@pytest.mark.parametrize("width", [1000, 390])
async def test_nothing_in_an_article_becomes_markup_or_breaks_the_page(page: Page, width: int) -> None:
    """HTML, script, bad links, bidi marks and endless words in every field stay text, inside their card."""
    async with newsroom() as room:
        await page.set_viewport_size({"width": width, "height": 800})
        await room.publish(
            make_alert("evil", **FIELDS),
            make_alert("evil", 2, **{**FIELDS, "op": "correction", "interrupt": True, "headline": EVIL + " now"}),
            make_alert("endless", **ENDLESS),
            make_alert("endless", 2, **{**ENDLESS, "status": "withdrawn", "op": "withdrawal", "interrupt": True}),
            make_alert("arabic", headline="عاجل: زلزال قوي يضرب المدينة", language="ar"),
        )
        await opened(page, room)
        one = card(page, "evil")
        await expect(one.locator("h3")).to_have_text(EVIL + " now")
        await becomes(page, "document.querySelector('[data-column-id=all] .row').ariaSetSize", "5")
        # What turns its own text around turns nothing else around.
        direction = "one => getComputedStyle(one).direction"
        assert await card(page, "arabic").locator("h3").evaluate(direction) == "rtl"
        assert await card(page, "arabic").locator(".top").evaluate(direction) == "ltr"
        await keys(page, "j o j j o v j j o v")
        await expect(one.locator(".revisions li")).to_have_count(2)
        assert await page.locator(".card script, .card img, .card b, .card h3 a[href^=java]").count() == 0
        assert await page.evaluate("window.hacked") is None
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        wide = "all => all.filter(one => one.scrollWidth > one.clientWidth + 1).map(one => one.className)"
        assert await page.locator(".scroller, .card").evaluate_all(wide) == []
        isolated = "all => all.every(one => /isolate|plaintext/.test(getComputedStyle(one).unicodeBidi))"
        assert await one.locator(".region, .topic, .sources, h3, .lead, .notice bdi").evaluate_all(isolated)
        await screenshot(page, f"hostile-{width}")
