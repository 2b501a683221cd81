"""Words are recognised and aligned in processes of their own.

Both keep Python's interpreter lock for long stretches. In the server's process that would hold up the event
loop and the pictures of every session; measured with four sessions, the loop's lag p99 was 70 ms with the
recogniser in a thread.
"""

import multiprocessing
import multiprocessing.connection
import os
import signal
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import cache
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import structlog

from models.alignment import Aligner
from models.moonshine import MoonshineRecogniser
from models.transcription import RecognisedWord

log = structlog.get_logger()
Samples = npt.NDArray[np.float32]
Result = TypeVar("Result")
NICENESS = 5
"""Live pictures and the event loop go before a re-decode."""


class WordProcesses:
    """A recogniser and an aligner for all sessions of a server, one decode at a time in each process.

    Is a `models.transcription.WordAligner`, and a `Recogniser` unless another recogniser is used.
    """

    name = MoonshineRecogniser.name

    def __init__(self, processes: int, recognise: bool = True) -> None:
        """Start the processes; with `recognise` false only to align."""
        self._processes = processes
        self._lock = threading.Lock()
        self._pool = self._new_pool()
        self._ready = [self._pool.submit(_load, recognise) for _ in range(processes)]

    def wait(self) -> None:
        """Return when the models are loaded. Raises models.registry.ModelError when they cannot be."""
        for future in self._ready:
            future.result()

    def close(self) -> None:
        """End the processes."""
        self._pool.shutdown(cancel_futures=True)

    def transcribe(self, samples: Samples, draft: Sequence[RecognisedWord] = ()) -> list[RecognisedWord]:
        """See `Recogniser`."""
        return self._run(_transcribe, samples, tuple(draft))

    def step(self, seconds: float) -> float:
        """See `Recogniser`."""
        return MoonshineRecogniser.step(seconds)

    def align(self, samples: Samples, words: Sequence[str]) -> list[tuple[float, float] | None]:
        """See `WordAligner`."""
        return self._run(_align, samples, list(words))

    def _run(self, work: Callable[..., Result], *arguments: Any) -> Result:
        pool = self._pool
        try:
            return pool.submit(work, *arguments).result()
        except BrokenProcessPool:
            # a process was ended from outside, for memory say; the words of one utterance are worth a new one
            with self._lock:
                if self._pool is pool:
                    log.warning("word process ended unexpectedly; starting another")
                    self._pool = self._new_pool()
            return self._pool.submit(work, *arguments).result()

    def _new_pool(self) -> ProcessPoolExecutor:
        # a forked child would inherit locks that other threads hold
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(self._processes, context, initializer=_begin)


def _begin() -> None:
    os.nice(NICENESS)
    # Ctrl-C is the server's to handle
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        multiprocessing.connection.wait([parent.sentinel])
        os._exit(1)


_recogniser, _aligner = cache(MoonshineRecogniser), cache(Aligner)


def _load(recognise: bool) -> None:
    _aligner()
    if recognise:
        _recogniser()


def _transcribe(samples: Samples, draft: tuple[RecognisedWord, ...]) -> list[RecognisedWord]:
    return _recogniser().transcribe(samples, draft)


def _align(samples: Samples, words: list[str]) -> list[tuple[float, float] | None]:
    return _aligner().align(samples, words)
