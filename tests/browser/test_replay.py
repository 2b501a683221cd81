"""Replay in a real Chromium: what was recorded plays, and everything follows it."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from models.observations import Gap, NudgeGiven, SessionEnded
from scoring.advice import advise
from server.standalone import standalone
from sessions.store import Store
from tests.browser.test_practice import CONNECT_MS, ended_report, screens
from tests.fixtures.chromium import chromium
from tests.fixtures.finished import finished
from tests.fixtures.server import Server
from tests.scoring.sessions import in_order, question, whole

pytestmark = [pytest.mark.browser, pytest.mark.server]

CURSOR_S = 0.1
FOLLOWED = """
async (duration) => {
  const [video, replay, charts] = ["video", "replay", "charts-cursor"].map((id) =>
    document.getElementById(id));
  const apart = [];
  for (let n = 0; n < 40; n += 1) {
    const mediaTime = await new Promise((shown) =>
      video.requestVideoFrameCallback((_, frame) => shown(frame.mediaTime)));
    await new Promise(requestAnimationFrame);
    apart.push(Math.abs(replay.style.getPropertyValue("--at") * duration - mediaTime));
    const frame = document.getElementById("charts-frame").clientWidth;
    const left = frame < 600 ? 34 : 44;
    const x = new DOMMatrix(charts.style.transform).e;
    apart.push(Math.abs(((x - left) / (frame - left - 8)) * duration - mediaTime));
  }
  return Math.max(...apart);
}
"""
"""How far both cursors are from the picture that is shown, at most, in 40 pictures; s."""
SHOWN = """
() => new Promise((shown) => {
  const video = document.getElementById("video");
  const next = () => video.requestVideoFrameCallback((_, { mediaTime }) => shown(mediaTime));
  video.addEventListener("seeking", next, { once: true });
  setTimeout(() => shown(video.currentTime), 3000);
})
"""
"""The time of the first picture shown of the next place; if it is there already, of the one that stands."""


async def shown(page: Page, act: Awaitable[None]) -> float:
    """The time of the first picture that an act brings to view."""
    time = asyncio.ensure_future(page.evaluate(SHOWN))
    await asyncio.sleep(0)
    await act
    return float(await time)


@pytest.fixture(scope="module")
async def browser(fake_camera: Path, fake_microphone: Path) -> AsyncIterator[Browser]:
    async with chromium(fake_camera, fake_microphone) as running:
        yield running


async def at(page: Page) -> float:
    """Where the player stands, s."""
    return float(await page.evaluate("document.getElementById('video').currentTime"))


async def test_a_recording_is_kept_when_asked_for_and_played_back(page: Page, server: Server) -> None:
    await page.goto(server.address)
    await page.goto(f"{server.url}/practice")
    await expect(page.locator("#recording-option")).not_to_be_checked()
    await page.check("input[value=scores]")
    await expect(page.locator("#recording-option")).to_be_disabled()
    await page.check("input[value=all]")
    await page.check("#recording-option")
    await screens(page, "11-recording-consent")
    await page.click("#agree")
    await expect(page.locator("#begin")).to_be_enabled(timeout=CONNECT_MS)
    await page.click("#begin")
    await expect(page.locator("#recording-sign")).to_be_visible(timeout=CONNECT_MS)
    await page.wait_for_timeout(5000)
    await screens(page, "11-recording-live")
    await page.keyboard.press("n")
    await page.wait_for_timeout(8000)
    report = await ended_report(page)
    duration = report["session"]["duration_s"]

    await expect(page.locator("#replay")).to_have_attribute("data-media", "video", timeout=CONNECT_MS)
    assert await page.evaluate("document.getElementById('video').duration") == pytest.approx(
        duration, abs=0.5
    )
    await page.locator("#time").scroll_into_view_if_needed()
    await expect(page.locator("#charts-cursor")).to_be_visible(timeout=CONNECT_MS)
    await page.evaluate("scrollTo(0, 0)")
    await page.keyboard.press(" ")
    await expect(page.locator("#play")).to_have_attribute("aria-pressed", "true")
    assert await page.evaluate(FOLLOWED, duration) <= CURSOR_S
    await page.keyboard.press(" ")
    await expect(page.locator("#play")).to_have_attribute("aria-pressed", "false")

    word = next(w for line in report["transcript"] for w in line["words"] if w["start"] > 4)
    place = page.locator(f".word[data-t='{word['start']:g}']").first
    assert await shown(page, place.click()) == pytest.approx(word["start"], abs=0.15)
    await expect(place).to_have_class("word now", timeout=2000)
    await page.keyboard.press(" ")

    for key, expected in [
        ("[", report["questions"][0]["asked_at"]),
        ("]", report["questions"][1]["asked_at"]),
    ]:
        await page.keyboard.press(key)
        assert await at(page) == pytest.approx(expected, abs=0.05)
    before = await at(page)
    await page.keyboard.press("ArrowLeft")
    assert await at(page) == pytest.approx(max(0, before - 5), abs=0.05)
    await page.keyboard.press("Shift+ArrowRight")
    assert await at(page) == pytest.approx(max(0, before - 5) + 1, abs=0.05)
    await page.keyboard.press(".")
    assert await at(page) == pytest.approx(max(0, before - 5) + 1 + 1 / 30, abs=0.01)
    await page.keyboard.press("c")
    await page.wait_for_function("() => document.getElementById('video').textTracks[0].cues?.length > 0")
    box = await page.locator("#rail").bounding_box()
    assert box
    rail = page.locator("#rail").click(position={"x": 0.75 * box["width"], "y": 10})
    assert await shown(page, rail) == pytest.approx(0.75 * duration, abs=0.2)
    await screens(page, "12-replay")

    page.on("dialog", lambda dialog: dialog.accept())
    await page.click("#delete-recording")
    await expect(page.locator("#replay")).to_have_attribute("data-media", "none")
    assert not list((server.data / "recordings").glob(f"{report['session']['id']}*"))
    await page.keyboard.press(" ")
    await expect(page.locator("#play")).to_have_attribute("aria-pressed", "true")


def long_session(data: Path, minutes: float) -> str:
    """Put a session into a data folder that a server is then started on; its id."""
    seconds = 60 * minutes
    observations = [
        *whole(seconds)[:-1],
        *(question(60.0 * n, f"q{n}") for n in range(1, int(minutes))),
        NudgeGiven(40.0, "pace", "Slow down a little."),
        Gap(50.0, 58.0, "camera", "camera off"),
    ]
    finished(data, "long", [*in_order(observations), SessionEnded(seconds, "finished")])
    return "long"


async def test_replay_without_a_recording(page: Page, new_server: Callable[..., Server]) -> None:
    """The time axis plays silently: words, chapters, marks and charts follow it."""
    server = new_server()
    session = long_session(server.data, 3)
    server.start()
    await page.goto(server.address)
    await page.goto(f"{server.url}/sessions/{session}")
    await expect(page.locator("#replay")).to_have_attribute("data-media", "none")
    await expect(page.locator("#chapters button")).to_have_count(3)
    await expect(page.locator("#marks .nudged-at")).to_have_count(1)
    await expect(page.locator("#marks .missing.camera")).to_have_count(1)
    await page.locator("#chapters button").nth(1).click()
    await expect(page.locator(".word.now")).to_be_visible()
    await expect(page.locator("#replay-time")).to_have_text("1:01", timeout=5000)
    await expect(page.locator("#spoken")).to_contain_text("I led a team")
    moment = page.locator("a.moment[data-t]").first
    await moment.evaluate(
        "each => { for (let up = each; up; up = up.parentElement) if (up.open === false) up.open = true; }"
    )
    await moment.scroll_into_view_if_needed()
    await page.mouse.wheel(0, 600)
    await moment.click()
    start = float(await moment.get_attribute("data-t") or "nan")
    assert await page.evaluate(
        "document.getElementById('replay').style.getPropertyValue('--at') * 180"
    ) == pytest.approx(start, abs=1)
    await screens(page, "12-replay-silent")


async def test_the_single_file_plays_its_time_axis_too(page: Page, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    session = long_session(tmp_path / "data", 2)
    store = Store(tmp_path / "data" / "rapport.db")
    report = store.report(session)
    store.close()
    assert report
    file = tmp_path / "report.html"
    file.write_text(standalone(json.loads(json.dumps(report)), advise(report, [])), "utf-8")
    await page.goto(file.as_uri())
    await expect(page.locator("#charts .main-svg").first).to_be_visible(timeout=CONNECT_MS)
    await page.keyboard.press("]")
    await page.keyboard.press(" ")
    await expect(page.locator("#replay-time")).to_have_text("1:01", timeout=5000)
