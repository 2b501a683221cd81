"""An interview in a room: two real browsers with cameras and microphones of their own, and a real server."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.test_practice import CONNECT_MS, screens
from tests.fixtures.chromium import chromium
from tests.fixtures.server import Server

pytestmark = [pytest.mark.browser, pytest.mark.server]

FRAMES = """
(video) => new Promise((done) => {
  const begin = video.getVideoPlaybackQuality().totalVideoFrames;
  setTimeout(() => done(video.getVideoPlaybackQuality().totalVideoFrames - begin), 1000);
})
"""
"""Frames that a video element showed within a second."""


class Interview(NamedTuple):
    """Both sides of a room, each in a browser of its own."""

    interviewer: Page
    candidate: Page
    room: str


@pytest.fixture(scope="module")
async def desk() -> AsyncIterator[Browser]:
    """The interviewer's Chromium, whose camera and microphone give its test signals."""
    async with chromium() as running:
        yield running


@pytest.fixture(scope="module")
async def home(fake_camera: Path, fake_microphone: Path) -> AsyncIterator[Browser]:
    """The candidate's Chromium, with a face before its camera and a voice at its microphone."""
    async with chromium(fake_camera, fake_microphone) as running:
        yield running


@pytest.fixture
async def pages(desk: Browser, home: Browser) -> AsyncIterator[tuple[Page, Page]]:
    """A page of the interviewer and one of the candidate; fails when their scripts threw something."""
    contexts = [await each.new_context(viewport={"width": 1280, "height": 800}) for each in (desk, home)]
    opened = [await context.new_page() for context in contexts]
    thrown: list[str] = []
    for page in opened:
        page.on("pageerror", lambda error: thrown.append(str(error)))
        page.on("console", lambda message: print(message.type, message.text))
    yield opened[0], opened[1]
    for context in contexts:
        await context.close()
    assert not thrown


async def make_room(page: Page, server: Server) -> str:
    """Sign in and open a room as its interviewer; its address."""
    await page.goto(server.address)
    await page.locator("#start-form").get_by_text("With somebody").click()
    await page.fill("#room-name", "Ira")
    await page.fill("#title", "Second round")
    await screens(page, "20-new-room")
    await page.click("#start")
    await page.wait_for_url(re.compile(r"/rooms/\w+$"))
    return page.url


async def link_for(page: Page, role: str) -> str:
    """The link that lets somebody knock in a role."""
    row = page.locator(f".invitation[data-role={role}]")
    await row.get_by_role("button", name="Make a link").click()
    return await row.locator("input").input_value()


async def join(page: Page) -> None:
    """Pass the device check."""
    await expect(page.locator("#join")).to_be_enabled(timeout=CONNECT_MS)
    await page.click("#join")
    await expect(page.locator("#call")).to_be_visible()


async def meet(pages: tuple[Page, Page], server: Server, choice: str = "everything") -> Interview:
    """Create, invite, knock, admit, agree, until both see each other."""
    interviewer, candidate = pages
    room = await make_room(interviewer, server)
    await expect(interviewer.locator("#check")).to_be_visible()
    await screens(interviewer, "21-room-check")
    await join(interviewer)
    address = await link_for(interviewer, "candidate")
    await screens(interviewer, "22-room-waiting")

    await candidate.goto(address)
    await expect(candidate.locator("#lobby")).to_be_visible()
    assert "#" not in candidate.url
    await candidate.fill("#name", "Noor")
    await screens(candidate, "23-room-lobby")
    await candidate.click("#knock")
    await expect(candidate.locator("#waiting")).to_be_visible()
    await screens(candidate, "24-room-knocked")
    await screens(interviewer, "25-room-door")
    await interviewer.get_by_role("button", name="Let Noor in").click()

    await expect(candidate.locator("#consent")).to_be_visible(timeout=CONNECT_MS)
    assert not await candidate.evaluate("document.querySelector('#preview').srcObject")
    await screens(candidate, "26-room-consent")
    await candidate.locator(f"#consent-choices input[value={choice}]").check()
    await candidate.click("#agree")
    await join(candidate)
    await expect_call(interviewer, candidate)
    return Interview(interviewer, candidate, room)


async def expect_call(*pages: Page) -> None:
    """Each sees the other move."""
    for page in pages:
        tile = page.locator(".tile:not(.own)")
        await expect(tile).to_have_attribute("data-status", "connected", timeout=CONNECT_MS)
        for _ in range(10):
            # after a reload the other side shows the end of what was before
            moved = await tile.locator("video").evaluate(FRAMES)
            if moved > 3:
                break
        assert moved > 3
        assert await tile.locator("video").evaluate("(video) => video.srcObject.getAudioTracks().length") == 1


async def test_interview(pages: tuple[Page, Page], server: Server) -> None:
    """From a new room to its end: both see each other, measures arrive as far as they are shared, marks are kept."""
    interviewer, candidate, _ = await meet(pages, server)
    overlay = interviewer.locator("#overlay")
    face = overlay.locator(".sign[data-present]")
    await expect(face).to_have_attribute("data-present", "true", timeout=CONNECT_MS)
    await interviewer.keyboard.press("a")
    await expect(candidate.locator("#question-place")).to_contain_text("Question 1 of")
    await expect(interviewer.locator("#caption-text")).not_to_be_empty(timeout=30_000)
    await interviewer.keyboard.press("s")
    await expect(interviewer.locator("#marks-made li")).to_have_count(1)
    await interviewer.keyboard.press("n")
    await interviewer.keyboard.type("quiet voice")
    await interviewer.keyboard.press("Enter")
    await expect(interviewer.locator("#marks-made")).to_contain_text("quiet voice")
    await expect(face).to_have_attribute("data-present", "false", timeout=CONNECT_MS)
    await screens(interviewer, "27-room-interviewer")
    await screens(candidate, "28-room-candidate")

    await candidate.click("#shared")
    await screens(candidate, "29-room-sharing")
    await candidate.locator("#sharing-choices input[value=content]").check()
    await candidate.click("#sharing-go")
    await expect(interviewer.locator("#shared")).to_contain_text("Only the content")
    await expect(overlay.locator("#now-skill_relevance")).to_be_visible(timeout=CONNECT_MS)
    await expect(overlay.locator("#now-confidence")).to_be_hidden()
    await expect(face).to_be_hidden()
    await screens(interviewer, "30-room-content")

    await candidate.reload()
    await expect_call(interviewer, candidate)
    await interviewer.reload()
    await expect_call(interviewer, candidate)
    await expect(interviewer.locator("#marks-made li")).to_have_count(2)

    await interviewer.keyboard.press("Shift+E")
    await interviewer.click("#ending-go")
    for page in (interviewer, candidate):
        await expect(page.locator("#ended")).to_be_visible()
    await screens(candidate, "31-room-ended")
