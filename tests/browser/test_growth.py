"""The pages that look back over sessions, in a real Chromium: with none, one, two and many."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import Browser, Page, expect

from sessions.store import Store
from tests.browser.test_practice import screens
from tests.fixtures.gemini import gemini
from tests.fixtures.server import Server
from tests.server.test_advice import stored

pytestmark = [pytest.mark.browser, pytest.mark.server]


async def opened(browser: Browser, server: Server, scheme: str, thrown: list[str]) -> Page:
    context = await browser.new_context(color_scheme="dark" if scheme == "dark" else "light")
    page = await context.new_page()
    page.on("pageerror", lambda error: thrown.append(str(error)))
    await page.goto(server.address)
    return page


def practise(server: Server, name: str, days_ago: float, fillers: float = 3.0) -> None:
    """A finished session of some days ago."""
    store = Store(server.data / "rapport.db")
    report = stored(store, name, coach=True)
    report["session"]["created"] = (datetime.now(UTC) - timedelta(days=days_ago)).isoformat()
    report["indicators"]["filler_rate"] = {**report["indicators"]["filler_rate"], "value": fillers}
    record = store.record(name)
    assert record
    store.delete(name)
    store.create(type(record)(name, f"Practice {name}", "mixed", "all", report["session"]["created"]))
    store.finalise(record, report)
    store.close()


async def test_looking_back(browser: Browser, new_server: Callable[..., Server]) -> None:
    async with gemini() as fake:
        server = new_server(gemini_key="k" * 20, gemini_url=fake.url, gemini_model="gemini-test").start()
        thrown: list[str] = []
        page = await opened(browser, server, "light", thrown)
        await page.click("a[href='/growth']")
        await expect(page.locator("#message h1")).to_have_text("Nothing to look back at yet")

        practise(server, "first", 20, fillers=6.4)
        await page.reload()
        await expect(page.locator("#about")).to_contain_text("One practice")
        assert await page.locator(".score-chart.overall .dot").count() == 1
        await expect(page.locator("#compare-part")).to_be_hidden()

        practise(server, "second", 13, fillers=1.2)
        await page.reload()
        await expect(page.locator("#about")).to_contain_text("2 practices")
        assert await page.locator(".score-chart polyline").count() >= 4
        assert await page.locator(".score-chart polygon").count() >= 4, "bands of uncertainty"
        await expect(page.locator("#bests li")).not_to_have_count(0)
        await expect(page.locator("#again table tbody tr")).to_have_count(2)
        await screens(page, "8-growth")

        await page.click("text=Compare")
        await expect(page.locator("#content")).to_be_visible()
        row = page.locator("#indicators tr", has_text="Filler words")
        assert [await row.locator("td").nth(n).inner_text() for n in (1, 2, 3)] == ["6.4", "1.2", "−5.2"]
        await screens(page, "9-compare")

        for n in range(48):
            practise(server, f"more{n}", 12 - n / 4)
        page = await opened(browser, server, "dark", thrown)
        await page.goto(f"{server.url}/growth")
        await expect(page.locator("#about")).to_contain_text("50 practices")
        assert await page.locator(".score-chart.overall a.dot").count() == 50
        await screens(page, "8-growth-many-dark")

        await page.goto(f"{server.url}/practice")
        await expect(page.locator("#coach-choice")).to_be_visible()
        await expect(page.locator("#coach-text")).to_contain_text("gemini-test")
        assert not await page.locator("#coach-option").is_checked()
        await page.goto(f"{server.url}/compare?a=first&b=none")
        await expect(page.locator("#message")).to_contain_text("no report")
        assert not thrown
