"""When the candidate speaks: a speech probability per window of sound, and the flips that follow from it."""

from collections import deque
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from models.network import cpu_session
from models.observations import VoiceActivity
from models.registry import packaged
from models.stage import SAMPLE_RATE, AudioChunk

Samples = npt.NDArray[np.float32]

ONSET = 0.5
"""A window at least this likely to be speech starts speech."""
OFFSET = 0.35
"""In an utterance a window less likely than this to be speech is quiet; between the two, what was goes on."""
JUMP = 0.1
"""Seconds between where a chunk was expected and where it is from which on something is missing."""


class Detector(Protocol):
    """Tells speech from the rest, one window after another, for one session's sound."""

    name: str
    window: int
    """Samples in a window."""

    def probability(self, window: Samples) -> float:
        """How likely the next window, shape (self.window,), is to be speech, 0..1."""
        ...

    def reset(self) -> None:
        """Forget what was heard: the next window does not follow the last one."""
        ...


@cache
def _silero_session() -> Any:
    return cpu_session(str(packaged("faster_whisper", "assets/silero_vad_v6.onnx")))


class SileroDetector:
    """Silero VAD v6 (https://github.com/snakers4/silero-vad, MIT) in ONNX Runtime.

    The network is loaded once per process; its recurrent state belongs to the detector.
    """

    name = "silero-vad-v6"
    window = 512
    _CONTEXT = 64
    _STATE = (1, 1, 128)

    def __init__(self) -> None:
        self._session = _silero_session()
        self.reset()

    def reset(self) -> None:
        self._input = np.zeros((1, self._CONTEXT + self.window), np.float32)
        self._hidden = np.zeros(self._STATE, np.float32)
        self._cell = np.zeros(self._STATE, np.float32)

    def probability(self, window: Samples) -> float:
        self._input[0, : self._CONTEXT] = self._input[0, -self._CONTEXT :]
        self._input[0, self._CONTEXT :] = window
        speech, self._hidden, self._cell = self._session.run(
            None, {"input": self._input, "h": self._hidden, "c": self._cell}
        )
        return float(speech.ravel()[-1])


class WebRtcDetector:
    """The WebRTC project's detector: a few microseconds a window, and easily taken in by noise."""

    name = "webrtc-vad"
    window = 480
    aggressiveness = 2
    """0 (lets most through) .. 3 (filters most)."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        import webrtcvad

        self._vad = webrtcvad.Vad(self.aggressiveness)

    def probability(self, window: Samples) -> float:
        pcm = (np.clip(window, -1.0, 1.0) * 32767).astype("<i2").tobytes()
        return float(self._vad.is_speech(pcm, SAMPLE_RATE))


class Overheard:
    """A detector's answers told a second time, so that two stages over the same chunks ask it only once.

    One stage asks this detector itself; another, fed each chunk after the first, asks `again`.
    """

    def __init__(self, detector: Detector) -> None:
        self._detector = detector
        self.name, self.window = detector.name, detector.window
        self._told: deque[float] = deque()
        self.again = ToldAgain(self)

    def probability(self, window: Samples) -> float:
        """See `Detector`."""
        self._told.append(self._detector.probability(window))
        return self._told[-1]

    def reset(self) -> None:
        """See `Detector`."""
        self._detector.reset()

    def next(self) -> float:
        """The earliest answer that was not told again."""
        return self._told.popleft()


class ToldAgain:
    """The second telling of an `Overheard` detector."""

    def __init__(self, first: Overheard) -> None:
        self._first = first
        self.name, self.window = first.name, first.window

    def probability(self, window: Samples) -> float:
        """See `Detector`."""
        return self._first.next()

    def reset(self) -> None:
        """Every answer was told: both stages drop the same unfinished window."""


def clean(samples: Samples) -> Samples:
    """The samples with those that are no number set to 0 and the rest cut to -1..1, contiguous float32."""
    numbers = np.nan_to_num(np.asarray(samples, np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    return np.clip(numbers, -1.0, 1.0)


def jumps(expected: float | None, chunk: AudioChunk) -> bool:
    """The chunk does not follow what ended at the session time `expected`."""
    return expected is not None and abs(chunk.t - expected) > JUMP


class Windows:
    """Cuts sound of any chunk lengths into a detector's windows and asks it about each."""

    def __init__(self, detector: Detector) -> None:
        self._detector = detector
        self._rest = np.zeros(0, np.float32)

    @property
    def seconds(self) -> float:
        """Length of a window."""
        return self._detector.window / SAMPLE_RATE

    def feed(self, samples: Samples) -> Iterator[float]:
        """The speech probability of each window that is now complete."""
        size = self._detector.window
        waiting = np.concatenate((self._rest, samples))
        whole = len(waiting) // size * size
        self._rest = waiting[whole:]
        for start in range(0, whole, size):
            yield self._detector.probability(waiting[start : start + size])

    def reset(self) -> None:
        """Drop the unfinished window: the next sound does not follow the last."""
        self._rest = np.zeros(0, np.float32)
        self._detector.reset()


class VoiceActivityStage:
    """Emits a `VoiceActivity` whenever the candidate starts or stops speaking.

    Speech is announced with its first window and dated to that window's start. Its end is announced after
    `QUIET` seconds without speech and dated to where the quiet began: closures inside words do not count.
    That wait alone keeps speech together: a lower threshold for its end would cut the pauses short.
    """

    QUIET = 0.25

    def __init__(self, detector: Detector) -> None:
        self._windows = Windows(detector)
        self._quiet_windows = round(self.QUIET / self._windows.seconds)
        self._origin: float | None = None
        self._received = 0
        self._judged = 0
        self._speaking = False
        self._quiet = 0

    def feed(self, chunk: AudioChunk) -> Iterable[VoiceActivity]:
        found: list[VoiceActivity] = []
        if self._origin is None or jumps(self._origin + self._received / SAMPLE_RATE, chunk):
            found += self.finish()
            self._restart(chunk.t)
        self._received += len(chunk.samples)
        for probability in self._windows.feed(clean(chunk.samples)):
            flip = self._judge(probability)
            if flip is not None:
                found.append(flip)
        return found

    def finish(self) -> Iterable[VoiceActivity]:
        """End of the sound: open speech ends where it was last heard."""
        if not self._speaking:
            return []
        self._speaking = False
        return [VoiceActivity(self._time(self._judged - self._quiet), speaking=False)]

    def _restart(self, t: float) -> None:
        self._windows.reset()
        self._origin = t
        self._received = 0
        self._judged = 0
        self._quiet = 0

    def _time(self, window: int) -> float:
        return (self._origin or 0.0) + window * self._windows.seconds

    def _judge(self, probability: float) -> VoiceActivity | None:
        window = self._judged
        self._judged += 1
        if not self._speaking:
            if probability < ONSET:
                return None
            self._speaking = True
            self._quiet = 0
            return VoiceActivity(self._time(window), speaking=True)
        self._quiet = self._quiet + 1 if probability < ONSET else 0
        if self._quiet < self._quiet_windows:
            return None
        self._speaking = False
        return VoiceActivity(self._time(self._judged - self._quiet), speaking=False)
