"""The recording that benchmarks play: real speech, with the time of each word."""

import re
from pathlib import Path
from typing import NamedTuple

import av
import numpy as np

from models.hearing.alignment import Aligner
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

SILENT = frozenset({"", "sil", "sp", "spn", "<eps>", "<sil>", "<p>", "#"})
"""What aligners write where there is no word."""


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
    """The words of a TextGrid file, long form or short: its first interval tier with "word" in its name, else
    its first one. Raises ValueError when there is none."""
    # numbers in brackets are the long form's indices; without them both forms have the same values in order
    text = re.sub(r"\[\d*\]", "", path.read_text(encoding="utf-8"))
    values = re.findall(r'"(?:[^"]|"")*"|(?<![\w.])-?\d+(?:\.\d+)?(?:[eE]-?\d+)?', text)
    tiers: list[tuple[str, list[SaidWord]]] = []
    for at in (n for n, value in enumerate(values) if value == '"IntervalTier"'):
        body = values[at + 5 : at + 5 + 3 * int(values[at + 4])]
        found = zip(body[::3], body[1::3], body[2::3], strict=True)
        words = [
            SaidWord(text[1:-1].replace('""', '"').strip(), float(start), float(end))
            for start, end, text in found
        ]
        tiers.append((values[at + 1].lower(), [word for word in words if word.text.lower() not in SILENT]))
    if not tiers:
        raise ValueError(f"{path.name} has no tier of words")
    return next((words for name, words in tiers if "word" in name), tiers[0][1])


def aligned_words(path: Path, text: str) -> list[SaidWord]:
    """The words of a known text in a recording, those that forced alignment finds."""
    sound = media.samples(path, 16_000).astype(np.float32) / 32_768
    words = text.split()
    times = Aligner().alignment(sound, words).words
    return [SaidWord(word, *time) for word, time in zip(words, times, strict=True) if time]
