"""Lanes: one worker thread each, between the tracks of a live session and its stages.

Every intake is bounded. The vision lane keeps the newest picture and drops older ones; an audio lane
keeps order, and when it is further behind than its bound it skips what waits and says so with a gap.
"""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

import av
import numpy as np
import structlog

from models.observations import Gap, Observation, Source
from models.stage import AudioChunk, Chunk, Stage, VideoChunk
from sessions import metrics
from sessions.intake import video_chunk

log = structlog.get_logger()
Item = TypeVar("Item")
Sink = Callable[[Observation, float], None]
"""Takes an observation and when the media it was made from arrived (monotonic s)."""

TOUCHING_S = 0.01
"""Chunks no further apart than this are one stretch of sound."""


class Lane(Generic[Item, Chunk]):
    """A thread that turns what waits into chunks and feeds them to its stage."""

    def __init__(self, name: str, make: Callable[[], Stage[Chunk]], sink: Sink, bound: int) -> None:
        """`make` runs in the lane's own thread, since building a detector takes a while."""
        self.name = name
        self._make: Callable[[], Stage[Chunk]] = make
        self._sink, self._bound = sink, bound
        self._waiting: list[Item] = []
        self._fresh = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name=f"lane-{name}", daemon=True)

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def put(self, item: Item) -> None:
        """Let `item` wait for the lane; past the bound, what waited before it is skipped."""
        skipped: list[Item] = []
        with self._fresh:
            if self._closed:
                return
            if len(self._waiting) >= self._bound:
                skipped, self._waiting = self._waiting, []
            self._waiting.append(item)
            self._fresh.notify()
        if skipped:
            self._skip(skipped)
        metrics.QUEUE.labels(self.name).inc(1 - len(skipped))

    def close(self) -> None:
        """No more will come; what waits is still worked on."""
        with self._fresh:
            self._closed = True
            self._fresh.notify()

    def join(self) -> None:
        """Wait until the lane is done, after `close`."""
        self._thread.join()

    def _run(self) -> None:
        try:
            stage = self._make()
        except Exception:
            # the session goes on without this lane; its coverage shows it
            log.exception("lane could not start", lane=self.name)
            metrics.LANE_FAILURES.labels(self.name).inc()
            with self._fresh:
                self._closed = True
            return
        while items := self._take():
            try:
                began = time.perf_counter()
                for chunk, arrived in self._chunks(items):
                    for observation in stage.feed(chunk):
                        self._sink(observation, arrived)
                metrics.LANE_STEP.labels(self.name).observe(time.perf_counter() - began)
            except Exception:
                # one bad picture or block must not end the lane
                log.exception("lane failed", lane=self.name)
                metrics.LANE_FAILURES.labels(self.name).inc()
        try:
            for observation in stage.finish():
                self._sink(observation, time.monotonic())
        except Exception:
            log.exception("lane failed to finish", lane=self.name)
            metrics.LANE_FAILURES.labels(self.name).inc()

    def _take(self) -> list[Item]:
        with self._fresh:
            self._fresh.wait_for(lambda: self._waiting or self._closed)
            items, self._waiting = self._waiting, []
        metrics.QUEUE.labels(self.name).dec(len(items))
        return items

    def _chunks(self, items: list[Item]) -> Iterator[tuple[Chunk, float]]:
        raise NotImplementedError

    def _skip(self, items: list[Item]) -> None:
        raise NotImplementedError


Picture = tuple[av.VideoFrame, float, float]
"""A frame, its session time and its arrival (s)."""


class VisionLane(Lane[Picture, VideoChunk]):
    """The newest picture wins; conversion to RGB happens here, only for pictures that are looked at."""

    def __init__(self, make: Callable[[], Stage[VideoChunk]], sink: Sink) -> None:
        super().__init__("vision", make, sink, bound=1)

    def _chunks(self, items: list[Picture]) -> Iterator[tuple[VideoChunk, float]]:
        frame, t, arrived = items[-1]
        yield video_chunk(frame, t), arrived

    def _skip(self, items: list[Picture]) -> None:
        metrics.DROPPED_FRAMES.inc(len(items))


Sound = tuple[AudioChunk, float]
"""A chunk and its arrival (s)."""


class SoundLane(Lane[Sound, AudioChunk]):
    """Sound in order. What waits is merged into one chunk, so a slow stage takes longer steps."""

    def __init__(
        self,
        name: str,
        make: Callable[[], Stage[AudioChunk]],
        sink: Sink,
        source: Source,
        bound: int,
    ) -> None:
        super().__init__(name, make, sink, bound)
        self._source = source

    def _chunks(self, items: list[Sound]) -> Iterator[tuple[AudioChunk, float]]:
        stretch: list[AudioChunk] = []
        for chunk, arrived in items:
            if stretch and abs(chunk.t - stretch[-1].end) > TOUCHING_S:
                yield _merged(stretch), arrived
                stretch = []
            stretch.append(chunk)
        yield _merged(stretch), items[-1][1]

    def _skip(self, items: list[Sound]) -> None:
        metrics.SKIPPED_AUDIO.labels(self.name).inc(len(items))
        start, end = items[0][0].t, items[-1][0].end
        self._sink(Gap(round(start, 3), round(end, 3), self._source, "machine busy"), items[-1][1])


def _merged(chunks: list[AudioChunk]) -> AudioChunk:
    if len(chunks) == 1:
        return chunks[0]
    return AudioChunk(chunks[0].t, np.concatenate([chunk.samples for chunk in chunks]))
