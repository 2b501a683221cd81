"""Hesitations found in the sound: "um", "uh" and vowels drawn out, written down by a recogniser or not.

A filled pause is a vowel, perhaps closed by a nasal, held while the speaker plans: the mouth stands still, so
the spectrum does not change, and the pitch is flat (Audhkhasi, Kandhway, Deshmukh and Verma, "Formant-based
technique for automatic filled-pause detection in spontaneous spoken English", ICASSP 2009; Goto, Itou and
Hayamizu, "A real-time filled pause detection system for spontaneous speech recognition", Eurospeech 1999).
Fluent speech hardly holds a sound that long; where an aligned word accounts for the sound, it must be longer.
"""

import math
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Literal, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from models.observations import FilledPause, Word, is_hesitation, word_set
from models.stage import SAMPLE_RATE

Samples = npt.NDArray[np.float32]
Values = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
Sound: TypeAlias = Literal["um", "uh", "drawn out"]

FRAME = 640
HOP = 160
HOP_S = HOP / SAMPLE_RATE
LAGS = slice(SAMPLE_RATE // 400, SAMPLE_RATE // 65)
"""Periods in samples, of 65 to 400 Hz."""
BANDS = 26
CEPSTRA = 12
APART = 4
"""Frames before and after one whose spectra are compared: syllables change within 80 ms."""
FLOOR_DB = -45.0
"""Energy in a band, relative to the loudest frames, below which it is taken for noise."""
STEADY = 5.0
"""Cepstral distance over `2 * APART` frames below which the mouth stands still; fluent speech has about 8."""
PERIODIC = 0.5
"""Normalised autocorrelation at the period from which a frame is voiced."""
AUDIBLE_DB = -30.0
"""Level of a voiced frame relative to the loudest ones, at least."""
FLAT = 1.0
"""Semitones by which a flat pitch moves within 100 ms, at most."""
BRIDGE = 0.12
"""Seconds between steady stretches of one hesitation: the lips close for the nasal of "um"."""
BREAK = 0.05
"""Seconds of such a bridge that need not be voiced: a click, a crack in the voice."""
LEAST_SUSPECTED = 0.2
"""Seconds, at least, of what alignment took for a hesitation …"""
LEAST_STEADY = 0.08
"""… and of what is held steady of it."""
NEAR = 0.08
"""Seconds between a hesitation and a word within which they are taken for neighbours."""
LONGEST_ALONE = 2.0
"""Seconds of sound in which, without words, a hesitation is looked for; music and voices afar are longer."""
LEAST_FREE = 0.09
"""Seconds held steady, at least, where no word is …"""
LEAST_VOICED = 0.18
"""… and voiced."""
LEAST_LIKE = 0.18
"""Seconds held steady in a short word that "uh" is taken for …"""
LEAST_GRAMMAR = 0.28
"""… in another word of grammar that does not end a phrase …"""
LEAST_DOUBTFUL = 0.25
"""… in a word that the recogniser is not sure of …"""
LEAST_OTHER = 0.45
"""… and in any other: emphasis lengthens vowels as well, and at the end of a phrase everybody does."""
LONG_GRAMMAR = 0.35
"""Seconds that a word of grammar lasts, at least, for a part of it to be a hesitation."""
DOUBTFUL = 0.6
"""Confidence below which the recogniser is not sure of a word."""
LATER = 0.1
"""Seconds after a word at which the next begins where a phrase goes on."""
FREE = 0.5
"""Share of a stretch that words may cover for it to stand where no word is."""
ABOVE_NOISE_DB = 6.0
"""Level of a held sound above the quietest tenth of the utterance: hum is periodic and steady as well."""
NASAL_DB = 7.0
"""Energy below 500 Hz relative to that above, at least, in the last third of an "um"."""
_LIKE_UH = word_set("a uh er are or her of i i'm am em oh aw up an huh")
_OPENING = word_set(
    "the to so but and if of from with as at than because my your our his their its it's that's is was were"
)
"""Words of grammar that open a phrase and hardly ever end one."""
_GRAMMAR = _OPENING | word_set(
    "that it in on for by be we we're he she you they him them this these there would could should can had "
    "has have do did when where then not"
)


class Frames(NamedTuple):
    """Measures of the sound every `HOP` samples, each of shape (n,), from the middle of frame to frame."""

    level: Values
    """dB relative to the loudest frames."""
    periodicity: Values
    """0..1."""
    semitones: Values
    """Pitch above 100 Hz; means something only where the periodicity is high."""
    change: Values
    """Cepstral distance between what comes before and after."""
    low: Values
    """dB of the energy below 500 Hz relative to that from there to 3 kHz."""


@cache
def _mel() -> Values:
    """Triangular filters from 100 Hz to 5 kHz, evenly spaced on the mel scale; shape (bins, BANDS)."""
    bins = np.fft.rfftfreq(1024, 1 / SAMPLE_RATE)
    lowest, highest = (2595 * math.log10(1 + hertz / 700) for hertz in (100, 5000))
    edges = 700 * (10 ** (np.linspace(lowest, highest, BANDS + 2) / 2595) - 1)
    rising = (bins[:, None] - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - bins[:, None]) / (edges[2:] - edges[1:-1])
    filters: Values = np.maximum(0, np.minimum(rising, falling)).astype(np.float32)
    return filters


@cache
def _cosines() -> Values:
    """From log energies of bands to cepstra 1..CEPSTRA; shape (BANDS, CEPSTRA)."""
    angles = np.outer(np.arange(BANDS) + 0.5, np.arange(1, CEPSTRA + 1)) * np.pi / BANDS
    table: Values = (np.cos(angles) * np.sqrt(2 / BANDS)).astype(np.float32)
    return table


def _smooth(values: Values, width: int) -> Values:
    """Running mean over `width` rows, the ends repeated; same shape."""
    half = width // 2
    padded = np.pad(values, ((half, half), (0, 0)), mode="edge")
    sums = np.cumsum(np.pad(padded, ((1, 0), (0, 0))), axis=0, dtype=np.float64)
    return ((sums[width:] - sums[:-width]) / width).astype(np.float32)


def frames(samples: Samples) -> Frames:
    """Measure the sound, shape (n,), mono at 16 kHz; one frame for each `HOP` samples."""
    # scipy's transforms stay in single precision and let other threads run
    from scipy.fft import irfft, rfft

    count = -(-len(samples) // HOP)
    padded = np.zeros(count * HOP + FRAME, np.float32)
    padded[FRAME // 2 : FRAME // 2 + len(samples)] = samples
    cut = np.lib.stride_tricks.sliding_window_view(padded, FRAME)[::HOP][:count]
    window = np.hanning(FRAME).astype(np.float32)
    power = np.abs(rfft((cut - cut.mean(1, keepdims=True)) * window, 1024, axis=1)) ** 2
    energy = power.sum(1)
    loudest = max(float(np.percentile(energy, 95)), 1e-6)

    similar = irfft(power, axis=1)[:, : LAGS.stop + 1]
    own = irfft(np.abs(rfft(window, 1024)) ** 2)[: LAGS.stop + 1]
    similar /= np.maximum(similar[:, :1], 1e-9) * (own / own[0])
    best = similar[:, LAGS].max(1)
    # the first peak that is nearly as good: a multiple of the period is always good as well
    inner = similar[:, LAGS.start : LAGS.stop]
    peak = (inner >= similar[:, LAGS.start - 1 : LAGS.stop - 1]) & (
        inner >= similar[:, LAGS.start + 1 : LAGS.stop + 1]
    )
    peak &= inner >= 0.9 * best[:, None]
    lag = LAGS.start + np.where(peak.any(1), peak.argmax(1), inner.argmax(1))

    bands = power @ _mel()
    floor = max(float(np.percentile(bands.max(1), 95)), 1e-6) * 10 ** (FLOOR_DB / 10)
    cepstra = _smooth(np.log(bands + floor) @ _cosines(), 3)
    change = np.full(count, np.inf, np.float32)
    if count > 2 * APART:
        change[APART:-APART] = np.sqrt(((cepstra[2 * APART :] - cepstra[: -2 * APART]) ** 2).sum(1))
        change[APART:-APART] = _smooth(change[APART:-APART, None], 5)[:, 0]
    split, high = 500 * 1024 // SAMPLE_RATE, 3000 * 1024 // SAMPLE_RATE
    low = (power[:, 4:split].sum(1) + 1e-9) / (power[:, split:high].sum(1) + 1e-9)
    return Frames(
        level=10 * np.log10(energy / loudest + 1e-9),
        periodicity=best,
        semitones=(12 * np.log2(SAMPLE_RATE / lag / 100)).astype(np.float32),
        change=change,
        low=10 * np.log10(low),
    )


def _runs(mask: Mask) -> Iterator[tuple[int, int]]:
    """Where the mask holds: first frame and the one after the last of each run."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], mask, [False])).astype(np.int8)))
    yield from zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)


def _voiced(sound: Frames) -> Mask:
    return (sound.periodicity >= PERIODIC) & (sound.level >= AUDIBLE_DB)


def _held(sound: Frames) -> Iterator[tuple[int, int, int]]:
    """Stretches in which a voiced sound is held: first frame, the one after the last, and frames held."""
    voiced = _voiced(sound)
    moved = np.zeros_like(sound.semitones)
    moved[5:-5] = np.abs(sound.semitones[10:] - sound.semitones[:-10])
    steady = voiced & (sound.change < STEADY) & (moved <= FLAT)
    at: tuple[int, int, int] | None = None
    for first, last in _runs(steady):
        gap = voiced[at[1] : first] if at is not None else steady[:0]
        if at is not None and len(gap) * HOP_S <= (BRIDGE if gap.all() else BREAK):
            at = (at[0], last, at[2] + last - first)
            continue
        if at is not None:
            yield at
        at = (first, last, last - first)
    if at is not None:
        yield at


def find(
    samples: Samples, start: float, words: Sequence[Word], suspected: Sequence[tuple[float, float]] = ()
) -> list[FilledPause]:
    """The hesitations in an utterance's sound that its words do not tell of, in order.

    `samples` has shape (n,), mono at 16 kHz, and begins at session time `start`. `words`, with session times,
    need not be right; without any, only a short sound is taken for a hesitation. `suspected` are the starts
    and ends, in seconds from the first sample, of what alignment took for one: these need not be held long.
    """
    if len(samples) < FRAME or (not words and len(samples) > LONGEST_ALONE * SAMPLE_RATE):
        return []
    sound = frames(samples)
    voiced = _voiced(sound)
    quiet = float(np.percentile(sound.level, 10))
    found: list[FilledPause] = []

    def add(first: int, last: int, kind: Sound) -> None:
        one = FilledPause(start + first * HOP_S, start + last * HOP_S, kind)
        if not _told(one, words) and not any(one.start < each.end and each.start < one.end for each in found):
            found.append(one)

    held = [
        each for each in _held(sound) if np.median(sound.level[each[0] : each[1]]) >= quiet + ABOVE_NOISE_DB
    ]
    for begin, end in suspected:
        first, last = round(begin / HOP_S), min(round(end / HOP_S), len(voiced))
        steady = sum(max(0, min(last, b) - max(first, a)) for a, b, _ in held)
        if (
            (last - first) * HOP_S >= LEAST_SUSPECTED
            and steady * HOP_S >= LEAST_STEADY
            and not _beside_unknown(start + begin, start + end, words)
        ):
            add(first, last, _kind(sound, first, last))
    for first, last, length in held:
        begin, end = start + first * HOP_S, start + last * HOP_S
        shared = [(min(word.end, end) - max(word.start, begin), word) for word in words]
        shared = [(seconds, word) for seconds, word in shared if seconds > 0]
        if sum(seconds for seconds, _ in shared) <= FREE * (end - begin):
            left = max((word.end for word in words if word.end <= begin + HOP_S), default=start)
            right = min((word.start for word in words if word.start >= end - HOP_S), default=np.inf)
            while first > 0 and voiced[first - 1] and start + first * HOP_S > left:
                first -= 1
            while last < len(voiced) and voiced[last] and start + last * HOP_S < right:
                last += 1
            if length * HOP_S >= LEAST_FREE and (last - first) * HOP_S >= LEAST_VOICED:
                add(first, last, _kind(sound, first, last))
        else:
            word = max(shared, key=lambda each: each[0])[1]
            said = word.text.lower().strip(".,!?;:…")
            if length * HOP_S >= _least(word, said, words):
                add(first, last, _kind(sound, first, last) if said in _LIKE_UH else "drawn out")
    return _joined(sorted(found, key=lambda each: each.start))


def _joined(found: Sequence[FilledPause]) -> list[FilledPause]:
    """Pieces of one hesitation, its vowel and its murmur say, as one."""
    joined: list[FilledPause] = []
    for each in found:
        if joined and each.start - joined[-1].end <= BRIDGE:
            joined[-1] = FilledPause(joined[-1].start, each.end, each.sound)
        else:
            joined.append(each)
    return joined


def _told(pause: FilledPause, words: Sequence[Word]) -> bool:
    """Whether the text has the hesitation already."""
    return any(
        is_hesitation(word.text) and word.start < pause.end + NEAR and pause.start < word.end + NEAR
        for word in words
    )


def _beside_unknown(begin: float, end: float, words: Sequence[Word]) -> bool:
    """Whether a word that could not be aligned is next to it: the sound may be that word's."""
    return any(not word.aligned and word.start < end + NEAR and begin < word.end + NEAR for word in words)


def _least(word: Word, said: str, words: Sequence[Word]) -> float:
    """Seconds for which a sound must be held within a word to be a hesitation."""
    if said in _LIKE_UH:
        return LEAST_LIKE
    last = not any(word.start < other.start < word.end + LATER for other in words)
    if said in _GRAMMAR:
        long = word.end - word.start >= LONG_GRAMMAR
        return LEAST_GRAMMAR if long and (not last or said in _OPENING) else LEAST_OTHER
    if last:
        return np.inf
    return LEAST_DOUBTFUL if word.confidence is not None and word.confidence < DOUBTFUL else LEAST_OTHER


def _kind(sound: Frames, first: int, last: int) -> Sound:
    """Whether a hesitation ends in a nasal: a murmur with little above 500 Hz."""
    return "um" if np.median(sound.low[last - max((last - first) // 3, 1) : last]) >= NASAL_DB else "uh"
