"""The melody and the loudness of speech: fundamental frequency and intensity, half a second at a time."""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from models.observations import ProsodySample
from models.stage import SAMPLE_RATE, AudioChunk
from models.voice_activity import clean, jumps

Samples = npt.NDArray[np.float32]
Values = npt.NDArray[np.float64]

STRETCH = SAMPLE_RATE // 2
"""Samples in a `ProsodySample`."""
SHORTEST = SAMPLE_RATE // 5
"""Samples that a last, shorter one has at least."""
FRAME = 1024
HOP = 160
LOWEST, HIGHEST = 65.0, 500.0
"""Hz; adult voices lie well inside."""
PERIODIC = 0.6
"""Normalised autocorrelation at the period from which a frame has a clear pitch; noise stays below 0.4."""
AUDIBLE_DB = -55.0
"""A quieter frame has no pitch to speak of."""
SILENCE_DB = -90.0
OCTAVE_TOLERANCE = 0.9
"""A period half as long that is this nearly as good is the true one."""
OUTLIER = 9.0
"""Semitones from the stretch's median beyond which a frame is taken for an octave error."""


def decibels(rms: Values) -> Values:
    """Level in dB relative to a full-scale sine, -90 at least, of root mean squares."""
    level: Values = np.maximum(20 * np.log10(np.maximum(rms * np.sqrt(2), 1e-9)), SILENCE_DB)
    return level


def periodicity(frames: Values, lags: npt.NDArray[np.intp]) -> Values:
    """How alike each frame is to itself `lags` samples later: normalised autocorrelation, -1..1.

    `frames` has shape (n, FRAME), `lags` (n,), each at most half a frame.
    """
    length = FRAME // 2
    later = lags[:, None] + np.arange(length)
    one, other = frames[:, :length], np.take_along_axis(frames, later, axis=1)
    scale = np.sqrt((one**2).sum(1) * (other**2).sum(1))
    similarity: Values = (one * other).sum(1) / np.maximum(scale, 1e-12)
    return similarity


def semitones(pitch: Values, reference: float) -> Values:
    """Distance of frequencies from a reference frequency in semitones."""
    distance: Values = 12 * np.log2(pitch / reference)
    return distance


def voiced_pitch(samples: Samples) -> tuple[Values, float]:
    """The fundamental frequency in Hz of each frame that has a clear one, and their share of all frames.

    `samples` has shape (n,), n ≥ FRAME. YIN (de Cheveigné and Kawahara, JASA 111, 2002) proposes, periodicity
    decides: YIN itself gives a frequency for noise as well. Frames an octave off are put right or left out.
    """
    from librosa import yin

    sound = samples.astype(np.float64)
    sound -= sound.mean()
    pitch = yin(
        sound, fmin=LOWEST, fmax=HIGHEST, sr=SAMPLE_RATE, frame_length=FRAME, hop_length=HOP, center=False
    )
    frames = np.lib.stride_tricks.sliding_window_view(sound, FRAME)[::HOP]
    pitch = pitch[: len(frames)]
    clear = periodicity(frames, np.rint(SAMPLE_RATE / pitch).astype(np.intp))
    doubled = pitch * 2
    shorter = periodicity(frames, np.rint(SAMPLE_RATE / doubled).astype(np.intp))
    pitch = np.where((shorter >= OCTAVE_TOLERANCE * clear) & (doubled <= HIGHEST), doubled, pitch)
    loud = decibels(np.sqrt((frames**2).mean(1))) > AUDIBLE_DB
    voiced = pitch[(clear >= PERIODIC) & loud]
    if len(voiced):
        voiced = voiced[np.abs(semitones(voiced, float(np.median(voiced)))) <= OUTLIER]
    return voiced, len(voiced) / len(frames)


def describe(samples: Samples, start: float) -> ProsodySample:
    """The sample for a stretch of sound, shape (n,), n ≥ FRAME, that began at session time `start`."""
    level = decibels(np.sqrt(np.mean(np.square(samples, dtype=np.float64))))
    end = start + len(samples) / SAMPLE_RATE
    if level <= AUDIBLE_DB:
        return ProsodySample(start, end, float(level), voiced=0.0)
    pitch, share = voiced_pitch(samples)
    if not len(pitch):
        return ProsodySample(start, end, float(level), voiced=0.0)
    median = float(np.median(pitch))
    return ProsodySample(
        start,
        end,
        float(level),
        voiced=share,
        pitch_hz=median,
        pitch_spread=float(semitones(pitch, median).std()),
    )


class ProsodyStage:
    """Emits a `ProsodySample` for every half second of sound."""

    def __init__(self) -> None:
        # The first use of librosa's pitch functions compiles them: seconds that no session should wait.
        voiced_pitch(np.zeros(STRETCH, np.float32))
        self._start: float | None = None
        self._sound = np.zeros(0, np.float32)

    def feed(self, chunk: AudioChunk) -> Iterable[ProsodySample]:
        found: list[ProsodySample] = []
        if self._start is None or jumps(self._start + len(self._sound) / SAMPLE_RATE, chunk):
            found += self.finish()
            self._start = chunk.t
        sound = np.concatenate((self._sound, clean(chunk.samples)))
        whole = len(sound) // STRETCH * STRETCH
        for at in range(0, whole, STRETCH):
            found.append(describe(sound[at : at + STRETCH], self._start))
            self._start += STRETCH / SAMPLE_RATE
        self._sound = sound[whole:].copy()
        return found

    def finish(self) -> Iterable[ProsodySample]:
        """End of the sound: what is left is described if it is long enough."""
        rest, self._sound = self._sound, np.zeros(0, np.float32)
        if self._start is None or len(rest) < SHORTEST:
            return []
        return [describe(rest, self._start)]
