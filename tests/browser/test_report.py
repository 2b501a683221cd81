"""The report's page in a real Chromium: what it says adds up, and what can be done with it works."""

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Locator, Page, Route, expect

from models.observations import (
    GrammarError,
    Observation,
    QuestionAsked,
    SentenceRead,
    SessionEnded,
    SkillNamed,
)
from scoring.advice import advise
from server.standalone import standalone
from sessions.store import Keep
from tests.browser.test_practice import screens
from tests.fixtures.finished import finished
from tests.fixtures.server import Server
from tests.scoring.sessions import faces, in_order, interview, postures, sounds, speech, split, utterance

pytestmark = [pytest.mark.browser, pytest.mark.server]

POINTS = ("I found the cause.", "I repaired it.", "The result can be measured.")
SAID = split("um so we was looking for the cause in Python and I found it in 3 days")


def timeline() -> list[Observation]:
    """Two answers: the first was read, makes one of three points and has an error; the second says little."""
    made: list[Observation] = [
        QuestionAsked(0.0, "bug", "Tell me about a bug that you fixed.", "behavioural", 60.0, (), POINTS),
        QuestionAsked(60.0, "why", "Why do you want to work here?", "motivation", 60.0, (), POINTS[:1]),
        *faces(0, 120, on_camera=True),
        *postures(0, 120),
        *sounds(0, 120),
    ]
    for i in range(6):
        made += [*speech((10 * i + 1, 10 * i + 9)), utterance(i, 10 * i + 1, 10 * i + 9, SAID)]
    made += [*speech((62, 66)), utterance(9, 62, 66, split("because it is near"))]
    error = GrammarError(3.0, 3.5, "agreement", "“was” does not go with “we”", "were")
    made += [
        SentenceRead(
            0.0, 0, 1.0, 9.0, " ".join(SAID), 16, 0.9, (0.9, 0.3, 0.1), None, "action", 0.0, (error,),
            (SkillNamed("Python", 5.0, 5.4),),
        ),
        SentenceRead(60.0, 0, 62.0, 66.0, "because it is near", 4, 0.2, (0.1,), None, "reason"),
    ]  # fmt: skip
    return [*in_order(made), SessionEnded(120.0, "finished")]


def stored(data: Path, id_: str, keep: Keep = "all", change: Any = None) -> dict[str, Any]:
    """The session of both answers with its report, which `change` may alter before it is stored."""
    return finished(data, id_, timeline(), keep, change)


async def opened(page: Page, server: Server, id_: str) -> None:
    await page.goto(server.address)
    await page.goto(f"{server.url}/sessions/{id_}")
    await expect(page.locator("#advice-body li").first).to_be_visible()


def number(shown: str) -> float:
    return float(shown.replace("−", "-"))


async def steps(page: Page) -> tuple[list[float], float]:
    """The points of the waterfall as they are shown, with the baseline, and the score below them."""
    shown = [number(each) for each in await page.locator("#reasons-body .points").all_text_contents()]
    return shown[:-1], shown[-1]


def choose(page: Page, value: str) -> Locator:
    return page.locator(f"#reasons-choice input[value={value}]")


async def test_half_an_hour_is_shown(page: Page, server: Server) -> None:
    """All of it, down to what the report was made with."""
    report = finished(server.data, "long", interview(1800))
    await opened(page, server, "long")
    await expect(page.locator("#observed-body")).to_contain_text("Made with")
    low, high = (round(each) for each in report["overall"]["interval"])
    await expect(page.locator("#scores .overall")).to_contain_text(f"likely {low}–{high}")


async def test_what_is_shown_adds_up(page: Page, server: Server) -> None:
    """By signal and by question, for the overall score and each subscore; the table says the same."""
    report = stored(server.data, "adds-up")
    await opened(page, server, "adds-up")
    low, high = (round(each) for each in report["overall"]["interval"])
    await expect(page.locator("#scores .overall")).to_contain_text(f"likely {low}–{high}")
    for way in ("indicator", "question"):
        await choose(page, way).check(force=True)
        for key in ("overall", *report["subscores"]):
            await choose(page, key).check(force=True)
            score = report["overall"] if key == "overall" else report["subscores"][key]
            parts, total = await steps(page)
            assert total == pytest.approx(score["score"], abs=0.051)
            assert sum(parts) == pytest.approx(total, abs=1e-6), (way, key)
    await choose(page, "indicator").check(force=True)
    await choose(page, "overall").check(force=True)
    first = page.locator("#reasons-body details.reason").first
    await first.locator("summary").click()
    step = report["indicators"][report["overall"]["waterfall"][0]["indicator"]]
    await expect(first).to_contain_text(step["norm"])
    await expect(first).to_contain_text(step["source"])
    await page.locator("#reasons-body .as-table summary").click()
    rows = page.locator("#reasons-body tbody tr")
    await expect(rows).to_have_count(len(report["overall"]["waterfall"]) + 2)
    await screens(page, "13-report")


async def test_answers_as_cards(page: Page, server: Server) -> None:
    """Points, parts, skills and errors of what was read, each with its moment."""
    stored(server.data, "cards")
    await opened(page, server, "cards")
    card = page.locator("#answer-1")
    for state, count in (("made", 1), ("partly", 1), ("unsaid", 1)):
        await expect(card.locator(f".key-points .{state}")).to_have_count(count)
    await expect(card.locator(".chips a")).to_contain_text("Action")
    await expect(card.locator(".chips .missing-part")).to_have_count(3)
    await expect(card.locator(".wording")).to_contain_text("we was looking")
    await expect(card.locator(".wording b")).to_have_text("were")
    await expect(card).to_contain_text("Python")
    await card.locator(".wording .moment").click()
    await expect(page.locator("#replay-time")).to_have_text("0:03")


async def test_scored_again(page: Page, server: Server) -> None:
    """A mistake in a rubric is named in place; the new report stands beside the own one, which stays."""
    report = stored(server.data, "again")
    await opened(page, server, "again")
    await page.click("#more summary")
    await page.click("#again")
    await page.check("#rescoring input[value=own]")
    mine = 'rubric = {extends = "practice", id = "mine", version = "1"}\n[subscores.engagement.weights]\n'
    await page.fill("#rescoring-text", f"{mine}frown = 1")
    await page.click("#rescoring-go")
    await expect(page.locator("#rescoring-problem")).to_contain_text("subscores.engagement.weights.frown")
    await screens(page, "14-rescoring")
    await page.fill("#rescoring-text", f"{mine}smile = 1")
    await page.click("#rescoring-go")
    current = page.locator("#reports a[aria-current=page]")
    await expect(current).to_contain_text("mine 1")
    parts, _ = await steps(page)
    assert len(parts) > 3
    await page.locator("#reports a", has_text="as practised").click()
    await expect(current).to_contain_text(report["versions"]["rubric"])
    own = page.locator("#scores .overall .number")
    await expect(own).to_have_text(str(round(report["overall"]["score"])))


async def test_deleted(page: Page, server: Server) -> None:
    stored(server.data, "unwanted")
    await opened(page, server, "unwanted")
    await page.click("#more summary")
    await page.click("#delete")
    await page.click("#deleting-cancel")
    await expect(page.locator("#deleting")).to_be_hidden()
    await page.click("#more summary")
    await page.click("#delete")
    await page.click("#deleting-form .danger")
    await page.wait_for_url(f"{server.url}/")
    assert (await page.request.get(f"{server.url}/api/sessions/unwanted/report")).status == 404


def as_first_version(report: dict[str, Any]) -> None:
    """Take out what reports of the first version did not have."""
    report["schema"] = "rapport.report/1"
    del report["what_if"], report["expressions"]
    for score in (report["overall"], *report["subscores"].values()):
        for name in ("interval", "baseline", "waterfall"):
            del score[name]
    for indicator in report["indicators"].values():
        del indicator["interval"]
    for question in report["questions"]:
        for name in ("quality", "articulation_rate", "pause_share"):
            del question[name]
        for name in ("eye_contact", "eye_contact_speaking", "eye_contact_listening"):
            del question[name]
    for line in report["transcript"]:
        del line["filled_pauses"]


async def test_an_old_report(page: Page, server: Server) -> None:
    """Of the first version: its waterfall follows from what it has, the rest is left out."""
    stored(server.data, "old", change=as_first_version)
    stored(server.data, "newer")
    await opened(page, server, "old")
    parts, total = await steps(page)
    assert sum(parts) == pytest.approx(total, abs=1e-6)
    names = await page.locator("#reasons-body > .reason > .step > .name").all_text_contents()
    assert len(names) == len(set(names)) > 1
    await expect(page.locator("#answer-1 .delivery")).to_contain_text("Length")
    await expect(page.locator("#answer-1 .content")).to_have_count(0)
    await page.goto(server.url)
    for id_, ranges in (("old", 0), ("newer", 4)):
        await expect(page.locator(f".session:has(a[href$='/{id_}']) .bars .likely")).to_have_count(ranges)


async def test_a_chart_of_nothing_says_so(page: Page, server: Server) -> None:
    """Without a camera: an axis would be of nothing."""
    unseen = [each for each in timeline() if each.kind not in ("face", "posture")]
    finished(server.data, "unseen", unseen)
    await opened(page, server, "unseen")
    await page.locator("#charts").scroll_into_view_if_needed()
    await expect(page.locator("#charts .annotation-text", has_text="not observed")).to_have_count(1)
    await expect(page.locator("#charts .ytick")).not_to_have_count(0)
    await expect(page.locator("#charts .y3tick")).to_have_count(0)


async def test_only_scores_were_kept(page: Page, server: Server) -> None:
    """Nothing of the words is on the page, and what can be said without them is."""
    stored(server.data, "scores", keep="scores")
    await opened(page, server, "scores")
    await expect(page.locator("#kept")).to_contain_text("Only scores were kept")
    await expect(page.locator("#answer-1 .key-points .made")).to_have_count(1)
    await expect(page.locator("#answer-1 .moments")).to_contain_text("agreement")
    assert "looking" not in str(await page.locator("#report").inner_text())


async def test_the_single_file_asks_nobody(page: Page, tmp_path: Path) -> None:
    """With advice and its exercises inside, and nothing that needs the server."""
    report = stored(tmp_path, "alone")
    file = tmp_path / "report.html"
    advice = advise(report, [])
    file.write_text(standalone(json.loads(json.dumps(report)), advice), "utf-8")
    asked: list[str] = []

    async def refuse(route: Route) -> None:
        asked.append(route.request.url)
        await route.abort()

    await page.route(lambda url: not url.startswith("file:"), refuse)
    await page.goto(file.as_uri())
    await expect(page.locator("#advice-body")).to_contain_text(advice["work_on"][0]["exercise"])
    for needs in ("#pdf", "#export", "#again", "#delete", "#reports"):
        await expect(page.locator(needs)).to_be_hidden()
    await page.click("#more summary")
    async with page.expect_download() as saved:
        await page.click("#download")
    path = await (await saved.value).path()
    assert json.loads(path.read_text("utf-8")) == report
    assert not [url for url in asked if not url.startswith(("blob:", "data:"))]
