"""Craft: accessible in both themes, small, under a strict policy, calm for who asks for it."""

import httpx
import pytest
from playwright.async_api import Page, Response, expect
from support.board import accessible, card, keys, live, opened, troops
from support.clerk import Clerk, make_candidate
from support.newsroom import Newsroom, make_alert, newsroom

pytestmark = pytest.mark.browser

MOST_BYTES = 150 * 1024


async def every_kind(room: Newsroom) -> None:
    """Alerts in every state that a card can show."""
    await room.publish(
        make_alert("r", priority="routine", headline="Talks on grain transit continue", summary="Nothing yet."),
        make_alert("e", status="expired", op="expiry"),
        make_alert("h", priority="bulletin", status="held", op="hold", headline="Reports of a blast at a refinery"),
        make_alert("w", 2, status="withdrawn", op="withdrawal", reason="The agency killed it."),
        make_alert("d", dedup="unavailable", regions=[]),
        troops(),
        make_alert("f", priority="flash", headline="Strong earthquake off the coast", summary="Waves expected."),
        troops(2, headline="Parliament approves engineers", op="correction", reason="The first was wrong."),
        make_alert("h", 2, priority="flash", interrupt=True, headline="A blast it is"),
    )


STATES = (
    ("feed", "", ".tools", ""),
    ("form", "f", "dialog.ask .chip-field", "Escape"),
    ("sheet", "?", "dialog.ask .sheet", "Escape"),
    ("corner", "i", "#pulse-panel dl", "i"),
)


async def test_axe_finds_nothing(page: Page) -> None:
    """No violation of WCAG 2.2 AA or of axe's best practice, light or dark, wide or narrow, whatever is open."""
    clerk = Clerk()
    async with newsroom(outbox=clerk) as room:
        await every_kind(room)
        await page.emulate_media(reduced_motion="reduce")
        await page.set_viewport_size({"width": 1280, "height": 900})
        await opened(page, room)
        await expect(card(page, "r")).to_be_attached()
        clerk.rooms.append(room)
        room.next = 50
        await clerk.report(make_candidate())
        await keys(page, "j j o v t c")
        for width, states in ((1280, STATES), (390, STATES[:2])):
            await page.set_viewport_size({"width": width, "height": 900})
            for name, opening, shows, closing in states:
                await keys(page, opening)
                await expect(page.locator(shows).first).to_be_visible()
                await accessible(page, f"{name}-{width}")
                await keys(page, closing)
                if closing:
                    await expect(page.locator(shows).first).to_be_hidden()


@pytest.mark.parametrize("path", ["", "lab"])
async def test_it_loads_in_150_kb_and_nothing_from_elsewhere(page: Page, path: str) -> None:
    """All that a page needs to run comes from its own server, small: the alerts' and the lab's."""
    heard: list[Response] = []
    page.on("response", lambda response: heard.append(response))  # noqa: PLW0108 - it marks what it is given
    async with newsroom() as room:
        await page.goto(room.gateway.url + path, wait_until="load")
        if not path:
            await live(page)
        sizes = {each.url: (await each.request.sizes())["responseBodySize"] for each in heard if "/v1/" not in each.url}
        assert all(url.startswith(room.gateway.url) for url in sizes)
        assert len(sizes) > 5
        assert 20_000 < sum(sizes.values()) < MOST_BYTES / 2


async def test_the_policy_forbids_what_is_inline_or_foreign() -> None:
    """Scripts and styles only from here, nothing inline, no frames, no forms to elsewhere."""
    async with newsroom() as room, httpx.AsyncClient() as client:
        answer = await client.get(room.gateway.url)
        policy = answer.headers["Content-Security-Policy"]
        for part in ("default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'"):
            assert part in policy
        assert "unsafe" not in policy
        assert " style=" not in answer.text
        assert "onclick" not in answer.text


async def test_reduced_motion_is_respected(page: Page) -> None:
    """Who asks for less motion gets none."""
    async with newsroom() as room:
        await page.emulate_media(reduced_motion="reduce")
        await opened(page, room)
        await room.publish(make_alert("f", priority="flash"))
        await expect(card(page, "f")).to_be_visible()
        assert await card(page, "f").evaluate("one => getComputedStyle(one).animationName") == "none"
