"""The faster-whisper path, on a model of tiny.en's shape whose weights are random: its words mean nothing."""

import itertools
from pathlib import Path

import numpy as np
import pytest
from ctranslate2.specs import common_spec
from ctranslate2.specs.model_spec import LayerSpec
from ctranslate2.specs.whisper_spec import WhisperSpec
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

from models.observations import Utterance
from models.registry import ModelError
from models.stage import SAMPLE_RATE
from models.transcription import TranscriptionStage
from models.voice_activity import SileroDetector
from models.whisper import WhisperRecogniser
from tests.models.hearing import aligner, chunks, two_cities

LAYERS, HEADS, WIDTH, MELS = 4, 6, 384, 80
TEXT_TOKENS = 50_256
SPECIAL = (
    *("<|endoftext|>", "<|startoftranscript|>"),
    *(f"<|{language}|>" for language in ("en", "de", *(f"x{number}" for number in range(97)))),
    *(
        "<|translate|>",
        "<|transcribe|>",
        "<|startoflm|>",
        "<|startofprev|>",
        "<|nospeech|>",
        "<|notimestamps|>",
    ),
)
TIMES = tuple(f"<|{number * 0.02:.2f}|>" for number in range(1501))


def vocabulary() -> list[str]:
    """As many tokens as tiny.en has, pronounceable and each beginning a word."""
    syllables = ["".join(pair) for pair in itertools.product("bcdfghjklmnpqrstvwxz", "aeiou")]
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    made = ("Ġ" + "".join(three) for three in itertools.product(syllables, repeat=3))
    text = [*letters, *itertools.islice(made, TEXT_TOKENS - len(letters))]
    return [*text, *SPECIAL, *TIMES]


def fill(spec: WhisperSpec, size: int) -> None:
    """Random weights for every layer."""
    random = np.random.default_rng(0)

    def weights(*shape: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        return random.normal(0, 0.05, shape).astype(np.float32)

    def norm(layer: common_spec.LayerNormSpec) -> None:
        layer.gamma, layer.beta = np.ones(WIDTH, np.float32), np.zeros(WIDTH, np.float32)

    def linear(layer: common_spec.LinearSpec, to: int, of: int) -> None:
        layer.weight, layer.bias = weights(to, of), np.zeros(to, np.float32)

    def attention(layer: LayerSpec, shapes: list[int]) -> None:
        norm(layer.layer_norm)
        for part, to in zip(layer.linear, shapes, strict=True):
            linear(part, to, WIDTH)

    def feed_forward(layer: LayerSpec) -> None:
        norm(layer.layer_norm)
        linear(layer.linear_0, 4 * WIDTH, WIDTH)
        linear(layer.linear_1, WIDTH, 4 * WIDTH)

    encoder, decoder = spec.encoder, spec.decoder
    encoder.conv1.weight, encoder.conv1.bias = weights(WIDTH, MELS, 3), np.zeros(WIDTH, np.float32)
    encoder.conv2.weight, encoder.conv2.bias = weights(WIDTH, WIDTH, 3), np.zeros(WIDTH, np.float32)
    encoder.position_encodings.encodings = weights(1500, WIDTH)
    decoder.position_encodings.encodings = weights(448, WIDTH)
    decoder.embeddings.weight = weights(size, WIDTH)
    decoder.projection.weight = decoder.embeddings.weight
    norm(encoder.layer_norm)
    norm(decoder.layer_norm)
    for layer in (*encoder.layer, *decoder.layer):
        attention(layer.self_attention, [3 * WIDTH, WIDTH])
        feed_forward(layer.ffn)
    for layer in decoder.layer:
        attention(layer.attention, [WIDTH, 2 * WIDTH, WIDTH])


def build(folder: Path) -> Path:
    """Write the model as a converter would."""
    tokens = vocabulary()
    spec = WhisperSpec(LAYERS, HEADS, LAYERS, HEADS)
    fill(spec, len(tokens))
    spec.register_vocabulary(tokens)
    spec.config.suppress_ids = [TEXT_TOKENS + 1]
    spec.config.suppress_ids_begin = [TEXT_TOKENS]
    spec.config.lang_ids = list(range(TEXT_TOKENS + 2, TEXT_TOKENS + 101))
    spec.config.alignment_heads = [[layer, head] for layer in (2, 3) for head in range(HEADS)]
    spec.validate()
    spec.optimize(quantization="int8")
    folder.mkdir()
    spec.save(str(folder))
    tokenizer = Tokenizer(models.BPE({token: number for number, token in enumerate(tokens)}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(token, special=True) for token in SPECIAL])
    tokenizer.add_tokens([AddedToken(token) for token in TIMES])
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("whisper") / "tiny.en")


@pytest.fixture(scope="module")
def whisper(folder: Path) -> WhisperRecogniser:
    return WhisperRecogniser(str(folder))


def test_words_have_times_and_confidences(
    whisper: WhisperRecogniser, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Random weights make every word unlikely, which is otherwise a reason to drop it.
    monkeypatch.setattr("models.whisper.UNLIKELY", -100.0)
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


def test_the_language_may_be_chosen(folder: Path) -> None:
    assert WhisperRecogniser(str(folder), language="en").name == "whisper tiny.en"
    with pytest.raises(ModelError, match="does not know the language 'xx'"):
        WhisperRecogniser(str(folder), language="xx")


@pytest.mark.parametrize("part", ["model.bin", "config.json", "tokenizer.json"])
def test_a_folder_with_a_part_missing_is_refused(folder: Path, tmp_path: Path, part: str) -> None:
    for file in folder.iterdir():
        if file.name != part:
            (tmp_path / file.name).symlink_to(file)
    with pytest.raises(ModelError, match=f"has no {part}"):
        WhisperRecogniser(str(tmp_path))


@pytest.mark.parametrize("part", ["model.bin", "tokenizer.json"])
def test_a_damaged_model_is_refused(folder: Path, tmp_path: Path, part: str) -> None:
    for file in folder.iterdir():
        if file.name != part:
            (tmp_path / file.name).symlink_to(file)
    (tmp_path / part).write_bytes((folder / part).read_bytes()[:1000])
    with pytest.raises(ModelError, match="cannot be loaded"):
        WhisperRecogniser(str(tmp_path))


def test_a_model_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no Whisper model folder"):
        WhisperRecogniser(str(tmp_path / "nowhere"))
    with pytest.raises(ModelError, match="cannot be loaded"):
        WhisperRecogniser("nosuchsize")
