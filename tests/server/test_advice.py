"""Advice, growth and comparison over HTTP."""

import asyncio
import dataclasses
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from jsonschema import Draft202012Validator

from scoring import advice, growth
from scoring.rubric import load
from scoring.scorer import fold
from server.advice import Coaching
from sessions.coach import Coach
from sessions.store import SessionRecord, Store
from tests.fixtures.gemini import Gemini, gemini
from tests.fixtures.server import Server
from tests.scoring.sessions import FACTS, split, whole
from tests.sessions.test_coach import item, reply

pytestmark = pytest.mark.filterwarnings("ignore:Inheritance class Aiohttp:DeprecationWarning")
ADVICE = Draft202012Validator(json.loads(advice.SCHEMA_FILE.read_text("utf-8")))
GROWTH = Draft202012Validator(json.loads(growth.SCHEMA_FILE.read_text("utf-8")))
WHOLE: dict[str, Any] = fold(
    whole(60, split("um so I think we did it um and the the team")), load(None)
).report(FACTS)


def stored(store: Store, id_: str, day: int = 2, **record: Any) -> dict[str, Any]:
    """A finished session in a store; its report."""
    created = f"2026-01-{day:02}T03:04:05+00:00"
    made = SessionRecord(id_, "Practice", "mixed", record.pop("keep", "all"), created, **record)
    report = {**WHOLE, "session": {**WHOLE["session"], "id": id_, "created": created}}
    store.create(made)
    store.finalise(made, report)
    return report


@pytest.fixture
async def fake() -> AsyncIterator[Gemini]:
    async with gemini() as running:
        running.text = reply()
        yield running


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "rapport.db")


async def settled(coaching: Coaching, report: dict[str, Any]) -> dict[str, Any]:
    """The advice once nothing better is on its way."""
    for _ in range(200):
        found = await coaching.advice(report["session"]["id"], report, agreed=True)
        ADVICE.validate(found)
        if not found["pending"]:
            return found
        await asyncio.sleep(0.05)
    raise AssertionError("still pending")


async def test_rules_answer_at_once_and_the_model_when_it_has(fake: Gemini, store: Store) -> None:
    report = stored(store, "s1", coach=True)
    fake.delay_s = 0.3
    coaching = Coaching(Coach("k" * 20, "gemini-test", fake.url), store)
    first = await coaching.advice("s1", report, agreed=True)
    assert (first["by"], first["pending"]) == ("rules", True)
    found = await settled(coaching, report)
    assert (found["by"], found["keep"][0]["indicator"]) == ("gemini", "filler_rate")
    assert await settled(coaching, report) == found
    assert len(fake.asked) == 1
    later = Coaching(Coach("k" * 20, "gemini-test", fake.url), store)
    assert await settled(later, report) == found, "kept over a restart"
    assert len(fake.asked) == 1


async def test_without_consent_nothing_is_sent(fake: Gemini, store: Store) -> None:
    report = stored(store, "s1")
    coaching = Coaching(Coach("k" * 20, "gemini-test", fake.url), store)
    found = await coaching.advice("s1", report, agreed=False)
    await asyncio.sleep(0.2)
    assert (found["by"], found["pending"], found["note"], fake.asked) == ("rules", False, None, [])


async def test_a_refusal_is_said_and_not_repeated(fake: Gemini, store: Store) -> None:
    report = stored(store, "s1", coach=True)
    fake.text = reply([item(text="This candidate is honest and should be hired.")])
    coaching = Coaching(Coach("k" * 20, "gemini-test", fake.url), store)
    found = await settled(coaching, report)
    assert found["by"] == "rules"
    assert found["note"] == "By rules, because the answer of gemini-test judged the person."
    await settled(coaching, report)
    assert len(fake.asked) == 1


async def test_what_was_deleted_meanwhile_stays_deleted(fake: Gemini, store: Store) -> None:
    report = stored(store, "s1", coach=True)
    fake.delay_s = 0.3
    coaching = Coaching(Coach("k" * 20, "gemini-test", fake.url), store)
    await coaching.advice("s1", report, agreed=True)
    store.delete("s1")
    await asyncio.sleep(1.0)
    assert len(fake.asked) == 1
    assert store.advice("s1") is None


async def test_closing_does_not_wait(fake: Gemini, store: Store) -> None:
    report = stored(store, "s1", coach=True)
    fake.delay_s = 30.0
    coaching = Coaching(Coach("k" * 20, "gemini-test", fake.url), store)
    await coaching.advice("s1", report, agreed=True)
    await asyncio.wait_for(coaching.close(), 5)


async def test_earlier_sessions_are_this_persons_own(store: Store) -> None:
    """Files and shared sessions may show anybody, and what comes later is not earlier."""
    stored(store, "file", 1, source="file")
    stored(store, "shared", 1, shared=True)
    report = stored(store, "s1", 2)
    stored(store, "s2", 3)
    found = await Coaching(None, store).advice("s1", report, agreed=True)
    assert all(each["change"] is None for each in [*found["keep"], *found["work_on"]])
    assert [each["session"]["id"] for each in store.brief_reports()] == ["s1", "s2"]
    assert not {"transcript", "series", "expressions"} & set(store.brief_reports()[0])


async def get(server: Server, path: str, token: str | None = None) -> tuple[int, Any]:
    headers = {"Authorization": f"Bearer {server.token if token is None else token}"}
    async with aiohttp.ClientSession(headers=headers) as http, http.get(server.url + path) as response:
        return response.status, await response.json()


async def test_over_http(fake: Gemini, new_server: Callable[..., Server]) -> None:
    """Advice by the model, growth and comparison from a server that has a key."""
    key = "a-very-secret-key-0123456789"
    server = new_server(
        gemini_key=key,
        gemini_url=fake.url,
        gemini_model="gemini-test",
        languagetool_url="http://somebody:secret@127.0.0.1:9/grammar",
        retention_days="9999",
    )
    store = Store(server.data / "rapport.db")
    for n in range(3):
        stored(store, f"s{n}", n + 1, coach=n == 1)
    stored(store, "secretive", 9, coach=True, keep="scores")
    store.close()
    server.start()
    assert await get(server, "/api/features") == (200, {"coach": "gemini-test", "grammar": "127.0.0.1"})
    assert (await get(server, "/api/sessions/s0/advice"))[1]["by"] == "rules"
    assert not fake.asked, "this candidate has not agreed"
    for _ in range(100):
        status, found = await get(server, "/api/sessions/s1/advice")
        ADVICE.validate(found)
        if not found["pending"]:
            break
        await asyncio.sleep(0.1)
    assert (status, found["by"]) == (200, "gemini")
    assert found["keep"][0]["change"] == 0

    status, found = await get(server, "/api/growth")
    GROWTH.validate(found)
    assert [each["id"] for each in found["sessions"]] == ["s0", "s1", "s2", "secretive"]
    status, found = await get(server, "/api/compare?a=s0&b=s2")
    GROWTH.validate(found)
    assert (status, found["comparable"], found["a"]["id"]) == (200, True, "s0")
    assert (await get(server, "/api/compare?a=s2&b=s0"))[1] == found
    assert (await get(server, "/api/compare?a=s0"))[0] == 400
    assert (await get(server, "/api/compare?a=s0&b=none"))[0] == 404
    assert (await get(server, "/api/sessions/none/advice"))[0] == 404
    for path in ("/api/growth", "/api/compare?a=s0&b=s2", "/api/sessions/s0/advice"):
        assert (await get(server, path, token="wrong"))[0] == 401
    for page in ("/growth", "/compare?a=s0&b=s2"):
        async with aiohttp.ClientSession() as http, http.get(server.url + page) as response:
            assert response.status == 200
    server.stop()
    assert key not in server.log.read_text()
    assert fake.keys == [key]


def test_the_stored_report_is_not_touched(store: Store) -> None:
    report = stored(store, "s1")
    before = dataclasses.asdict(store.record("s1"))  # type: ignore[arg-type]
    store.keep_advice("s1", {"rubric": "x", "advice": {}})
    assert store.report("s1") == report
    assert dataclasses.asdict(store.record("s1")) == before  # type: ignore[arg-type]
