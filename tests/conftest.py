"""What tests share: data that lies beside the project, media made here, the running server, a browser."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from jsonschema import Draft202012Validator

from tests.fixtures import media
from tests.fixtures.needs import missing
from tests.fixtures.server import Server

ROOT = Path(__file__).parents[1]

# How fast something is, benchmarks tell: a test must not fail on a busy machine.
settings.register_profile("rapport", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("rapport")

TABLES = pytest.StashKey[list[str]]()


def pytest_configure(config: pytest.Config) -> None:
    """Make room for the tables that tests want to show."""
    config.stash[TABLES] = []


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker process hands its tables to the one that prints."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["tables"] = session.config.stash[TABLES]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take the tables of a worker that is done."""
    node.config.stash[TABLES] += node.workeroutput["tables"]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Show all tables below the results."""
    for table in config.stash[TABLES]:
        terminalreporter.section("measured")
        terminalreporter.write_line(table)


@pytest.fixture(scope="session")
def tables(pytestconfig: pytest.Config) -> list[str]:
    """Tables that are shown below the tests' results."""
    return pytestconfig.stash[TABLES]


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Recordings that are not part of the project. Without them a test is skipped, on CI it fails."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        missing("needs the recordings in ../shared/data")
    return folder


@pytest.fixture(scope="session")
def speech() -> Path:
    """44 s of a real reading voice, WAV."""
    return media.speech()


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """12 s of a real face with real speech, MP4; from 4 to 6 s the face is away."""
    return media.write_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", 12, absent=[(4, 6)])


@pytest.fixture(scope="session")
def odd_media(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Unfortunate media files by name; see tests.fixtures.media.odd_media."""
    return media.odd_media(tmp_path_factory.mktemp("odd"))


@pytest.fixture(scope="session")
def fake_camera(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """12 s of a real face for Chromium's fake camera; from 8 to 10 s it is away."""
    return media.write_mjpeg(tmp_path_factory.mktemp("camera") / "face.mjpeg", 12, absent=[(8, 10)])


@pytest.fixture(scope="session")
def fake_microphone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """44 s of real speech for Chromium's fake microphone."""
    return media.write_wav(tmp_path_factory.mktemp("microphone") / "speech.wav", 44)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A running server for tests that leave it running, with room for the sessions that they leave."""
    running = Server(tmp_path_factory.mktemp("server") / "data", max_sessions="64").start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def wire_schema() -> Draft202012Validator:
    """Every message of the data channels."""
    return Draft202012Validator(json.loads((ROOT / "client" / "wire.json").read_text("utf-8")))


@pytest.fixture
def new_server(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Makes servers, not yet started, for tests that set or kill them: new_server(wait_s="2").start()."""
    made: list[Server] = []

    def make(**settings: str) -> Server:
        made.append(Server(tmp_path / f"server{len(made)}", **settings))
        return made[-1]

    yield make
    for each in made:
        each.stop()
