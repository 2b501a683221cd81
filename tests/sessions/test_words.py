"""Words from processes of their own."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest

from models.hearing.alignment import Aligner
from models.hearing.moonshine import MoonshineRecogniser
from models.stage import SAMPLE_RATE
from sessions.words import BUSY_STEP_S, Process, WordProcesses
from tests.fixtures import media


@pytest.fixture(scope="module")
def sound() -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    """Four seconds of real speech."""
    return media.samples(media.speech(), SAMPLE_RATE, 4).astype(np.float32) / 32_768


@pytest.fixture(scope="module")
def words() -> Iterator[WordProcesses]:
    processes = WordProcesses(1)
    processes.wait()
    yield processes
    processes.close()


def child_of(pid: int) -> psutil.Process:
    children = psutil.Process(pid).children()
    return next(each for each in children if "spawn_main" in " ".join(each.cmdline()))


def test_the_same_words_and_times_as_at_home(
    words: WordProcesses, sound: np.ndarray[tuple[int], np.dtype[np.float32]]
) -> None:
    found = words.transcribe(sound)
    assert found == MoonshineRecogniser().transcribe(sound)
    texts = [word.text for word in found]
    assert "best" in texts
    assert words.alignment(sound, texts) == Aligner().alignment(sound, texts)


def test_steps_are_longer_while_another_waits(
    words: WordProcesses, sound: np.ndarray[tuple[int], np.dtype[np.float32]]
) -> None:
    assert words.step(2.0) == MoonshineRecogniser.step(2.0)
    busy = threading.Thread(target=words.transcribe, args=(np.tile(sound, 2),))
    busy.start()
    seen = set()
    while busy.is_alive():
        seen.add(words.step(2.0))
    assert BUSY_STEP_S in seen
    assert words.step(2.0) == MoonshineRecogniser.step(2.0)


def test_a_process_that_was_killed_is_replaced(
    words: WordProcesses, sound: np.ndarray[tuple[int], np.dtype[np.float32]]
) -> None:
    before = words.transcribe(sound)
    child_of(os.getpid()).kill()
    assert words.transcribe(sound) == before


def test_no_process_outlives_its_server() -> None:
    program = (
        "from sessions.words import WordProcesses\n"
        "if __name__ == '__main__':\n"
        "    words = WordProcesses(1, recognise=False); words.wait(); print('ready', flush=True); input()"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert parent.stdout
    assert parent.stdout.readline() == b"ready\n"
    child = child_of(parent.pid)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    deadline = time.monotonic() + 10
    while child.is_running() and child.status() != psutil.STATUS_ZOMBIE and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE


def test_a_process_ends_quietly_though_nobody_took_its_result(capfd: pytest.CaptureFixture[str]) -> None:
    process = Process("unheard", niceness=0)
    process.begin(str, "unheard")
    assert process._pipe.poll(30)
    process.end()
    assert process._process.exitcode == 0
    assert capfd.readouterr().err == ""
