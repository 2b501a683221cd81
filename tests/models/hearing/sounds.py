"""What the tests of the listening stages share: real speech, and sound cut into chunks."""

import re
import wave
from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.signal import resample_poly

from models.hearing.alignment import Aligner, spoken_forms
from models.hearing.moonshine import MoonshineRecogniser
from models.registry import packaged
from models.stage import SAMPLE_RATE, AudioChunk

Samples = npt.NDArray[np.float32]

TWO_CITIES = (
    "it was the best of times it was the worst of times it was the age of wisdom "
    "it was the age of foolishness it was the epoch of belief it was the epoch of incredulity "
    "it was the season of light "
    "it was the season of darkness"
)
"""What is said in the first 17 s of `two_cities`."""


def read(path: Path) -> Samples:
    """A mono 16 bit WAV file as samples at 16 kHz."""
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth()) == (1, 2)
        pcm = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32) / 32768
        ratio = Fraction(SAMPLE_RATE, file.getframerate())
    if ratio == 1:
        return pcm
    return np.asarray(resample_poly(pcm, ratio.numerator, ratio.denominator), np.float32)


@cache
def two_cities() -> Samples:
    """44 s of a real reading voice; speech begins at about 1.2 s."""
    return read(packaged("moonshine_voice", "assets/two_cities.wav"))


@cache
def moonshine() -> MoonshineRecogniser:
    return MoonshineRecogniser()


@cache
def aligner() -> Aligner:
    return Aligner()


def chunks(samples: Samples, size: int = SAMPLE_RATE // 10, t: float = 0.0) -> Iterator[AudioChunk]:
    """The sound in chunks of `size` samples, beginning at session time `t`."""
    for start in range(0, len(samples), size):
        yield AudioChunk(t + start / SAMPLE_RATE, samples[start : start + size])


def cut(samples: Samples, places: list[int]) -> Iterator[AudioChunk]:
    """The sound in chunks that end at the places, in samples."""
    edges = [0, *sorted({place for place in places if 0 < place < len(samples)}), len(samples)]
    for start, end in pairwise(edges):
        yield AudioChunk(start / SAMPLE_RATE, samples[start:end])


def plain_text(text: str) -> str:
    """Words in lower case as they are spoken, without punctuation."""
    forms = (form for word in text.split() for form in spoken_forms(word))
    return " ".join(filter(None, (re.sub(r"[^a-z']", "", form) for form in forms)))
