"""From received or decoded frames to the chunks that stages take."""

import av
import numpy as np
import numpy.typing as npt

from models.stage import SAMPLE_RATE, AudioChunk, VideoChunk

LONGEST_SIDE = 640
"""Pixels; larger pictures are scaled down before analysis, which loses nothing that the models use."""
LOST_S = 0.04
"""Stamps that run ahead of the sound received by more than this mean that sound was lost; behind, that what
came first was late."""
RESAMPLER_S = 0.005
"""More than the resampler keeps to itself of the first packets."""
FILLED_S = 0.5
"""Losses up to this are filled with silence; longer ones leave a hole between chunks."""


class Cadence:
    """Says which of a stream of times are due at `fps` a second, on an even grid."""

    def __init__(self, fps: float) -> None:
        self._period = 1 / fps
        self._due: float | None = None

    def due(self, t: float) -> bool:
        """True when what comes at `t` (s) is to be looked at; the next is due a period later."""
        if self._due is not None and t < self._due - 1e-4:
            return False
        self._due = max((t if self._due is None else self._due) + self._period, t)
        return True


def video_chunk(frame: av.VideoFrame, t: float) -> VideoChunk:
    """The picture as RGB, scaled so that its longest side is at most `LONGEST_SIDE`."""
    scale = min(1.0, LONGEST_SIDE / max(frame.width, frame.height))
    width, height = (max(2, round(side * scale)) for side in (frame.width, frame.height))
    return VideoChunk(t, rgb(frame.reformat(width=width, height=height)))


def rgb(frame: av.VideoFrame) -> npt.NDArray[np.uint8]:
    """The picture as RGB, shape (height, width, 3)."""
    return frame.to_ndarray(format="rgb24").astype(np.uint8, copy=False)


class AudioIntake:
    """Sound of any rate and layout as mono chunks at `SAMPLE_RATE` on the session's time axis.

    Frames are collected to blocks of `BLOCK_S`, so that no thread is woken for every packet.
    """

    BLOCK_S = 0.1

    def __init__(self) -> None:
        self._format: tuple[int, str, str] | None = None
        self._resampler = av.AudioResampler("flt", "mono", SAMPLE_RATE)
        self._collected = av.AudioFifo()
        self._silence = 0
        self._start = 0.0
        self._next: float | None = None

    def add(self, frame: av.AudioFrame, t: float) -> list[AudioChunk]:
        """Take a frame whose first sample is at session time `t` (s); the chunks now complete.

        Where time ran ahead of the samples, a short loss is filled with silence; after a long one (a
        muted or late track) the next chunk starts at the new time. Where time fell behind (the first packets
        were late) packets are left out until it has caught up.
        """
        complete: list[AudioChunk] = []
        shape = (frame.sample_rate, frame.layout.name, frame.format.name)
        lost = FILLED_S if self._next is None else t - self._next
        if lost < -LOST_S:
            return complete
        if lost > LOST_S or shape != self._format:
            complete = self.flush()
        if shape != self._format:
            self._format = shape
            self._resampler = av.AudioResampler("flt", "mono", SAMPLE_RATE)
            self._collected = av.AudioFifo()
        if lost >= FILLED_S or self._next is None:
            self._start = self._next = t
        elif lost > LOST_S:
            self._silence = round(lost * SAMPLE_RATE)
            self._next += self._silence / SAMPLE_RATE
        frame.pts = None
        self._collected.write(frame)
        self._next += frame.samples / frame.sample_rate
        if self._next - self._start >= self.BLOCK_S - RESAMPLER_S:
            complete += self.flush()
        return complete

    def flush(self) -> list[AudioChunk]:
        """What was collected so far, as one chunk or none."""
        collected = self._collected.read()
        if collected is None:
            return []
        collected.pts = None
        pieces = [out.to_ndarray().reshape(-1) for out in self._resampler.resample(collected)]
        if not any(piece.size for piece in pieces):
            return []
        silence, self._silence = np.zeros(self._silence, np.float32), 0
        chunk = AudioChunk(self._start, np.concatenate([silence, *pieces]).astype(np.float32, copy=False))
        self._start = chunk.end
        return [chunk]
