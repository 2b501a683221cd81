"""An interview in a room: two real browsers with cameras and microphones of their own, and a real server."""

import asyncio
import json
import re
import shutil
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from server.launching import free_port
from tests.bench.room import withheld
from tests.browser.test_practice import screens
from tests.fixtures.chromium import WALLED, chromium
from tests.fixtures.interview import CONNECT_MS, expect_call, link_for, meet
from tests.fixtures.needs import missing
from tests.fixtures.server import Server

pytestmark = [pytest.mark.browser, pytest.mark.server]


@pytest.fixture(scope="module")
async def desk(fake_microphone: Path) -> AsyncIterator[Browser]:
    """The interviewer's Chromium, with a test signal for a camera and a voice at its microphone."""
    async with chromium(microphone=fake_microphone) as running:
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
        page.on("dialog", lambda dialog: dialog.accept())
    yield opened[0], opened[1]
    for context in contexts:
        await context.close()
    assert not thrown


SECRET = "only for this test"
HEARD = """
window.heard = [];
const keep = (way, text) => heard.push({ at: Date.now() / 1000, way, text });
const listen = (made, way) => {
  made.addEventListener("message", ({ data }) => keep(way, String(data)));
  return made;
};
for (const [name, way] of [["WebSocket", "socket"], ["EventSource", "events"]])
  window[name] = new Proxy(window[name], {
    construct: (made, given) => listen(Reflect.construct(made, given), way),
  });
const peers = RTCPeerConnection.prototype;
peers.createDataChannel = new Proxy(peers.createDataChannel, {
  apply: (...called) => listen(Reflect.apply(...called), "channel"),
});
window.RTCPeerConnection = new Proxy(RTCPeerConnection, {
  construct: (made, given) => {
    const peer = Reflect.construct(made, given);
    peer.addEventListener("datachannel", ({ channel }) => listen(channel, "channel"));
    return peer;
  },
});
window.fetch = new Proxy(fetch, {
  apply: async (...called) => {
    const response = await Reflect.apply(...called);
    response.clone().text().then((text) => keep("answer", text), () => {});
    return response;
  },
});
"""
"""Keeps all that a page is told, by whatever way."""
UNPLUG = """
() => {
  const [track] = document.querySelector(".tile.own video").srcObject.getVideoTracks();
  track.stop();
  track.dispatchEvent(new Event("ended"));
}
"""
SENT_FROM = """
(device) => {
  const senders = () => connections
    .filter(({ connectionState }) => connectionState === "connected")
    .flatMap((connection) => connection.getSenders());
  window.sounding = () => senders().map(({ track }) => track).filter((track) => track?.kind === "audio");
  const tracks = sounding();
  return tracks.length === 2 && tracks.every((track) => track.getSettings().deviceId === device);
}
"""
"""Whether both the call and the second leg send that microphone's sound."""
ENERGY = """
async () => {
  const stats = await Promise.all(connections.map((connection) => connection.getStats()));
  const received = stats.flatMap((each) => [...each.values()]).filter(({ type }) => type === "inbound-rtp");
  return Math.max(...received.map(({ totalAudioEnergy }) => totalAudioEnergy ?? 0));
}
"""
"""How much sound has been received, of the connection with the most."""


@contextmanager
def coturn(folder: Path, *more: str) -> Iterator[str]:
    """A running coturn on loopback whose secret is `SECRET`: its host and port."""
    if not (program := shutil.which("turnserver")):
        missing("needs coturn: apt-get install coturn")
    port = free_port()
    (folder / "turn.conf").write_text(
        f"listening-ip=127.0.0.1\nrelay-ip=127.0.0.1\nlistening-port={port}\nrealm=rapport\nuse-auth-secret\n"
        f"static-auth-secret={SECRET}\nallow-loopback-peers\nno-tls\nno-dtls\nno-cli\nfingerprint\n"
        f"log-file=stdout\npidfile={folder / 'pid'}\nuserdb={folder / 'users'}\n" + "\n".join(more)
    )
    log = (folder / "turn.log").open("wb")
    running = subprocess.Popen([program, "-c", str(folder / "turn.conf")], stdout=log, stderr=log)
    until = time.monotonic() + 10
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            break
        except OSError:
            time.sleep(0.1)
    try:
        yield f"127.0.0.1:{port}"
    finally:
        running.terminate()
        running.wait()


@pytest.fixture
def relay(tmp_path: Path) -> Iterator[str]:
    """A relay's host and port."""
    with coturn(tmp_path) as address:
        yield address


@pytest.fixture
def slow_relay(tmp_path: Path) -> Iterator[str]:
    """The host and port of a relay that carries 56 kbit/s each way and drops the rest."""
    with coturn(tmp_path, "max-bps=7000") as address:
        yield address


async def test_interview(pages: tuple[Page, Page], server: Server) -> None:
    """From a new room to its review: a call, measures as far as they are shared, marks, reloads, the end."""
    interviewer, candidate, _ = await meet(pages, server, shot=screens)
    overlay = interviewer.locator("#overlay")
    face = overlay.locator(".sign[data-present]")
    await expect(face).to_have_attribute("data-present", "true", timeout=CONNECT_MS)
    await interviewer.keyboard.press("a")
    await expect(candidate.locator("#question-place")).to_contain_text("Question 1 of")
    asked = await candidate.locator("#question").inner_text()
    await expect(interviewer.locator("#caption-text")).not_to_be_empty(timeout=30_000)
    await check_own_words(interviewer, candidate)
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

    await interviewer.locator("#scorecard summary").click()
    await interviewer.locator("#scorecard .criterion input[value='4']").first.check()
    await interviewer.locator("#overlay [data-density=full]").click()
    await screens(interviewer, "31-room-scorecard")
    await interviewer.locator("#scorecard").get_by_label("Show the candidate my marks").check()
    await interviewer.locator("#scorecard").get_by_role("button", name="Hand in").click()
    await expect(interviewer.locator("#scorecard")).to_contain_text("Handed in")

    await interviewer.keyboard.press("Shift+E")
    await interviewer.click("#ending-go")
    for page in (interviewer, candidate):
        await expect(page.locator("#ended")).to_be_visible()
    await screens(candidate, "32-room-ended")
    for page, name in ((interviewer, "interviewer"), (candidate, "candidate")):
        await page.click("#review-link")
        await expect(page.locator(".interview-marks li")).to_have_count(2)
        await expect(page.locator("#transcript-body .word").first).to_be_visible(timeout=CONNECT_MS)
        await expect(page.locator("#marks .marked-at")).to_have_count(2)
        await expect(page.locator("#transcript-body .of-others").first).to_contain_text("Interviewer: ")
        await expect(page.locator("#transcript-body .line:not(.of-others) strong").first).to_have_text(
            "Candidate: "
        )
        for side, name in (("candidate", "Candidate"), ("others", "Interviewer")):
            await expect(page.locator(f"#turns .{side} span").first).to_have_attribute(
                "title", re.compile(name)
            )
        own = page is candidate
        whose = "What you said" if own else "What Candidate said"
        await expect(page.locator("#answers summary").first).to_have_text(whose)
        await expect(page.locator("#to-sessions")).to_be_visible(visible=not own)
        await screens(page, f"33-review-{name}")
    # what was shared in the end is all that others may read of the whole
    await expect(interviewer.locator("#scores")).to_be_hidden()
    # where a loop of the reading begins, a question may be found in it: that has an answer of its own
    await expect(interviewer.locator("#answers .answer").filter(has_text=asked)).to_have_count(1)
    await expect(candidate.locator("#scores .subscore.confidence .number")).to_have_text(re.compile(r"\d"))
    await expect(interviewer.locator("#interview table")).to_contain_text("4")
    await expect(candidate.locator("#interview-body")).to_contain_text("No ratings were shared")


async def check_own_words(interviewer: Page, candidate: Page) -> None:
    """The interviewer's words are written down while switch and microphone are on, and all see that."""
    await interviewer.locator("#write-down").check()
    signs = [interviewer.locator(".tile.own"), candidate.locator(".tile:not(.own)")]
    for sign in signs:
        await expect(sign).to_contain_text("words written down", timeout=CONNECT_MS)
    await expect(interviewer.locator("#now-talk")).to_contain_text("interviewers", timeout=CONNECT_MS)
    await expect(interviewer.locator("#caption-text")).to_contain_text("Interviewer:", timeout=30_000)
    await interviewer.locator("#write-down").blur()
    await interviewer.keyboard.press("m")
    for sign in signs:
        await expect(sign).not_to_contain_text("words written down")
    await interviewer.keyboard.press("m")
    for sign in signs:
        await expect(sign).to_contain_text("words written down", timeout=CONNECT_MS)
    # a sentence is in the transcript once it has ended
    await expect(interviewer.locator("#now-talk")).not_to_contain_text("interviewers 0", timeout=30_000)
    await interviewer.locator("#write-down").uncheck()
    for sign in signs:
        await expect(sign).not_to_contain_text("words written down")


async def test_without_analysis(pages: tuple[Page, Page], server: Server) -> None:
    """A candidate who shares nothing is seen and heard, nobody is shown figures; a seat can be taken away."""
    interviewer, candidate, _ = await meet(pages, server, "none")
    await expect(interviewer.locator("#overlay")).to_contain_text("without analysis")
    await expect(candidate.locator("#shared")).to_contain_text("Nothing is measured")
    assert await candidate.evaluate("connections.length") == 1, "more than the call with the interviewer"
    await screens(interviewer, "34-room-none")
    await candidate.click("#toggle-camera")
    await expect(interviewer.locator(".tile:not(.own)")).to_contain_text("Camera off")
    await interviewer.click("#toggle-screen")
    screen = candidate.locator(".tile.screen.main")
    await expect(screen).to_contain_text("Interviewer’s screen", timeout=CONNECT_MS)
    await expect(screen.locator("video")).to_have_js_property("readyState", 4, timeout=CONNECT_MS)
    await screens(candidate, "34-room-screen")
    await interviewer.click("#toggle-screen")
    await expect(candidate.locator(".tile.screen")).to_be_hidden()
    await interviewer.get_by_role("button", name="Remove Candidate").click()
    await expect(candidate.locator("#stopped")).to_contain_text("no longer in this room")
    await screens(candidate, "35-room-removed")


async def test_a_server_that_is_started_again(
    pages: tuple[Page, Page], new_server: Callable[..., Server]
) -> None:
    """What was asked is known again; so is who waits, and what was marked, rated or withdrawn meanwhile."""
    server = new_server().start()
    interviewer, candidate, _ = await meet(pages, server)
    card, banner = interviewer.locator("#scorecard"), interviewer.locator("#banner")
    await interviewer.keyboard.press("a")
    own = interviewer.get_by_label("A question of your own")
    await own.fill("What came of it?")
    await own.press("Enter")
    await expect(candidate.locator("#question")).to_have_text("What came of it?")
    await card.locator("summary").click()
    assert candidate.context.browser
    guest = await (await candidate.context.browser.new_context()).new_page()
    await guest.goto(await link_for(interviewer, "observer"))
    await guest.fill("#name", "Guest")
    await guest.click("#knock")
    await expect(interviewer.locator("#door")).to_contain_text("Guest knocks")
    server.kill()
    await expect(interviewer.locator("#room-state")).to_have_text("Reconnecting…")
    await card.locator(".criterion input[value='4']").first.check()
    await expect(card).to_contain_text("cannot be reached")
    await interviewer.keyboard.press("s")
    await expect(banner).to_contain_text("no connection")
    await candidate.click("#shared")
    await candidate.locator("#sharing-choices input[value=none]").check()
    await candidate.click("#sharing-go")
    await expect(candidate.locator("#banner")).to_contain_text("no connection")
    await asyncio.to_thread(server.start)
    await expect(interviewer.locator("#marks-made li")).to_have_count(1)
    await expect(card).to_contain_text("Kept")
    for page in (interviewer, candidate):
        await expect(page.locator("#shared")).to_contain_text("Nothing is measured")
        await expect(page.locator("#session-clock")).to_be_hidden()
    await interviewer.get_by_role("button", name="Let Guest in").click()
    await expect(guest.locator("#call")).to_be_visible()
    await guest.context.close()
    await interviewer.reload()
    await expect(interviewer.locator("#question")).to_have_text("What came of it?")
    await expect(interviewer.locator(".planned li").first).to_have_attribute("data-state", "asked")
    await expect(interviewer.locator(".planned li").last).to_have_attribute("data-state", "now")
    await card.locator("summary").click()
    await expect(card.locator(".criterion input[value='4']").first).to_be_checked()
    await expect_call(interviewer, candidate)


async def test_no_way_between_the_browsers(pages: tuple[Page, Page], server: Server) -> None:
    """Where no media gets through, the page says so and what to do; the other side does, too."""
    interviewer, candidate, _ = await meet(pages, server, query="?relay=1", apart=True)
    path = candidate.locator("#path")
    await expect(path).to_contain_text("No picture and sound with Interviewer", timeout=2 * CONNECT_MS)
    await expect(path).to_contain_text("This server has no relay")
    await screens(candidate, "36-room-no-way")
    await candidate.click("#devices")
    await screens(candidate, "37-room-devices")
    await candidate.locator("#relay").uncheck()
    await candidate.get_by_role("button", name="Close").click()
    await expect_call(candidate, interviewer)
    await expect(path).to_be_hidden()


async def test_observer(pages: tuple[Page, Page], desk: Browser, server: Server) -> None:
    """An observer reads the figures and the captions, and has no picture, no sound and no tools.

    What is no longer shared reaches neither interviewer nor observer, by whatever way a page is told, once it
    was told of the choice; how soon that is, `rapport bench room` measures.
    """
    await pages[0].add_init_script(HEARD)
    interviewer, candidate, _ = await meet(pages, server)
    address = await link_for(interviewer, "observer")
    context = await desk.new_context(viewport={"width": 1280, "height": 800})
    observer = await context.new_page()
    await observer.add_init_script(HEARD)
    await observer.goto(address)
    await observer.fill("#name", "Observer")
    await observer.click("#knock")
    await interviewer.get_by_role("button", name="Let Observer in").click()
    await expect(observer.locator("#overlay .sign[data-present=true]")).to_be_visible(timeout=CONNECT_MS)
    await expect(observer.locator("#caption-text")).not_to_be_empty(timeout=30_000)
    await expect(interviewer.locator("#observers")).to_contain_text("1 watching: Observer")
    for hidden in ("#stage", "#tools", "#toggle-microphone"):
        await expect(observer.locator(hidden)).to_be_hidden()
    await screens(observer, "38-room-observer")
    for choice in ("content", "none"):
        since = time.time()
        for page in (interviewer, observer):
            await told(page, since, partial(withheld, choice))
        await candidate.click("#shared")
        await candidate.locator(f"#sharing-choices input[value={choice}]").check()
        await candidate.click("#sharing-go")
        for page in (interviewer, observer):
            await told(page, since, partial(is_choice, choice))
        await candidate.wait_for_timeout(3000)
        for page in (interviewer, observer):
            heard = [message for at, message in await messages(page) if at > since]
            chosen = next(n for n, message in enumerate(heard) if is_choice(choice, message))
            later = heard[chosen + 1 :]
            assert not [message for message in later if withheld(choice, message)]
            assert any(message["type"] == "snapshot" for message in later) == (choice == "content")
        assert await interviewer.evaluate("heard.some(({ way }) => way === 'channel')") is False
    await expect(observer.locator("#overlay")).to_contain_text("without analysis")
    await context.close()


def is_choice(choice: str, message: dict[str, Any]) -> bool:
    """Whether a message says that the candidate chose this."""
    return bool(message["type"] == "consent" and message["data"]["choice"] == choice)


async def told(page: Page, since: float, wanted: Callable[[dict[str, Any]], bool]) -> None:
    """Wait until the page is told what is wanted."""
    async with asyncio.timeout(20):
        while not any(at > since and wanted(message) for at, message in await messages(page)):
            await page.wait_for_timeout(100)


async def messages(page: Page) -> list[tuple[float, dict[str, Any]]]:
    """What a page with `HEARD` was told, with the time of its arrival."""
    heard = [
        (each["at"], json.loads(each["text"]))
        for each in await page.evaluate("heard")
        if each["text"].startswith("{")
    ]
    return [(at, message) for at, message in heard if "type" in message and "data" in message]


async def test_devices_change(pages: tuple[Page, Page], server: Server) -> None:
    """A camera that goes and comes back, and another microphone: the call and the measuring go on."""
    interviewer, candidate, _ = await meet(pages, server)
    sign = interviewer.locator("#overlay .sign[data-present]")
    await expect(sign).to_have_attribute("data-present", "true", timeout=CONNECT_MS)
    await candidate.evaluate(UNPLUG)
    await expect(candidate.locator("#device-help")).to_contain_text("The camera went away")
    await expect(interviewer.locator(".tile:not(.own)")).to_contain_text("Camera off")
    await expect(sign).to_have_text("Camera off", timeout=CONNECT_MS)
    await candidate.evaluate("navigator.mediaDevices.dispatchEvent(new Event('devicechange'))")
    await expect_call(interviewer)
    await expect(sign).to_have_attribute("data-present", "true", timeout=CONNECT_MS)
    await expect(candidate.locator("#device-help")).to_be_empty()

    await candidate.keyboard.press("m")
    await candidate.click("#devices")
    chooser = candidate.locator("#audio-device-now")
    other = str(await chooser.locator("option:not(:checked)").first.get_attribute("value"))
    await chooser.select_option(other)
    await candidate.wait_for_function(SENT_FROM, arg=other)
    assert await candidate.evaluate("sounding().every((track) => !track.enabled)")
    await candidate.get_by_role("button", name="Close").click()
    await candidate.keyboard.press("m")
    assert await candidate.evaluate("sounding().every((track) => track.enabled)")
    caption = interviewer.locator("#caption-text")
    before = await caption.inner_text()
    await expect(caption).not_to_have_text(before, timeout=30_000)
    await expect_call(interviewer, candidate)


async def test_no_udp(home: Browser, fake_microphone: Path, server: Server) -> None:
    """With the direct way blocked both pages say so, and what to do; what is measured comes none the less."""
    async with chromium(microphone=fake_microphone, flags=WALLED) as office:
        interviewer, candidate = [
            await browser.new_page(viewport={"width": 1280, "height": 800}) for browser in (office, home)
        ]
        await meet((interviewer, candidate), server, apart=True)
        for page, other in ((interviewer, "Candidate"), (candidate, "Interviewer")):
            path = page.locator("#path")
            await expect(path).to_contain_text(f"No picture and sound with {other}", timeout=2 * CONNECT_MS)
            await expect(path).to_contain_text("A firewall or a VPN stands between you")
        sign = interviewer.locator("#overlay .sign[data-present=true]")
        await expect(sign).to_be_visible(timeout=CONNECT_MS)
        await screens(interviewer, "39-room-no-udp")
        await candidate.close()


async def test_over_a_relay_alone(
    home: Browser, fake_microphone: Path, new_server: Callable[..., Server], relay: str
) -> None:
    """With the direct way forbidden to one and no UDP for the other the call goes over TURN, by credentials
    made for each.

    The candidate is told where else the words go.
    """
    checker = "http://127.0.0.1:9"
    urls = f"turn:{relay},turn:{relay}?transport=tcp"
    server = new_server(turn_urls=urls, turn_secret=SECRET, languagetool_url=checker).start()
    async with chromium(microphone=fake_microphone, flags=WALLED) as office:
        pages = await office.new_page(), await home.new_page()
        interviewer, candidate, _ = await meet(pages, server, query="?relay=1")
        note = candidate.locator("#grammar-note:not([hidden])")
        await expect(note).to_contain_text("goes as text to 127.0.0.1,")
        for page in (candidate, interviewer):
            tile = page.locator(".tile:not(.own)")
            await expect(tile).to_have_attribute("data-relayed", "true", timeout=CONNECT_MS)
        await candidate.close()


async def test_slow_line(
    pages: tuple[Page, Page], new_server: Callable[..., Server], slow_relay: str
) -> None:
    """Where the line is slow the picture gives way to the sound, and both pages say so."""
    server = new_server(turn_urls=f"turn:{slow_relay}", turn_secret=SECRET).start()
    interviewer, candidate, _ = await meet(pages, server, "none", query="?relay=1", apart=True)
    own = candidate.locator(".tile.own figcaption")
    await expect(own).to_have_text("Sound only", timeout=2 * CONNECT_MS)
    await expect(candidate.locator("#banner")).to_contain_text("Your line is too slow for a picture")
    await expect(interviewer.locator(".tile:not(.own) .tile-empty")).to_contain_text("Sound only")
    await screens(candidate, "40-room-slow-line")
    before = await interviewer.evaluate(ENERGY)
    await interviewer.wait_for_timeout(2000)
    assert await interviewer.evaluate(ENERGY) > before, "nothing is heard"
