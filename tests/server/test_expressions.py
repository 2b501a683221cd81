"""Expressions over the wire: off unless switched on, refused in shared sessions, deleted with the rest."""

import base64
import json
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from jsonschema import Draft202012Validator

from client.headless import HeadlessClient, Refused, rehearse
from models.observations import EXPRESSIONS
from scoring.report import SCHEMA_FILE
from sessions.media import open_media
from sessions.store import NotPrivate, SessionRecord
from tests.fixtures.server import Server
from tests.models.vision.red_reader import build

NewServer = Callable[..., Server]
PNG = b"\x89PNG"


async def session(server: Server, clip: Path, **wanted: str | bool) -> tuple[dict[str, Any], list[Any]]:
    """The report of a clip, and what its snapshots said of the expression; absent ones are left out."""
    shown: list[Any] = []

    def hear(kind: str, data: dict[str, Any]) -> None:
        if kind == "snapshot" and "expression" in data:
            shown.append(data)

    async with HeadlessClient(server.url, server.token, hear, loopback=True) as client:
        return await rehearse(client, open_media(clip).video(), None, **wanted), shown


def kinds(server: Server, report: dict[str, Any]) -> set[str]:
    """Kinds of what is stored of a session."""
    with sqlite3.connect(server.data / "rapport.db") as database:
        rows = database.execute(
            "select distinct json_extract(observation, '$.kind') from timeline where session = ?",
            [report["session"]["id"]],
        )
        return {kind for (kind,) in rows}


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with a model that shows its feature maps."""
    folder = tmp_path_factory.mktemp("reader")
    model = build(folder / "red.onnx", features=True, class_weights="layer")
    running = Server(folder / "data", expression_model=str(model)).start()
    yield running
    running.stop()


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"expressions": True, "shared": True}, 422),
        ({"expressions": False, "shared": True}, 201),
        ({"shared": True}, 201),
        ({"expressions": True}, 201),
    ],
)
async def test_a_shared_session_is_refused(server: Server, body: dict[str, Any], status: int) -> None:
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {server.token}"}) as http:
        async with http.post(f"{server.url}/api/sessions", json=body) as response:
            reply = await response.json()
        assert response.status == status
        if status == 422:
            assert reply["error"].startswith("Expressions are estimated in private practice only, never in a")
            return
        async with http.get(f"{server.url}/api/sessions/{reply['id']}") as response:
            shown = await response.json()
        assert shown["shared"] == body.get("shared", False)
        assert shown["expressions"] == body.get("expressions", False)
        await http.delete(f"{server.url}/api/sessions/{reply['id']}")


async def test_the_client_hears_why(server: Server) -> None:
    async with HeadlessClient(server.url, server.token, loopback=True) as client:
        with pytest.raises(Refused, match="private practice only"):
            await client.create(expressions=True, shared=True)


def test_no_record_can_be_both() -> None:
    with pytest.raises(NotPrivate):
        SessionRecord("s", "Practice", "mixed", "all", "2026-01-02", expressions=True, shared=True)


async def test_off_unless_switched_on(reader: Server, clip: Path) -> None:
    """Also where a model is configured."""
    report, shown = await session(reader, clip)

    assert (report["expressions"], shown) == (None, [])
    assert "expression" not in report["versions"]["models"]
    assert not kinds(reader, report) & {"expression", "expression_picture"}
    assert "face" in kinds(reader, report)


async def test_rules_serve_without_a_model_and_say_so(
    server: Server, clip: Path, wire_schema: Draft202012Validator
) -> None:
    report, shown = await session(server, clip, expressions=True)

    found = report["expressions"]
    Draft202012Validator(json.loads(SCHEMA_FILE.read_text("utf-8"))).validate(report)
    assert (found["method"], found["pictures"]) == ("rules", [])
    assert found["samples"] >= 4
    assert sum(found["shares"].values()) == pytest.approx(1, abs=0.01)
    assert max(EXPRESSIONS, key=lambda name: found["shares"][name]) == "happy", "she smiles"
    assert shown
    for data in shown:
        wire_schema.validate({"v": 1, "type": "snapshot", "data": data})
    assert {"name": "happy", "method": "rules"}.items() <= shown[-1]["expression"].items()


@pytest.mark.parametrize("keep", ["scores", "none"])
async def test_no_picture_unless_everything_is_kept(reader: Server, clip: Path, keep: str) -> None:
    report, _ = await session(reader, clip, expressions=True, keep=keep)

    assert report["expressions"]["samples"] > 10
    assert report["expressions"]["pictures"] == []
    assert "expression_picture" not in kinds(reader, report)


async def test_a_model_with_its_pictures(reader: Server, clip: Path) -> None:
    """They lie in the report, are no part of a score, and are deleted with the session."""
    report, shown = await session(reader, clip, expressions=True)

    assert report["versions"]["models"]["expression"] == "red.onnx"
    assert {data["expression"]["method"] for data in shown if data["expression"]} == {"model"}
    pictures = report["expressions"]["pictures"]
    assert 1 <= len(pictures) <= 3
    for picture in pictures:
        head, _, body = picture["image"].partition(",")
        assert head == "data:image/png;base64"
        assert base64.b64decode(body).startswith(PNG)
        assert picture["method"] == "class activation"
    assert len(json.dumps(pictures)) < 100_000
    assert "expression_picture" in kinds(reader, report)
    scored = {key: report[key] for key in ("overall", "subscores", "indicators", "strengths", "improvements")}
    assert not [name for name in (*EXPRESSIONS, "expression") if f'"{name}' in json.dumps(scored)]

    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {reader.token}"}) as http:
        await http.delete(f"{reader.url}/api/sessions/{report['session']['id']}")
    assert not kinds(reader, report)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda path: path.write_bytes(b"not a network"), "it is damaged or no ONNX model"),
        (lambda path: build(path, shape=(1, 3, 8, 8)), "too small for a face"),
        (lambda path: None, "there is no such file"),
    ],
    ids=["corrupt", "wrong shape", "missing"],
)
def test_a_model_that_does_not_serve_keeps_the_server_from_starting(
    new_server: NewServer, tmp_path: Path, make: Callable[[Path], object], sentence: str
) -> None:
    make(tmp_path / "model.onnx")

    with pytest.raises(RuntimeError, match=sentence) as refused:
        new_server(expression_model=str(tmp_path / "model.onnx")).start()

    assert "Traceback" not in str(refused.value)
