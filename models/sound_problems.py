"""What can be wrong with the sound: limits and words that the server and the page's device check share."""

import json
from dataclasses import dataclass
from pathlib import Path

from models.observations import SoundProblem

FILE = Path(__file__).with_suffix(".json")
"""Also served to the page."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Where a problem begins and, where that is another place, ends. Levels in dB as in `ProsodySample`."""

    noisy_below_db: float
    """Ratio of speech to what fills its gaps."""
    noisy_until_db: float
    loud_noise_db: float
    """Level from which sound without any speech is noise."""
    quiet_below_db: float
    """Level of speech."""
    quiet_until_db: float
    silent_below_db: float
    """Level that no open microphone stays below."""
    clipped_share: float
    """Share of samples at full scale, 0..1."""


@dataclass(frozen=True, slots=True)
class Words:
    """A problem in words for the candidate."""

    title: str
    help: str
    """What to do about it."""
    reason: str
    """What cannot be judged because of it."""


def _read() -> tuple[Limits, dict[SoundProblem, Words]]:
    data = json.loads(FILE.read_text(encoding="utf-8"))
    return Limits(**data["limits"]), {name: Words(**words) for name, words in data["problems"].items()}


LIMITS, WORDS = _read()
