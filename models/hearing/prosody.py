"""The melody and the loudness of speech: fundamental frequency and intensity, half a second at a time."""

import math
from collections import deque
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from models.hearing.voice_activity import clean, jumps
from models.observations import PhraseEnd, ProsodySample
from models.stage import SAMPLE_RATE, AudioChunk

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
SHORTEST_LAG, LONGEST_LAG = int(SAMPLE_RATE / HIGHEST), math.ceil(SAMPLE_RATE / LOWEST) + 1
"""Samples: their periods, and one more, since a trough has a neighbour on either side."""
SPARE = 256
"""Zeros behind a frame, as many as the longest lag at least."""
YIN_THRESHOLD = 0.1
"""The paper's."""
PERIODIC = 0.6
"""Normalised autocorrelation at the period from which a frame has a clear pitch; noise stays below 0.4."""
AUDIBLE_DB = -55.0
"""A quieter frame has no pitch to speak of."""
SILENCE_DB = -90.0
OCTAVE_TOLERANCE = 0.9
"""A period half as long that is this nearly as good is the true one."""
OUTLIER = 9.0
"""Semitones from the middle beyond which a frame is taken for an octave error."""
OWN_STRETCHES = 120
"""Stretches of speech that a speaker's middle looks back over: a minute of it."""
FEWEST_OWN = 20
"""Stretches of speech, ten seconds, before which a speaker's middle is not known."""

PHRASE_GAP = 40
"""Frames without voice that end a phrase; within one, consonants are shorter."""
PHRASE_FRAMES = 500
"""Last voiced frames of a phrase that are looked at."""
SHORTEST_PHRASE = 30
"""Voiced frames of a phrase at least: "yes" has no melody to tell of."""
JUMP_SEMITONES = 3.0
"""A voice does not change by more in a hundredth of a second; the tracker of a creaky one does."""
HUM_DB = 25.0
"""Sound so far below the phrase is not the voice."""
SHORTEST_VOWEL = 10
"""Voiced frames in a row that have a melody."""
CREAK_FRAMES = 20
"""So many frames after the last vowel that are neither steady pitch nor silence: a creaky or breathy end."""


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


def yin(frames: Values) -> Values:
    """The fundamental frequency of each frame in Hz, LOWEST..HIGHEST, shape (n,).

    Noise has one as well; nan where no period in the range is better than the ones beside it. `frames` has
    shape (n, FRAME). YIN: de Cheveigné and Kawahara, JASA 111, 2002, steps 2 to 5, with the two stretches
    compared lying evenly about the frame's middle.
    """
    lags = np.arange(LONGEST_LAG + 1)
    pairs = FRAME - lags
    # Padded, so that no lag looked at wraps round.
    spectrum = np.abs(np.fft.rfft(frames, FRAME + SPARE)) ** 2
    products = np.fft.irfft(spectrum, FRAME + SPARE)[:, lags]
    sums = np.cumsum(np.pad(frames**2, ((0, 0), (1, 0))), axis=1)
    difference = (sums[:, pairs] + sums[:, -1:] - sums[:, lags] - 2 * products) / pairs
    mean = np.cumsum(difference[:, 1:], axis=1) / lags[1:]
    normalised = difference[:, 1:] / np.maximum(mean, 1e-12)
    # What follows looks at the lags from the shortest period on, each with its neighbours.
    before, here, after = (normalised[:, SHORTEST_LAG - 2 + n : n - 2 or None] for n in range(3))
    trough = (here < before) & (here <= after)
    good = trough & (here < YIN_THRESHOLD)
    best = np.where(trough, here, np.inf).argmin(axis=1)
    at = np.arange(len(frames)), np.where(good.any(axis=1), good.argmax(axis=1), best)
    bend = before[at] - 2 * here[at] + after[at]
    shift = (before[at] - after[at]) / np.maximum(2 * bend, 1e-12)
    pitch: Values = SAMPLE_RATE / (SHORTEST_LAG + at[1] + np.clip(shift, -0.5, 0.5))
    return np.where(trough.any(axis=1), np.clip(pitch, LOWEST, HIGHEST), np.nan)


def semitones(pitch: Values, reference: float) -> Values:
    """Distance of frequencies from a reference frequency in semitones."""
    distance: Values = 12 * np.log2(pitch / reference)
    return distance


class Track(NamedTuple):
    """Pitch and level of a run of frames, one every `HOP` samples, each `FRAME` samples long."""

    times: Values
    """The middle of each frame in seconds since the first sample, shape (frames,)."""
    pitch: Values
    """Fundamental frequency in Hz, nan where a frame has no clear one, shape (frames,)."""
    level: Values
    """dB relative to a full-scale sine, shape (frames,)."""


def pitch_track(samples: Samples, about: float | None = None) -> Track:
    """The pitch of every frame of `samples`, shape (n,), n ≥ FRAME; the last frame ends where they end.

    YIN proposes, periodicity decides: YIN itself gives a frequency for noise as well. Of two octaves that
    both fit, the one nearer to the speaker's own middle pitch `about` in Hz is taken; frames far from the
    median of all are left out.
    """
    first = (len(samples) - FRAME) % HOP
    sound = samples[first:].astype(np.float64)
    sound -= sound.mean()
    frames = np.lib.stride_tricks.sliding_window_view(sound, FRAME)[::HOP]
    times = (first + FRAME / 2 + HOP * np.arange(len(frames))) / SAMPLE_RATE
    level = decibels(np.sqrt((frames**2).mean(1)))
    found = np.full(len(frames), np.nan)
    audible = level > AUDIBLE_DB
    found[audible] = yin(frames[audible])
    pitched = np.flatnonzero(~np.isnan(found))
    clear = _likeness(frames[pitched], found[pitched])
    found[pitched[clear < PERIODIC]] = np.nan
    voiced, clear = pitched[clear >= PERIODIC], clear[clear >= PERIODIC]
    if len(voiced):
        found[voiced] = _in_octave(frames[voiced], found[voiced], clear, about)
    return Track(times, found, level)


def _in_octave(frames: Values, pitch: Values, clear: Values, about: float | None) -> Values:
    """The pitch of voiced frames, each in its octave; nan for those that are in none."""
    doubled = 2 * pitch
    shorter = _likeness(frames, np.minimum(doubled, HIGHEST))
    chosen = np.where((shorter >= OCTAVE_TOLERANCE * clear) & (doubled <= HIGHEST), doubled, pitch)
    middle = about or float(np.median(chosen))
    # Both octaves fit a nearly sinusoidal sound: the one that this voice uses is meant.
    nearer = np.abs(semitones(pitch, middle)) < np.abs(semitones(chosen, middle))
    chosen = np.where(nearer, pitch, chosen)
    far = np.abs(semitones(chosen, float(np.median(chosen)))) > OUTLIER
    return np.where(far, np.nan, chosen)


def _likeness(frames: Values, pitch: Values) -> Values:
    return periodicity(frames, np.rint(SAMPLE_RATE / pitch).astype(np.intp))


def describe(samples: Samples, start: float, track: Track) -> ProsodySample:
    """The sample for a stretch of sound, shape (n,), that began at session time `start`, from its frames."""
    level = float(decibels(np.sqrt(np.mean(np.square(samples, dtype=np.float64)))))
    end = start + len(samples) / SAMPLE_RATE
    voiced = track.pitch[~np.isnan(track.pitch)]
    if level <= AUDIBLE_DB or not len(voiced):
        return ProsodySample(start, end, level, voiced=0.0)
    low, median, high = (float(pitch) for pitch in np.quantile(voiced, (0.1, 0.5, 0.9)))
    return ProsodySample(
        start,
        end,
        level,
        voiced=len(voiced) / len(track.pitch),
        pitch_hz=median,
        pitch_spread=float(semitones(voiced, median).std()),
        pitch_low_hz=low,
        pitch_high_hz=high,
    )


class OwnMiddle:
    """The speaker's own middle pitch, from the first seconds of speech on."""

    def __init__(self) -> None:
        self._pitches: deque[float] = deque(maxlen=OWN_STRETCHES)
        self.middle: float | None = None
        """Median in Hz; None before it is known."""

    def take(self, track: Track) -> None:
        """Take in a stretch, if the voice is in it."""
        voiced = track.pitch[~np.isnan(track.pitch)]
        if len(voiced) < SHORTEST_VOWEL:
            return
        self._pitches.append(float(np.median(voiced)))
        if len(self._pitches) >= FEWEST_OWN:
            self.middle = float(np.median(self._pitches))


class Phrases:
    """Finds where the voice ended a phrase, and how.

    A phrase is voiced sound that no silence of `PHRASE_GAP` breaks. Its last tenth of a second against what
    came before tells of a rise; nothing is said of an end that is creaky, hoarse or jumps about.
    """

    def __init__(self) -> None:
        self._voiced: deque[tuple[float, float, float]] = deque(maxlen=PHRASE_FRAMES)
        """Time, semitones about 100 Hz and level of the phrase's last voiced frames."""
        self._after: list[float] = []
        """Levels of the frames since the last voiced one."""
        self._loudest = SILENCE_DB

    def feed(self, track: Track, start: float) -> Iterator[PhraseEnd]:
        """Take the frames that follow; `start` is the session time of the track's second 0."""
        # Plain numbers: numpy's cost several times as much one by one.
        columns = np.stack((track.times + start, semitones(track.pitch, 100.0), track.level), axis=1)
        for t, pitch, level in columns.tolist():
            # A hum is voiced too, but far below the voice.
            if not math.isnan(pitch) and level > self._loudest - HUM_DB:
                self._voiced.append((t, pitch, level))
                self._loudest = max(self._loudest, level)
                self._after.clear()
            elif self._voiced:
                self._after.append(level)
                if len(self._after) >= PHRASE_GAP:
                    if len(self._voiced) >= SHORTEST_PHRASE:
                        yield self._end()
                    self.forget()

    def forget(self) -> None:
        """What follows does not go on from what was heard."""
        self._voiced.clear()
        self._after.clear()
        self._loudest = SILENCE_DB

    def _end(self) -> PhraseEnd:
        times, pitch, level = np.array(self._voiced).T
        breaks = (np.diff(times) > 3 * HOP / SAMPLE_RATE) | (np.abs(np.diff(pitch)) > JUMP_SEMITONES)
        edges = np.concatenate(([0], np.flatnonzero(breaks) + 1, [len(times)]))
        # Behind the last vowel a breath or a creak may have a frame or two that look voiced.
        whole = np.flatnonzero(np.diff(edges) >= SHORTEST_VOWEL)
        if not len(whole):
            return PhraseEnd(float(times[-1]))
        end = int(edges[whole[-1] + 1])
        stray = len(times) - end
        before = times[:end] - times[end - 1]
        pitch, level = pitch[:end], level[:end]
        after = np.array(self._after)
        quiet = max(float(np.median(level)) - HUM_DB, float(np.median(after[-15:])) + 6)
        creak = stray + int((after > quiet).sum())
        last, body = pitch[before > -0.08], pitch[(before > -0.8) & (before < -0.2)]
        rise: float | None = None
        if creak < CREAK_FRAMES and len(body) >= SHORTEST_VOWEL:
            rise = float(np.median(last) - np.median(body))
        fade: float | None = None
        if before[0] <= -1.0:
            fade = float(np.quantile(level, 0.9) - np.quantile(level[before > -0.3], 0.9))
        clear = rise is not None and abs(rise) < OUTLIER + JUMP_SEMITONES
        return PhraseEnd(float(times[-1]), rise if clear else None, fade)


class ProsodyStage:
    """Emits a `ProsodySample` for every half second of sound, and a `PhraseEnd` where a phrase ended."""

    def __init__(self) -> None:
        self._start: float | None = None
        self._own = OwnMiddle()
        self._forget()

    def _forget(self) -> None:
        self._sound = np.zeros(0, np.float32)
        self._before = np.zeros(0, np.float32)
        """The end of the sound described last: frames reach back into it."""
        self._phrases = Phrases()

    def feed(self, chunk: AudioChunk) -> Iterable[ProsodySample | PhraseEnd]:
        found: list[ProsodySample | PhraseEnd] = []
        if self._start is None or jumps(self._start + len(self._sound) / SAMPLE_RATE, chunk):
            found += self.finish()
            self._start = chunk.t
        sound = np.concatenate((self._sound, clean(chunk.samples)))
        whole = len(sound) // STRETCH * STRETCH
        for at in range(0, whole, STRETCH):
            found += self._describe(sound[at : at + STRETCH])
        self._sound = sound[whole:].copy()
        return found

    def _describe(self, stretch: Samples) -> Iterator[ProsodySample | PhraseEnd]:
        assert self._start is not None
        sound = np.concatenate((self._before, stretch))
        track = pitch_track(sound, self._own.middle)
        sample = describe(stretch, self._start, track)
        yield sample
        yield from self._phrases.feed(track, self._start - len(self._before) / SAMPLE_RATE)
        self._own.take(track)
        self._before = sound[-(FRAME - HOP) :].copy()
        self._start += len(stretch) / SAMPLE_RATE

    def finish(self) -> Iterable[ProsodySample | PhraseEnd]:
        """End of the sound: what is left is described if it is long enough."""
        found: list[ProsodySample | PhraseEnd] = []
        if self._start is not None and len(self._sound) >= SHORTEST:
            found += self._describe(self._sound)
        self._forget()
        return found
