"""A finished utterance read again, by a recogniser that is better and slower than the one of the captions."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from models.hearing.transcription import Recogniser, Samples, WordAligner, believable, heard, without_loops
from models.language.display import displayed
from models.observations import FilledPause, Utterance, Word, is_hesitation

NEAR = 0.3
"""Seconds by which a hesitation's time may differ between the readings."""


def read_again(
    recogniser: Recogniser, aligner: WordAligner, utterance: Utterance, samples: Samples, origin: float
) -> Utterance | None:
    """The utterance with the recogniser's words; None where these are no reason to replace the first ones.

    They are none when there are no words, when they go round in a loop, or when they are unlikely.
    Hesitations of the first reading stay: Whisper tends to leave them out. `samples` (mono, 16 kHz) is the
    sound of the first reading, from session time `origin`.
    """
    reading = recogniser.transcribe(samples)
    words = believable(reading)
    if not words or len(without_loops(reading)) < len(reading):
        return None
    timed, _ = heard(words, samples, origin, utterance.start, aligner)
    shown = displayed(timed)
    return replace(
        utterance,
        text=" ".join(word.text for word in shown),
        words=shown,
        committed=len(shown),
        filled_pauses=tuple(_hesitations(utterance, timed)),
        second_pass=True,
    )


def _hesitations(first: Utterance, words: Sequence[Word]) -> Iterable[FilledPause]:
    """What was found or written in the first reading and the new words do not say, in order."""
    written = [
        FilledPause(word.start, word.end, "um" if "m" in word.text.lower() else "uh")
        for word in first.words
        if is_hesitation(word.text)
    ]
    said = [word for word in words if is_hesitation(word.text)]
    for pause in sorted((*first.filled_pauses, *written), key=lambda pause: pause.start):
        if not any(word.start - NEAR < pause.end and pause.start < word.end + NEAR for word in said):
            yield pause
