"""What can be wrong with the picture or the sound: read from files that the page's device check shares."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

Limits = TypeVar("Limits")


@dataclass(frozen=True, slots=True)
class Words:
    """A problem in words for the candidate."""

    title: str
    help: str
    """What to do about it."""
    reason: str
    """What cannot be judged because of it."""


def read(file: Path, limits: type[Limits]) -> tuple[Limits, dict[Any, Words]]:
    """The limits in a file, and the words for each problem by its name."""
    data = json.loads(file.read_text(encoding="utf-8"))
    return limits(**data["limits"]), {name: Words(**words) for name, words in data["problems"].items()}
