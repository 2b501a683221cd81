"""Whether somebody else speaks: a voice that is clearly higher or lower than the candidate's own.

Only the pitch is compared. The colour of the sound tells as little as its level: by full-covariance Gaussians
of cepstra (Chen & Gopalakrishnan, DARPA Broadcast News Workshop 1998) three seconds of a candidate who turns
away, or beside whom a fan begins, are as far from the candidate as another person is. So two voices of about
the same height cannot be told apart here, nor can a remark of a second or two.
"""

from collections import deque
from functools import cache

import numpy as np
import numpy.typing as npt
from scipy.signal import resample_poly

from models.hearing.prosody import PERIODIC, Values, semitones
from models.hearing.voice_activity import Samples
from models.stage import SAMPLE_RATE

DECIMATION = 4
RATE = SAMPLE_RATE // DECIMATION
"""Hz; the period of a voice is heard as well without the upper partials."""
LOWEST, HIGHEST = 65, 400
"""Hz."""
SHORTER = 0.9
"""The shortest period this nearly as good as the best one is the true one."""
RECENT = 55
"""Voiced frames that are compared: about three seconds of speech."""
OWN = 1000
"""Voiced frames that the candidate's own voice is known by: the last minute of speech."""
FEWEST_OWN = 200
"""Voiced frames, a dozen seconds of speech, before which it is not known."""
LONGEST = 550
"""Voiced frames, half a minute of speech, after which the other voice is taken for the candidate's."""
PARTS = (0.2, 0.35, 0.5, 0.65, 0.8)
"""Quantiles of pitch that must all be away: a laugh or a cry moves but some of them."""
FIFTH = 7.0
"""Semitones by which. In three seconds of one person's natural speech all are away by up to 4.4 together;
between the voices of men and women lie about 10 (Traunmüller & Eriksson 1995)."""
BETWEEN = 20
"""Last frames without speech, 0.6 s of them: a hum goes on in those."""
HUM = 2.0
"""Semitones from the middle of what is compared; a machine keeps within while nobody speaks."""


@cache
def _taper(size: int) -> tuple[Values, Values]:
    """A Hann window and its own autocorrelation, that at lag 0 being 1, both of shape (size,)."""
    taper = np.hanning(size)
    likeness = np.fft.irfft(np.abs(np.fft.rfft(taper, 2 * size)) ** 2)[:size]
    return taper, likeness / likeness[0]


def rough_pitch(sound: Samples, window: int) -> Values:
    """The pitch in Hz of each two neighbouring windows of a sound, nan where there is none.

    `sound` has the shape (n * window,), the answer (n - 1,). Autocorrelation over that of the taper (Boersma
    1993) at a quarter of the rate: a tenth of the cost of `prosody.pitch_track` and within 0.2
    semitones of it in the median.
    """
    hop = window // DECIMATION
    size = 2 * hop
    frames = np.lib.stride_tricks.sliding_window_view(resample_poly(sound, 1, DECIMATION), size)[::hop]
    taper, likeness = _taper(size)
    spectrum = np.fft.rfft((frames - frames.mean(axis=1, keepdims=True)) * taper, 2 * size, axis=1)
    first, last = RATE // HIGHEST, RATE // LOWEST + 1
    alike = np.fft.irfft(np.abs(spectrum) ** 2, axis=1)[:, : last + 2]
    alike = alike / np.maximum(alike[:, :1], 1e-9) / likeness[: last + 2]
    before, here, after = alike[:, first - 1 : last], alike[:, first : last + 1], alike[:, first + 1 :]
    # The top of the parabola through each peak and its neighbours.
    curve = np.minimum(before - 2 * here + after, -1e-9)
    peak = (here >= before) & (here >= after)
    beside = np.where(peak, (before - after) / (2 * curve), 0.0)
    height = np.where(peak, here - (before - after) * beside / 4, -1.0)
    best = height.max(axis=1)
    chosen = (height >= SHORTER * best[:, None]).argmax(axis=1)
    lag = first + chosen + beside[np.arange(len(chosen)), chosen]
    return np.where(best >= PERIODIC, RATE / lag, np.nan)


class OtherVoice:
    """Compares the voice of the last seconds with the candidate's own, whoever spoke first."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Whoever speaks next is the candidate."""
        self._own: deque[float] = deque(maxlen=OWN)
        self._recent: deque[float] = deque()
        self._between: deque[float] = deque(maxlen=BETWEEN)
        """Pitch while nobody speaks, nan where there is none."""
        self._foreign = 0
        """How many of the recent frames, the earliest, are known to be another's."""
        self._heard_for = 0

    def hears(self, sound: Samples, speech: npt.NDArray[np.bool_]) -> bool:
        """Take the next sound, shape (n * window,), with the windows that are speech, shape (n,).

        True while there is a voice in it and the voice of the last seconds is another's.
        """
        if len(speech) < 2:
            return False
        pitch = semitones(rough_pitch(sound, len(sound) // len(speech)), 100.0)
        self._between.extend(pitch[~speech[:-1] & ~speech[1:]].tolist())
        voiced = speech[:-1] & speech[1:] & ~np.isnan(pitch)
        if not voiced.any():
            return False
        self._take(pitch[voiced].tolist())
        if not self._differs():
            self._heard_for = 0
            return False
        self._foreign = len(self._recent)
        self._heard_for += int(voiced.sum())
        if self._heard_for >= LONGEST:
            self.forget()
            return False
        return True

    def _take(self, pitch: list[float]) -> None:
        self._recent.extend(pitch)
        while len(self._recent) > RECENT:
            earliest = self._recent.popleft()
            if self._foreign:
                self._foreign -= 1
            else:
                self._own.append(earliest)

    def _differs(self) -> bool:
        if len(self._own) < FEWEST_OWN or len(self._recent) < RECENT:
            return False
        recent = np.quantile(self._recent, PARTS)
        away = recent - np.quantile(self._own, PARTS)
        if np.abs(away).min() < FIFTH or np.ptp(np.sign(away)) > 0:
            return False
        middle = float(recent[len(PARTS) // 2])
        hum = sum(abs(pitch - middle) <= HUM for pitch in self._between)
        return hum <= len(self._between) / 2
