"""A candidate's way through the pages, in a real Chromium with a real face and voice, to a real server."""

import asyncio
import os
import re
import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from playwright.async_api import Browser, Page, expect

from tests.bench.measure import token
from tests.bench.recording import TWO_CITIES
from tests.fixtures import media
from tests.fixtures.chromium import chromium
from tests.fixtures.server import ROOT, Server
from tests.models.vision.red_reader import build

pytestmark = [pytest.mark.browser, pytest.mark.server]

SCREENS = ROOT / "artefacts" / "screens"
SIZES = {1280: 800, 390: 844}
CONNECT_MS = 15_000
WIDE = """
async () => {
  await new Promise((done) => setTimeout(done, 500)); // charts follow a new size with a delay
  if (document.documentElement.scrollWidth <= innerWidth) return [];
  return [...document.querySelectorAll("body *")]
    .filter((each) => each.getBoundingClientRect().right > innerWidth + 1)
    .map((each) => each.cloneNode().outerHTML.slice(0, 80));
}
"""
"""What sticks out to the right of a page that can be scrolled sideways."""


@pytest.fixture(scope="module")
async def browser(fake_camera: Path, fake_microphone: Path) -> AsyncIterator[Browser]:
    """Chromium with a face before its camera and a voice at its microphone."""
    async with chromium(fake_camera, fake_microphone) as running:
        yield running


async def screens(page: Page, name: str) -> None:
    """Keep what the page looks like on a desk and on a phone."""
    SCREENS.mkdir(parents=True, exist_ok=True)
    for width, height in SIZES.items():
        await page.set_viewport_size({"width": width, "height": height})
        wide = await page.evaluate(WIDE)
        assert not wide, f"{name} is wider than {width}: {wide}"
        await page.screenshot(path=SCREENS / f"{name}-{width}.png", full_page=True)
    await page.set_viewport_size({"width": 1280, "height": SIZES[1280]})


async def device_check(page: Page, server: Server) -> None:
    """Sign in, agree, and wait until the devices are open."""
    await page.goto(server.address)
    await page.goto(f"{server.url}/practice")
    await page.click("#agree")
    await expect(page.locator("#begin")).to_be_enabled(timeout=CONNECT_MS)


async def practise(page: Page, server: Server) -> None:
    """Sign in, agree, start, and wait until the server sees the face."""
    await device_check(page, server)
    await page.click("#begin")
    await expect(page.locator("#face-state")).to_have_attribute("data-present", "true", timeout=CONNECT_MS)


async def session_of(page: Page) -> str:
    """The id of the session that the page is in."""
    return str(await page.evaluate("JSON.parse(sessionStorage.getItem('rapport.session')).id"))


async def ended_report(page: Page) -> dict[str, Any]:
    """End the session and wait for its report to be shown; the report behind it."""
    await page.click("#end")
    await page.wait_for_url(re.compile(r"/sessions/\w+$"))
    await expect(page.locator("#report")).to_be_visible()
    response = await page.request.get(page.url.replace("/sessions/", "/api/sessions/") + "/report")
    report: dict[str, Any] = await response.json()
    return report


async def test_from_home_to_report(page: Page, server: Server) -> None:
    """Home, consent, device check, live, report: what is said is captioned, what is scored is explained."""
    await page.goto(server.address)
    await expect(page.locator("#start")).to_be_enabled()
    await screens(page, "1-home")
    await page.click("#start")
    await expect(page.locator("#consent")).to_be_visible()
    await screens(page, "2-consent")
    await page.click("#agree")
    await expect(page.locator("#begin")).to_be_enabled(timeout=CONNECT_MS)
    await expect(page.locator("#heard")).to_have_attribute("data-verdict", "good")
    await screens(page, "3-check")

    await page.click("#begin")
    await expect(page.locator("#face-state")).to_have_attribute("data-present", "true", timeout=CONNECT_MS)
    await expect(page.locator("#voice-state")).to_have_attribute("data-speaking", "true", timeout=CONNECT_MS)
    await expect(page.locator("#question-place")).to_contain_text("Question 1 of")
    await expect(page.locator("#caption-text")).to_contain_text(
        re.compile("was the", re.IGNORECASE), timeout=30_000
    )
    await expect(page.locator("#scores .score:not(.absent)").first).to_be_visible()
    await screens(page, "4-live")
    await expect(page.locator("#face-state")).to_have_attribute("data-present", "false", timeout=15_000)
    await page.keyboard.press("n")
    await expect(page.locator("#question-place")).to_contain_text("Question 2 of")
    await page.keyboard.press("c")
    await expect(page.locator("#scores .score-value").first).to_be_hidden()
    await screens(page, "5-calm")
    await page.keyboard.press("c")
    await page.wait_for_timeout(8000)

    report = await ended_report(page)
    await screens(page, "6-report")
    said = [token(word["text"]) for utterance in report["transcript"] for word in utterance["words"]]
    assert len(said) > 20
    assert sum(word in TWO_CITIES.split() for word in said) > 0.8 * len(said)
    assert any(subscore["score"] is not None for subscore in report["subscores"].values())

    await page.goto(server.url)
    await expect(
        page.locator(f"#sessions a[href='/sessions/{report['session']['id']}']").first
    ).to_be_visible()
    await screens(page, "7-home-after")


async def test_expressions_are_estimated_only_when_switched_on(
    page: Page, new_server: Callable[..., Server], tmp_path: Path
) -> None:
    """The switch is off for everyone who comes, says what it is, and brings a label and a section."""
    model = build(tmp_path / "red.onnx", gain=400.0, features=True, class_weights="layer")
    server = new_server(expression_model=str(model)).start()
    await practise(page, server)
    await page.wait_for_timeout(2000)
    await expect(page.locator("#expression")).to_be_hidden()
    report = await ended_report(page)
    assert report["expressions"] is None
    await expect(page.locator("#expressions")).to_be_hidden()

    await page.evaluate("sessionStorage.clear()")
    await page.goto(f"{server.url}/practice")
    await expect(page.locator("#expressions-option")).not_to_be_checked()
    await expect(page.locator("#expressions-text")).to_contain_text("not of what you feel")
    await page.check("#expressions-option")
    await screens(page, "10-expressions-consent")
    await page.click("#agree")
    await expect(page.locator("#begin")).to_be_enabled(timeout=CONNECT_MS)
    await page.click("#begin")
    await expect(page.locator("#expression")).to_contain_text("Your face shows: ", timeout=CONNECT_MS)
    await screens(page, "10-expressions-live")
    await page.wait_for_timeout(9000)
    report = await ended_report(page)
    await expect(page.locator("#expressions")).to_contain_text("not of what you felt")
    pictures = page.locator("#expressions img")
    await expect(pictures).to_have_count(len(report["expressions"]["pictures"]))
    assert await pictures.first.evaluate("image => image.complete && image.naturalWidth") == 96
    await screens(page, "10-expressions-report")


async def test_leaving_and_coming_back_resumes(page: Page, server: Server) -> None:
    """Reloaded, or left and opened again, the page goes on with the same session; the time away is a gap."""
    await practise(page, server)
    before = await session_of(page)
    await page.reload()
    await expect(page.locator("#face-state")).to_have_attribute("data-present", "true", timeout=CONNECT_MS)
    await page.wait_for_timeout(1000)
    await page.goto("about:blank")
    await page.wait_for_timeout(3000)
    await page.goto(f"{server.url}/practice")
    await expect(page.locator("#face-state")).to_have_attribute("data-present", "true", timeout=CONNECT_MS)
    assert await session_of(page) == before
    await page.wait_for_timeout(1000)
    report = await ended_report(page)
    assert page.url.endswith(before)
    for source in ("camera", "microphone"):
        assert any(gap["source"] == source and gap["end"] - gap["start"] >= 2.5 for gap in report["gaps"])


async def test_twenty_seconds_without_an_answer(page: Page, new_server: Callable[..., Server]) -> None:
    """No packet comes back for 20 s, then the page finds its way into the same session by itself."""
    server = new_server().start()
    await practise(page, server)
    session = await session_of(page)
    await page.wait_for_timeout(4000)
    os.kill(server.pid, signal.SIGSTOP)
    await expect(page.locator("#banner")).to_contain_text("Reconnecting", timeout=15_000)
    await expect(page.locator("#face-state")).to_have_attribute("data-present", "unknown")
    await page.wait_for_timeout(12_000)
    os.kill(server.pid, signal.SIGCONT)
    await expect(page.locator("#face-state")).to_have_attribute("data-present", "true", timeout=CONNECT_MS)
    await expect(page.locator("#banner")).to_be_hidden()
    await page.wait_for_timeout(4000)
    assert await session_of(page) == session
    report = await ended_report(page)
    for source in ("camera", "microphone"):
        assert any(gap["source"] == source and gap["end"] - gap["start"] > 10 for gap in report["gaps"])
    assert report["session"]["duration_s"] > 24


async def test_full_machine_refuses_kindly(
    page: Page, browser: Browser, new_server: Callable[..., Server]
) -> None:
    """The one who comes too late reads why, and the other goes on."""
    server = new_server(max_sessions="1").start()
    await practise(page, server)
    late = await browser.new_page()
    await device_check(late, server)
    await late.click("#begin")
    await expect(late.locator("#start-problem")).to_contain_text("try again")
    await expect(late.locator("#begin")).to_be_enabled()
    await late.close()
    await expect(page.locator("#on-air")).to_have_attribute("data-status", "connected")


async def test_closed_tab_ends_by_itself(
    browser: Browser, page: Page, new_server: Callable[..., Server]
) -> None:
    """Nobody comes back, so the session is finalised, and its report says why."""
    server = new_server(wait_s="5").start()
    await practise(page, server)
    session = await session_of(page)
    watcher = await browser.new_context(extra_http_headers={"Authorization": f"Bearer {server.token}"})
    await page.close(run_before_unload=True)
    for _ in range(40):
        response = await watcher.request.get(f"{server.url}/api/sessions/{session}/report")
        if response.ok:
            break
        await asyncio.sleep(0.5)
    report = await response.json()
    assert report["session"]["ended"] == "abandoned"
    await watcher.close()


async def test_refused_devices_are_explained(server: Server) -> None:
    """Without permission the page says what to click, and nothing can be started."""
    async with chromium(allow=False) as browser:
        page = await browser.new_page()
        await page.goto(server.address)
        await page.goto(f"{server.url}/practice")
        await page.click("#agree")
        await expect(page.locator("#problems")).to_contain_text("camera and microphone are blocked")
        await expect(page.locator("#begin")).to_be_disabled()
        await screens(page, "8-refused")


async def test_without_a_camera_voice_and_words_are_coached(server: Server, fake_microphone: Path) -> None:
    """The page says so before the start, captions come, and the report judges nothing of the picture."""
    async with chromium(microphone=fake_microphone, allow=False) as browser:
        context = await browser.new_context(permissions=["microphone"])
        page = await context.new_page()
        await device_check(page, server)
        await expect(page.locator("#how-to-sit")).to_contain_text("only your voice and words")
        await expect(page.locator("#begin")).to_have_text("Start without a camera")
        await page.click("#begin")
        await expect(page.locator("#caption-text")).to_contain_text(
            re.compile("was the", re.IGNORECASE), timeout=30_000
        )
        report = await ended_report(page)
    assert report["indicators"]["eye_contact"]["value"] is None
    assert report["coverage"]["camera"]["observed_s"] == 0 < report["coverage"]["microphone"]["observed_s"]


async def test_without_the_key_nothing_is_shown(page: Page, server: Server) -> None:
    """Who does not come from the printed address is told which one to open; so is who has an earlier one."""
    for address in (server.url, f"{server.url}/?token=of-an-earlier-start"):
        await page.goto(address)
        await expect(page.locator("#signed-out")).to_be_visible()
    await screens(page, "8-signed-out")


async def test_an_unknown_address_is_a_page(page: Page, server: Server) -> None:
    """Whoever mistypes an address reads a sentence, and finds the way back."""
    answer = await page.goto(f"{server.url}/nowhere")
    assert answer
    assert answer.status == 404
    await expect(page.locator("h1")).to_have_text("There is no such page")
    await screens(page, "8-lost")


NOISY = "There is a lot of noise here"
HEARD = "We hear you well"


@pytest.mark.parametrize(
    ("spoil", "verdict", "words"),
    [
        ("clear", "good", HEARD),
        ("noise", "problem", NOISY),
        ("faint", "problem", "You are very quiet"),
        ("loud", "problem", "You are too loud for the microphone"),
        ("silent", "problem", "No sound reaches us"),
    ],
)
async def test_device_check_says_how_the_candidate_is_heard(
    server: Server, fake_camera: Path, tmp_path: Path, spoil: str, verdict: str, words: str
) -> None:
    """The check names what is wrong with the sound and what helps, and does not stand in the way."""
    microphone = media.write_samples(tmp_path / "spoilt.wav", media.spoilt(spoil, 30, 48_000), 48_000)
    async with chromium(fake_camera, microphone) as running:
        page = await running.new_page(viewport={"width": 1280, "height": 800})
        await device_check(page, server)
        heard = page.locator("#heard")
        await expect(heard).to_contain_text(words, timeout=CONNECT_MS)
        await expect(heard).to_have_attribute("data-verdict", verdict)
        await expect(page.locator("#begin")).to_be_enabled()
        await screens(page, f"9-check-{spoil}")
        if spoil == "noise":
            await page.click("#begin")
            await expect(page.locator("#sound-hint")).to_contain_text(NOISY, timeout=CONNECT_MS)
            await screens(page, "9-live-noise")
            await page.wait_for_timeout(6000)
            report = await ended_report(page)
            assert "noisy" in report["coverage"]["microphone"]["reason"]
            assert report["indicators"]["speech_rate"]["score"] is None


def write_camera(path: Path, show: Callable[[int], media.Picture]) -> Path:
    """Four seconds for Chromium's fake camera, picture by picture."""
    with path.open("wb") as file:
        for n in range(120):
            file.write(cv2.imencode(".jpg", show(n)[:, :, ::-1])[1].tobytes())
    return path


async def test_calibration(page: Page, server: Server) -> None:
    """Five seconds of looking at the camera, which can be broken off and repeated, and the session knows."""
    await device_check(page, server)
    await expect(page.locator("#seen")).to_have_text("We see you well", timeout=CONNECT_MS)
    await page.click("#calibrate")
    await expect(page.locator("#countdown")).to_contain_text("Look at the camera")
    await expect(page.locator("#begin")).to_be_enabled()
    await page.click("#calibrate")
    await expect(page.locator("#countdown")).to_be_hidden()
    await expect(page.locator("#calibrate")).to_have_text("Calibrate")

    await page.click("#calibrate")
    await expect(page.locator("#countdown-seconds")).to_have_text("3")
    await screens(page, "10-calibrating")
    await expect(page.locator("#calibrated")).to_contain_text("Calibrated. You smiled", timeout=CONNECT_MS)
    await expect(page.locator("#countdown")).to_be_hidden()
    await expect(page.locator("#calibrate")).to_have_text("Repeat")
    await screens(page, "10-calibrated")

    await page.click("#begin")
    await expect(page.locator("#face-state")).to_have_attribute("data-present", "true", timeout=CONNECT_MS)
    await page.wait_for_timeout(2000)
    report = await ended_report(page)
    assert report["session"]["calibrated"]
    await expect(page.locator("#observed-body")).to_contain_text("· calibrated")


@pytest.mark.parametrize(
    ("show", "name", "words"),
    [
        (lambda n: (media.picture(n / 30) * 0.13).astype(np.uint8), "dark", "It is too dark"),
        (lambda n: media.picture(n / 30, face=False, marker=n % 2 > 0), "nobody", "No face in the picture"),
    ],
    ids=["dark", "nobody"],
)
async def test_device_check_says_how_the_candidate_is_seen(
    server: Server,
    fake_microphone: Path,
    tmp_path: Path,
    show: Callable[[int], media.Picture],
    name: str,
    words: str,
) -> None:
    """The check and the calibration name what is wrong with the picture, and do not stand in the way."""
    async with chromium(write_camera(tmp_path / "camera.mjpeg", show), fake_microphone) as running:
        page = await running.new_page(viewport={"width": 1280, "height": 800})
        await device_check(page, server)
        await expect(page.locator("#seen")).to_contain_text(words, timeout=CONNECT_MS)
        await page.click("#calibrate")
        await expect(page.locator("#calibrated")).to_contain_text(words, timeout=CONNECT_MS)
        await expect(page.locator("#calibrated")).to_have_attribute("data-verdict", "problem")
        await screens(page, f"10-check-{name}")
        await page.click("#begin")
        if name == "dark":
            await expect(page.locator("#picture-hint")).to_contain_text(words, timeout=CONNECT_MS)
            await screens(page, "10-live-dark")
        else:
            await expect(page.locator("#face-state")).to_have_text("Face not in view", timeout=CONNECT_MS)
        report = await ended_report(page)
        assert not report["session"]["calibrated"]
