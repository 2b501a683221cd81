"""What the page of a report costs: processor time of its thread in a real Chromium until it can be used."""

from statistics import median

from playwright.async_api import Browser, expect

from tests.bench.running import running_server
from tests.fixtures.chromium import chromium
from tests.fixtures.finished import finished
from tests.fixtures.server import Server
from tests.scoring.sessions import interview

LENGTHS_S = {"1min": 60, "30min": 1800}
TURNS = 3


async def page_cpu_s() -> dict[str, float]:
    """Seconds for a report of each of `LENGTHS_S`: the median of so many turns."""
    spent: dict[str, list[float]] = {name: [] for name in LENGTHS_S}
    with running_server() as server:
        for name, seconds in LENGTHS_S.items():
            finished(server.data, name, interview(seconds))
        async with chromium() as browser:
            for _ in range(TURNS):
                for name, times in spent.items():
                    times.append(await _opened(browser, server, name))
    return {name: median(times) for name, times in spent.items()}


async def _opened(browser: Browser, server: Server, id_: str) -> float:
    # with nothing kept of an earlier page
    context = await browser.new_context()
    page = await context.new_page()
    await page.goto(server.address)
    devtools = await context.new_cdp_session(page)
    await devtools.send("Performance.enable", {"timeDomain": "threadTicks"})
    await page.goto(f"{server.url}/sessions/{id_}")
    await expect(page.locator("#observed-body")).to_contain_text("Made with")
    measured = (await devtools.send("Performance.getMetrics"))["metrics"]
    await context.close()
    return next(float(each["value"]) for each in measured if each["name"] == "TaskDuration")
