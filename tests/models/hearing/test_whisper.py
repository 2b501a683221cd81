"""The faster-whisper path, on models of tiny's shape whose weights are random: their words mean nothing."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from models.hearing.second_pass import read_again
from models.hearing.transcription import TranscriptionStage
from models.hearing.voice_activity import SileroDetector
from models.hearing.whisper import WhisperRecogniser
from models.observations import Utterance, Word
from models.registry import ModelError
from models.stage import SAMPLE_RATE
from tests.models.hearing.random_whisper import build
from tests.models.hearing.sounds import aligner, chunks, two_cities


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("whisper") / "tiny.en")


@pytest.fixture(scope="module")
def multilingual(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("whisper") / "tiny", multilingual=True)


@pytest.fixture(scope="module")
def whisper(folder: Path) -> WhisperRecogniser:
    return WhisperRecogniser(str(folder))


def test_words_have_times_and_confidences(
    whisper: WhisperRecogniser, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Random weights make every word unlikely, which is otherwise a reason to drop it.
    monkeypatch.setattr("models.hearing.whisper.UNLIKELY", -100.0)
    words = whisper.transcribe(two_cities()[SAMPLE_RATE : 4 * SAMPLE_RATE])
    assert words
    for word in words:
        assert word.text == word.text.strip() != ""
        assert word.start is not None
        assert word.end is not None
        assert 0 <= word.start <= word.end <= 3
        assert word.confidence is not None
        assert 0 <= word.confidence <= 1


def test_a_second_has_no_more_words_than_can_be_said(whisper: WhisperRecogniser) -> None:
    assert len(whisper.transcribe(np.zeros(SAMPLE_RATE, np.float32))) <= 16


def test_the_step_keeps_up_with_the_cost(whisper: WhisperRecogniser) -> None:
    assert whisper.step(1.0) == whisper.step(8.0) >= 0.5
    assert whisper.name == "whisper tiny.en"


def test_serves_a_stage(whisper: WhisperRecogniser) -> None:
    stage = TranscriptionStage(whisper, SileroDetector(), aligner())
    found = [u for chunk in chunks(two_cities()[: 4 * SAMPLE_RATE]) for u in stage.feed(chunk)]
    assert all(isinstance(utterance, Utterance) for utterance in [*found, *stage.finish()])


@pytest.mark.parametrize("language", ["de", None])
def test_the_language_is_chosen_or_detected(multilingual: Path, language: str | None) -> None:
    whisper = WhisperRecogniser(str(multilingual), language=language)
    assert whisper.name == "whisper tiny"
    assert isinstance(whisper.transcribe(two_cities()[SAMPLE_RATE : 2 * SAMPLE_RATE]), list)


def test_a_language_that_the_model_does_not_know_is_refused(folder: Path, multilingual: Path) -> None:
    assert WhisperRecogniser(str(folder), language="en").name == "whisper tiny.en"
    for model, language in ((folder, "de"), (multilingual, "xx")):
        with pytest.raises(ModelError, match=f"does not know the language '{language}'"):
            WhisperRecogniser(str(model), language=language)


def test_what_repeats_itself_or_is_unlikely_is_dropped(
    whisper: WhisperRecogniser, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound = two_cities()[SAMPLE_RATE : 4 * SAMPLE_RATE]
    monkeypatch.setattr("models.hearing.whisper.UNLIKELY", -100.0)
    assert whisper.transcribe(sound)
    monkeypatch.setattr("models.hearing.whisper.REPETITIVE", 0.0)
    assert not whisper.transcribe(sound)


def test_reads_a_finished_utterance_again(
    whisper: WhisperRecogniser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.hearing.whisper.UNLIKELY", -100.0)
    sound = two_cities()[SAMPLE_RATE : 4 * SAMPLE_RATE]
    first = Utterance(7, 1.2, 4.0, "it was", (Word("it", 1.2, 1.5), Word("was", 1.5, 2.0)), 2, final=True)
    assert read_again(whisper, aligner(), first, sound, 1.0) is None, "random words are unlikely"
    monkeypatch.setattr("models.hearing.transcription.LEAST_CONFIDENCE", 0.0)
    better = read_again(whisper, aligner(), first, sound, 1.0)
    assert better
    assert (better.id, better.start, better.end) == (7, 1.2, 4.0)
    assert better.final
    assert better.second_pass
    assert better.committed == len(better.words) > 0
    assert better.text == " ".join(word.text for word in better.words)
    assert all(1.0 <= word.start <= word.end <= 4.0 and word.aligned for word in better.words)


@pytest.mark.parametrize("part", ["model.bin", "config.json", "tokenizer.json"])
def test_a_folder_with_a_part_missing_is_refused(folder: Path, tmp_path: Path, part: str) -> None:
    for file in folder.iterdir():
        if file.name != part:
            (tmp_path / file.name).symlink_to(file)
    with pytest.raises(ModelError, match=f"has no {part}"):
        WhisperRecogniser(str(tmp_path))


@pytest.mark.parametrize("part", ["model.bin", "config.json", "tokenizer.json"])
def test_a_damaged_model_is_refused(folder: Path, tmp_path: Path, part: str) -> None:
    for file in folder.iterdir():
        if file.name != part:
            (tmp_path / file.name).symlink_to(file)
    (tmp_path / part).write_bytes((folder / part).read_bytes()[:100])
    with pytest.raises(ModelError, match="cannot be loaded"):
        WhisperRecogniser(str(tmp_path))


def test_a_model_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no Whisper model folder"):
        WhisperRecogniser(str(tmp_path / "nowhere"))
    with pytest.raises(ModelError, match="cannot be loaded"):
        WhisperRecogniser("nosuchsize")
    with pytest.raises(ModelError, match=r"rapport models pull whisper-small\.en"):
        WhisperRecogniser("whisper-small.en")


def test_a_model_of_another_shape_is_refused(folder: Path, tmp_path: Path) -> None:
    model = shutil.copytree(folder, tmp_path / "model")
    (model / "preprocessor_config.json").write_text('{"feature_size": 128}')
    with pytest.raises(ModelError, match="cannot be used"):
        WhisperRecogniser(str(model))
