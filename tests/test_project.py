"""What holds for the project as a whole: requirements, documentation of settings, texts, what pages load."""

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from server.settings import Settings

ROOT = Path(__file__).parents[1]
PIN = re.compile(r"(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^ ;]+)( ?; ?.+)?")


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _pins(file: str) -> dict[str, str]:
    lines = (ROOT / file).read_text(encoding="utf-8").splitlines()
    found = [PIN.fullmatch(line) for line in lines if line and not line.startswith("#")]
    assert all(found), f"{file} has a line that pins nothing"
    return {_normal(each["name"]): each["version"] for each in found if each}


def test_every_requirement_is_pinned_once() -> None:
    """A requirement of the tests is not one of the application too."""
    assert not _pins("requirements.txt").keys() & _pins("requirements-dev.txt").keys()


def test_direct_dependencies_are_pinned() -> None:
    """What pyproject.toml asks for is in requirements.txt, and what it fixes there is the same."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pins = _pins("requirements.txt")
    for dependency in project["dependencies"]:
        name, version = re.fullmatch(r"([\w.-]+)(?:==(.+)|[<>].*)?", dependency).groups()  # type: ignore[union-attr]
        assert _normal(name) in pins, f"{name} is not pinned"
        assert version in (None, pins[_normal(name)])


@pytest.mark.parametrize("file", ["requirements.txt", "requirements-dev.txt", "Makefile", "pyproject.toml"])
def test_setup_names_no_host(file: str) -> None:
    """Where packages come from is the machine's business."""
    assert not re.search(
        r"\w+://|--(extra-)?index-url|--find-links", (ROOT / file).read_text(encoding="utf-8")
    )


def test_every_setting_is_documented() -> None:
    """The table in the README has each variable, with what its description says."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for name, field in Settings.model_fields.items():
        row = next(
            (line for line in readme.splitlines() if line.startswith(f"| `RAPPORT_{name.upper()}` |")), None
        )
        assert row, f"RAPPORT_{name.upper()} is not in the README"
        assert field.description
        assert field.description in row


def test_readme_documents_no_setting_that_is_gone() -> None:
    """Whoever sets a variable of the table gets what it says."""
    documented = re.findall(
        r"^\| `RAPPORT_(\w+)` \|", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert {name.lower() for name in documented} == set(Settings.model_fields)


def _texts(data: Any) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict | list):
        for each in data.values() if isinstance(data, dict) else data:
            yield from _texts(each)


@pytest.mark.parametrize(
    "pattern",
    ["scoring/*.toml", "scoring/rubrics/*.toml", "sessions/question_bank/*.toml", "models/*_problems.json"],
)
def test_texts_are_set_in_typographic_marks(pattern: str) -> None:
    """Advice, indicators, nudges, scorecards, questions, and what is wrong with picture or sound."""
    files = sorted(ROOT.glob(pattern))
    assert files
    for file in files:
        data = (json if file.suffix == ".json" else tomllib).loads(file.read_text(encoding="utf-8"))
        assert [text for text in _texts(data) if "'" in text or '"' in text] == [], file.name


def test_pages_are_set_in_typographic_marks() -> None:
    """In what stands between tags and in what is read aloud; a field's placeholder may be code."""
    for page in (ROOT / "client" / "app").glob("*.html"):
        html = page.read_text(encoding="utf-8")
        said = re.findall(r">([^<]+)<", html) + re.findall(r'(?:aria-label|title|alt)="([^"]*)"', html)
        assert [text for text in said if "'" in text or '"' in text] == [], page.name


def test_pages_load_nothing_from_elsewhere() -> None:
    """No page, script or style loads or links to another host."""
    elsewhere = re.compile(
        r"\b(src|href|action|url|import|from|fetch)\b[\s=('\"`]*(https?:|wss?:)?//", re.IGNORECASE
    )
    for path in (ROOT / "client" / "app").rglob("*.*"):
        assert not elsewhere.search(path.read_text(encoding="utf-8")), path.name
