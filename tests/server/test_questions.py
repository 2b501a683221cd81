"""Questions over HTTP: the bank, a set for a role, an own list, and the sessions that ask them."""

import json
from typing import Any

import aiohttp
import pytest

from sessions.own_questions import MAX_BYTES
from sessions.questions import TOPICS, bank, roles
from tests.fixtures.server import Server

pytestmark = pytest.mark.server


async def get(http: aiohttp.ClientSession, path: str, **query: str) -> tuple[int, dict[str, Any]]:
    async with http.get(path, params=query) as response:
        return response.status, await response.json()


async def post(http: aiohttp.ClientSession, path: str, data: bytes | str) -> tuple[int, dict[str, Any]]:
    async with http.post(path, data=data) as response:
        return response.status, await response.json()


async def test_the_bank(http: aiohttp.ClientSession, server: Server) -> None:
    status, found = await get(http, "/api/questions")
    assert status == 200
    assert [role["id"] for role in found["roles"]] == list(roles())
    assert sum(role["count"] for role in found["roles"]) == len(bank())
    assert found["topics"] == list(TOPICS)
    assert found["sets"][0]["count"] > 0
    assert "questions" not in found
    _, found = await get(http, "/api/questions", role="nurse", difficulty="hard", token=server.token)
    assert {(each["role"], each["difficulty"]) for each in found["questions"]} == {("nurse", "hard")}
    assert all(each["key_points"] and each["probes"] for each in found["questions"])


@pytest.mark.parametrize(
    ("path", "query", "words"),
    [
        ("/api/questions", {"role": "pirate"}, "nurse"),
        ("/api/questions", {"topic": "gossip"}, "technical"),
        ("/api/questions", {"colour": "red"}, "colour"),
        ("/api/questions/choice", {"role": "pirate"}, "nurse"),
        ("/api/questions/choice", {"minutes": "many"}, "minutes"),
        ("/api/questions/choice", {"minutes": "61"}, "60"),
    ],
)
async def test_wrong_wishes(
    http: aiohttp.ClientSession, path: str, query: dict[str, str], words: str
) -> None:
    status, found = await get(http, path, **query)
    assert status == 422
    assert words in found["error"]


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_only_the_owner(server: Server, method: str) -> None:
    path = "/api/questions/choice" if method == "GET" else "/api/questions/parse"
    async with (
        aiohttp.ClientSession() as stranger,
        stranger.request(method, server.url + path) as response,
    ):
        assert response.status == 401


async def test_a_list_is_read(http: aiohttp.ClientSession) -> None:
    status, found = await post(http, "/api/questions/parse", "Why us? | 90 s\nHow do you test?")
    assert status == 200
    assert [(each["text"], each["seconds"]) for each in found["questions"]] == [
        ("Why us?", 90),
        ("How do you test?", 120),
    ]
    assert found["minutes"] == 4


async def test_a_list_is_refused_with_its_lines(http: aiohttp.ClientSession) -> None:
    status, found = await post(http, "/api/questions/parse", "Why us?\n???\nHow? | 5 s")
    assert status == 422
    assert [problem["line"] for problem in found["problems"]] == [2, 3]
    assert "Line 2" in found["error"]
    status, found = await post(http, "/api/questions/parse", b"x" * (MAX_BYTES + 1000))
    assert (status, "64 kB" in found["error"]) == (422, True)


async def test_sessions_ask_what_was_chosen(http: aiohttp.ClientSession) -> None:
    """A choice leaves out what was asked lately; an own list is asked as it is."""
    choice = {"role": "general", "minutes": 10, "difficulty": "hard"}
    query = {name: str(value) for name, value in choice.items()}
    _, before = await get(http, "/api/questions/choice", **query)
    status, first = await post(http, "/api/sessions", json.dumps({"question_choice": choice}))
    assert (status, first["question_count"]) == (201, len(before["questions"]))
    _, after = await get(http, "/api/questions/choice", **query)
    status, second = await post(http, "/api/sessions", json.dumps({"questions": ["Why?", {"text": "How?"}]}))
    assert (status, second["question_count"]) == (201, 2)
    _, listed = await get(http, "/api/sessions")
    for made in (first, second):
        await http.delete(f"/api/sessions/{made['id']}")

    assert not {each["id"] for each in before["questions"]} & {each["id"] for each in after["questions"]}
    names = {each["id"]: each["question_set"] for each in listed["sessions"]}
    assert [names[made["id"]] for made in (first, second)] == ["general", "own"]


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ({"questions": []}, "no question"),
        ({"questions": ["Why?", "!"]}, "Question 2"),
        ({"question_choice": {"role": "pirate"}}, "nurse"),
        ({"question_choice": {}, "questions": ["Why?"]}, "not several"),
    ],
)
async def test_sessions_that_cannot_ask(
    http: aiohttp.ClientSession, wish: dict[str, Any], words: str
) -> None:
    status, refused = await post(http, "/api/sessions", json.dumps(wish))
    assert status == 422
    assert words in refused["error"]
