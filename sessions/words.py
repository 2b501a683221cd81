"""Words are recognised and aligned in processes of their own.

Both keep Python's interpreter lock for long stretches. In the server's process that would hold up the event
loop and the pictures of every session.
"""

import multiprocessing
import os
import queue
import signal
import threading
from collections.abc import Callable, Sequence
from functools import cache
from multiprocessing.connection import Connection
from typing import Any

import numpy as np
import numpy.typing as npt
import structlog

from models.hearing.alignment import Aligner, Alignment
from models.hearing.moonshine import MoonshineRecogniser
from models.hearing.transcription import RecognisedWord
from models.registry import ModelError

log = structlog.get_logger()
Samples = npt.NDArray[np.float32]
NICENESS = 10
"""Live pictures and the event loop go before a re-decode."""
BUSY_STEP_S = 0.85
"""Seconds between two looks at an open utterance while others wait for theirs."""


class WordProcesses:
    """A recogniser and an aligner for all sessions of a server; each process does one thing at a time.

    Is a `models.hearing.transcription.WordAligner`, and a `Recogniser` unless another recogniser is used.
    """

    name = MoonshineRecogniser.name

    def __init__(self, processes: int, recognise: bool = True) -> None:
        """Start the processes; with `recognise` false only to align."""
        self._loading, self._loaded = threading.Lock(), 0
        self._free: queue.SimpleQueue[Process] = queue.SimpleQueue()
        self._all = [Process("rapport-words", NICENESS) for _ in range(processes)]
        for process in self._all:
            process.begin(_load, recognise)

    def wait(self) -> None:
        """Return when the models are loaded. Raises models.registry.ModelError when they cannot be."""
        with self._loading:
            while self._loaded < len(self._all):
                self._all[self._loaded].result()
                self._free.put(self._all[self._loaded])
                self._loaded += 1

    def close(self) -> None:
        """End the processes."""
        for process in self._all:
            process.end()

    def transcribe(self, samples: Samples, draft: Sequence[RecognisedWord] = ()) -> list[RecognisedWord]:
        """See `Recogniser`."""
        words: list[RecognisedWord] = self._do(_transcribe, samples, tuple(draft))
        return words

    def step(self, seconds: float) -> float:
        """See `Recogniser`. Longer while every process is at work: what is final goes before a look."""
        step = MoonshineRecogniser.step(seconds)
        return max(step, BUSY_STEP_S) if self._free.empty() else step

    def alignment(self, samples: Samples, words: Sequence[str]) -> Alignment:
        """See `WordAligner`."""
        found: Alignment = self._do(_alignment, samples, list(words))
        return found

    def _do(self, task: Callable[..., Any], *arguments: Any) -> Any:
        process = self._free.get()
        try:
            process.begin(task, *arguments)
            return process.result()
        except (EOFError, OSError):
            # it was ended from outside, for memory say; the words of one utterance are worth a new one
            log.warning("word process ended unexpectedly; starting another")
            self._all.remove(process)
            process = Process("rapport-words", NICENESS)
            self._all.append(process)
            process.begin(task, *arguments)
            return process.result()
        finally:
            self._free.put(process)


class Process:
    """A child process that does one task after another."""

    def __init__(self, name: str, niceness: int) -> None:
        # a forked child would inherit locks that other threads hold
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, niceness), name=name, daemon=True)
        self._process.start()
        theirs.close()

    def begin(self, task: Callable[..., Any], *arguments: Any) -> None:
        """Hand over a task: a function of a module, for the process to call."""
        self._pipe.send((task, arguments))

    def result(self) -> Any:
        """The result of the task. Raises its ModelError; EOFError or OSError if the process is gone."""
        done, result = self._pipe.recv()
        if not done:
            raise result
        return result

    def end(self) -> None:
        """End the process; it notices when the pipe is closed."""
        self._pipe.close()
        self._process.join(5)

    def kill(self) -> None:
        """End the process in the middle of its task."""
        self._process.terminate()
        self._process.join(5)
        self._pipe.close()


_recogniser, _aligner = cache(MoonshineRecogniser), cache(Aligner)


def _load(recognise: bool) -> None:
    _aligner()
    if recognise:
        _recogniser()


def _transcribe(samples: Samples, draft: Sequence[RecognisedWord]) -> list[RecognisedWord]:
    return _recogniser().transcribe(samples, draft)


def _alignment(samples: Samples, words: Sequence[str]) -> Alignment:
    return _aligner().alignment(samples, words)


def _serve(pipe: Connection, niceness: int) -> None:
    os.nice(niceness)
    # Ctrl-C is the server's to handle
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        try:
            task, arguments = pipe.recv()
        except (EOFError, ConnectionResetError):
            # the server is gone, however it ended, perhaps before it took the last result
            return
        try:
            pipe.send((True, task(*arguments)))
        except ModelError as error:
            pipe.send((False, error))
        except (BrokenPipeError, ConnectionResetError):
            return
