"""Editors at work, each in a browser: who has what, conflicts, undo, and all of it by key."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page, expect
from support.board import Visit, card, column, keys, live, screenshot
from support.clerk import Clerk, make_candidate
from support.newsroom import SECRET, Newsroom, eventually, newsroom, token

pytestmark = pytest.mark.browser


@contextlib.asynccontextmanager
async def desk_room() -> AsyncIterator[tuple[Newsroom, Clerk, str]]:
    """A gateway with a desk behind it, and an alert."""
    clerk = Clerk()
    async with newsroom(gateway_secret=SECRET, outbox=clerk) as room:
        clerk.rooms.append(room)
        yield room, clerk, await clerk.report(make_candidate())


async def enter(visit: Visit, room: Newsroom, name: str, role: str = "editor") -> Page:
    """An editor's page, live."""
    page = await visit()
    # While `cut`, this browser finds nobody at the other end.
    await page.add_init_script(
        "const Real = WebSocket; window.WebSocket = function (url, way) {"
        " return new Real(window.cut ? url + '/nowhere' : url, way); }"
    )
    await page.add_init_script(
        f"sessionStorage.getItem('flashwire.token') || "
        f"sessionStorage.setItem('flashwire.token', '{token(sub=name, role=role)}')"
    )
    await page.goto(room.gateway.url)
    await live(page)
    return page


# When the struck headline stood in the document: one clock for all browsers of this machine.
STRUCK = """(alert) => { const look = () => {
  if (document.querySelector(`[data-id="${alert}"] h3 s`)) window.struck ||= Date.now();
}; new MutationObserver(look).observe(document.getElementById('board'), { childList: true, subtree: true }); }"""


async def test_two_claim_one_alert(visit: Visit) -> None:
    """One wins, the other is told by whom, and both see whose it is; it is released for all."""
    async with desk_room() as (room, clerk, alert):
        pages = {name: await enter(visit, room, name) for name in ("ann", "bob")}
        for page in pages.values():
            await expect(card(page, alert)).to_be_visible()
            await keys(page, "j")
        # Both ask before either can have heard of the other's claim; the desk answers them in the order they came.
        clerk.silent = True
        await asyncio.gather(*(page.keyboard.press("c") for page in pages.values()))
        for page in pages.values():
            await expect(card(page, alert).locator(".desk.busy")).to_have_text("Claim: asking the desk…")
        await eventually(lambda: clerk.asked == 2)
        await clerk.speak()
        first, second = (audit.by for audit in clerk.audits)
        winner, loser = pages[first], pages[second]
        await expect(card(winner, alert).locator(".desk")).to_have_text("You have it")
        await expect(card(loser, alert).locator(".desk")).to_have_text(f"{first} has it")
        await expect(loser.locator(".toast.bad")).to_contain_text(f"Not yours: {first} has had it")
        await expect(winner.locator(".toast.bad")).to_have_count(0)
        await screenshot(loser, "conflict")
        await keys(winner, "c")
        await expect(card(loser, alert).locator(".desk")).to_have_count(0)
        await keys(loser, "c")
        await expect(card(winner, alert).locator(".desk")).to_have_text(f"{second} has it")


async def test_a_withdrawal_reaches_all_and_who_was_offline(visit: Visit) -> None:
    """Withdrawn in one, struck in the other within a second, and in a third that was cut off when it returns."""
    async with desk_room() as (room, _, alert):
        ann, bob, eve = [await enter(visit, room, name) for name in ("ann", "bob", "eve")]
        for page in (ann, bob, eve):
            await expect(card(page, alert)).to_be_visible()
        await bob.evaluate(STRUCK, alert)
        await ann.evaluate("addEventListener('keydown', ({ key }) => key === 'Enter' && (window.pressed = Date.now()))")
        await eve.evaluate("window.cut = true")
        for connection in list(room.gateway.hub.members):
            if connection.grant is not None and connection.grant.user == "eve":
                connection.shut(1012, "drain", retry_ms=(300, 400))  # type: ignore[arg-type] # a code is an int
        await expect(eve.locator("#state-word")).to_contain_text("no news for")
        await keys(ann, "j x Enter")
        await expect(card(bob, alert).locator("h3 s")).to_be_visible()
        took = await bob.evaluate("struck") - await ann.evaluate("pressed")
        assert 0 <= took < 1000
        await expect(card(bob, alert).locator(".status")).to_have_text("Withdrawn")
        await expect(card(eve, alert).locator("h3 s")).to_have_count(0)
        await eve.evaluate("window.cut = false")
        await expect(card(eve, alert).locator("h3 s")).to_be_visible(timeout=25_000)


async def test_every_action_by_keyboard_alone(visit: Visit) -> None:
    """Claim, note, escalate, hold, lift, correct, dismiss, undo, withdraw: no pointer; the trail tells all of it."""
    async with desk_room() as (room, clerk, alert):
        page = await enter(visit, room, "ann")
        one = card(page, alert)
        await expect(one).to_be_visible()
        await keys(page, "j c")
        await expect(one.locator(".desk")).to_contain_text("You have it")
        await keys(page, "n")
        await page.keyboard.type("Look into it")
        await keys(page, "Tab Enter")
        await expect(one.locator(".remark")).to_have_text("“Look into it”")
        await keys(page, "e ArrowRight Enter")
        await expect(one.locator(".priority")).to_have_text("Flash")
        await keys(page, "h")
        await expect(one.locator(".status")).to_have_text("Held: under check")
        await keys(page, "h")
        await expect(one.locator(".status")).to_have_count(0)
        await keys(page, "r Control+a")
        await page.keyboard.type("Strong quake near Iquique")
        await keys(page, "Enter")
        await expect(one.locator("h3")).to_have_text("Strong quake near Iquique")
        await expect(one.locator(".change ins")).to_have_text("Iquique")
        await keys(page, "d")
        await expect(one.locator(".desk")).to_contain_text("Dismissed by ann")
        await keys(page, "z")
        await expect(one.locator(".desk")).not_to_contain_text("Dismissed")
        await keys(page, "x Enter")
        await expect(one.locator("h3 s")).to_be_visible()
        await keys(page, "t")
        done = [audit.do for audit in clerk.audits]
        assert done == [
            *("claim", "note", "escalate", "hold", "unhold", "correct", "dismiss", "restore", "withdraw"),
        ]
        await expect(one.locator(".trail li")).to_have_count(len(done))
        await expect(one.locator(".trail li").first).to_contain_text("ann claimed it")
        await keys(page, "v")
        await expect(one.locator(".revisions li").last).to_contain_text("Withdrawn")
        await screenshot(page, "worked")
        # Focus never left the card for good: keys go on working.
        await keys(page, "c")
        await expect(one.locator(".desk")).not_to_contain_text("You have it")


async def test_an_open_trail_and_open_revisions_go_with_the_alert(visit: Visit) -> None:
    """What stands open is not left saying that nobody touched it, when somebody just did."""
    async with desk_room() as (room, _, alert):
        ann, bob = await enter(visit, room, "ann"), await enter(visit, room, "bob")
        await keys(ann, "j t")
        await expect(card(ann, alert)).to_contain_text("No editor has touched it.")
        await keys(ann, "c v")
        await expect(card(ann, alert).locator(".trail li")).to_have_text([re.compile("ann claimed it")])
        await expect(card(ann, alert).locator(".revisions li")).to_have_count(1)
        await keys(bob, "j h")
        await expect(card(ann, alert).locator(".trail li")).to_have_count(2)
        await expect(card(ann, alert).locator(".trail li").last).to_contain_text("bob")
        await expect(card(ann, alert).locator(".revisions li")).to_have_count(2)


async def correct_too_late(page: Page, clerk: Clerk, alert: str) -> None:
    """Type a correction of the chosen alert, which the desk corrects meanwhile: it is refused."""
    await keys(page, "r Control+a")
    await page.keyboard.type("Quake near Iquique")
    await clerk.desk_corrects(alert)
    await expect(card(page, alert)).to_have_attribute("data-revision", "2")
    await keys(page, "Enter")
    await expect(page.locator(".toast.bad")).to_contain_text("has changed since you looked")


async def test_a_message_is_answered_by_key_and_the_alert_stays_chosen(visit: Visit) -> None:
    """`y` goes to the newest message: Enter does what it offers, Escape closes it; then the alert has the focus."""
    async with desk_room() as (room, clerk, alert):
        page = await enter(visit, room, "ann")
        await expect(card(page, alert)).to_be_visible()
        await keys(page, "j")
        await correct_too_late(page, clerk, alert)
        await keys(page, "y Enter Enter")
        await expect(card(page, alert).locator("h3")).to_have_text("Quake near Iquique")
        await expect(card(page, alert)).to_be_focused()
        await expect(page.locator(".toast")).to_have_text(re.compile("Corrected"))
        await keys(page, "y Escape")
        await expect(page.locator(".toast")).to_have_count(0)
        await expect(card(page, alert)).to_be_focused()


async def test_news_of_a_dismissed_alert_is_shown_as_news(visit: Visit) -> None:
    """What interrupts after an alert was dismissed stands there in full, also after a reload; it is dismissed anew."""
    async with desk_room() as (room, clerk, alert):
        ann, bob = await enter(visit, room, "ann"), await enter(visit, room, "bob")
        await keys(ann, "j d")
        for page in (ann, bob):
            await expect(card(page, alert)).to_have_class(re.compile("dismissed"))
        await keys(bob, "j e ArrowRight Enter")
        await expect(card(ann, alert).locator(".priority")).to_have_text("Flash")
        for _ in ("as it came", "after a reload"):
            await expect(card(ann, alert)).not_to_have_class(re.compile("dismissed"))
            await expect(card(ann, alert).locator(".desk")).to_have_text("Dismissed, before the latest news")
            await ann.reload()
            await live(ann)
        await expect(card(ann, alert).locator(".desk")).to_be_visible()
        await keys(ann, "j d")  # what stands on top now is the line that tells of it
        await expect(ann.locator(".toast")).to_contain_text("Enter goes to its card")
        await keys(ann, "Enter d")
        await expect(card(bob, alert)).to_have_class(re.compile("dismissed"))
        assert [audit.do for audit in clerk.audits] == ["dismiss", "escalate", "dismiss"]


async def test_an_admin_frees_what_another_has(visit: Visit) -> None:
    """Whoever claimed an alert may have gone home; it is asked first, and not to be undone into the wrong hands."""
    async with desk_room() as (room, clerk, alert):
        ann, root = await enter(visit, room, "ann"), await enter(visit, room, "root", role="admin")
        await keys(ann, "j c")
        await expect(card(root, alert).locator(".desk")).to_have_text("ann has it")
        await keys(root, "j c")
        await expect(root.get_by_role("dialog")).to_contain_text("Release it from ann?")
        await keys(root, "Enter")
        await expect(card(ann, alert).locator(".desk")).to_have_count(0)
        await expect(root.locator(".toast")).to_have_text(re.compile("^Released.[^U]*$"))
        await keys(root, "c")
        await expect(card(ann, alert).locator(".desk")).to_have_text("root has it")
        await keys(ann, "c t")
        await expect(card(ann, alert).locator(".trail .refused")).to_contain_text("Claim: refused, claimed by root")
        assert [audit.do for audit in clerk.audits] == ["claim", "release", "claim", "claim"]


async def test_the_same_by_pointer(visit: Visit) -> None:
    """The selected card has a button for each action."""
    async with desk_room() as (room, clerk, alert):
        page = await enter(visit, room, "ann")
        await card(page, alert).click()
        for name in ("Claim", "Release", "Dismiss", "Restore"):
            await card(page, alert).get_by_role("button", name=name, exact=False).click()
        await eventually(lambda: len(clerk.audits) == 4)
        await expect(card(page, alert).get_by_role("button", name="Dismiss", exact=False)).to_be_visible()


async def test_a_viewer_sees_no_buttons(visit: Visit) -> None:
    """Who may only look is offered nothing else, and told so if he tries a key."""
    async with desk_room() as (room, clerk, alert):
        page = await enter(visit, room, "vic", role="viewer")
        await card(page, alert).click()
        await keys(page, "c d x")
        await expect(card(page, alert).locator(".tools")).to_have_count(0)
        await expect(page.locator(".toast").first).to_contain_text("Only editors may do that")
        assert clerk.audits == []


async def test_a_stale_look_a_silent_desk_and_a_desk_away_are_explained(visit: Visit) -> None:
    """Changed since looked at, not answered yet, not to be reached: each is said, with what can be done."""
    async with desk_room() as (room, clerk, alert):
        page = await enter(visit, room, "ann")
        await card(page, alert).click()
        await page.keyboard.press("x")
        await clerk.desk_corrects(alert)
        await expect(card(page, alert)).to_have_attribute("data-revision", "2")
        await page.keyboard.press("Enter")
        await expect(page.locator(".toast.bad")).to_contain_text("has changed since you looked")
        clerk.away = True
        await page.keyboard.press("d")
        await expect(page.locator(".toast.bad").last).to_contain_text("the desk cannot be reached")
        clerk.away, clerk.silent = False, True
        await page.get_by_role("button", name="Try again").click()
        await expect(card(page, alert).locator(".desk.busy")).to_have_text("Dismiss: asking the desk…")
        await expect(page.locator(".toast.wait")).to_contain_text("has not answered yet", timeout=9000)
        await clerk.speak()
        await expect(card(page, alert).locator(".desk")).to_contain_text("Dismissed by ann")
        await expect(column(page).locator(".dismissed")).to_have_count(1)


async def test_what_was_typed_outlives_a_refusal(visit: Visit) -> None:
    """A correction that came too late, or met no connection, can be sent again as it was typed, after a look."""
    async with desk_room() as (room, clerk, alert):
        page = await enter(visit, room, "ann")
        await card(page, alert).click()
        await correct_too_late(page, clerk, alert)
        await page.get_by_role("button", name="Correct again").click()
        await expect(page.locator("dialog textarea")).to_have_value("Quake near Iquique")
        await page.evaluate("window.cut = true")
        for connection in list(room.gateway.hub.members):
            connection.shut(1012, "drain", retry_ms=(300, 400))  # type: ignore[arg-type] # a code is an int
        await expect(page.locator("#state-word")).to_contain_text("no news for")
        await keys(page, "Enter")
        await expect(page.locator(".toast.bad")).to_contain_text("Not connected: nothing was sent")
        await page.evaluate("window.cut = false")
        await live(page)
        await page.get_by_role("button", name="Try again").click()
        await expect(card(page, alert).locator("h3")).to_have_text("Quake near Iquique")
