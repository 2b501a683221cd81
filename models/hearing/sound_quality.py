"""How well the microphone hears the candidate: level, clipping, noise, echo and other voices, once a second.

What is judged is how far speech stands out of what fills its gaps. Speech rises and falls by 20 dB and more
several times a second, even where nobody pauses; noise, and other people's talk most of all, fills the
dips. So the loud frames are compared with the low ones, which needs no pause and nothing to be learnt.

The band is that of speech, so a fan or traffic whose power lies below it counts for less than its level says:
with such a recording 5 dB below the speech, two windows in three are noisy. Those are the ones where it
matters: clips that never were had a word error rate of 5 % (3 % without the noise), the others 18 % (6 %).
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from models.hearing.other_voice import OtherVoice
from models.hearing.prosody import Values, decibels
from models.hearing.voice_activity import ONSET, Detector, Samples, Windows, clean, jumps
from models.observations import SOUND_PROBLEMS, SoundProblem, SoundQuality
from models.sound_problems import LIMITS
from models.stage import SAMPLE_RATE, AudioChunk

BLOCK_S = 1.0
"""Seconds of sound between observations."""
RECENT_S = 5.0
"""Seconds that the levels of speech and noise are taken from."""
SHORTEST_S = 0.5
"""Seconds that the last, shorter block has at least."""
SPEECH_S = 0.4
"""Seconds of speech that its level takes."""
SILENT_S = 6.0
"""Seconds without any signal before the microphone counts as silent: a noise gate closes in pauses too."""
CLIPPING_S = 3.0
LOUD, LOW = 90.0, 15.0
"""Percentiles of frame levels that stand for speech and for what is behind it."""
CREST_DB = 5.0
"""What the loudest tenth of speech lies above its mean level."""
FULL_SCALE = 0.99
"""A sample at least this large is clipped."""
CALM = 3
"""Blocks in which a problem must not be seen before it is over."""
ECHO_DELAYS = (0.04, 0.35)
"""Seconds. Shorter ones are the room's colour, longer ones leave too little of a block in common."""
ECHO_PEAK = 0.06
"""Height of the cepstrum's peak: about half the echo's share of the direct sound (Bogert et al. 1963)."""
ECHO_CLARITY = 12.0
"""The peak over the spread of the other delays."""
ECHO_BLOCKS = 5
"""Blocks of speech that an echo is looked for in."""


@cache
def weights(size: int) -> Values:
    """How much each bin of a frame's power spectrum counts, shape (size // 2 + 1,).

    Rumble and hiss beside the band of speech hardly hinder hearing, and low vowels outweigh the consonants
    that noise covers first: 150 Hz to 4 kHz, rising up to 1 kHz.
    """
    frequency = np.fft.rfftfreq(size, 1 / SAMPLE_RATE)
    weight: Values = np.where((frequency >= 150) & (frequency < 4000), np.minimum(frequency / 1000, 1), 0.0)
    return weight


@cache
def _taper(size: int) -> Values:
    return np.hanning(size)


def speech_weighted(frames: Values) -> Values:
    """The level in dB of each frame, shape (n, size), in the band of speech; -90 at least."""
    size = frames.shape[1]
    shape = _taper(size)
    power = np.abs(np.fft.rfft(frames * shape)) ** 2 @ weights(size) * 2 / (size * (shape**2).sum())
    return decibels(np.sqrt(power))


def cepstrum(samples: Samples) -> Values:
    """The real cepstrum of a stretch of sound over `ECHO_DELAYS`: a copy that comes later stands out."""
    spectrum = np.abs(np.fft.rfft(samples * _taper(len(samples))))
    first, last = (round(delay * SAMPLE_RATE) for delay in ECHO_DELAYS)
    whole = np.fft.irfft(np.log(spectrum + 1e-6 * spectrum.max() + 1e-12), len(samples))
    delays: Values = whole[first:last]
    return delays


@dataclass(frozen=True, slots=True)
class _Block:
    """What a second of sound showed, window by window."""

    speech: npt.NDArray[np.bool_]
    level: Values
    weighted: Values
    clipped: float
    other_voice: bool


class SoundQualityStage:
    """Emits a `SoundQuality` for about every second of sound.

    A problem is told as soon as it is seen, and as over after `CALM` blocks without it; sound that cannot
    be judged, because nobody speaks, changes nothing.
    """

    def __init__(self, detector: Detector) -> None:
        self._windows = Windows(detector)
        self._size = detector.window
        self._block = round(BLOCK_S / self._windows.seconds)
        self._start: float | None = None
        self._received = 0
        # The candidate's voice stays the same while the microphone is off.
        self._other_voice = OtherVoice()
        self._restart(None)

    def _restart(self, t: float | None) -> None:
        self._windows.reset()
        self._start = t
        self._received = 0
        self._probabilities: list[float] = []
        self._sound = np.zeros(0, np.float32)
        self._blocks: deque[_Block] = deque(maxlen=round(RECENT_S / BLOCK_S))
        self._cepstra: deque[Values] = deque(maxlen=ECHO_BLOCKS)
        self._speech_db: float | None = None
        self._speech_weighted: float | None = None
        self._without_signal = 0
        self._seen_ago: dict[SoundProblem, int] = {}

    def feed(self, chunk: AudioChunk) -> Iterable[SoundQuality]:
        found: list[SoundQuality] = []
        if self._start is None or jumps(self._start + len(self._sound) / SAMPLE_RATE, chunk):
            found += self.finish()
            self._restart(chunk.t)
        samples = clean(chunk.samples)
        self._probabilities += self._windows.feed(samples)
        sound = np.concatenate((self._sound, samples))
        while len(self._probabilities) >= self._block:
            found.append(self._judge(sound, self._block))
            sound = sound[self._block * self._size :]
        self._sound = sound.copy()
        return found

    def finish(self) -> Iterable[SoundQuality]:
        """End of the sound: what is left is judged if it is long enough."""
        count = len(self._probabilities)
        found = [self._judge(self._sound, count)] if count * self._windows.seconds >= SHORTEST_S else []
        self._restart(None)
        return found

    def _judge(self, sound: Samples, count: int) -> SoundQuality:
        """The verdict with the next `count` windows, which `sound` begins with."""
        assert self._start is not None
        speech = np.array(self._probabilities[:count]) >= ONSET
        del self._probabilities[:count]
        heard = sound[: count * self._size]
        frames = heard.reshape(count, self._size).astype(np.float64)
        frames -= frames.mean(axis=1, keepdims=True)
        level = decibels(np.sqrt((frames**2).mean(axis=1)))
        clipped = float((np.abs(heard) >= FULL_SCALE).mean())
        other = self._other_voice.hears(heard, speech)
        self._blocks.append(_Block(speech, level, speech_weighted(frames), clipped, other))
        if count == self._block and speech.mean() >= SPEECH_S:
            self._cepstra.append(cepstrum(heard))
        start = self._start
        self._start += len(heard) / SAMPLE_RATE
        snr = self._listen()
        return SoundQuality(start, self._start, self._speech_db, snr, clipped, self._most_pressing(snr))

    def _listen(self) -> float | None:
        """Take the levels of recent speech; the ratio to what is behind it in dB, if there ever was any."""
        level, weighted = self._recent("level"), self._recent("weighted")
        # A gate or a switched-off source says nothing of the noise behind speech.
        audible = level > LIMITS.silent_below_db
        speech = np.concatenate([block.speech for block in self._blocks]) & audible
        if speech.sum() * self._windows.seconds >= SPEECH_S:
            self._speech_db = float(np.percentile(level[speech], LOUD)) - CREST_DB
            self._speech_weighted = float(np.percentile(weighted[speech], LOUD)) - CREST_DB
        if self._speech_weighted is None:
            return None
        floor = float(np.percentile(weighted, LOW))
        return self._speech_weighted - floor

    def _recent(self, what: str) -> Values:
        return np.concatenate([getattr(block, what) for block in self._blocks])

    def _most_pressing(self, snr: float | None) -> SoundProblem | None:
        signal = self._blocks[-1].level.max() > LIMITS.silent_below_db
        self._without_signal = 0 if signal else self._without_signal + 1
        if self._without_signal * BLOCK_S >= SILENT_S:
            return "silent"
        for problem, seen in self._seen(snr).items():
            self._seen_ago[problem] = 0 if seen else self._seen_ago.get(problem, CALM) + 1
        return next((problem for problem in SOUND_PROBLEMS if self._held(problem)), None)

    def _held(self, problem: SoundProblem) -> bool:
        return self._seen_ago.get(problem, CALM) < CALM

    def _seen(self, snr: float | None) -> dict[SoundProblem, bool]:
        """Which problems this moment shows; the limits that end one lie beyond those that begin it."""
        clipped = np.mean([block.clipped for block in list(self._blocks)[-round(CLIPPING_S / BLOCK_S) :]])
        least_snr = LIMITS.noisy_until_db if self._held("noisy") else LIMITS.noisy_below_db
        least_db = LIMITS.quiet_until_db if self._held("quiet") else LIMITS.quiet_below_db
        # Before anybody spoke, only noise that is as loud as speech can be told.
        background = float(np.percentile(self._recent("level"), LOW)) if snr is None else -np.inf
        return {
            "clipping": bool(clipped >= LIMITS.clipped_share),
            "noisy": background > LIMITS.loud_noise_db if snr is None else snr < least_snr,
            "quiet": self._speech_db is not None and self._speech_db < least_db,
            "other voice": self._blocks[-1].other_voice,
            "echo": self._echo(),
        }

    def _echo(self) -> bool:
        if len(self._cepstra) < ECHO_BLOCKS:
            return False
        delays = np.mean(self._cepstra, axis=0)
        spread = float(np.median(np.abs(delays))) / 0.6745
        return bool(delays.max() >= max(ECHO_PEAK, ECHO_CLARITY * spread))
