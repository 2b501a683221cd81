"""When each word of a known text was said: forced alignment with PocketSphinx and its US English model."""

import re
from collections.abc import Sequence
from threading import Lock
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from models.observations import is_hesitation

FRAME = 0.01
"""Seconds a frame of the aligner."""

HESITATIONS = ("um", "uh")
HESITATING = 1e-10
"""How likely one of them is taken to be at any place: small, as the sound is to decide."""

EDGES = ".,;:!?\"'()[]…–—-“”‘’«»"
"""Punctuation around words."""

_UNITS = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
    *("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen"),
    "nineteen",
)
_TENS = ("", "ten", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")


def spoken_number(number: int) -> list[str]:
    """A whole number of at most six digits in English words, as it is read out."""
    if number < 20:
        return [_UNITS[number]]
    if number < 100:
        return [_TENS[number // 10], *([_UNITS[number % 10]] if number % 10 else [])]
    if number < 1000:
        return [_UNITS[number // 100], "hundred", *(spoken_number(number % 100) if number % 100 else [])]
    rest = spoken_number(number % 1000) if number % 1000 else []
    return [*spoken_number(number // 1000), "thousand", *rest]


def spoken_forms(text: str) -> list[str]:
    """The words that a displayed word is read out as: "twenty-one," is two, "3" is "three", "—" is none."""
    bare = text.lower().replace("’", "'").strip(EDGES)
    forms: list[str] = []
    for part in re.split(r"[-–—/]+", bare):
        if re.fullmatch(r"[\d,]{1,7}", part) and part.strip(","):
            forms += spoken_number(int(part.replace(",", "")))
        elif part:
            forms.append(f"{part}." if "." in part else part)
    return forms


class Alignment(NamedTuple):
    """Where the words of a text are in its sound, and what is between them; seconds from the first sample."""

    words: list[tuple[float, float] | None]
    """Start and end of each word; None where it cannot be told."""
    hesitations: list[tuple[float, float]]
    """Start and end of what sounds like um or uh and is not in the text."""


class Aligner:
    """Finds the words of a text in its sound. One decoder for all sessions of a process, behind a lock."""

    name = "pocketsphinx-en-us"

    def __init__(self) -> None:
        from pocketsphinx import Decoder

        # With the narrower default beams, an unclear word in a long utterance loses every path through it.
        # Its language model is not needed and would take 55 MB.
        self._decoder = Decoder(lm=None, loglevel="FATAL", beam=1e-80, pbeam=1e-80, wbeam=1e-60)
        self._lock = Lock()

    def alignment(self, samples: npt.NDArray[np.float32], words: Sequence[str]) -> Alignment:
        """Where each displayed word is in `samples` (mono, 16 kHz), and the hesitations between them.

        A word has no time that is not in the dictionary, or that comes after the text ceases to fit.
        """
        with self._lock:
            spoken = [self._in_dictionary(spoken_forms(word)) for word in words]
            text = [form for forms in spoken for form in forms]
            segments, hesitations = self._segments(samples, text) if text else ([], [])
        times: list[tuple[float, float] | None] = []
        at = 0
        for forms in spoken:
            own = segments[at : at + len(forms)]
            at += len(forms)
            times.append((own[0][0], own[-1][1]) if own and len(own) == len(forms) else None)
        return Alignment(times, hesitations)

    def _in_dictionary(self, forms: list[str]) -> list[str]:
        return forms if all(self._decoder.lookup_word(form) for form in forms) else []

    def _segments(
        self, samples: npt.NDArray[np.float32], text: list[str]
    ) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
        """Where the words of the text are, and the hesitations."""
        pcm = (np.clip(samples, -1.0, 1.0) * 32767).astype("<i2").tobytes()
        # A chain of the words, with a hesitation wherever the sound has one; silence may be anywhere anyway.
        steps = [(place, place + 1, 1.0, word) for place, word in enumerate(text)]
        free = [
            place
            for place in range(len(text) + 1)
            if not any(map(is_hesitation, text[max(place - 1, 0) : place + 1]))
        ]
        steps += [(place, place, HESITATING, um) for place in free for um in HESITATIONS]
        self._decoder.add_fsg("text", self._decoder.create_fsg("text", 0, len(text), steps))
        self._decoder.activate_search("text")
        # What was learnt of another speaker's voice and noise must not colour this one.
        self._decoder.reinit_feat()
        self._decoder.start_utt()
        self._decoder.process_raw(pcm)
        self._decoder.end_utt()
        if self._decoder.hyp() is None:
            return [], []
        said: list[tuple[float, float]] = []
        hesitations: list[tuple[float, float]] = []
        for segment in self._decoder.seg():
            if segment.word.startswith(("<", "[", "(", "+")):
                continue
            word = segment.word.partition("(")[0]
            span = segment.start_frame * FRAME, (segment.end_frame + 1) * FRAME
            if len(said) < len(text) and word == text[len(said)]:
                said.append(span)
            elif word not in HESITATIONS:
                # A path that did not reach the end may have taken a wrong turn: what was not asked ends it.
                break
            elif hesitations and span[0] - hesitations[-1][1] < 0.05:
                hesitations[-1] = (hesitations[-1][0], span[1])
            else:
                hesitations.append(span)
        return said, hesitations
