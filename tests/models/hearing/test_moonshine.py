from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import jiwer
import numpy as np
import pytest

from models.hearing.moonshine import MoonshineRecogniser, agreed, read_vocabulary
from models.registry import ModelError, packaged
from models.stage import SAMPLE_RATE
from tests.models.hearing.sounds import moonshine, plain_text, two_cities

BEST = "it was the best of times it was the worst of times"
SPEECH = slice(SAMPLE_RATE, int(4.9 * SAMPLE_RATE))


def test_reads_real_speech() -> None:
    words = moonshine().transcribe(two_cities()[SPEECH])
    text = " ".join(word.text for word in words)
    assert jiwer.wer(BEST, plain_text(text)) < 0.1
    assert text[0].isupper()
    assert all(word.text == word.text.strip() and word.tokens for word in words)
    assert np.mean([word.confidence for word in words if word.confidence is not None]) > 0.8


def test_a_draft_changes_the_time_and_not_the_words() -> None:
    sound = two_cities()[SPEECH]
    whole = [word.text for word in moonshine().transcribe(sound)]
    draft = moonshine().transcribe(sound[: 2 * SAMPLE_RATE])
    assert [word.text for word in moonshine().transcribe(sound, draft)] == whole
    assert [word.text for word in moonshine().transcribe(sound, moonshine().transcribe(sound))] == whole


def test_a_wrong_draft_is_not_believed() -> None:
    wrong = moonshine().transcribe(two_cities()[22 * SAMPLE_RATE : 26 * SAMPLE_RATE])
    words = moonshine().transcribe(two_cities()[SPEECH], wrong)
    assert jiwer.wer(BEST, plain_text(" ".join(word.text for word in words))) < 0.1


@pytest.mark.parametrize("seconds", [0.0, 0.05, 0.1, 0.3, 12.0])
def test_any_length_is_taken(seconds: float) -> None:
    words = moonshine().transcribe(two_cities()[: int(seconds * SAMPLE_RATE)])
    assert sum(len(word.tokens) for word in words) <= max(4, 6.5 * seconds + 1)


def test_silence_ends() -> None:
    assert len(moonshine().transcribe(np.zeros(3 * SAMPLE_RATE, np.float32))) < 20


def test_threads_do_not_disturb_each_other() -> None:
    sounds = [two_cities()[start * SAMPLE_RATE : (start + 3) * SAMPLE_RATE] for start in (1, 8, 17, 21)]
    alone = [moonshine().transcribe(sound) for sound in sounds]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(moonshine().transcribe, sounds)) == alone


def test_step_grows_with_the_utterance() -> None:
    assert 0.1 <= moonshine().step(1.0) < moonshine().step(8.0) < 1.0


def test_vocabulary() -> None:
    assert read_vocabulary(b"\x01a\x02bc\x00" + b"\x82\x01" + b"x" * 130) == [b"a", b"bc", b"", b"x" * 130]
    data = packaged("moonshine_voice", "assets/tiny-en/tokenizer.bin").read_bytes()
    tokens = read_vocabulary(data)
    assert len(tokens) == 32768
    assert tokens[:3] == [b"<unk>", b"<s>", b"</s>"]


@pytest.mark.parametrize(
    ("draft", "chosen", "count"), [([], [5], 0), ([1, 2], [1, 2, 3], 2), ([1, 2, 3], [1, 4, 3, 9], 1)]
)
def test_agreed(draft: list[int], chosen: list[int], count: int) -> None:
    assert agreed(draft, chosen) == count


def test_a_folder_without_the_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be loaded"):
        MoonshineRecogniser(tmp_path)


def test_a_damaged_model_is_refused(tmp_path: Path) -> None:
    for name in ("encoder_model.ort", "decoder_model_merged.ort", "tokenizer.bin"):
        (tmp_path / name).write_bytes(b"not a model")
    with pytest.raises(ModelError, match="cannot be loaded"):
        MoonshineRecogniser(tmp_path)
