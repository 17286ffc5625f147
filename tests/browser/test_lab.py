"""The rule lab in a real browser, with its process on a real broker."""

import json
import re
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect
from support.board import accessible, becomes, screenshot
from support.lab import RULES, Laboratory, laboratory, make_article
from support.newsroom import SECRET, token

pytestmark = pytest.mark.browser

HOSTILE = "<script>window.hacked=1</script><img src=x onerror=window.hacked=1> \u202equake"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def quake(embedded_kafka: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Laboratory]:
    """One lab for the tests that need but one article; whoever has edited the rules in force puts them back."""
    async with laboratory(embedded_kafka, f"{uuid.uuid4().hex}.", tmp_path_factory.mktemp("lab")) as lab:
        await lab.publish(make_article())
        yield lab
        assert lab.rules.read_text() == RULES


async def opened(page: Page, lab: Laboratory, articles: int, query: str = "?rule=quakes") -> None:
    """The page, once the articles are there."""
    await lab.holds(articles)
    await page.goto(f"{lab.room.gateway.url}lab{query}")
    await expect(page.locator("#tail-word")).to_contain_text("recent article")
    await expect(page.locator("#verdict")).to_have_attribute("data-state", "good")


async def edit(page: Page, old: str, new: str) -> None:
    """Change the text as a typist would: the page hears of it."""
    await expect(page.locator("#text")).to_have_value(re.compile(re.escape(old)))
    text = await page.locator("#text").input_value()
    await page.locator("#text").fill(text.replace(old, new, 1))


async def test_errors_are_marked_at_their_line_and_column_as_one_types(page: Page, quake: Laboratory) -> None:
    """Beside the line, beneath the words, in a list that leads there; and they go when the rule is right again."""
    await opened(page, quake, 1)
    await expect(page.locator("#verdict")).to_contain_text("No problems")
    await edit(page, "match: earthquake OR quake", "match: earthquake NAER/3 quake")
    await expect(page.locator("#verdict")).to_have_text("1 problem. First, line 5, column 21")
    await expect(page.locator("#text")).to_have_attribute("aria-invalid", "true")
    await expect(page.locator("#under [data-level=bad]")).to_have_text("NAER/3")
    await expect(page.locator("#under > div").nth(4)).to_have_attribute("data-row", "bad")
    await expect(page.locator("#problems li")).to_contain_text("NEAR/3")
    await expect(page.locator("#spoken")).to_contain_text("line 5, column 21")
    await screenshot(page, "lab-problem")
    await page.keyboard.press("F8")
    await expect(page.locator("#text")).to_be_focused()
    selected = "(() => { const t = document.activeElement; return t.value.slice(t.selectionStart, t.selectionEnd); })()"
    await becomes(page, selected, "NAER/3")
    await page.keyboard.type("NEAR/3")
    await expect(page.locator("#verdict")).to_contain_text("No problems. quakes is changed")
    await expect(page.locator("#under [data-level]")).to_have_count(0)


async def test_what_the_rule_would_have_done_stands_beside_it(
    page: Page, embedded_kafka: str, prefix: str, tmp_path: Path
) -> None:
    """Articles it fires on, with its words marked and what was before; near misses; alerts that come and go."""
    async with laboratory(embedded_kafka, prefix, tmp_path) as lab:
        await lab.publish(
            make_article("urn:1", "Earthquake in Lima", url="https://andes.example/1"),
            make_article("urn:2", "Tremor felt in Quito"),
            make_article("urn:3", "City marks anniversary of the quake in Managua"),
            make_article("urn:4", "Flood in Lagos"),
        )
        await opened(page, lab, 4)
        await expect(page.locator("#fired-items h3")).to_have_text(["Earthquake in Lima"])
        await edit(page, "earthquake OR quake", "earthquake OR quake OR tremor")
        await expect(page.locator("#fired-sum")).to_have_text("Fires on 2 of 4 recent articles.")
        first = page.locator("#fired-items .item").first
        await expect(first.locator("h3 mark[data-role=rule]")).to_have_text("Tremor")
        await expect(first.locator("h3 mark[data-role=region]")).to_have_text("Quito")
        await expect(first.locator(".badge.new")).to_have_text("new: was no alert")
        await expect(page.locator("#fired-items h3 a")).to_have_attribute("href", "https://andes.example/1")
        await screenshot(page, "lab-fired")
        await page.locator("#tab-near").click()
        await expect(page.locator("#near-items .obstacles").first).to_contain_text(
            "held back by the signal anniversary"
        )
        await page.keyboard.press("ArrowRight")
        await expect(page.locator("#effect-sum")).to_contain_text("1 alert added, 0 removed, 0 changed, 2 the same")
        await expect(page.locator("#effect-items .item")).to_have_attribute("data-change", "added")
        await edit(page, "priority: urgent", "priority: flash")
        await expect(page.locator("#n-effect")).to_have_text("+1 ~1")
        await screenshot(page, "lab-effect")
        await page.locator("#tab-fired").click()
        await page.locator("#fired-items .below button").last.click()
        await expect(page.locator("#explained .outcome")).to_contain_text("Flash")
        await expect(page.locator("#explained .outcome")).to_contain_text("in force: Urgent")
        await page.locator("#asked").fill("Anniversary of the earthquake\n\nLima remembered.")
        await page.keyboard.press("Control+Enter")
        await expect(page.locator("#explained .outcome")).to_contain_text("held back")
        await screenshot(page, "lab-explain")


async def test_an_admin_saves_and_can_go_back(page: Page, quake: Laboratory) -> None:
    """By the keyboard; the file before is kept, and one click has it in force again."""
    await opened(page, quake, 1)
    await expect(page.locator("#save")).to_be_disabled()
    await edit(page, "priority: urgent", "priority: flash")
    await expect(page.locator("#save")).to_be_enabled()
    await page.keyboard.press("Control+s")
    await expect(page.locator("#deed")).to_contain_text("Saved")
    assert "priority: flash" in quake.rules.read_text()
    await expect(page.locator("#save")).to_be_disabled()
    await page.locator("#deed button").click()
    await expect(page.locator("#deed")).to_contain_text("in force again")
    assert quake.rules.read_text() == RULES
    await expect(page.locator("#restore")).to_be_visible()
    await expect(page.locator("#text")).to_have_value(re.compile("priority: urgent"))


async def test_saving_right_after_a_keystroke_saves_what_was_typed(page: Page, quake: Laboratory) -> None:
    """Who saves does not wait for the check; where that finds a problem, it is said that nothing was saved."""
    await opened(page, quake, 1)
    await edit(page, "priority: urgent", "priority: flash")
    await page.locator("#text").press("Control+s")
    await expect(page.locator("#deed")).to_contain_text("Saved")
    assert "priority: flash" in quake.rules.read_text()
    await edit(page, "priority: flash", "priority: loud")
    await page.locator("#text").press("Control+s")
    await expect(page.locator("#deed")).to_have_text("Not saved: the text has problems.")
    assert "priority: flash" in quake.rules.read_text()
    page.on("dialog", lambda dialog: dialog.accept())
    await page.locator("#restore").click()
    await expect(page.locator("#deed")).to_contain_text("in force again")


async def test_an_editor_downloads_instead(page: Page, embedded_kafka: str, prefix: str, tmp_path: Path) -> None:
    """After a token is asked for; the whole file with the rule in it, since only admins save."""
    async with laboratory(embedded_kafka, prefix, tmp_path, gateway_secret=SECRET) as lab:
        lab.headers = {"Authorization": f"Bearer {token(role='editor')}"}
        await lab.publish(make_article())
        await lab.holds(1)
        await page.goto(f"{lab.room.gateway.url}lab?rule=quakes")
        await page.locator("#token").fill(token(role="editor"))
        await page.keyboard.press("Enter")
        await expect(page.locator("#who")).to_have_text("ann · editor")
        await expect(page.locator("#save")).to_be_hidden()
        await edit(page, "priority: urgent", "priority: flash")
        await expect(page.locator("#verdict")).to_contain_text("changed")
        async with page.expect_download() as waiting:
            await page.locator("#download").click()
        download = await waiting.value
        assert download.suggested_filename == "rules.yaml"
        path = tmp_path / "downloaded.yaml"
        await download.save_as(path)
        assert path.read_text() == RULES.replace("priority: urgent", "priority: flash")
        assert lab.rules.read_text() == RULES


async def test_a_viewer_is_told_that_the_lab_is_not_for_him(
    page: Page, embedded_kafka: str, prefix: str, tmp_path: Path
) -> None:
    """In words, with nothing of it shown."""
    async with laboratory(embedded_kafka, prefix, tmp_path, gateway_secret=SECRET) as lab:
        await page.goto(f"{lab.room.gateway.url}lab")
        await page.locator("#token").fill(token(role="viewer"))
        await page.keyboard.press("Enter")
        await expect(page.locator("#tail-word")).to_contain_text("role viewer may not use the lab")
        await expect(page.locator("#text")).to_have_value("")


async def test_nothing_in_an_article_or_a_rule_becomes_markup(
    page: Page, embedded_kafka: str, prefix: str, tmp_path: Path
) -> None:
    """HTML, script, bad links, bidi marks and endless words stay text and break nothing, on any width."""
    async with laboratory(embedded_kafka, prefix, tmp_path) as lab:
        await lab.publish(
            make_article(
                "urn:1", HOSTILE, body_text=f"{HOSTILE}\n\n{'w' * 10_000} quake", url="javascript:window.hacked=1"
            ),
            make_article("urn:2", "quake " + "x" * 9_000, source="<b>" + "s" * 500),
            make_article("urn:3", "زلزال quake", language="ar"),
        )
        await opened(page, lab, 3)
        await expect(page.locator("#fired-items .item")).to_have_count(3)
        assert await page.locator(".item script, .item img, .item b:not(.obstacles b), .item a").count() == 0
        await edit(page, "name: Strong earthquakes", f"name: '{HOSTILE}'")
        await page.locator("#tab-explain").click()
        await page.locator("#asked").fill(json.dumps({"headline": HOSTILE, "source": HOSTILE[:60]}))
        await page.locator("#ask button").click()
        await expect(page.locator("#explained [data-field=headline]")).to_contain_text("<script>")
        for width in (1200, 390):
            await page.set_viewport_size({"width": width, "height": 800})
            for tab in ("fired", "near", "effect", "explain"):
                await page.locator(f"#tab-{tab}").click()
                await expect(page.locator(f"#{tab}")).to_be_visible()
                await becomes(page, "document.documentElement.scrollWidth <= innerWidth", wanted=True)
        assert await page.evaluate("window.hacked") is None


async def test_what_is_typed_outlives_a_reload(page: Page, quake: Laboratory) -> None:
    """A slip of the finger does not cost an editor his work."""
    await opened(page, quake, 1, query="")
    await page.locator("#text").fill("- id: mine\n  match: quake\n")
    await expect(page.locator("#verdict")).to_contain_text("mine is new")
    await page.reload()
    await expect(page.locator("#text")).to_have_value("- id: mine\n  match: quake\n")
    await expect(page.locator("#verdict")).to_contain_text("mine is new")


async def test_it_is_accessible(page: Page, embedded_kafka: str, prefix: str, tmp_path: Path) -> None:
    """axe-core finds nothing in either theme: with results, an explanation, a problem, wide and narrow."""
    async with laboratory(embedded_kafka, prefix, tmp_path) as lab:
        await lab.publish(make_article(), make_article("urn:2", "Tremor in Quito"))
        await opened(page, lab, 2)
        await edit(page, "earthquake OR quake", "earthquake OR tremor")
        await expect(page.locator("#effect-sum")).to_contain_text("1 alert added")
        for tab in ("fired", "near", "effect"):
            await page.locator(f"#tab-{tab}").click()
            await expect(page.locator(f"#{tab}")).to_be_visible()
            await accessible(page, tab)
        await page.locator("#tab-explain").click()
        await page.locator("#asked").fill("urn:a1")
        await page.locator("#ask button").click()
        await expect(page.locator("#explained .outcome")).to_be_visible()
        await accessible(page, "explained")
        await page.locator("#tab-fired").click()
        await edit(page, "priority: urgent", "priority: loud")
        await expect(page.locator("#problems li")).to_have_count(1)
        await accessible(page, "problem")
        await page.set_viewport_size({"width": 390, "height": 844})
        await accessible(page, "narrow")
