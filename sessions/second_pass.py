"""Finished utterances are read again by a better recogniser, in the background.

It works in a process of its own, at the lowest priority and on one thread, so that captions and pictures go
before it. What it cannot do in time keeps its first reading.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache

import structlog

from models.hearing.alignment import Aligner, Alignment
from models.hearing.second_pass import read_again
from models.hearing.transcription import Recogniser, Samples
from models.observations import Utterance
from models.registry import ModelError
from models.stage import SAMPLE_RATE
from sessions import metrics
from sessions.words import Process

log = structlog.get_logger()
NICENESS = 19
MOST_WAITING = 300 * SAMPLE_RATE
"""Samples of all sessions that may wait, 19 MB; what comes past them keeps its first reading."""
PATIENCE_S = 5.0
"""Seconds for which the end of a live session waits for what is outstanding."""


@dataclass(slots=True)
class Rereading:
    """One session's part in it."""

    _owner: "SecondPass"
    _sink: Callable[[Utterance], None]
    _waits: bool
    outstanding: int = field(default=0, init=False)
    ending: bool = field(default=False, init=False)
    over: bool = field(default=False, init=False)

    def put(self, utterance: Utterance, samples: Samples, origin: float) -> None:
        """Let a final utterance be read again; see `models.hearing.transcription.Finished`."""
        self._owner.put(_Item(self, utterance, samples.copy(), origin), self._waits)

    def finish(self, seconds: float | None) -> None:
        """Wait until all of it is done, at most so long; after this nothing more comes out."""
        self._owner.finish(self, seconds)

    def emit(self, utterance: Utterance) -> None:
        """Hand on what was read."""
        self._sink(utterance)


@dataclass(frozen=True, slots=True, eq=False)
class _Item:
    session: Rereading
    utterance: Utterance
    samples: Samples
    origin: float


class SecondPass:
    """Reads utterances of all sessions again, one at a time, those of an ending session first."""

    def __init__(self, make: Callable[[], Recogniser]) -> None:
        """Begin to load the recogniser that `make`, called in the other process, returns."""
        self._make = make
        self._waiting: deque[_Item] = deque()
        self._held = 0
        self._change = threading.Condition()
        self._closed = False
        self._name: str | None = None
        self._loading = threading.Lock()
        self._process = self._start()
        self._thread = threading.Thread(target=self._run, name="second-pass", daemon=True)

    def wait(self) -> str:
        """The recogniser's name, once it is loaded. Raises models.registry.ModelError when it cannot be."""
        with self._loading:
            if self._name is None:
                try:
                    self._name = str(self._process.result())
                except (EOFError, OSError):
                    raise ModelError("the second recogniser ended while it was loaded") from None
                self._thread.start()
            return self._name

    def close(self) -> None:
        """Leave what waits and end the process."""
        with self._change:
            self._closed = True
            self._change.notify_all()
        self._process.kill()

    def session(self, sink: Callable[[Utterance], None], waits: bool = False) -> Rereading:
        """A new session's part. `sink` is called from another thread with each utterance that was replaced.

        With `waits`, as for a file, `put` waits for room instead of leaving an utterance as it is.
        """
        return Rereading(self, sink, waits)

    def put(self, item: _Item, waits: bool) -> None:
        """See `Rereading.put`."""
        with self._change:
            if waits:
                self._change.wait_for(lambda: self._closed or self._room_for(item))
            if self._closed or item.session.over or not self._room_for(item):
                metrics.SECOND_PASS.labels("left out").inc()
                return
            item.session.outstanding += 1
            self._held += len(item.samples)
            self._waiting.append(item)
            self._change.notify_all()

    def finish(self, session: Rereading, seconds: float | None) -> None:
        """See `Rereading.finish`."""
        with self._change:
            session.ending = True
            self._change.wait_for(lambda: self._closed or not session.outstanding, seconds)
            session.over = True
            left = [item for item in self._waiting if item.session is session]
            self._waiting = deque(item for item in self._waiting if item.session is not session)
            self._held -= sum(len(item.samples) for item in left)
            self._change.notify_all()
        metrics.SECOND_PASS.labels("left out").inc(len(left))

    def _room_for(self, item: _Item) -> bool:
        return self._held + len(item.samples) <= MOST_WAITING

    def _start(self) -> Process:
        process = Process("rapport-second-pass", NICENESS)
        process.begin(_load, self._make)
        return process

    def _run(self) -> None:
        while item := self._next():
            better = self._read(item)
            with self._change:
                item.session.outstanding -= 1
                if better and not item.session.over:
                    item.session.emit(better)
                self._change.notify_all()
            metrics.SECOND_PASS.labels("replaced" if better else "kept").inc()

    def _next(self) -> _Item | None:
        with self._change:
            self._change.wait_for(lambda: self._closed or self._waiting)
            if self._closed:
                return None
            item = next((item for item in self._waiting if item.session.ending), self._waiting[0])
            self._waiting.remove(item)
            self._held -= len(item.samples)
            self._change.notify_all()
            return item

    def _read(self, item: _Item) -> Utterance | None:
        try:
            self._process.begin(_again, item.utterance, item.samples, item.origin)
            better: Utterance | None = self._process.result()
            return better
        except (ModelError, EOFError, OSError):
            if not self._closed:
                self._start_anew()
            return None

    def _start_anew(self) -> None:
        log.warning("second pass ended unexpectedly; starting another")
        try:
            self._process = self._start()
            self._process.result()
        except (ModelError, EOFError, OSError):
            log.exception("second pass cannot go on")
            with self._change:
                self._closed = True
                self._change.notify_all()


class _LateAligner:
    """Loads an aligner when the recogniser gives no times; Whisper does."""

    def alignment(self, samples: Samples, words: Sequence[str]) -> Alignment:
        return _aligner().alignment(samples, words)


_aligner = cache(Aligner)
_loaded: list[Recogniser] = []


def _load(make: Callable[[], Recogniser]) -> str:
    _loaded[:] = [make()]
    return _loaded[0].name


def _again(utterance: Utterance, samples: Samples, origin: float) -> Utterance | None:
    return read_again(_loaded[0], _LateAligner(), utterance, samples, origin)
