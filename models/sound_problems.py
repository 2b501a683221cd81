"""What can be wrong with the sound: limits and words that the server and the page's device check share."""

from dataclasses import dataclass
from pathlib import Path

from models.observations import SoundProblem
from models.problems import Words, read

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


LIMITS: Limits
WORDS: dict[SoundProblem, Words]
LIMITS, WORDS = read(FILE, Limits)
