"""The same timeline gives the same report, byte for byte: folded live or again, by this Python or another."""

import json
import re
import subprocess
import sys
from pathlib import Path
from shutil import which

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from models.observations import Observation, to_json
from scoring.report import canonical_json
from scoring.scorer import Scorer, fold
from tests.fixtures.server import ROOT
from tests.scoring.refold import reports
from tests.scoring.sessions import FACTS, interview, whole
from tests.scoring.test_properties import PRACTICE, timelines

MADE_UP = 60
"""Timelines that both Pythons fold, besides those of two sessions."""


def other_python() -> Path:
    """A Python of another version that Rapport supports. Skips where there is none."""
    supported = {(3, 11), (3, 12)} - {sys.version_info[:2]}
    for major, minor in supported:
        own = (Path.home() / ".pyenv" / "versions").glob(f"{major}.{minor}.*/bin/python{major}.{minor}")
        for found in (which(f"python{major}.{minor}"), *sorted(own)):
            ask = "import ensurepip, sys; print(sys.version_info[:2])"
            told = found and subprocess.run([found, "-c", ask], capture_output=True, text=True)
            if found and told and told.stdout.strip() == str((major, minor)):
                return Path(found)
    pytest.skip(f"no other Python of {supported} is installed here")


@pytest.fixture(scope="module")
def other() -> Path:
    """Another Python with the numpy of requirements.txt; made once and kept beside the sources."""
    base = other_python()
    wanted = re.search(r"^numpy==\S+", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    assert wanted
    home = ROOT / "artefacts" / "python" / f"{base.name}-{wanted.group()}"
    python = home / "bin" / "python"
    if not (home / "done").exists():
        subprocess.run([base, "-m", "venv", home], check=True)
        install = [str(python), "-m", "pip", "install", "--quiet", "--only-binary=:all:", wanted.group()]
        done = subprocess.run(install, capture_output=True, text=True)
        if done.returncode:
            pytest.skip(f"{wanted.group()} could not be installed for {base}: {done.stderr.strip()[-200:]}")
        (home / "done").touch()
    return python


def stored(timeline: list[Observation]) -> str:
    return json.dumps([to_json(observation) for observation in timeline])


def made_up() -> list[list[Observation]]:
    found: list[list[Observation]] = []

    @settings(max_examples=MADE_UP, phases=[Phase.generate], derandomize=True, database=None)
    @given(timelines)
    def collect(timeline: list[Observation]) -> None:
        found.append(timeline)

    collect()
    return found


def test_another_python_writes_the_same_reports(other: Path) -> None:
    texts = [stored(timeline) for timeline in (interview(360), whole(60), *made_up())]
    asked = subprocess.run(
        [other, "-m", "tests.scoring.refold"],
        input="\n".join(texts),
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert asked.returncode == 0, asked.stderr[-2000:]
    theirs = asked.stdout.rstrip("\n").split("\n")
    assert len(theirs) == len(texts)
    for mine, other_one in zip(reports(texts), theirs, strict=True):
        assert mine == other_one


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(timelines, st.lists(st.floats(0, 200), max_size=6))
def test_a_session_watched_live_is_reported_as_its_stored_timeline(
    timeline: list[Observation], looks: list[float]
) -> None:
    live = Scorer(PRACTICE)
    for n, observation in enumerate(timeline):
        live.add(observation)
        for t in looks[n::7]:
            live.snapshot(t)
            live.nudge(t)
    text = json.loads(json.dumps(live.report(FACTS)))
    assert canonical_json(text) == canonical_json(fold(timeline, PRACTICE).report(FACTS))
    text["versions"]["rapport"] = ""
    assert reports([stored(timeline)]) == [canonical_json(text)]
