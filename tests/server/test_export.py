"""What can be taken away of a session, and that nothing of it stays behind when it is deleted."""

import io
import json
import os
import re
import sqlite3
import time
import zipfile
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from click.testing import CliRunner

from models.observations import Observation
from scoring.advice import advise
from scoring.rubric import load
from scoring.scorer import fold
from server import export
from server.commandline import main
from server.printing import CannotPrint, pdf
from sessions.room_store import InvitationRecord, MarkMade, Ratings, RoomRecord, RoomStore
from sessions.rooms import Member, Role, RoomState
from sessions.sealed import SealedWriter, load_or_make_key
from sessions.session import facts
from sessions.store import SessionRecord, Store
from sessions.tables import now
from tests.fixtures.server import Server
from tests.scoring.sessions import split, whole

UNHEARD_OF = "zanzibarquux"
"""A word that stands nowhere but in what this session said."""
TIMELINE: list[Observation] = whole(60, split(f"I led the team {UNHEARD_OF} and we did it"))
FILM = bytes(range(256)) * 3000


def stored(data: Path, id_: str = "gone", film: bool = True) -> dict[str, Any]:
    """A finished session with all that can be stored of one and of its room; its report."""
    record = SessionRecord.new("Practice", "mixed", "all", recording=film, coach=True)
    record = SessionRecord(**{**_fields(record), "id": id_, "room": id_})
    report = fold(TIMELINE, load(None)).report(facts(record, "finished", {}))
    store = Store(data / "rapport.db")
    store.create(record)
    store.append(id_, TIMELINE)
    store.finalise(record, report)
    store.keep_advice(id_, {"rubric": "practice", "advice": {"by": "gemini", "said": UNHEARD_OF}})
    store.keep_rescored(id_, {**report, "versions": {**report["versions"], "rubric": "mine/own 2"}})
    store.close()
    _furnish(data, id_)
    if film:
        (data / "recordings").mkdir(parents=True, exist_ok=True)
        path = data / "recordings" / f"{id_}.film"
        writer = SealedWriter(path, load_or_make_key(data / "recording.key"), "video/webm")
        writer.write(FILM)
        writer.finish()
        writer.close()
    return report


def _furnish(data: Path, id_: str) -> None:
    """The session's room, whose owner was the candidate."""
    rooms = RoomStore(data / "rapport.db")
    rooms.create(replace(RoomRecord.new("Interview", Role.CANDIDATE, "mixed"), id=id_))
    rooms.move(id_, RoomState.ENDED, id_)
    rooms.keep_member(id_, Member("1", "Owner", Role.CANDIDATE, owner=True))
    rooms.invite(InvitationRecord("2", id_, Role.INTERVIEWER, 0))
    rooms.mark(MarkMade("3", id_, 1.0, now(), "4", "note", UNHEARD_OF))
    rooms.rate(id_, "4", lambda _: Ratings(id_, "4", note=UNHEARD_OF))
    rooms.choose(id_, "everything", coached=False)
    rooms.close()


def _fields(record: SessionRecord) -> dict[str, Any]:
    return {name: getattr(record, name) for name in record.__dataclass_fields__}


def tables_with(database: Path, id_: str) -> tuple[set[str], set[str]]:
    """All tables, and those in which the id stands."""
    with sqlite3.connect(database) as opened:
        tables = {name for (name,) in opened.execute("select name from sqlite_master where type = 'table'")}
        return tables, {
            table
            for table in tables
            if any(id_ in map(str, row) for row in opened.execute(f"select * from {table}"))
        }


def files_with(folder: Path, id_: str, word: str) -> set[str]:
    """Files that are named after a session, or in which the word stands."""
    return {
        path.name
        for path in folder.rglob("*")
        if path.is_file() and (id_ in path.name or word.encode() in path.read_bytes())
    }


async def test_everything_of_a_session_in_one_file(server: Server, http: aiohttp.ClientSession) -> None:
    report = stored(server.data, "taken")
    async with http.get("/api/sessions/taken/export") as response:
        assert response.status == 200
        assert 'filename="rapport-taken.zip"' in response.headers["Content-Disposition"]
        archive = zipfile.ZipFile(io.BytesIO(await response.read()))
    assert archive.testzip() is None
    assert sorted(archive.namelist()) == [
        "advice.json",
        "captions.vtt",
        "recording.webm",
        "report-2.json",
        "report.html",
        "report.json",
        "session.json",
        "timeline.jsonl",
    ]
    assert json.loads(archive.read("report.json")) == report
    assert archive.read("recording.webm") == FILM
    assert len(archive.read("timeline.jsonl").splitlines()) == len(TIMELINE)
    assert UNHEARD_OF in archive.read("captions.vtt").decode()
    assert json.loads(archive.read("session.json"))["recording"] is True
    async with http.get("/api/sessions/nothing/export") as response:
        assert response.status == 404
    async with (
        aiohttp.ClientSession() as stranger,
        stranger.get(f"{server.url}/api/sessions/taken/export") as response,
    ):
        assert response.status == 401


async def test_nothing_stays_behind(server: Server, http: aiohttp.ClientSession) -> None:
    """Every table had something of it, and no table or file of the data folder has afterwards."""
    stored(server.data)
    tables, having = tables_with(server.data / "rapport.db", "gone")
    assert having == tables, "what else is stored must be filled here too"
    before = files_with(server.data, "gone", UNHEARD_OF)
    assert "gone.film" in before
    assert any(name.startswith("rapport.db") for name in before)
    async with http.delete("/api/sessions/taken") as response:
        assert response.status in (204, 404), "the other session said the same word"
    async with http.delete("/api/sessions/gone") as response:
        assert response.status == 204
    assert tables_with(server.data / "rapport.db", "gone") == (tables, set())
    assert files_with(server.data, "gone", UNHEARD_OF) == set()
    for path in ("export", "report", "report.pdf", "advice", "recording", "captions.vtt"):
        async with http.get(f"/api/sessions/gone/{path}") as response:
            assert response.status == 404, path


def pages(printed: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", printed))


async def test_a_report_as_pdf(server: Server, http: aiohttp.ClientSession) -> None:
    stored(server.data, "printed", film=False)
    async with http.get("/api/sessions/printed/report.pdf") as response:
        assert (response.status, response.content_type) == (200, "application/pdf")
        printed = await response.read()
    assert printed.startswith(b"%PDF-")
    assert 2 <= pages(printed) <= 12
    assert re.search(rb"/MediaBox\s*\[0 0 59[45][\d.]* 84[12][\d.]*\]", printed), "A4"


@pytest.fixture
def no_browser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which browsers are looked for first, and none elsewhere."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("nice", "sleep", "sh"):
        (folder / name).symlink_to(
            next(p for p in (Path("/usr/bin", name), Path("/bin", name)) if p.exists())
        )
    monkeypatch.setenv("PATH", str(folder))
    return folder


def browser(folder: Path, script: str) -> None:
    (folder / "chromium").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "chromium").chmod(0o755)


@pytest.fixture
def report(tmp_path: Path) -> dict[str, Any]:
    return stored(tmp_path / "data", "s1")


def test_without_chromium_it_says_what_to_install(no_browser: Path, report: dict[str, Any]) -> None:
    with pytest.raises(CannotPrint, match="apt-get install chromium"):
        pdf(report, advise(report, []))


def test_a_chromium_that_hangs_is_ended(no_browser: Path, report: dict[str, Any], tmp_path: Path) -> None:
    browser(no_browser, f"sleep 60 & echo $! > {tmp_path}/child; wait")
    with pytest.raises(CannotPrint, match="did not finish within 1 s"):
        pdf(report, advise(report, []), timeout_s=1.0)
    child = int((tmp_path / "child").read_text())
    for _ in range(50):
        # an orphan is a zombie until init has waited for it
        if not Path(f"/proc/{child}").exists() or " Z " in Path(f"/proc/{child}/stat").read_text():
            break
        time.sleep(0.1)
    else:
        os.kill(child, 9)
        raise AssertionError("its helper goes on")


def test_a_chromium_that_fails_is_quoted(no_browser: Path, report: dict[str, Any]) -> None:
    browser(no_browser, "echo 'no usable sandbox' >&2; exit 1")
    with pytest.raises(CannotPrint, match="no usable sandbox"):
        pdf(report, advise(report, []))


def rapport(*arguments: str | Path) -> tuple[int, str, str]:
    result = CliRunner().invoke(main, [str(each) for each in arguments])
    return result.exit_code, result.stdout, result.stderr


def test_from_the_command_line(
    report: dict[str, Any], no_browser: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAPPORT_DATA", str(tmp_path / "data"))
    code, said, _ = rapport("export", "s1", tmp_path / "out")
    assert (code, len(said.splitlines())) == (0, 8)
    assert (tmp_path / "out" / "recording.webm").read_bytes() == FILM
    assert json.loads((tmp_path / "out" / "report.json").read_text("utf-8")) == report
    assert rapport("export", "nothing", tmp_path / "out")[0] == 2
    (tmp_path / "data" / "recording.key").unlink()
    code, _, complaint = rapport("export", "s1", tmp_path / "again")
    assert (code, "recording" in complaint, len(complaint.splitlines())) == (2, True, 1)
    code, _, complaint = rapport("report", "s1", "--pdf", tmp_path / "out.pdf")
    assert (code, "apt-get install chromium" in complaint) == (2, True)
    browser(no_browser, 'for a; do case $a in --print-to-pdf=*) echo %PDF > "${a#*=}";; esac; done')
    assert rapport("report", "s1", "--pdf", tmp_path / "out.pdf")[0] == 0
    assert (tmp_path / "out.pdf").read_text() == "%PDF\n"


def test_many_small_pieces_are_sent_in_few() -> None:
    sent: list[bytes] = []
    lines = [f"{n}\n".encode() for n in range(20_000)]
    export._zip([("timeline.jsonl", lambda: iter(lines))], datetime(2026, 1, 2), sent.append)
    assert zipfile.ZipFile(io.BytesIO(b"".join(sent))).read("timeline.jsonl") == b"".join(lines)
    assert len(sent) < 5
