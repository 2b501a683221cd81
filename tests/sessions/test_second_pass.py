"""The second pass: in the background, in order, bounded."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import numpy as np
import psutil
import pytest

from models.hearing.moonshine import MoonshineRecogniser
from models.hearing.transcription import RecognisedWord, TranscriptionStage
from models.hearing.voice_activity import SileroDetector
from models.hearing.whisper import WhisperRecogniser
from models.observations import SentenceRead, Utterance
from models.registry import ModelChoice, ModelError
from models.stage import SAMPLE_RATE
from scoring.record import Record
from scoring.rubric import load
from sessions.analysis import analyse
from sessions.media import open_media
from sessions.perception import Perception
from sessions.questions import FREE
from sessions.second_pass import SecondPass
from sessions.store import SessionRecord
from tests.models.hearing.random_whisper import build
from tests.models.hearing.sounds import Samples, aligner, chunks, plain_text, two_cities
from tests.models.language.reading import read

SECOND = np.zeros(SAMPLE_RATE, np.float32)


class Gated:
    """Reads a word as soon as a file is there."""

    name = "gated"

    def __init__(self, gate: Path) -> None:
        self.gate = gate

    def transcribe(self, samples: Samples, draft: object = ()) -> list[RecognisedWord]:
        while not self.gate.exists():
            time.sleep(0.01)
        return [RecognisedWord("better", 0.0, 1.0, 0.9)]

    def step(self, seconds: float) -> float:
        return seconds


def said(number: int) -> Utterance:
    return Utterance(number, float(number), number + 1.0, "worse", committed=1, final=True)


@pytest.fixture
def gate(tmp_path: Path) -> Path:
    return tmp_path / "gate"


Make = Callable[..., SecondPass]


@pytest.fixture
def second_pass() -> Iterator[Make]:
    made: list[SecondPass] = []

    def make(recogniser: Callable[..., object], *arguments: object) -> SecondPass:
        made.append(SecondPass(partial(recogniser, *arguments)))  # type: ignore[arg-type]
        made[-1].wait()
        return made[-1]

    yield make
    for each in made:
        each.close()


def test_better_words_take_the_place_of_the_first_ones(
    second_pass: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # random words are unlikely, which is otherwise a reason to drop them
    monkeypatch.setattr("models.hearing.whisper.UNLIKELY", -100.0)
    monkeypatch.setattr("models.hearing.transcription.LEAST_CONFIDENCE", 0.0)
    better: list[Utterance] = []
    session = second_pass(MoonshineRecogniser).session(better.append, waits=True)
    stage = TranscriptionStage(
        WhisperRecogniser(str(build(tmp_path / "tiny.en"))), SileroDetector(), aligner(), False, session.put
    )
    first = [each for chunk in chunks(two_cities()[: 6 * SAMPLE_RATE]) for each in stage.feed(chunk)]
    first += stage.finish()
    session.finish(None)
    assert [each.id for each in better] == [each.id for each in first if each.words]
    assert better
    record = Record()
    for observation in (*first, *better):
        record.add(observation)
    text = " ".join(each.utterance.text for each in record.answers.said())
    assert "best of times" in plain_text(text)
    assert all(each.utterance.second_pass for each in record.answers.said() if each.words)


def test_an_end_that_does_not_wait_keeps_the_first_reading(second_pass: Make, gate: Path) -> None:
    heard: list[Utterance] = []
    second = second_pass(Gated, gate)
    impatient, other = second.session(heard.append), second.session(heard.append)
    impatient.put(said(0), SECOND, 0.0)
    impatient.put(said(1), SECOND, 0.0)
    impatient.finish(0.0)
    other.put(said(2), SECOND, 0.0)
    gate.touch()
    other.finish(None)
    assert [each.id for each in heard] == [2]


def test_a_session_that_ends_goes_first(second_pass: Make, gate: Path) -> None:
    heard: list[Utterance] = []
    second = second_pass(Gated, gate)
    going, ending = second.session(heard.append), second.session(heard.append)
    for number in range(3):
        going.put(said(number), SECOND, 0.0)
    ending.put(said(10), SECOND, 0.0)
    end = threading.Thread(target=ending.finish, args=(None,))
    end.start()
    while not ending.ending:
        time.sleep(0.01)
    gate.touch()
    end.join()
    going.finish(None)
    order = [each.id for each in heard]
    assert sorted(order) == [0, 1, 2, 10]
    assert order.index(10) <= 1, "at most the one that was being read came before"
    assert [each for each in order if each < 10] == [0, 1, 2]


def test_what_waits_is_bounded_and_a_file_waits_for_room(
    second_pass: Make, gate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sessions.second_pass.MOST_WAITING", 2 * SAMPLE_RATE)
    heard: list[Utterance] = []
    second = second_pass(Gated, gate)
    live, file = second.session(heard.append), second.session(heard.append, waits=True)
    for number in range(8):
        live.put(said(number), SECOND, 0.0)
    assert live.outstanding <= 3

    def put_four() -> None:
        for number in range(10, 14):
            file.put(said(number), SECOND, 0.0)

    putting = threading.Thread(target=put_four)
    putting.start()
    gate.touch()
    putting.join()
    file.finish(None)
    live.finish(None)
    assert [each.id for each in heard if each.id >= 10] == [10, 11, 12, 13]
    assert 2 <= sum(each.id < 10 for each in heard) <= 3


def test_a_process_that_was_killed_is_replaced(second_pass: Make, gate: Path) -> None:
    gate.touch()
    heard: list[Utterance] = []
    before = {each.pid for each in psutil.Process(os.getpid()).children()}
    session = second_pass(Gated, gate).session(heard.append)
    for child in psutil.Process(os.getpid()).children():
        if child.pid not in before and "spawn_main" in " ".join(child.cmdline()):
            child.kill()
    session.put(said(0), SECOND, 0.0)
    session.put(said(1), SECOND, 0.0)
    session.finish(None)
    assert [each.id for each in heard] == [1], "the first was lost with the process"


def test_a_model_that_is_not_there_is_told() -> None:
    second = SecondPass(partial(WhisperRecogniser, "/nowhere"))
    with pytest.raises(ModelError, match="no Whisper model folder"):
        second.wait()
    second.close()


def test_a_file_is_read_twice_before_its_report(clip: Path) -> None:
    perception = Perception(ModelChoice(second_pass=MoonshineRecogniser.name))
    record = SessionRecord("twice", "Twice", FREE.id, "all", datetime.now(UTC).isoformat(), source="file")
    try:
        analysis = analyse(open_media(clip), perception, load(), record)
    finally:
        perception.close()
    utterances = [each for each in analysis.timeline if isinstance(each, Utterance)]
    ids = {each.id for each in utterances}
    assert [each.id for each in utterances if each.second_pass] == sorted(ids)
    session = analysis.report["session"]
    assert session["read_twice"] == session["utterances"] == len(ids) > 0
    assert analysis.report["versions"]["models"]["second-pass"] == MoonshineRecogniser.name
    sentences = {each.index: each for each in analysis.timeline if isinstance(each, SentenceRead)}
    final = {each.id: each for each in utterances}
    assert [each for each in sentences.values() if each.words] == read(final.values())
