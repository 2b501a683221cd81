"""When each word of a known text was said: forced alignment with PocketSphinx and its US English model."""

import re
from collections.abc import Sequence
from itertools import takewhile
from threading import Lock

import numpy as np
import numpy.typing as npt

FRAME = 0.01
"""Seconds a frame of the aligner."""

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


class Aligner:
    """Finds the words of a text in its sound. One decoder for all sessions of a process, behind a lock."""

    name = "pocketsphinx-en-us"

    def __init__(self) -> None:
        from pocketsphinx import Decoder

        # With the narrower default beams, an unclear word in a long utterance loses every path through it.
        # Its language model is not needed and would take 55 MB.
        self._decoder = Decoder(lm=None, loglevel="FATAL", beam=1e-80, pbeam=1e-80, wbeam=1e-60)
        self._lock = Lock()

    def align(
        self, samples: npt.NDArray[np.float32], words: Sequence[str]
    ) -> list[tuple[float, float] | None]:
        """Start and end of each displayed word in seconds from the first of `samples` (mono, 16 kHz).

        None for a word that is not in the dictionary, and from where on the text does not fit the sound.
        """
        with self._lock:
            spoken = [self._in_dictionary(spoken_forms(word)) for word in words]
            text = [form for forms in spoken for form in forms]
            segments = self._segments(samples, text) if text else []
        times: list[tuple[float, float] | None] = []
        at = 0
        for forms in spoken:
            own = segments[at : at + len(forms)]
            at += len(forms)
            times.append((own[0][0], own[-1][1]) if own and len(own) == len(forms) else None)
        return times

    def _in_dictionary(self, forms: list[str]) -> list[str]:
        return forms if all(self._decoder.lookup_word(form) for form in forms) else []

    def _segments(self, samples: npt.NDArray[np.float32], text: list[str]) -> list[tuple[float, float]]:
        pcm = (np.clip(samples, -1.0, 1.0) * 32767).astype("<i2").tobytes()
        self._decoder.set_align_text(" ".join(text))
        # What was learnt of another speaker's voice and noise must not colour this one.
        self._decoder.reinit_feat()
        self._decoder.start_utt()
        self._decoder.process_raw(pcm)
        self._decoder.end_utt()
        if self._decoder.hyp() is None:
            return []
        said = [
            segment for segment in self._decoder.seg() if not segment.word.startswith(("<", "[", "(", "+"))
        ]
        # A path that did not reach the end may also have taken a wrong turn: what was not asked for ends it.
        return [
            (segment.start_frame * FRAME, (segment.end_frame + 1) * FRAME)
            for segment, _ in takewhile(
                lambda pair: pair[0].word.partition("(")[0] == pair[1], zip(said, text, strict=False)
            )
        ]
