"""A plain way to hear, to compare with: what demonstrations of streaming recognition commonly do.

Words: the last `BUFFER` seconds are read anew every `STEP` seconds by the same recogniser, whether or not
anybody speaks, and what two successive readings agree on is published for good (LocalAgreement-2, as
whisper_streaming does on faster-whisper). Their times are shares of the buffer by length in letters.
Fillers: certain words wherever they occur in that text. Voice activity: WebRTC's detector, with the same
smoothing as ours. Pitch: YIN wherever that detector hears a voice. Noise: the quietest tenth of the last 3 s
is less than 15 dB below the loudest.
"""

from collections.abc import Sequence
from itertools import pairwise
from time import process_time

import numpy as np
import numpy.typing as npt

from models.hearing.transcription import Recogniser, interpolated
from models.hearing.transcription import plain as bare
from models.stage import SAMPLE_RATE
from tests.bench.measure import SaidWord, Span

Samples = npt.NDArray[np.float32]

BUFFER = 15.0
STEP = 1.0
FILLERS = frozenset(["um", "uh", "er", "ah", "hmm", "mm", "like", "basically", "actually", "literally"])
FILLER_PAIRS = frozenset({("you", "know"), ("i", "mean"), ("sort", "of"), ("kind", "of")})
NOISY_DB = 15.0


def read(recogniser: Recogniser, sound: Samples) -> tuple[list[SaidWord], list[float], float]:
    """The words published, when each was (s), and the CPU seconds that it took."""
    words: list[SaidWord] = []
    shown: list[float] = []
    before: list[str] = []
    start = done = 0
    clock = cpu = 0.0
    size = round(STEP * SAMPLE_RATE)
    for end in [*range(size, len(sound), size), len(sound)]:
        began = process_time()
        texts = [word.text for word in recogniser.transcribe(sound[start:end])]
        took = process_time() - began
        cpu += took
        clock = max(clock, end / SAMPLE_RATE) + took
        agreed = done
        while agreed < min(len(texts), len(before)) and bare(texts[agreed]) == bare(before[agreed]):
            agreed += 1
        if end == len(sound):
            agreed = max(done, len(texts))
        times = interpolated(texts, [None] * len(texts), start / SAMPLE_RATE, end / SAMPLE_RATE)
        fresh = zip(texts[done:agreed], times[done:agreed], strict=True)
        words += [SaidWord(text, *time) for text, time in fresh]
        shown += [clock] * (len(words) - len(shown))
        done, before = max(done, agreed), texts
        if end - start > BUFFER * SAMPLE_RATE:
            # what was published leaves the buffer; if nothing was, all but its last seconds does
            cut = round(words[-1].end * SAMPLE_RATE) if done else end - 2 * SAMPLE_RATE
            start, before, done = min(max(cut, start), end), texts[done:], 0
    return words, shown, cpu


def fillers(words: Sequence[SaidWord]) -> list[Span]:
    """Where the words are fillers, by the words alone."""
    texts = [bare(word.text) for word in words]
    found = [(word.start, word.end) for word, text in zip(words, texts, strict=True) if text in FILLERS]
    pairs = zip(pairwise(words), pairwise(texts), strict=True)
    return found + [(one.start, other.end) for (one, other), texts_ in pairs if texts_ in FILLER_PAIRS]


def noisy(sound: Samples) -> list[tuple[float, bool]]:
    """For every second of sound from the third on: its end, and whether it is called noisy."""
    frames = sound[: len(sound) // 160 * 160].reshape(-1, 160)
    level = 10 * np.log10(np.mean(np.square(frames, dtype=np.float64), axis=1) + 1e-9)
    return [
        (end / 100, bool(np.ptp(np.percentile(level[end - 300 : end], (10, 95))) < NOISY_DB))
        for end in range(300, len(level) + 1, 100)
    ]
