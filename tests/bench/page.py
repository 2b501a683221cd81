"""A session in a real Chromium, measured within the page.

The fake camera's picture has a square in a corner that is white while the face is there. The page's own
self-view is watched for it (requestVideoFrameCallback), and the moment of the change is the picture's capture
time. The feedback is over when the changed sign has been painted: two animation frames after the change.
"""

import tempfile
from pathlib import Path
from typing import Any

from playwright.async_api import Page

from tests.bench.measure import Switch, answers
from tests.bench.recording import Recording
from tests.fixtures import media
from tests.fixtures.chromium import chromium
from tests.fixtures.server import Server

SWITCHES = (2.0, 3.7, 5.9, 7.8, 10.2, 11.9, 14.1, 16.2, 17.9, 20.0)
"""Seconds at which the face goes, comes back, goes … in a loop of 22 s; no two gaps alike."""
LOOP_S = 22.0
REPORT = "#report:not([hidden])"

WATCH = """
([camera, sign, size]) => {
  const seen = (window.measured = { switches: [], told: [], scored: null, started: null });
  const clock = (window.clock = (time) => (performance.timeOrigin + time) / 1000);
  window.painted = (act) =>
    requestAnimationFrame(() => requestAnimationFrame(() => act(clock(performance.now()))));
  const pencil = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const video = document.querySelector(camera);
  let face = null;
  const look = (now, picture) => {
    const inset = size / 4;
    pencil.drawImage(video, inset, video.videoHeight - size + inset, size / 2, size / 2, 0, 0, 1, 1);
    const there = pencil.getImageData(0, 0, 1, 1).data[1] > 127;
    if (there !== face) seen.switches.push([clock(picture.captureTime ?? now), (face = there)]);
    video.requestVideoFrameCallback(look);
  };
  video?.requestVideoFrameCallback(look);
  const told = document.querySelector(sign);
  let present = null;
  if (told) new MutationObserver(() => {
    const now = told.dataset.present;
    if (now === present) return;
    present = now;
    if (now !== "unknown") painted((at) => seen.told.push([at, now === "true"]));
  }).observe(told, { attributes: true, attributeFilter: ["data-present"] });
}
"""
"""Notes when the marker in the picture of `camera` changes and when the change of `sign` is painted, each a
selector or null."""
SCORED = """
() => {
  const scores = new MutationObserver(() => {
    if (!document.querySelector("#scores .score:not(.absent)")) return;
    scores.disconnect();
    painted((at) => (measured.scored = at));
  });
  scores.observe(document.getElementById("scores"), { attributes: true, subtree: true });
  document.getElementById("begin").addEventListener(
    "click", () => (measured.started = clock(performance.now())), { capture: true, once: true });
}
"""


async def page_session(server: Server, said: Recording, seconds: float, other: str) -> dict[str, Any]:
    """Practise for `seconds` from Start to the report, then open the report of the session `other` too."""
    away = list(zip(SWITCHES[::2], SWITCHES[1::2], strict=True))
    with tempfile.TemporaryDirectory() as folder:
        camera = media.write_mjpeg(Path(folder) / "camera.mjpeg", LOOP_S, away, marker=True)
        microphone = media.write_wav(Path(folder) / "microphone.wav", said.seconds, source=said.path)
        async with chromium(camera, microphone) as browser:
            page = await browser.new_page(viewport={"width": 1280, "height": 800})
            await page.add_init_script(PAINTED)
            await page.goto(server.address)
            await page.goto(f"{server.url}/practice")
            await page.click("#agree")
            await page.wait_for_selector("#begin:not([disabled])")
            await page.evaluate(WATCH, ["#self-view", "#face-state", media.MARKER])
            await page.evaluate(SCORED)
            await page.click("#begin")
            await page.wait_for_timeout(1000 * seconds)
            measured: dict[str, Any] = await page.evaluate("window.measured")
            ready_s = await _ended(page)
            other_s = await _opened(page, f"{server.url}/sessions/{other}")
    switches, told = ([Switch(*each) for each in measured[key]] for key in ("switches", "told"))
    # the first seconds belong to connecting
    delays, missed = answers(switches, told, measured["started"] + 5, measured["started"] + seconds)
    scored = measured["scored"]
    return {
        "first_subscore_s": scored and scored - measured["started"],
        "page_feedback_ms": [1000 * delay for delay in delays],
        "page_missed": missed,
        "page_report_s": {"after_this": ready_s, "after_other": other_s},
    }


CLICKED = """
document.getElementById("end").addEventListener("click", () =>
  sessionStorage.setItem("clicked", performance.timeOrigin + performance.now()), { capture: true })
"""
PAINTED = """
addEventListener("DOMContentLoaded", () => {
  const report = document.getElementById("report");
  if (!report) return;
  const now = () => sessionStorage.setItem("shown", performance.timeOrigin + performance.now());
  new MutationObserver((changes, watch) => {
    if (report.hidden) return;
    watch.disconnect();
    requestAnimationFrame(() => requestAnimationFrame(now));
  }).observe(report, { attributes: true });
})
"""
SHOWN = "+sessionStorage.getItem('shown') - sessionStorage.getItem('clicked')"


async def _ended(page: Page) -> float:
    """Seconds from the click on End until the report can be read."""
    await page.evaluate(CLICKED)
    await page.click("#end")
    await page.wait_for_selector(REPORT, timeout=30_000)
    return float(await page.evaluate(SHOWN)) / 1000


async def _opened(page: Page, url: str) -> float:
    """Seconds from going to a report's address until it can be read."""
    await page.evaluate("sessionStorage.setItem('clicked', performance.timeOrigin + performance.now())")
    await page.goto(url, wait_until="commit")
    await page.wait_for_selector(REPORT, timeout=30_000)
    return float(await page.evaluate(SHOWN)) / 1000
