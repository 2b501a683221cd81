"""The command line, from arguments to files and exit codes."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator

from models.observations import SessionEnded
from scoring.rubric import load
from scoring.scorer import fold
from server.commandline import main
from sessions.session import facts
from sessions.store import SessionRecord, Store
from tests.fixtures.server import Server


@pytest.fixture(autouse=True)
def own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RAPPORT_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


def rapport(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(each) for each in arguments])


@pytest.mark.parametrize("command", ["analyse", "rehearse"])
@pytest.mark.parametrize("name", ["missing", "folder", "empty", "text", "truncated"])
def test_bad_media_gives_one_line_and_code_2(odd_media: dict[str, Path], command: str, name: str) -> None:
    result = rapport(command, odd_media[name])
    assert result.exit_code == 2
    assert result.stdout == ""
    assert len(result.stderr.strip().splitlines()) == 1
    assert result.stderr.startswith("rapport: ")


def test_analyse_writes_what_a_live_session_would_have_told(
    clip: Path, tmp_path: Path, wire_schema: Draft202012Validator
) -> None:
    result = rapport("analyse", clip, "--json", tmp_path / "out.json")
    assert result.exit_code == 0, result.output
    found = json.loads((tmp_path / "out.json").read_text("utf-8"))
    assert list(found) == ["snapshots", "events", "report"]
    for snapshot in found["snapshots"]:
        wire_schema.validate({"v": 1, "type": "snapshot", "data": snapshot})
    for event in found["events"]:
        wire_schema.validate({"v": 1, **event})
    assert len(found["snapshots"]) / 12 >= 4
    absent = [each["face"]["present"] for each in found["snapshots"] if 4.3 < each["t"] < 5.9]
    assert absent
    assert not any(absent)
    report = found["report"]
    assert report["session"]["duration_s"] == pytest.approx(12, abs=0.2)
    assert "best of times" in " ".join(each["text"] for each in report["transcript"])

    listed = rapport("sessions")
    assert report["session"]["id"] in listed.stdout
    stored = rapport("report", report["session"]["id"])
    assert json.loads(stored.stdout) == report


def test_a_mistyped_id_is_no_question(clip: Path) -> None:
    result = rapport("analyse", clip, "--question", "why-this-rle")
    assert result.exit_code == 2
    assert result.stderr == (
        "rapport: 'why-this-rle' is no question of the bank: ids look like 'tell-me-about-yourself',"
        " or give the question's text in full.\n"
    )


@pytest.mark.parametrize("name", ["slow", "fast", "rotated", "variable", "cut", "no_audio", "no_video"])
def test_odd_media_gives_a_right_result(odd_media: dict[str, Path], tmp_path: Path, name: str) -> None:
    result = rapport("analyse", odd_media[name], "--json", tmp_path / "out.json")
    assert result.exit_code == 0, result.output
    report = json.loads((tmp_path / "out.json").read_text("utf-8"))["report"]
    gone = {"no_audio": "microphone", "no_video": "camera"}.get(name)
    for source in ("camera", "microphone"):
        share = report["coverage"][source]["share"]
        assert share == 0 if source == gone else share > 0.5


def test_rehearse_against_a_running_server(
    server: Server, odd_media: dict[str, Path], tmp_path: Path
) -> None:
    result = rapport(
        "rehearse", odd_media["variable"], "--url", server.address, "--json", tmp_path / "out.json"
    )
    assert result.exit_code == 0, result.output
    assert json.loads((tmp_path / "out.json").read_text("utf-8"))["snapshots"]
    refused = rapport("rehearse", odd_media["variable"], "--url", f"{server.url}/?token=wrong")
    assert (refused.exit_code, "Open the address" in refused.stderr) == (2, True)
    nowhere = rapport("rehearse", odd_media["variable"], "--url", "http://127.0.0.1:9/?token=x")
    assert (nowhere.exit_code, "cannot reach" in nowhere.stderr) == (2, True)


def test_a_report_as_one_html_file(own_data: Path) -> None:
    record = SessionRecord("s1", "</script><b>Practice", "mixed", "all", "2026-01-02T03:04:05+00:00")
    store = Store(own_data / "rapport.db")
    store.create(record)
    store.finalise(
        record, fold([SessionEnded(1.0, "finished")], load(None)).report(facts(record, "finished", {}))
    )
    store.close()
    page = rapport("report", "s1", "--format", "html").stdout
    assert "/static/" not in page.split("<script", 1)[0]
    assert "</script><b>Practice" not in page
    assert "Plotly" in page
    unknown = rapport("report", "s2")
    assert (unknown.exit_code, "rapport sessions" in unknown.stderr) == (2, True)


def test_models_are_listed_with_their_sources() -> None:
    listed = rapport("models").stdout
    for name in ("face-mesh", "silero", "moonshine", "bundled", "missing", "MIT", "Apache"):
        assert name in listed
    unknown = rapport("models", "pull", "nothing")
    assert (unknown.exit_code, "there are" in unknown.stderr) == (2, True)


def test_settings_that_do_not_hold_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAPPORT_PORT", "many")
    result = rapport("serve")
    assert (result.exit_code, result.stderr.startswith("rapport: RAPPORT_PORT: ")) == (2, True)


def test_an_empty_list_says_how_to_begin() -> None:
    assert "rapport rehearse" in rapport("sessions").stdout


def test_a_benchmark_that_is_not_there() -> None:
    assert rapport("bench", "nonsense").exit_code == 2
