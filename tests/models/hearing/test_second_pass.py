"""What a second reading may replace, and what stays."""

import numpy as np
import pytest

from models.hearing.second_pass import read_again
from models.hearing.transcription import RecognisedWord
from models.observations import FilledPause, Utterance, Word
from models.stage import SAMPLE_RATE
from tests.models.hearing.sounds import Samples, aligner, moonshine, plain_text, two_cities

FIRST = Utterance(
    3,
    1.0,
    5.0,
    "Um, it was test.",
    (
        Word("Um,", 1.0, 1.3, 0.9, raw="um,"),
        Word("it", 1.5, 1.7),
        Word("was", 1.7, 2.0),
        Word("test.", 2.2, 2.9),
    ),
    committed=4,
    final=True,
    filled_pauses=(FilledPause(3.0, 3.4, "uh"),),
)
SILENCE = np.zeros(4 * SAMPLE_RATE, np.float32)


class Reader:
    """Reads what it is told to."""

    name = "told"

    def __init__(self, text: str, confidence: float | None = 0.9) -> None:
        self.words = text.split()
        self.confidence = confidence

    def transcribe(self, samples: Samples, draft: object = ()) -> list[RecognisedWord]:
        step = len(samples) / SAMPLE_RATE / max(len(self.words), 1)
        return [
            RecognisedWord(word, n * step, (n + 1) * step, self.confidence)
            for n, word in enumerate(self.words)
        ]

    def step(self, seconds: float) -> float:
        return seconds


@pytest.mark.parametrize(
    ("text", "confidence"), [("", 0.9), ("it was the best", 0.2), ("no " * 8, 0.9), ("on and " * 4, 0.9)]
)
def test_a_reading_that_is_empty_unlikely_or_loops_replaces_nothing(text: str, confidence: float) -> None:
    assert read_again(Reader(text, confidence), aligner(), FIRST, SILENCE, 1.0) is None


def test_the_text_is_replaced_and_hesitations_stay() -> None:
    better = read_again(Reader("it was the best of twenty five times"), aligner(), FIRST, SILENCE, 1.0)
    assert better
    assert (better.id, better.start, better.end, better.final) == (3, 1.0, 5.0, True)
    assert better.second_pass
    assert better.text == "It was the best of 25 times"
    assert better.words[5].raw == "twenty five"
    assert better.committed == len(better.words)
    assert better.filled_pauses == (FilledPause(1.0, 1.3, "um"), FilledPause(3.0, 3.4, "uh"))


def test_a_hesitation_that_both_have_is_one() -> None:
    better = read_again(Reader("um it was the best of times too"), aligner(), FIRST, SILENCE, 1.0)
    assert better
    assert better.text.startswith("Um it was")
    assert better.filled_pauses == (FilledPause(3.0, 3.4, "uh"),)


def test_a_recogniser_without_times_is_aligned() -> None:
    sound = two_cities()[SAMPLE_RATE : 4 * SAMPLE_RATE]
    better = read_again(moonshine(), aligner(), FIRST, sound, 1.0)
    assert better
    assert "best of times" in plain_text(better.text)
    assert sum(word.aligned for word in better.words) > len(better.words) / 2
