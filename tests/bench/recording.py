"""The recording that benchmarks play: real speech, with the time of each word."""

from pathlib import Path
from typing import NamedTuple

import av
import numpy as np

from models.alignment import Aligner
from tests.bench.measure import SaidWord, stretches
from tests.fixtures import media

TWO_CITIES = (
    "it was the best of times it was the worst of times it was the age of wisdom it was the age of "
    "foolishness it was the epoch of belief it was the epoch of incredulity it was the season of light it "
    "was the season of darkness it was the spring of hope it was the winter of despair we had everything "
    "before us we had nothing before us we were all going direct to heaven we were all going direct the "
    "other way in short the period was so far like the present period that some of its noisiest "
    "authorities insisted on its being received for good or for evil in the superlative degree of "
    "comparison only"
)
"""What media.speech() says (Charles Dickens, 1859)."""


class Recording(NamedTuple):
    """Speech in a file, and what is said when."""

    path: Path
    seconds: float
    words: list[SaidWord]

    @property
    def stretches(self) -> list[tuple[float, float]]:
        """Speech between pauses, (start, end) in seconds."""
        return stretches(self.words)


def recording(data: Path | None) -> Recording:
    """27 s of spontaneous speech with word times, from a folder of recordings.

    Without one, 44 s of read speech with word times by forced alignment of its known text.
    """
    if data:
        path = data / "speech" / "mfa_acoustic_corpus.wav"
        return Recording(path, _duration(path), textgrid_words(path.with_suffix(".TextGrid")))
    path = media.speech()
    return Recording(path, _duration(path), aligned_words(path, TWO_CITIES))


def _duration(path: Path) -> float:
    with av.open(str(path)) as container:
        return float((container.duration or 0) / av.time_base)


def textgrid_words(path: Path) -> list[SaidWord]:
    """The "words" tier of a short-form TextGrid file."""
    lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    tier = lines.index('"words"')
    count = int(lines[tier + 3])
    body = lines[tier + 4 : tier + 4 + 3 * count]
    found = zip(body[::3], body[1::3], body[2::3], strict=True)
    return [SaidWord(text.strip('"'), float(start), float(end)) for start, end, text in found if text != '""']


def aligned_words(path: Path, text: str) -> list[SaidWord]:
    """The words of a known text in a recording, those that forced alignment finds."""
    sound = media.samples(path, 16_000).astype(np.float32) / 32_768
    words = text.split()
    times = Aligner().align(sound, words)
    return [SaidWord(word, *time) for word, time in zip(words, times, strict=True) if time]
