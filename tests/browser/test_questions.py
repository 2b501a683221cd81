"""Choosing what to be asked, in a real Chromium: for a role, and from an own list with a mistake in it."""

import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page, expect

from tests.browser.test_practice import CONNECT_MS, screens
from tests.fixtures.server import Server

pytestmark = [pytest.mark.browser, pytest.mark.server]


@pytest.fixture
async def home(page: Page, server: Server) -> AsyncIterator[Page]:
    """The home page."""
    await page.goto(server.address)
    await expect(page.locator("#start")).to_be_enabled()
    yield page
    if session := await page.evaluate("JSON.parse(sessionStorage.getItem('rapport.session'))?.id"):
        await page.request.delete(f"{server.url}/api/sessions/{session}")


async def begin(page: Page) -> None:
    """From the home page through consent and check to the first question."""
    await page.click("#start")
    await page.click("#agree")
    await expect(page.locator("#begin")).to_be_enabled(timeout=CONNECT_MS)
    await page.click("#begin")


async def test_for_a_role(home: Page) -> None:
    """By keyboard: the way, role and length; what is shown before is what is asked."""
    await home.get_by_label("A set").focus()
    await home.keyboard.press("ArrowRight")
    await expect(home.get_by_label("For a role")).to_be_checked()
    await home.select_option("#role", "nurse")
    await home.select_option("#minutes", "10")
    await home.select_option("#difficulty", "hard")
    await expect(home.locator("#role-count")).to_have_text(re.compile(r"\d+ questions · (8|9|10) min"))
    await home.click("#role-preview summary")
    asked = home.locator("#role-questions li > span:first-child")
    await expect(asked.filter(has_text="nurse")).to_have_count(1)
    await screens(home, "11-home-role")
    first, count = await asked.first.text_content(), await asked.count()
    await begin(home)
    await expect(home.locator("#question-place")).to_contain_text(
        f"Question 1 of {count}", timeout=CONNECT_MS
    )
    await expect(home.locator("#question")).to_have_text(first or "")


async def test_an_own_list_with_a_mistake(home: Page) -> None:
    """The line is named and led to, nothing written is lost, and then the list is asked."""
    await home.get_by_label("My own", exact=True).check()
    await home.fill("#own-list", "Why do you like bees? | 90 s\nWhat is honey? | 2 s")
    await expect(home.locator("#own-problems")).to_contain_text("Line 2")
    await screens(home, "11-home-own-wrong")
    await home.click("#start")
    await expect(home.locator("#own-list")).to_be_focused()
    await home.click("text=Line 2")
    await home.keyboard.type("What is honey? | 20 s")
    await expect(home.locator("#own-list")).to_have_value(
        "Why do you like bees? | 90 s\nWhat is honey? | 20 s"
    )
    await expect(home.locator("#own-count")).to_have_text("2 questions · 2 min")
    await expect(home.locator("#own-problems")).to_be_hidden()
    await home.reload()
    await expect(home.locator("#own-questions li")).to_have_count(2)
    await screens(home, "11-home-own")
    file = {
        "name": "list.csv",
        "mimeType": "text/csv",
        "buffer": b"question;seconds\r\nWho keeps bees?;30\r\n",
    }
    await home.set_input_files("#own-file", file)  # type: ignore[arg-type]
    await expect(home.locator("#own-count")).to_have_text("1 question · 1 min")
    await begin(home)
    await expect(home.locator("#question")).to_have_text("Who keeps bees?", timeout=CONNECT_MS)
    await expect(home.locator("#question-place")).to_contain_text("Question 1 of 1")
