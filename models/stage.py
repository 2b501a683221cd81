"""What goes into a stage, and what a stage is.

A stage knows no clock, no network and no thread: a chunk carries its session time, and the same chunks
give the same observations whether they come from a live track or from a file.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

from models.observations import Observation, QuestionAsked, Utterance

SAMPLE_RATE = 16_000
"""Samples a second of every `AudioChunk`."""


@dataclass(frozen=True, slots=True)
class VideoChunk:
    """One picture."""

    t: float
    """Session time in seconds."""
    image: npt.NDArray[np.uint8]
    """RGB, shape (height, width, 3); the size may change from chunk to chunk."""


@dataclass(frozen=True, slots=True)
class AudioChunk:
    """A stretch of sound of any length; live ones are 100 ms, merged when a lane is behind."""

    t: float
    """Session time in seconds of the first sample."""
    samples: npt.NDArray[np.float32]
    """Mono at `SAMPLE_RATE`, shape (n,), nominally in -1..1."""

    @property
    def end(self) -> float:
        """Session time in seconds just after the last sample."""
        return self.t + len(self.samples) / SAMPLE_RATE


Spoken: TypeAlias = QuestionAsked | Utterance
"""What is read: in whichever order it becomes known, an utterance again when it is replaced."""

Chunk = TypeVar("Chunk", VideoChunk, AudioChunk, Spoken, contravariant=True)


class Stage(Protocol, Generic[Chunk]):
    """An incremental analysis of one track of one session."""

    def feed(self, chunk: Chunk) -> Iterable[Observation]:
        """Take the next chunk, in order of time; return what it revealed."""
        ...

    def finish(self) -> Iterable[Observation]:
        """End of the track: return what was still open and let go of native resources. Called once."""
        ...
