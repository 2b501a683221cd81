"""Sessions scored again over HTTP and from the command line."""

import json
from pathlib import Path

import aiohttp
import pytest
from click.testing import CliRunner

from scoring import rubric
from scoring.scorer import fold
from server.commandline import main
from sessions.session import facts
from sessions.store import SessionRecord, Store
from tests.fixtures.server import Server
from tests.scoring.sessions import whole

OWN = """
rubric = {extends = "practice", id = "mine", version = "7"}
[subscores.engagement.weights]
smile = 1
"""


def store_session(path: Path, session: str) -> None:
    record = SessionRecord(session, "Practice", "mixed", "all", "2026-01-02T03:04:05+00:00")
    store = Store(path)
    store.create(record)
    store.append(session, whole(30))
    store.finalise(record, fold(whole(30), rubric.load()).report(facts(record, "finished", {})))
    store.close()


@pytest.mark.server
async def test_over_http(server: Server) -> None:
    store_session(server.data / "rapport.db", "rescored")
    url, owner = f"{server.url}/api/sessions/rescored", {"Authorization": f"Bearer {server.token}"}
    async with aiohttp.ClientSession() as http:
        own = await (await http.get(f"{url}/report", headers=owner)).json()
        async with http.post(f"{url}/rescore", json={"rubric": OWN}, headers=owner) as answer:
            assert answer.status == 200
            mine = await answer.json()
        assert mine["versions"]["rubric"] == "mine 7"
        async with http.post(f"{url}/rescore", json={"rubric": "content-only"}, headers=owner) as answer:
            assert (await answer.json())["subscores"]["confidence"]["score"] is None
        listed = await (await http.get(f"{url}/reports", headers=owner)).json()
        assert [each["rubric"] for each in listed["reports"]][1:] == ["mine 7", "content-only 1"]
        assert await (await http.get(f"{url}/report", headers=owner)).json() == own
        async with http.get(f"{url}/report", params={"rubric": "mine 7"}, headers=owner) as answer:
            assert await answer.json() == mine

        for body, status, sentence in [
            ({"rubric": "strict"}, 422, "there are practice, content-only"),
            ({"rubric": OWN + 'smile = "much"'}, 422, "The rubric: not TOML"),
            ({"rubric": OWN + "frown = 1"}, 422, "subscores.engagement.weights.frown is not among"),
            ({"rubric": "x" * 200_001}, 422, "rubric: "),
            ({}, 422, "rubric: "),
            ([], 422, "the body: "),
        ]:
            async with http.post(f"{url}/rescore", json=body, headers=owner) as answer:
                assert answer.status == status
                assert sentence in (await answer.json())["error"]
        async with http.post(f"{url}/rescore", json={"rubric": "practice"}) as answer:
            assert answer.status == 401
        for other in ("nobody/rescore", "nobody/reports"):
            method = http.post if other.endswith("rescore") else http.get
            async with method(
                f"{server.url}/api/sessions/{other}", headers=owner, json={"rubric": OWN}
            ) as gone:
                assert gone.status == 404


@pytest.mark.server
async def test_a_session_begins_under_the_rubric_asked_for(server: Server) -> None:
    url, owner = f"{server.url}/api/sessions", {"Authorization": f"Bearer {server.token}"}
    async with aiohttp.ClientSession(headers=owner) as http:
        async with http.post(url, json={"rubric": "content-only", "keep": "none"}) as answer:
            assert answer.status == 201
            session = (await answer.json())["id"]
        async with http.delete(f"{url}/{session}") as answer:
            assert answer.status == 204
        async with http.post(url, json={"rubric": "strict"}) as answer:
            assert answer.status == 422
            assert (await answer.json())["error"].startswith("rubric: ")


def test_from_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAPPORT_DATA", str(tmp_path))
    store_session(tmp_path / "rapport.db", "s1")
    own = tmp_path / "mine.toml"
    own.write_text(OWN)

    def rescore(*arguments: str) -> tuple[int, str]:
        done = CliRunner().invoke(main, ["rescore", *arguments])
        return done.exit_code, done.output

    target = tmp_path / "new" / "report.json"
    code, said = rescore("s1", "--rubric", str(own), "--json", str(target))
    assert (code, "Engagement" in said) == (0, True)
    assert json.loads(target.read_text())["versions"]["rubric"] == "mine 7"
    assert rescore("s1", "--rubric", "content-only")[0] == 0
    assert rescore("s2", "--rubric", "practice") == (
        2,
        "rapport: There is no such session, or nothing of it was kept.\n",
    )
    own.write_text(OWN + "frown = 1")
    assert "mine.toml: subscores.engagement.weights.frown" in rescore("s1", "--rubric", str(own))[1]
    assert rescore("s1", "--rubric", str(tmp_path / "none.toml"))[0] == 2
